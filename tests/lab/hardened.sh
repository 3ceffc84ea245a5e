#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.unprivileged_bpf_disabled, perf_event_paranoid and kptr_restrict, as lax as they get and as
# strict: an ordinary user who holds the three capabilities gets the right verdicts. Where functions
# have no names, it is said what hides them.
# only emulated: they are settings of the whole machine, and one of them stays until it boots again
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

NOBODY=65534
SETS=-all,+bpf,+net_admin,+perfmon
USER_OF_THREE=(setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups
	--bounding-set "$SETS" --inh-caps "$SETS" --ambient-caps "$SETS")

network direct
chmod 1777 "$T" # the recording is written there
cp "$HOPMARK" "$T/hopmark" # where other users may run it
HOPMARK=$T/hopmark

settings() { # UNPRIVILEGED-BPF PARANOID KPTR
	set -- "kernel.unprivileged_bpf_disabled=$1" "kernel.perf_event_paranoid=$2" "kernel.kptr_restrict=$3"
	sysctl -q "$@" 2>>"$T/log" || true
	prove "$* are in force" same "$(printf '%s\n' "$@")" "$(sysctl "${@%=*}" | tr -d ' ')"
}

# The three verdicts that rest on reads, drops and sockets
three_verdicts() {
	trace_start server -m amazinggrace port 80 or port 81 or port 82
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 81 # nobody listens
	send client amazinggrace "$(addr server)" 82 -w 4
	prove "the rule was hit" were_hit server 2
	trace_judged 3
	trace_stop
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1
	expect_verdict code=refused blame=application confidence=proven n=1
	expect_verdict code=dropped-by-firewall blame=host confidence=proven
}

# no_names [WHY]: functions have none, for that reason; without it, they have theirs
no_names() {
	[[ -z $FAULTS_ONLY ]] || return 0
	local why
	why=$(jq -rs 'map(select(.type == "host")) | last | .not_watched[] |
		select(.hop == "names of kernel functions").why' <"$TRACE.json")
	same "$why" "${1-}" || fail "why functions have no names: \"$why\", not \"${1-}\""
}

start_nginx server 80
rules server input "tcp dport 82 counter name hits drop"

AS=("${USER_OF_THREE[@]}")
settings 0 -1 0
three_verdicts
no_names # kallsyms_show_value(): whoever may profile the kernel may know them
settings 2 3 1
three_verdicts
no_names "no CAP_SYSLOG"
settings 1 3 2
three_verdicts
no_names "no CAP_SYSLOG"

AS=()
three_verdicts
no_names "kernel.kptr_restrict hides them"
