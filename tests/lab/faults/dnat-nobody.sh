# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router translates to a host that is not there, as a balancer does whose only backend is off.
# cause: 20
# cause: 56
# client: unreachable network proven
# middle: neighbour-failed network proven
# server: nothing-seen unknown one-sided
# all: neighbour-failed network proven
nobody() { if [[ $F == 4 ]]; then echo 10.77.2.99; else echo fd77:2::99; fi; }
silent() { at router ip -"$F" neigh show to "$(nobody)" | grep -qE 'FAILED|INCOMPLETE'; }
setup() {
	at router nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain to { type nat hook prerouting priority dstnat; tcp dport 80 counter name hits dnat $([[ $F == 4 ]] && echo ip || echo ip6) to $(nobody); }
		}
	NFT
}
traffic() {
	send client amazinggrace "$(addr router)" 80 -w 5
	prove "it was translated" were_hit router
	prove "nobody answers for that host" silent
}
