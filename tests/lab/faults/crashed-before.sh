# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application was killed (SIGKILL): its port is closed.
# cause: 45
# client: refused beyond one-sided
# middle: refused beyond one-sided
# server: refused application proven
# all: refused application proven
setup() {
	start_peer server mute 80
	kill -KILL "$PID"
	prove "nobody listens any more" no listens server 80
}
traffic() {
	send client amazinggrace "$(addr server)" 80
	prove "the server's kernel sent a RST" rose server TcpOutRsts
}
