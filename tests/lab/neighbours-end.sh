#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beside a program that ends the chain: TC_ACT_OK and TC_ACT_SHOT, before hopmark and behind it, at
# tcx and at clsact, on the way in and on the way out. The verdict is the same in each place, for
# other hops see, or the kernel names the drop; and hopmark sees, or says that it may not.
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/neighbours.sh
. "$ROOT/tests/lab/lib/neighbours.sh"

network direct
PATIENCE=1 # all that is judged here is named or seen
RUNS_FIRST="(tc program|filter) foreign_tc(:\[[0-9]+\])? #[0-9]+ runs first"

# before SIDE, behind SIDE: what is said of eth0 there
before() {
	expect_row "eth0:$1" "$RUNS_FIRST"
	expect "eth0:$1 saw what had ended before it" no seen_at "eth0:$1"
}
behind() {
	expect_none "eth0:$1" "foreign"
	expect "eth0:$1 did not see" seen_at "eth0:$1"
}

passes() { # WHERE
	on_server "$1" ok
	prove "nginx answered" same 404 "$STATUS"
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
}

drops() { # WHERE
	on_server "$1" shot
	prove "curl got nothing" same 000 "$STATUS"
	expect_verdict code=dropped-by-bpf blame=host confidence=proven exit=1
}

each_place() { # SIDE...
	local does side
	for does in passes drops; do
		for side; do
			"$does" "tcx-$side-first"
			before "$side"
			"$does" "tcx-$side-last"
			behind "$side"
		done
	done
}

# Programs at tcx run before every filter, hopmark's own too: no place of its own is before them.
tcx_before_filters() {
	passes '=tcx-in-last'
	before in
	drops '=tcx-out-last'
	before out
}

start_nginx server 80
each_place 'in' out
if has_tcx; then
	HOW=--no-tcx
	each_place 'in'
	tcx_before_filters
fi
