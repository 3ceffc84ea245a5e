#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# marker-not-seen: connections came through, and none of them carried the marker: said once.
# Twins: one of them did; a server sent it, which is not where it was asked for.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

none_marked() {
	start_nginx server 80
	trace_start server -m amazinggrace port 80
	prove "nginx answered" same 200 "$(fetch client "$(url server 80)")"
	prove "nginx answered again" same 200 "$(fetch client "$(url server 80)")"
	[[ ${1-} != one ]] || prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
}

not_one() {
	none_marked
	expect_verdict code=marker-not-seen blame=unknown n=1 exit=4
}

one_of_three() {
	none_marked one
	expect_verdict code=delivered n=1 exit=0
	expect_not code=marker-not-seen
}

# A server that greets with it
backward() {
	start server socat "TCP6-LISTEN:81,ipv6only=0,reuseaddr,fork" 'SYSTEM:echo amazinggrace; cat'
	ready server 81
	trace_start server -m amazinggrace port 81
	prove "the server sent it" prints amazinggrace at client sh -c "sleep 1 | nc.openbsd -N $(addr server) 81"
	trace_stop
	end_all
	expect_not code=marker-not-seen
	expect_verdict code=inconclusive summary='.*side to the client.*' exit=4
}

both_families not_one
both_families backward
both_families one_of_three
