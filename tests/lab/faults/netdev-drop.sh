# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's nftables drop the request at the interface, before routing.
# cause: 31
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-by-firewall host proven
# all: dropped-by-firewall host proven
setup() {
	start_nginx server 80
	at server nft -f - <<-NFT
		table netdev lab {
			counter hits { }
			chain lab { type filter hook ingress device eth0 priority 0; tcp dport 80 counter name hits drop; }
		}
	NFT
}
hit() { [[ $(at server nft -j list counter netdev lab hits | jq -r '.nftables[] | .counter? | select(.) | .packets') -ge 3 ]]; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the rule was hit" hit
}
