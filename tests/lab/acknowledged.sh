#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# acknowledged: traced at the client, an ACK covers the marker, and that is all the client can know.
# Twin: the same connection traced where the reader runs is delivered.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

unanswered_marker() {
	start_peer server mute 80
	trace_start "$1" -m amazinggrace -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -q 1
	prove "the server answered nothing" same 0 "$(stat -c %s "$T/answer")"
	trace_wait
	end_all
}

at_the_client() {
	unanswered_marker client
	expect_verdict code=acknowledged blame=none n=1 exit=0
}

at_the_server() {
	unanswered_marker server
	expect_verdict code=delivered blame=none confidence=proven at.comm=peer n=1 exit=0
}

both_families at_the_client
both_families at_the_server
