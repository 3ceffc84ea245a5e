#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# However a trace ends (by a signal, killed, with a COMMAND, stopped and continued, its janitor killed)
# nothing of it is left, strangers' objects are untouched, COMMAND lives and has nothing of hopmark's,
# and status and stderr say in one line what happened. With tcx, and with clsact as before Linux 6.6.
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/host.sh
. "$ROOT/tests/lab/lib/host.sh"
# shellcheck source=tests/lab/lib/ends.sh
. "$ROOT/tests/lab/lib/ends.sh"

network direct

[[ -z $FAULTS_ONLY ]] || exit 0

by_signals() {
	begin KILL
	if ! needs_janitor; then
		prove "two programs stand at tcx beside the strangers'" chain_has server eth0 5
	fi
	kill -KILL "$TRACE_PID"
	over 137
	begin TERM
	kill -TERM "$TRACE_PID"
	over 4
	begin "two INT in a row"
	kill -INT "$TRACE_PID"
	kill -INT "$TRACE_PID" 2>/dev/null || true
	over 4
}

# Ctrl-C ends COMMAND's trace when COMMAND has ended, a second one at once; COMMAND is never killed.
with_command() {
	local command
	begin "two INT with COMMAND" --settle 500ms -- sleep 30
	command=$(children_named sleep)
	kill -INT "$TRACE_PID"
	sleep 0.3
	kill -0 "$TRACE_PID" || fail "$CASE: one INT ended it"
	kill -INT "$TRACE_PID"
	over 4
	kill -0 "$command" || fail "$CASE: COMMAND was ended"
	kill "$command"
	begin "KILL with COMMAND" --netns "$(ns client)" -w "$T/rec" -- sh -c 'sleep 30; :'
	prove "hopmark has many files open" test "$FILES" -gt 20
	command=$(children_named sh)
	has_nothing_of_ours "$command"
	has_nothing_of_ours "$(pgrep -P "$command" -x sleep)"
	kill -KILL "$TRACE_PID"
	over 137
	kill -0 "$command" || fail "$CASE: COMMAND was ended"
	pkill -P "$command" -x sleep
	within 5 gone "$command" || fail "$CASE: COMMAND's child did not end it"
}

targets() { find "/proc/$1/fd" -mindepth 1 -name "${2:-*}" -printf '%l\n' | sort -u; }

# COMMAND and its children have the files that hopmark was started with and no other; the janitor has
# nothing of the programs whose filters it removes.
has_nothing_of_ours() { # PID
	prove "it runs" test -d "/proc/$1"
	{ targets $$; targets "$TRACE_PID" '[012]'; } | sort -u >"$T/given"
	if targets "$1" | comm -13 "$T/given" - | grep .; then
		fail "$CASE: COMMAND or its child has files of hopmark's"
	fi
	if [[ -n $JANITOR ]] && targets "$JANITOR" | grep -vE '^(/dev/null|socket:.*|net:.*)$'; then
		fail "$CASE: the janitor has more than its sockets and namespaces"
	fi
}

children_named() {
	local child
	while read -rd ' ' child; do
		! grep -qx "$1" "/proc/$child/comm" || echo "$child"
	done <"/proc/$TRACE_PID/task/$TRACE_PID/children"
}

# Stopped it counts what it cannot take; continued it goes on.
stopped() {
	begin "STOP and CONT" --for 3
	kill -STOP "$TRACE_PID"
	knock 2
	sleep 0.5
	kill -CONT "$TRACE_PID"
	[[ $(files "$TRACE_PID") -eq $FILES ]] || fail "$CASE: $(files "$TRACE_PID") files open, not $FILES"
	over 1
	grep -q '2 paths: 2 refused' "$T/out" || fail "$CASE: it did not go on"
	begin "KILL while stopped"
	kill -STOP "$TRACE_PID"
	kill -KILL "$TRACE_PID"
	over 137
}

# Its filters would stay: that is said, the trace goes on, and cleanup removes them.
without_janitor() {
	local rc=0
	begin "KILL of the janitor"
	kill -KILL "$JANITOR"
	knock 1
	within 5 grep -q hm-janitor "$TRACE.err" || fail "$CASE: it is not said"
	within 5 gone "$JANITOR" || fail "$CASE: the janitor is a zombie"
	kill -INT "$TRACE_PID"
	within 10 gone "$TRACE_PID" || fail "$CASE: it did not end"
	wait "$TRACE_PID" || rc=$?
	TRACE_PID=
	[[ $rc -eq 1 ]] || fail "$CASE: status $rc, not 1"
	[[ $(wc -l <"$TRACE.err") -eq 2 ]] || fail "$CASE: not one line on stderr"
	grep -q 'then run hopmark cleanup' "$TRACE.err" || fail "$CASE: the next step is not said"
	! as_before server || fail "$CASE: the filters did not stay, this case is worth nothing"
	"$HOPMARK" cleanup >"$T/said" || fail "$CASE: cleanup: $?"
	nothing_left
}

all_ends() {
	by_signals
	with_command
	stopped
	! needs_janitor || without_janitor
}

add_strangers server
all_ends
HOW=--no-tcx
! has_tcx || all_ends
