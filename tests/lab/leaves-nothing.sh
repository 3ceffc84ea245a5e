#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# After any end (of itself, INT, TERM, HUP, KILL) the kernel has nothing left of what hopmark had
# loaded and attached, and the interface is as it was.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

interface() {
	local side
	at server tc qdisc show
	for side in ingress egress root; do
		at server tc filter show dev eth0 "$side" | sed "s/^/$side /"
	done
	at server ip -d link show dev eth0
}

# The ids of the programs and links that a process holds: "prog 12", "link 34"
held() { cat "/proc/$1/fdinfo/"* 2>/dev/null | sed -nE 's/^(prog|link)_id:[[:space:]]*([0-9]+)$/\1 \2/p' | sort -u; }

# The same of the whole machine; others may come and go meanwhile, so only ours are looked for.
alive() {
	bpftool -j prog show | jq -r '.[] | "prog \(.id)"'
	bpftool -j link show | jq -r '.[] | "link \(.id)"'
}

freed() { ! alive | grep -qxFf "$T/held"; }
as_before() { interface | diff "$T/before" - >"$T/diff"; }

ends() { # SIGNAL, or none
	interface >"$T/before"
	trace_start server -i eth0 --for "${FOR:-30}" port 80
	[[ -z $FAULTS_ONLY ]] || return 0
	held "$TRACE_PID" >"$T/held"
	prove "it holds programs and links" test "$(cut -d ' ' -f 1 "$T/held" | uniq | xargs)" = "link prog"
	[[ -z ${1-} ]] || kill "-$1" "$TRACE_PID"
	within 10 gone "$TRACE_PID" || fail "it did not end"
	# The kernel frees programs a little after the last reference is gone.
	within 3 freed || fail "programs or links are left after ${1:-its own end}"
	within 3 as_before || { cat "$T/diff"; fail "eth0 is not as it was, after ${1:-its own end}"; }
}

FOR=1 ends
ends INT
ends TERM
ends HUP
ends KILL
