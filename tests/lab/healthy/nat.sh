# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The router stands in for the server: it translates both ends (DNAT and masquerading).
PORT=8035
serve() { start_nginx server 8135; }
during() {
	local to
	to=$(bracketed "$(addr server)")
	at router nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain to { type nat hook prerouting priority dstnat; tcp dport $PORT counter name hits dnat $([[ $F == 4 ]] && echo ip || echo ip6) to $to:8135; }
			chain from { type nat hook postrouting priority srcnat; tcp dport 8135 masquerade; }
		}
	NFT
	curls 404 "$1" -H 'Connection: close' "$(url router $PORT "$(mark "[1-$1]")")"
	proves "they were translated" were_hit router "$1"
	no_rules router
	made "$1" $PORT 'client router all'
	made "$1" 8135 'server router all'
}
