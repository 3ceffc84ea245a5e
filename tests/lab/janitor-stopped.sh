#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The janitor is stopped while an interface comes, and continued when nobody waits for its answer any
# more: the trace goes on, says what it could not watch, does not spin on the late answer, takes the
# next answer for what it is, and leaves nothing.
# not emulated: it judges CPU time, which is another there
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/host.sh
. "$ROOT/tests/lab/lib/host.sh"
# shellcheck source=tests/lab/lib/ends.sh
. "$ROOT/tests/lab/lib/ends.sh"

network direct
[[ -z $FAULTS_ONLY ]] || exit 0
HOW=--no-tcx

is_stopped() { [[ $(awk '{print $3}' "/proc/$JANITOR/stat") == T ]]; }
ticks() { awk '{print $14 + $15}' "/proc/$TRACE_PID/stat"; } # of CPU time, 100 a second
has_filter() { prints hm_tc_in at server tc filter show dev "$1" ingress; }

pair() { # A B
	at server ip link add "$1" type veth peer name "$2"
	at server ip link set "$2" up
	at server ip link set "$1" up
}

stopped() {
	local before used
	ON_IFACE=any begin "janitor stopped"
	kill -STOP "$JANITOR"
	prove "the janitor is stopped" is_stopped
	pair n0 n1
	sleep 12 # longer than hopmark waits: PATIENCE_S of user/janitor.c
	kill -0 "$TRACE_PID" || fail "$CASE: the trace ended"
	kill -CONT "$JANITOR"
	within 5 has_filter n0 || fail "the fault is not in place: nothing was asked of the janitor meanwhile"
	sleep 1
	before=$(ticks)
	sleep 3
	used=$(($(ticks) - before))
	[[ $used -lt 60 ]] || fail "$CASE: $used of 300 ticks of CPU while nothing happened"
	pair m0 m1
	within 10 has_filter m0 || fail "$CASE: what comes after it is not watched"
	knock 1
	kill -INT "$TRACE_PID"
	within 20 gone "$TRACE_PID" || fail "$CASE: it did not end"
	wait "$TRACE_PID" 2>/dev/null || [[ $? -eq 1 ]] || fail "$CASE: not status 1"
	TRACE_PID=
	grep -q '1 path: 1 refused' "$T/out" || fail "$CASE: the connection after it was not judged"
	tr -s '\n ' ' ' <"$T/out" | grep -q 'hm-janitor, which attaches there, does not answer' ||
		fail "$CASE: what was not watched is not said"
	no has_filter n0 || fail "$CASE: a filter is left at the interface that came while it was stopped"
	no has_filter m0 || fail "$CASE: a filter is left at the interface that came after"
	at server ip link del n0
	at server ip link del m0
	nothing_left
}

stopped
