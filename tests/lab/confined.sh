#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# With the system calls limited, what is rarely done works too: a trace on a terminal that is resized,
# with time zone and locale of its own, recording into a FIFO; and one with a
# reader so slow that it waits in write(2) all the time, whose recording is rotated meanwhile. The
# verdicts are right, and no call is refused.
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
[[ -z $FAULTS_ONLY ]] || exit 0

watches() { grep -qs 'hopmark: watching' "$1"; }
waits_in_write() { grep -q pipe "/proc/$1/wchan"; }

# is_confined PID
is_confined() { is_sanitized || grep -Pq '^Seccomp:\t2$' "/proc/$1/status"; }

no_call_was_refused() { ! grep -h 'system call' "$@" || fail "a call was refused"; }

on_a_terminal() {
	local script reader pid
	mkfifo "$T/fifo"
	cat "$T/fifo" >"$T/recording" &
	reader=$!
	nsenter --net="/run/netns/$(ns server)" -- env --default-signal=INT TZ=America/New_York LANG=de_DE.UTF-8 TERM=xterm \
		script -qfec "exec $HOPMARK trace -v -m amazinggrace -w $T/fifo port 80" "$T/typescript" >"$T/screen" 2>&1 </dev/null &
	script=$!
	STARTED+=("$script")
	within 15 watches "$T/screen" || fail "it does not watch on a terminal"
	pid=$(pgrep -P "$script")
	prove "it is confined" is_confined "$pid"
	prove "it has a terminal" grep -q "^/dev/pts/" <(readlink "/proc/$pid/fd/1")
	kill -WINCH "$pid"
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	kill -WINCH "$pid"
	sleep 2 # the heartbeat is drawn
	kill -INT "$pid"
	within 10 gone "$script" || fail "it did not end"
	wait "$script" || fail "status $?, not 0"
	within 10 gone "$reader" || fail "the FIFO's reader did not end"
	no_call_was_refused "$T/screen"
	grep -q DELIVERED "$T/screen" || fail "no verdict on the terminal"
	"$HOPMARK" report "$T/recording" >"$T/report" || fail "the recording from the FIFO cannot be read"
	grep -q '^DELIVERED' "$T/report" || fail "the recording from the FIFO has no verdict"
}

slow_reader() {
	local pid rc=0 i
	{
		nsenter --net="/run/netns/$(ns server)" -- env --default-signal=INT "$HOPMARK" trace --json --all \
			-w "$T/log-1" port 81 2>"$T/slow.err" &
		echo $! >"$T/slow.pid"
		wait $! || echo $? >"$T/slow.rc"
	} | while read -r line; do
		printf '%s\n' "$line"
		[[ -e $T/hurry ]] || sleep 0.05
	done >"$T/slow.json" &
	within 15 watches "$T/slow.err" || fail "it does not watch"
	pid=$(cat "$T/slow.pid")
	prove "it is confined" is_confined "$pid"
	for ((i = 0; i < 50; i++)); do
		at client bash -c "</dev/tcp/$(addr server)/81" 2>/dev/null || true
	done
	mv "$T/log-1" "$T/log-2"
	prove "it waits for the reader" waits_in_write "$pid"
	touch "$T/hurry"
	sleep 1
	kill -INT "$pid"
	within 20 test -s "$T/slow.rc" || fail "it did not end"
	rc=$(cat "$T/slow.rc")
	[[ $rc -eq 1 ]] || { cat "$T/slow.err"; fail "status $rc, not 1"; }
	no_call_was_refused "$T/slow.err"
	[[ $("$HOPMARK" report --all "$T/log-2" | tail -n 1) == "50 paths: 50 refused"* ]] || fail "the rotated recording is not whole"
	[[ ! -e $T/log-1 ]] || fail "the recording was opened anew"
}

start_nginx server 80
on_a_terminal
slow_reader
