#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# wrong-address: the service listens, but only where the client does not knock.
# Twins: nobody listens anywhere, and somebody does in another network namespace that is watched.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

loopback_only() {
	ON=$(loopback) start_peer server mute 80
	trace_start server -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80
	prove "it was refused" rose server TcpOutRsts
	trace_wait
	end_all
	expect_verdict code=wrong-address blame=application confidence=proven exit=1
}

nowhere() {
	trace_start server -c 1 --for 10 port 8182
	send client amazinggrace "$(addr server)" 8182
	prove "it was refused" rose server TcpOutRsts
	trace_wait
	expect_verdict code=refused exit=1
	expect_not code=wrong-address
}

# The client's own namespace is watched too, and in it the port is taken.
in_another_namespace() {
	start_peer client mute 8183
	prove "nobody listens there on the server" no listens server 8183
	trace_start server --netns "$(ns client)" -c 1 --for 10 port 8183
	send client amazinggrace "$(addr server)" 8183
	prove "it was refused" rose server TcpOutRsts
	trace_wait
	end_all
	expect_verdict code=refused blame=application confidence=proven exit=1
	expect_not code=wrong-address
	expect "the other namespace's listener was not found" trace_has \
		'any(.[]; .what == "listener" and .comm == "peer")'
}

both_families loopback_only
both_families nowhere
both_families in_another_namespace
