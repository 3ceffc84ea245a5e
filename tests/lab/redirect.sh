#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A connection that this host redirects to another port is one leg, and delivered.
# Twin: redirected to a port where nobody listens, it is refused.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

redirect_to() { # PORT
	at server nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain lab { type nat hook prerouting priority dstnat; tcp dport 80 counter name hits redirect to :$1; }
		}
	NFT
}

redirected() {
	redirect_to 8080
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	prove "it was redirected" were_hit server
	trace_wait
	no_rules server
	expect_verdict code=delivered confidence=proven at.comm=nginx status=404 n=1 exit=0
}

to_nobody() {
	redirect_to 8081
	trace_start server -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80
	prove "it was redirected" were_hit server
	prove "the kernel refused it" rose server TcpOutRsts
	trace_wait
	no_rules server
	expect_verdict code=refused blame=application n=1 exit=1
}

start_nginx server 8080
both_families redirected
both_families to_nobody
