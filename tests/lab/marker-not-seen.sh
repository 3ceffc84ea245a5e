#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# marker-not-seen: connections came through, and none of them carried the marker: said once.
# Twin: one of them did.
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

both_families not_one
both_families one_of_three
