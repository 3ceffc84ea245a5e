#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# After any end (of itself, INT, TERM, HUP, KILL) the kernel has nothing left of what hopmark had
# loaded and attached, and the interface is as it was: with tcx, and with clsact, as before Linux
# 6.6, where a filter outlives the process that attached it.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/host.sh
. tests/lab/lib/host.sh

network direct

has_filter() { at server tc filter show dev eth0 "$1" | grep -q "hm_tc_$2"; }

ends() { # SIGNAL, or none
	local janitor=''
	attached server >"$T/attached"
	trace_start server -i eth0 ${HOW:+"$HOW"} --for "${FOR:-30}" port 80
	[[ -z $FAULTS_ONLY ]] || return 0
	held "$TRACE_PID" >"$T/held"
	prove "it holds programs, links and maps" test "$(cut -d ' ' -f 1 "$T/held" | uniq | xargs)" = "link map prog"
	if [[ -n $HOW ]] || ! has_tcx; then
		prove "it has a filter at ingress" has_filter ingress in
		prove "it has a filter at egress" has_filter egress out
		janitor=$(janitor_of "$TRACE_PID")
		prove "there is a janitor" test -n "$janitor"
	fi
	[[ -z ${1-} ]] || kill "-$1" "$TRACE_PID"
	within 10 gone "$TRACE_PID" || fail "it did not end"
	# The kernel frees programs a little after the last reference is gone.
	within 5 freed || fail "programs, links or maps are left after ${1:-its own end}${HOW:+ with $HOW}"
	within 5 as_before server || { cat "$T/diff"; fail "the host is not as it was, after ${1:-its own end}${HOW:+ with $HOW}"; }
	[[ -z $janitor ]] || within 5 gone "$janitor" || fail "the janitor is left after ${1:-its own end}"
}

all_ends() {
	FOR=1 ends
	ends INT
	ends TERM
	ends HUP
	ends KILL
}

HOW=
all_ends
HOW=--no-tcx
! has_tcx || all_ends
