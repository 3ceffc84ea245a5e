#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# abandoned-by-client: the client closed before anything was due from the server.
# Twin: a client that closes after its answer.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

impatient() {
	{ printf 'amazinggrace\r\n'; sleep 0.5; } | at client ncat --send-only "$(addr server)" 80 || true
}

gave_up() {
	start_peer server listen 80 16
	trace_start server -m amazinggrace port 80
	impatient
	prove "nobody had accepted it" waiting server 80 1
	sleep 0.2
	trace_stop
	end_all
	expect_verdict code=abandoned-by-client blame=application at.role=client exit=1
}

went_after_the_answer() {
	start_nginx server 80
	trace_start server -m amazinggrace port 80
	send client amazinggrace "$(addr server)" 80
	prove "it had its answer" contains "$T/answer" "400 Bad Request"
	trace_stop
	end_all
	expect_verdict code=delivered exit=0
	expect_not code=abandoned-by-client
}

both_families gave_up
both_families went_after_the_answer
