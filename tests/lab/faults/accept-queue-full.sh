# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The listener's accept queue is full when the request comes.
# cause: 37
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: accept-queue-full application proven
# all: accept-queue-full application proven
setup() {
	start_peer server listen 80 2
	ON=$(addr server) start_peer client fill 80 3
	prove "three wait where two may" waiting server 80 3
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the kernel counted overflows" rose server TcpExtListenOverflows
}
