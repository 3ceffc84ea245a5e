# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The service listens on the server's loopback address only.
# cause: 34
# client: refused beyond one-sided
# middle: refused beyond one-sided
# server: wrong-address application proven
# all: wrong-address application proven
setup() { ON=$(loopback) start_peer server mute 80; }
traffic() {
	send client amazinggrace "$(addr server)" 80
	prove "it was refused" rose server TcpOutRsts
}
