# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The router sends the client's packets twice.
PORT=8033
serve() { start_nginx server $PORT; }
during() {
	local had family=ip
	[[ $F == 4 ]] || family=ip6
	had=$(counter server TcpExtTCPDSACKOldSent)
	at router nft -f - <<-NFT
		table $family twice {
			chain twice { type filter hook prerouting priority -300; iif eth0 tcp dport $PORT dup to $(addr server) device eth1; }
		}
	NFT
	curls 404 "$1" -H 'Connection: close' "$(url server $PORT "$(mark "[1-$1]")")"
	at router nft delete table $family twice
	proves "the server had packets twice" more server TcpExtTCPDSACKOldSent "$had"
	made "$1"
}
