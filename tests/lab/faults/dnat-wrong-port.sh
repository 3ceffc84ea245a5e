# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router translates to a port on which nobody listens.
# cause: 20
# client: refused beyond one-sided
# middle: refused beyond one-sided
# server: refused application proven
# all: refused application proven
LOOK=(-m amazinggrace "port 80 or port 8181")
setup() {
	start_nginx server 80
	at router nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain to { type nat hook prerouting priority dstnat; tcp dport 80 counter name hits dnat $([[ $F == 4 ]] && echo ip || echo ip6) to $(bracketed "$(addr server)"):8181; }
		}
	NFT
}
traffic() {
	send client amazinggrace "$(addr server)" 80
	prove "it was translated" were_hit router
	prove "the server refused it" rose server TcpOutRsts
}
