#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# syn-lost, synack-lost, marker-lost: a box between two network namespaces that are watched both takes
# what one sends and the other waits for. Seen from one end only the same fault is syn-unanswered.
# Twins: the server's own firewall takes it; nobody listens.
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed

# What of the last one is still repeated must not be seen in the next: each has a port of its own.
PORT=8000
next_port() { PORT=$((PORT + 1)); }
ask() { send client amazinggrace "$(addr server)" "$PORT" -w 6; }

# taken RULE WATCHER OTHER...: the router's rule, and the trace of WATCHER with --netns OTHER
taken() {
	local rule=$1 watcher=$2 other
	shift 2
	next_port
	local -a others=()
	for other; do others+=(--netns "$(ns "$other")"); done
	start_nginx server "$PORT"
	rules router forward "$rule counter name hits drop"
	trace_start "$watcher" -m amazinggrace "${others[@]}" -c 1 --for 12 port "$PORT"
	ask
	prove "the router took it three times" were_hit router 3
	trace_wait
	no_rules router
	end_all
}

SYN='tcp flags & (syn | ack) == syn'
SYNACK='tcp flags & (syn | ack) == (syn | ack)'
DATA='ct direction original tcp flags & psh == psh'

syn_both() { taken "$SYN" server client; expect_verdict code=syn-lost blame=network confidence=likely exit=1; }
syn_by_client() { taken "$SYN" client; expect_verdict code=syn-unanswered blame=beyond exit=1; }
synack_both() { taken "$SYNACK" client server; expect_verdict code=synack-lost blame=network confidence=proven exit=1; }
marker_both() { taken "$DATA" server client; expect_verdict code=marker-lost blame=network confidence=proven exit=1; }

# The server's host takes it itself, and says so.
own_firewall() {
	next_port
	start_nginx server "$PORT"
	rules server input "$SYN counter name hits drop"
	trace_start client -m amazinggrace --netns "$(ns server)" -c 1 --for 12 port "$PORT"
	ask
	prove "the server took it three times" were_hit server 3
	trace_wait
	no_rules server
	end_all
	expect_verdict code=dropped-by-firewall exit=1
	expect_not code='.*-lost'
}

nobody_listens() {
	next_port
	trace_start client -m amazinggrace --netns "$(ns server)" -c 1 --for 12 port "$PORT"
	ask
	trace_wait
	expect_verdict code=refused blame=application exit=1
	expect_not code='.*-lost'
}

both_families syn_both
both_families syn_by_client
both_families synack_both
both_families marker_both
both_families own_firewall
both_families nobody_listens
