#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# After any end (of itself, TERM, KILL) nothing of hopmark is left attached, and nobody
# else's is gone. Alone, because it looks at the whole machine's programs.
#
# solo
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

# Programs by id and name, links by id and kind, filters and qdiscs of the namespace.
attached() {
	bpftool -j prog show | jq -r '.[] | "prog \(.id) \(.name)"'
	bpftool -j link show | jq -r '.[] | "link \(.id) \(.type)"'
	at server tc qdisc show
	for side in ingress egress root; do
		at server tc filter show dev eth0 "$side" | sed "s/^/$side /"
	done
}

as_before() { attached >"$T/after"; diff "$T/before" "$T/after" >"$T/diff"; }

ends() { # SIGNAL, or none
	attached >"$T/before"
	trace_start server -i eth0 --for "${FOR:-30}" port 80
	attached >"$T/during"
	[[ -n $FAULTS_ONLY ]] || prove "something was attached" contains "$T/during" hm_
	if [[ -n ${1-} && -z $FAULTS_ONLY ]]; then
		kill "-$1" "$TRACE_PID"
	fi
	[[ -n $FAULTS_ONLY ]] || within 10 gone "$TRACE_PID" || fail "it did not end"
	# The kernel frees programs a little after the last reference is gone.
	within 3 as_before || { cat "$T/diff"; fail "left behind after ${1:-its own end}"; }
}

FOR=1 ends
ends INT
ends TERM
ends HUP
ends KILL
