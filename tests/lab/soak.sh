#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Long: steady traffic, with some faults, with interfaces that come and go, under one trace with
# --json and -w. What hopmark takes from the host in the second half is what it took at the end of
# the first: memory, descriptors, maps, and CPU for a connection. Every verdict is right.
#
# SOAK (default 40s; `make soak`: 1h) is how long: 90, 90s, 10m, 1h.
#
# solo
# not emulated: what it looks for is growth over many connections, which an emulated machine is too slow for
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/load.sh
. "$ROOT/tests/lab/lib/load.sh"

WARM=1200 # connections before: more than the judged ones that are remembered
GROWTH_KB=1500 # what malloc may take more in the second half; a leak of 100 bytes a connection is more in an hour
CPU_TIMES=3 # the CPU a connection may take in the second half, against the first
PATIENCE=8 # seconds of a client that nobody answers: it must send well before it gives up
FILTERED=4 # seconds of one that a rule keeps out: it sends four times, of which a kernel may keep one from hopmark
RIGHT='(80 (delivered|connected)|81 refused|82 dropped-by-firewall|84 (not-read|not-accepted|inconclusive))' # port and code
PAUSE=0.4 # seconds after each round: some 20 connections a second

case ${SOAK:-40s} in
*h) LONG=$((${SOAK%h} * 3600)) ;;
*m) LONG=$((${SOAK%m} * 60)) ;;
*) LONG=${SOAK:-40s} LONG=${LONG%s} ;;
esac

network direct
start_nginx server 80
start_peer server hold 84
rules server input "tcp dport 82 counter name hits drop"
URL=$(url server 80)
ROUNDS=0 SENT=0 PLAIN=0

# Ten marked requests on connections of their own, ten plain ones on one; now and then a fault.
round() {
	local to
	to=$(addr server)
	ROUNDS=$((ROUNDS + 1))
	at client curl -sS --max-time 60 -o /dev/null -w '%{http_code}\n' -H 'Connection: close' \
		"${URL}amazinggrace-$ROUNDS-[1-10]" >"$T/codes" 2>>"$T/log"
	[[ $(grep -c 404 "$T/codes") -eq 10 ]] || fail "nginx did not answer in round $ROUNDS"
	SENT=$((SENT + 10))
	at client curl -sS --max-time 60 -o /dev/null "${URL}index.html?[1-10]" 2>>"$T/log"
	PLAIN=$((PLAIN + 1))
	[[ $((ROUNDS % 5)) -ne 0 ]] || send client amazinggrace "$to" 81 -w 1
	[[ $((ROUNDS % 10)) -ne 1 ]] || { send client amazinggrace "$to" 82 -w "$FILTERED" & }
	[[ $((ROUNDS % 10)) -ne 2 ]] || { send client amazinggrace "$to" 84 -w "$PATIENCE" & }
	if [[ $((ROUNDS % 10)) -eq 3 ]]; then
		at server ip link add soak0 type veth peer name soak1
		at server ip link set soak0 up
	fi
	[[ $((ROUNDS % 10)) -ne 8 ]] || at server ip link del soak0
	sleep $PAUSE
}

warm_up() {
	at client curl -sS --max-time 60 -o /dev/null -w '%{http_code}\n' -H 'Connection: close' \
		"${URL}amazinggrace-[1-$WARM]" >"$T/codes" 2>>"$T/log"
	[[ $(grep -c 404 "$T/codes") -eq $WARM ]] || fail "nginx did not answer"
	SENT=$WARM
}

# At least until then, and until soak0 is gone again: its hooks are two descriptors.
until_second() {
	while [[ $SECONDS -lt $1 || $((ROUNDS % 10)) -ne 9 ]]; do
		round
	done
}

# sample: KB of its own, descriptors, KB of maps, maps; while it has no iterator open
sample() {
	[[ -z $FAULTS_ONLY ]] || return 0
	sleep 1
	printf '%s %s %s\n' "$(own_kb)" "$(find "/proc/$TRACE_PID/fd" -mindepth 1 | wc -l)" "$(maps)"
}

measure() {
	local began=$SECONDS first second cpu=(0 0 0) sent=(0 0 0)
	until_second $((began + LONG / 4))
	[[ -n $FAULTS_ONLY ]] || cpu[0]=$(cpu_ms)
	sent[0]=$SENT
	until_second $((began + LONG / 2))
	first=$(sample)
	[[ -n $FAULTS_ONLY ]] || cpu[1]=$(cpu_ms)
	sent[1]=$SENT
	until_second $((began + LONG))
	second=$(sample)
	[[ -n $FAULTS_ONLY ]] || cpu[2]=$(cpu_ms)
	sent[2]=$SENT
	wait_for_children
	[[ -z $FAULTS_ONLY ]] || return 0
	judge "$first" "$second" $(((cpu[1] - cpu[0]) * 1000 / (sent[1] - sent[0]))) \
		$(((cpu[2] - cpu[1]) * 1000 / (sent[2] - sent[1])))
}

# Probes that still wait
wait_for_children() { sleep $((PATIENCE + 2)); }

# judge FIRST SECOND CPU-FIRST CPU-SECOND: microseconds for each marked connection
judge() {
	local kb fds map_kb maps kb2 fds2 map_kb2 maps2
	read -r kb fds map_kb maps <<<"$1"
	read -r kb2 fds2 map_kb2 maps2 <<<"$2"
	RESULT="$LONG s, $SENT marked connections: memory $kb then $kb2 KB, descriptors $fds then $fds2, "
	RESULT+="maps $maps then $maps2 with $map_kb then $map_kb2 KB, CPU $3 then $4 us a connection"
	note "$RESULT"
	[[ $((kb2 - kb)) -le $GROWTH_KB ]] || fail "memory: $RESULT"
	[[ $fds -eq $fds2 ]] || fail "descriptors: $RESULT"
	[[ $maps -eq $maps2 && $map_kb -eq $map_kb2 ]] || fail "maps: $RESULT"
	[[ $4 -le $((CPU_TIMES * ($3 > 200 ? $3 : 200))) ]] || fail "CPU: $RESULT"
}

# show_wrong: the first of each kind of verdict that RIGHT does not match, and what was seen of that connection
show_wrong() {
	local verdict src dst json
	jq -r 'select(.type == "verdict") | [(.dst | sub(".*:"; "")) + " " + .code, .src, .dst, tojson] | @tsv' "$TRACE.json" |
		grep -vE "^$RIGHT	" | sort -s -u -t '	' -k 1,1 | while IFS='	' read -r verdict src dst json; do
		printf '%s\n' "--- $verdict" "$json"
		jq -c --arg src "$src" --arg dst "$dst" 'select(.type == "sighting" and
			((.src == $src and .dst == $dst) or (.src == $dst and .dst == $src)))' "$TRACE.rec"
	done
}

# Every verdict was the truth, and there are as many as there were connections.
right() {
	local wrong said
	balance soak
	wrong=$(grep -vE " $RIGHT\$" "$TRACE.said" || true)
	[[ -z $wrong ]] || { show_wrong; fail "wrong verdicts: $wrong"; }
	same "$(last '.by_code.delivered')" "$SENT" || fail "$(last .by_code) of $SENT"
	same "$(last .evicted)" 0 || fail "$(last .evicted) legs were forgotten"
	said=$("$O/hopmark" report --json "$TRACE.rec" 2>"$TRACE.report-err" | tail -n 1 | jq -c .by_code) || true
	same "$(last .by_code | jq -c .)" "$said" || fail "live said $(last .by_code), its recording says $said"
}

RESULT='hopmark was not run'
watch_load -w "$T/trace-1.rec" "port 80 or portrange 81-84"
warm_up
measure
watch_load_stop
[[ -n $FAULTS_ONLY ]] || right
echo "result: $RESULT"
