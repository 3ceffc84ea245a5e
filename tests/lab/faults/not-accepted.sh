# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application listens and never accepts.
# cause: 39
# client: acknowledged none proven
# middle: acknowledged none proven
# server: not-accepted application proven
# all: not-accepted application proven
setup() { start_peer server listen 80 16; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "it waits in the accept queue" waiting server 80 1
}
