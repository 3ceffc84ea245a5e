#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# reset-injected: the router resets the connection in the server's name, with a TTL of its own.
# Twin: a server that ends with a RST (SO_LINGER 0) after its answer.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed

injected() {
	local injector
	start_peer server mute 80
	rules server output "tcp sport 80 tcp flags & rst == rst counter name hits accept"
	: >"$T/log"
	build_tools
	start router "$RST" 80 amazinggrace 200
	injector=$PID
	prove "the injector is ready" contains "$T/log" ready
	trace_start client -m amazinggrace -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80
	prove "the router sent a RST" contains "$T/log" injected
	prove "the client's kernel took it" rose client TcpEstabResets
	prove "the server sent none" no_hit server
	trace_wait
	wait "$injector"
	no_rules server
	end_all
	expect_verdict code=reset-injected blame=policy confidence=likely n=1 exit=1
}

servers_own() {
	start_peer server linger0 80 300
	trace_start client -m amazinggrace -c 1 --for 10 port 80
	prove "it answered" same 200 "$(fetch client "$(url server 80 amazinggrace)")"
	prove "and then sent a RST" rose server TcpOutRsts
	trace_wait
	end_all
	expect_verdict code=delivered n=1 exit=0
	expect_not code=reset-injected
}

both_families injected
both_families servers_own
