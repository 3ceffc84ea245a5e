#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What other network namespaces say to each other is not seen, though the hooks run for all of
# them; --netns adds one.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

of_others() {
	trace_start client -m amazinggrace "$@"
	prove "proxy and web talked" same 404 "$(fetch proxy "$(url web 80 amazinggrace)")"
	trace_stop
}

invisible() {
	of_others
	expect_verdict code=nothing-seen n=1 exit=4
}

asked_for() {
	of_others --netns "$(ns web)"
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
}

start_nginx web 80
both_families invisible
both_families asked_for
