# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's connection tracking has not seen the request, and drops the client's ACK as invalid.
# cause: 22
# client: inconclusive unknown one-sided
# middle: passed none proven
# server: dropped-by-firewall host proven
# all: dropped-by-firewall host proven
setup() {
	start_nginx server 80
	at server nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain raw { type filter hook prerouting priority raw; tcp dport 80 tcp flags & (syn | ack) == syn notrack; }
			chain out { type filter hook output priority raw; tcp sport 80 tcp flags & (syn | ack) == (syn | ack) notrack; }
			chain lab { type filter hook input priority 0; ct state invalid counter name hits drop; }
		}
	NFT
	at server sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the server found it invalid" were_hit server 3
}
