#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# With clsact, as before Linux 6.6: when hopmark and its janitor are both killed, filters stay.
# `hopmark cleanup` removes those, in every namespace, and neither a running hopmark's nor a
# stranger's, though it has the same handle, priority or name; nor does it take a process with the
# number of a dead hopmark for one, nor an error for the proof that a filter has no owner. Alone,
# because it looks everywhere.
# solo
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
build_tools
HOW=
! has_tcx || HOW=--no-tcx

filters() { # HOST INTERFACE
	local side
	for side in ingress egress; do
		at "$1" tc filter show dev "$2" "$side" | sed -n "s/^.* handle /$1 $2 $side handle /p"
	done
}
clsact() { prints clsact at "$1" tc qdisc show dev "$2" clsact; } # HOST INTERFACE
count() { [[ $(filters "$1" "$2" | grep -c hm_tc_) -eq $3 ]]; } # HOST INTERFACE N

# Neither process has time to remove anything.
kill_both() {
	local janitor
	janitor=$(janitor_of "$TRACE_PID")
	kill -KILL "$janitor" "$TRACE_PID"
	within 10 gone "$TRACE_PID" || fail "hopmark did not end"
	wait "$TRACE_PID" 2>/dev/null || true
	TRACE_PID=
	within 10 gone "$janitor" || fail "the janitor did not end"
}

# cleanup STATUS [OPTION]: what it says is in $T/said. UNDER: what runs it.
UNDER=()
cleanup() {
	local rc=0
	"${UNDER[@]}" "$HOPMARK" cleanup "${@:2}" >"$T/said" 2>&1 || rc=$?
	[[ $rc -eq $1 ]] || { cat "$T/said"; fail "cleanup ${*:2}: status $rc, not $1"; }
}
says() { contains "$T/said" "$1" || { cat "$T/said"; fail "cleanup does not say: $1"; }; }

refused() { local said; ! said=$("${UNDER[@]}" bpftool map show 2>&1) && [[ $said == *"Too many open"* ]]; }

[[ -z $FAULTS_ONLY ]] || exit 0

# Strangers on both interfaces: a program of its own under our handle, and one of our name
at server tc qdisc add dev eth0 clsact
at server tc filter add dev eth0 ingress prio 1 handle 0x484d0000 bpf da obj "$(strangers)" sec other
at server tc filter add dev eth0 egress prio 1 handle 0x484d0003 bpf da obj "$(strangers)" sec impostor
filters server eth0 >"$T/strangers"
prove "two strangers are there" same 2 "$(wc -l <"$T/strangers")"
server_ns=$HM_LAB_PREFIX-server

trace_start client -i eth0 ${HOW:+"$HOW"} --netns "$server_ns" port 80
kill_both
prove "filters of the dead are on the client's interface" count client eth0 2
prove "and in the other namespace, with the impostor" count server eth0 3
prove "and clsact is on the client's" clsact client eth0

trace_start client -i eth0 ${HOW:+"$HOW"} -m amazinggrace port 80
prove "a running hopmark has filters beside them" count client eth0 4
filters client eth0 | sort >"$T/all"

cleanup 1 --dry-run
says "would go  $HM_LAB_PREFIX-client/eth0:in  hm_tc_in"
filters client eth0 | sort | diff "$T/all" - || fail "--dry-run changed something"

# Where the maps that tell the owner cannot be had, every filter may have one.
UNDER=("$O/lab/refuse" 14 24) # BPF_MAP_GET_FD_BY_ID, EMFILE
prove "no map can be had" refused
cleanup 1
says "left      $HM_LAB_PREFIX-client/eth0:in  hm_tc_in"
says "Too many open files"
says "0 removed"
filters client eth0 | sort | diff "$T/all" - || fail "a filter whose owner is not known was touched"
UNDER=()

cleanup 4
says "removed   $HM_LAB_PREFIX-client/eth0:in  hm_tc_in"
says "removed   $server_ns/eth0:out  hm_tc_out"
says "process $TRACE_PID, a hopmark, runs and owns it"
says "stranger, program"
says "not a program of hopmark"
says "named like one of hopmark, but other code"
filters server eth0 | diff "$T/strangers" - || fail "a stranger's filter was touched"
filters client eth0 | sort >"$T/left"
[[ $(wc -l <"$T/left") -eq 2 ]] || fail "not two filters are left beside the running hopmark"
[[ $(comm -12 "$T/all" "$T/left" | wc -l) -eq 2 ]] || fail "the running hopmark's filters were touched"

# It still sees, and takes the qdisc with it that the dead one had made.
start_nginx server 80
[[ $(fetch client "$(url server 80 amazinggrace)") -eq 404 ]] || fail "nginx did not answer"
trace_stop
expect_verdict code=delivered
within 5 no clsact client eth0 || fail "the clsact qdisc is left on the client's interface"
clsact server eth0 || fail "the stranger's clsact qdisc is gone"
cleanup 4
at server tc qdisc del dev eth0 clsact

# Alone: the qdisc that hopmark made goes with the last filter. Another process has the number of the
# dead one by now, as happens by chance: that makes it no owner.
trace_start server -i eth0 ${HOW:+"$HOW"} -m amazinggrace port 80
number=$TRACE_PID
kill_both
start server "$O/lab/takepid" "$number" sleep 60
prove "the number of the dead is another's" grep -qs sleep "/proc/$number/comm"
cleanup 0
says "removed   $server_ns/eth0:in  hm_tc_in"
says "and the empty clsact qdisc"
! clsact server eth0 || fail "the clsact qdisc is left"
cleanup 0
