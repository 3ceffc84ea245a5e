#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# However a trace ends (killed, its output gone or full, its janitor killed, stopped and continued,
# with a COMMAND) nothing of it is left, strangers' objects are untouched, and status and stderr
# say in one line what happened. With tcx, and with clsact as before Linux 6.6.
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/host.sh
. "$ROOT/tests/lab/lib/host.sh"
# shellcheck source=tests/lab/lib/ends.sh
. "$ROOT/tests/lab/lib/ends.sh"

network direct

[[ -z $FAULTS_ONLY ]] || exit 0
mkdir "$T/full"

knock() { # N: a connection that is refused, so that there is something to tell
	local i
	for ((i = 0; i < ${1:-1}; i++)); do
		at client bash -c "</dev/tcp/$(addr server)/80" 2>/dev/null || true
	done
}

by_signals() {
	begin KILL
	kill -KILL "$TRACE_PID"
	over 137
	begin TERM
	kill -TERM "$TRACE_PID"
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
	begin "KILL with COMMAND" -- sleep 30
	command=$(children_named sleep)
	kill -KILL "$TRACE_PID"
	over 137
	kill -0 "$command" || fail "$CASE: COMMAND was ended"
	kill "$command"
}

children_named() {
	local child
	while read -rd ' ' child; do
		! grep -qx "$1" "/proc/$child/comm" || echo "$child"
	done <"/proc/$TRACE_PID/task/$TRACE_PID/children"
}

# The reader takes a line and goes, as head(1) does; the janitor must not keep the pipe open.
closed_stdout() {
	local reader
	rm -f "$T/pipe"
	mkfifo "$T/pipe"
	head -n 1 "$T/pipe" >"$T/head" &
	reader=$!
	OUT=$T/pipe begin "stdout closed" --json
	within 10 gone "$reader" || fail "$CASE: head did not end"
	knock 3
	over 141
	OUT=$T/pipe
	cat "$T/pipe" >"$T/cat" &
	reader=$!
	begin "KILL before a pipe" --json
	kill -KILL "$TRACE_PID"
	within 10 gone "$reader" || fail "$CASE: somebody still holds the pipe"
	OUT=
	over 137
}

full_disk() {
	mount -t tmpfs -o size=8k none "$T/full"
	begin "recording on a full disk" -w "$T/full/rec" --all
	umount -l "$T/full" # gone with the last file that is open there
	knock 40
	kill -INT "$TRACE_PID"
	over 1 "full/rec: No space left on device"
	grep -q '40 refused' "$T/out" || fail "$CASE: the verdicts did not stand"
	OUT=/dev/full start_trace "stdout on a full disk" --for 3 # ends before it watches
	: >"$T/held"
	over 3 "stdout: No space left on device"
}

# Stopped it counts what it cannot take; continued it goes on.
stopped() {
	begin "STOP and CONT" --for 3
	kill -STOP "$TRACE_PID"
	knock 2
	sleep 0.5
	kill -CONT "$TRACE_PID"
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
	closed_stdout
	full_disk
	stopped
	! needs_janitor || without_janitor
}

add_strangers server
all_ends
HOW=--no-tcx
! has_tcx || all_ends
