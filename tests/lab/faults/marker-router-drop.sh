# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router drops each segment with payload: loss that no repetition overcomes.
# cause: 16
# client: inconclusive unknown one-sided
# middle: dropped-by-firewall host proven
# server: connected none proven
# server: marker-not-seen unknown one-sided
# ends: marker-lost network proven
# all: dropped-by-firewall host proven
setup() {
	start_peer server mute 80
	rules router forward "tcp dport 80 tcp flags & psh == psh counter name hits drop"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the router dropped it" were_hit router 3
}
