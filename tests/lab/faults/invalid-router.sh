# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router's connection tracking has not seen the request, and drops the SYN-ACK as invalid.
# cause: 22
# client: syn-unanswered beyond one-sided
# middle: dropped-by-firewall host proven
# server: inconclusive unknown one-sided
# all: dropped-by-firewall host proven
setup() {
	start_nginx server 80
	at router nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain raw { type filter hook prerouting priority raw; tcp dport 80 tcp flags & (syn | ack) == syn notrack; }
			chain lab { type filter hook forward priority 0; ct state invalid counter name hits drop; }
		}
	NFT
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the router found it invalid" were_hit router 3
}
