#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# connected: the handshake is complete, the connection accepted, and no marker was asked for.
# Twin: a connection that waits in the accept queue is not.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

accepted() {
	start_nginx server 80
	trace_start server port 80
	prove "nginx answered" same 200 "$(fetch client "$(url server 80)")"
	trace_stop
	end_all
	expect_verdict code=connected blame=none n=1 exit=0
}

only_queued() {
	start_peer server listen 80 16
	trace_start server --for 4 port 80
	send client hello "$(addr server)" 80 -w 5
	prove "it waits in the accept queue" waiting server 80 1
	trace_wait
	end_all
	expect_not code=connected
}

both_families accepted
both_families only_queued
