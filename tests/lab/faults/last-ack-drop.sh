# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router drops all that the client sends after its request, the handshake's last ACK first.
# cause: 11
# client: inconclusive unknown one-sided
# middle: dropped-by-firewall host proven
# server: inconclusive unknown one-sided
# all: dropped-by-firewall host proven
setup() {
	start_nginx server 80
	rules router forward "tcp dport 80 tcp flags & (syn | ack) == ack counter name hits drop"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the router dropped it" were_hit router 3
}
