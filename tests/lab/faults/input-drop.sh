# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's nftables drop the request.
# cause: 31
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-by-firewall host proven
# all: dropped-by-firewall host proven
setup() {
	start_nginx server 80
	rules server input "tcp dport 80 counter name hits drop"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the rule was hit" were_hit server 3
}
