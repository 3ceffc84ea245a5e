# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Of three requests the server's firewall drops two, and the router the last, as by chance: that is not why.
# cause: 16
# client: syn-unanswered beyond one-sided
# middle: inconclusive unknown one-sided
# server: dropped-by-firewall host proven
# all: dropped-by-firewall host proven
setup() {
	start_nginx server 80
	rules server input "tcp dport 80 counter name hits drop"
	rules router forward "tcp dport 80 tcp flags syn numgen inc mod 3 2 counter name hits drop"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the server dropped two" were_hit server 2
	prove "the router dropped one" were_hit router 1
}
