#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# not-accepted: established, the queue below its limit, and nobody accepts.
# Twin: one that is accepted after 1.2 s.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

never_accepted() {
	start_peer server listen 80 16
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "it waits in the accept queue" waiting server 80 1
	trace_wait
	end_all
	expect_verdict code=not-accepted blame=application at.comm=peer exit=1
}

accepted_late() {
	start_peer server slow 80 1200
	trace_start server -m amazinggrace port 80
	prove "it answered late" same 200 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=delivered exit=0
	expect_not code=not-accepted
}

both_families never_accepted
both_families accepted_late
