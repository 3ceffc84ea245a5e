#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A trace whose output goes nowhere (its reader gone or asleep, the disk full) ends so that nothing
# of it is left, strangers' objects are untouched, and status and stderr say in one line what
# happened. With tcx, and with clsact as before Linux 6.6.
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
at_end() { ! mountpoint -q "$T/full" || umount -l "$T/full"; }

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

# A pager that is not read on: the trace waits in write(2). The first INT cannot end it in good order.
reader_asleep() {
	local reader
	rm -f "$T/pipe"
	mkfifo "$T/pipe"
	sleep 60 7<"$T/pipe" &
	reader=$!
	OUT=$T/pipe begin "two INT, stdout not read" --json --all
	knock 100
	prove "it waits in write(2)" grep -q pipe "/proc/$TRACE_PID/wchan"
	kill -INT "$TRACE_PID"
	sleep 1
	kill -0 "$TRACE_PID" || fail "$CASE: one INT ended it without a verdict"
	kill -INT "$TRACE_PID"
	over 130
	kill "$reader"
	wait "$reader" 2>/dev/null || true
}

full_disk() {
	mount -t tmpfs -o size=8k none "$T/full"
	begin "recording on a full disk" -w "$T/full/rec" --all
	umount -l "$T/full" # gone with the last file that is open there
	knock 40
	kill -INT "$TRACE_PID"
	over 1 "full/rec: No space left on device"
	grep -q '40 refused' "$T/out" || fail "$CASE: the verdicts did not stand"
	mount -t tmpfs -o size=8k none "$T/full"
	OUT=$T/full/out begin "JSON on a full disk" --json --all
	knock 10
	over 3 "stdout: No space left on device"
	umount "$T/full"
	OUT=/dev/full start_trace "stdout on a full disk" --for 3 # ends before it watches
	: >"$T/held"
	over 3 "stdout: No space left on device"
}

all_ends() {
	closed_stdout
	reader_asleep
	full_disk
}

add_strangers server
all_ends
HOW=--no-tcx
! has_tcx || all_ends
