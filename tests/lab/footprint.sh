#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What hopmark costs the host it runs on: memory with its BPF maps below 30 MB, no wakeups while
# nothing happens, and no growth with the number of connections. The time until it watches is
# printed, but not judged: it is the machine's.
#
# solo
# not emulated: what it measures is the time and memory of a real machine
# timeout: 150
# shellcheck shell=bash source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
PORT=80
FIRST=1100 # connections before the first look: more than the judged ones that are remembered
RATE=500 # of them a second: a busy machine keeps up, and no more wait for their verdict later than first
MORE=2000
LIMIT_KB=30000 # of memory, maps included
GROWTH_KB=2000
CALM=7 # seconds until it looks at the clock only once a second
SILENCE=5 # seconds
WAKEUPS=6 # in that time: one for the stats record, the rest for what other programs' exits cause

status() { awk -v key="$1:" '$1 == key {print $2}' "/proc/$TRACE_PID/status"; }

# Bytes of the BPF maps that hopmark holds, each once.
map_bytes() {
	awk 'FNR == 1 {locked = 0}
	     /^memlock:/ {locked = $2}
	     /^map_id:/ && !($2 in seen) {seen[$2]; sum += locked}
	     END {print sum + 0}' "/proc/$TRACE_PID/fdinfo"/*
}

# Resident KB of its own: the ring is mapped twice, and counted as a map already.
own_kb() {
	awk '/^[0-9a-f]+-/ {map = /bpf-map/}
	     /^Rss:/ && !map {sum += $2}
	     END {print sum + 0}' "/proc/$TRACE_PID/smaps"
}

# connect N: that many connections with the marker, one after the other; all are answered
connect() {
	at client curl -sS --rate $RATE/s -o /dev/null -w '%{http_code}\n' -H 'Connection: close' \
		"$(url server $PORT "amazinggrace-[1-$1]")" >"$T/codes"
	prove "$1 answers" test "$(grep -c 404 "$T/codes")" -eq "$1"
}

verdicts_are() { [[ $(grep -c '"scope":"path"' "$TRACE.json") -ge $1 ]]; }

measure() {
	local began ready_ms rss maps all grown before switches
	start_nginx server $PORT
	began=$(date +%s%N)
	trace_start server -m amazinggrace --settle 1 "port $PORT"
	ready_ms=$((($(date +%s%N) - began) / 1000000))
	connect $FIRST
	if [[ -n $FAULTS_ONLY ]]; then
		connect $MORE
		RESULT='hopmark was not run'
		return
	fi
	within 60 verdicts_are $FIRST || fail "$FIRST connections gave too few verdicts"
	rss=$(own_kb)
	maps=$(($(map_bytes) / 1024))
	all=$((rss + maps))
	[[ $maps -gt 1000 ]] || fail "the maps were not found: $maps KB"
	sleep $CALM
	before=$(status voluntary_ctxt_switches)
	sleep $SILENCE
	switches=$(($(status voluntary_ctxt_switches) - before))
	connect $MORE
	within 60 verdicts_are $((FIRST + MORE)) || fail "$MORE connections gave too few verdicts"
	grown=$(($(own_kb) - rss))
	RESULT="watching after $ready_ms ms, $rss KB and $maps KB of maps, "
	RESULT+="$switches wakeups in $SILENCE s of silence, $grown KB more after $MORE connections"
	[[ $all -lt $LIMIT_KB ]] || fail "memory: $RESULT"
	[[ $switches -le $WAKEUPS ]] || fail "wakeups: $RESULT"
	[[ $grown -le $GROWTH_KB ]] || fail "growth: $RESULT"
	trace_stop
	expect_verdict code=delivered n=$((FIRST + MORE))
}

RESULT=
measure
echo "result: $RESULT"
