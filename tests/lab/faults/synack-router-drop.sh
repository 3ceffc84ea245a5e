# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router drops the SYN-ACK.
# cause: 10
# client: syn-unanswered beyond one-sided
# middle: dropped-by-firewall host proven
# server: inconclusive unknown one-sided
# ends: synack-lost network proven
# all: dropped-by-firewall host proven
setup() {
	start_nginx server 80
	rules router forward "tcp sport 80 tcp flags & (syn | ack) == (syn | ack) counter name hits drop"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the router dropped it" were_hit router 3
}
