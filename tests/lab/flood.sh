#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Under load. Floods of live frames (tests/load/flood.c) are received by the server's interface, as
# fast as that goes, with sightings far beyond the rate limit; then
#
#   the counters balance exactly, and agree with what the flood says it sent, with what nft counted
#   and with the number of sightings in the JSON; memory stays; Ctrl-C ends it in the middle;
#   probes amid the flood get the right verdict or `inconclusive`: one that is answered, and
#   connections that are refused, dropped by nft, over the backlog, and never read;
#   the line on the terminal goes on, is one line, and says what was counted.
#
# FLOOD_SECONDS (default 1, `make flood`: 60) is how long each kind of flood lasts.
#
# solo
# timeout: 240
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/load.sh
. "$ROOT/tests/lab/lib/load.sh"

SECONDS_EACH=${FLOOD_SECONDS:-1}
FLOOD=$O/load/flood
PORT=9 # nobody listens there
MEMORY_KB=70000 # of hopmark itself, its maps not among them: 9 MB at rest, and when every table is full
# (user/path_inside.h, leg.h) 4,096 connections of 3.4 KB, each with up to 7 KB of notes, 8,192 markers
# of 0.9 KB, and 1,024 judged ones; the heap keeps what it had once. The rest is judged below.
GROWTH_KB=4000 # from the middle of a flood to its end
FULL_AFTER=20 # seconds: by the middle of such a flood every table is full

! is_sanitized || MEMORY_KB=1000000 GROWTH_KB=1000000 # the sanitizers keep what was freed
[[ -x $FLOOD ]] || skip "build/load/flood is not built (make load-tools)"
network direct
at server ip route add 10.99.0.0/16 via "$(addr client)"
at server nft -f - <<-NFT
	table ip flood {
		counter got { }
		chain flood { type filter hook prerouting priority -300; ip saddr 10.99.0.0/16 counter name got; }
	}
NFT

flooded() { at server nft -j list counter ip flood got | jq '.nftables[] | .counter? | select(.) | .packets'; }

# flood KIND PORT SECONDS [KEY VALUE]...: in the background; FLOOD_PID, and its words in $T/flood
flood() {
	nsenter --net="/run/netns/$(ns server)" -- "$FLOOD" eth0 "$(addr server)" "$2" "$1" \
		seconds "$3" "${@:4}" >"$T/flood" 2>>"$T/log" &
	FLOOD_PID=$!
	STARTED+=("$FLOOD_PID")
}

flood_over() {
	local rc=0
	wait "$FLOOD_PID" || rc=$?
	[[ $rc -ne 77 ]] || skip "$(cat "$T/flood")"
	[[ $rc -eq 0 ]] || fail "the flood ended with $rc"
	SENT=$(jq .sent "$T/flood")
	[[ $SENT -gt 0 ]] || fail "nothing was sent"
}

describe() { # KIND
	last "\"$1: \($SENT) frames (\($(jq .per_second "$T/flood"))/s), \(.sightings) sightings: \
\(.delivered) delivered, \(.limited) limited, \(.lost_ring) lost in the ring, \(.lost_busy // 0) busy\"" | tr -d '"'
}

# --- the counters ---

counted() { # KIND
	local before middle end had cpu
	before=$(flooded)
	watch_load "src net 10.99.0.0/16"
	flood "$1" $PORT "$SECONDS_EACH"
	if [[ -n $FAULTS_ONLY ]]; then
		flood_over
		same $((before + SENT)) "$(flooded)" || fail "$1: nft counted $(($(flooded) - before)) of $SENT"
		return
	fi
	cpu=$(cpu_ms)
	had=$(maps)
	sleep "$(awk -v s="$SECONDS_EACH" 'BEGIN {print s / 2}')"
	middle=$(own_kb)
	flood_over
	end=$(own_kb)
	cpu=$(($(cpu_ms) - cpu))
	same "$had" "$(maps)" || fail "$1: maps, KB and number: $had, now $(maps)"
	watch_load_stop
	balance "$1"
	same $((before + SENT)) "$(flooded)" || fail "$1: nft counted $(($(flooded) - before)) of $SENT"
	# At the interface nothing else is inside the filter but what this host sends back.
	[[ $(last '.hop_packets[] | select(.hop == "eth0:in") | .packets') -ge $SENT ]] ||
		fail "$1: eth0:in saw fewer packets than the $SENT sent"
	[[ $(last '.matched') -ge $(jq '.sent - .udp - .fragment' "$T/flood") ]] ||
		fail "$1: fewer matched than were sent: $(last .)"
	[[ $(last '.not_inspected') -ge $(jq .fragment "$T/flood") ]] || fail "$1: fragments were inspected: $(last .)"
	[[ $end -lt $MEMORY_KB ]] || fail "$1: hopmark has $end KB"
	[[ $SECONDS_EACH -lt $FULL_AFTER || $((end - middle)) -lt $GROWTH_KB ]] ||
		fail "$1: $middle KB in the middle, $end KB at the end"
	note "$(describe "$1"); $end KB and ${had% *} KB of maps, $((cpu / SECONDS_EACH)) ms of CPU a second, Ctrl-C answered in $ANSWER_MS ms, all gone in $STOP_MS ms"
}

# --- probes ---

# What may be said of a probe to each port: the truth, or nothing.
truth() {
	case $1 in
	80) echo 'delivered acknowledged connected inconclusive' ;;
	81) echo 'refused inconclusive' ;;
	82) echo 'dropped-by-firewall inconclusive' ;;
	83) echo 'accept-queue-full inconclusive' ;;
	# the second one is not accepted even; a client starved before it sent gives up soon after
	84) echo 'not-read not-accepted connected abandoned-by-client inconclusive' ;;
	esac
}

# One probe of each kind at the same time, each judged by the faults' own means.
probe_all() {
	local to pids=()
	to=$(addr server)
	for port in 81 82 83 84; do
		send client "amazinggrace-$port" "$to" "$port" -w 4 &
		pids+=("$!")
	done
	! within 4 unread server 84 10 || HELD=$((HELD + 1))
	same 404 "$(fetch client "$(url server 80 "amazinggrace-$1")")" && HEALTHY=$((HEALTHY + 1))
	wait "${pids[@]}"
}

judge_probes() { # NAME
	local port code n wrong=''
	[[ -z $FAULTS_ONLY ]] || return 0
	while read -r n port code; do
		[[ " $(truth "$port") " == *" $code "* ]] || wrong+=" $n x $code on port $port;"
		SAID+=" $port: $n $code,"
	done <"$TRACE.said"
	[[ -z $wrong ]] || fail "$1: wrong verdicts:$wrong"
}

# probed NAME KIND PORT FILTER...: probes amid a flood of that kind to that port
probed() {
	local name=$1 kind=$2 port=$3 i=0
	HEALTHY=0 HELD=0 SAID=
	shift 3
	watch_load "$@"
	flood "$kind" "$port" "$PROBED_SECONDS"
	while kill -0 "$FLOOD_PID" 2>/dev/null; do
		i=$((i + 1))
		probe_all "$i"
	done
	flood_over
	prove "the rule was hit" were_hit server
	prove "the kernel counted overflows" rose server TcpExtListenOverflows
	[[ $HEALTHY -gt 0 ]] || fail "$name: no probe was answered"
	[[ $HELD -gt 0 ]] || fail "$name: the bytes of no probe waited in the receive queue"
	watch_load_stop
	balance "$name"
	judge_probes "$name"
	note "$name: $i rounds of probes amid $SENT frames:${SAID%,}"
}

# --- the line on a terminal ---

# What was drawn, piece by piece: each draws over the last one after a carriage return.
drawn() { tr '\r' '\n' <"$T/terminal" | grep -av '^ *$'; }
beats() { drawn | grep -a '^watching [^;]* packets, ' || true; }
beat() { beats | tail -n 1 | sed -n "s/.* \([0-9.]*[kMGTPE]\?\) $1\(,.*\|\)\$/\1/p"; } # packets, SYN or lost

# short N: as the line says it, 1.2k
short() { awk -v n="$1" 'BEGIN {
	for (u = 0; n >= 999.95 && u < 6; u++) n /= 1000
	if (u) printf "%.1f%s", n, substr("kMGTPE", u, 1); else print n }'; }

on_terminal() { # FILTER
	# shellcheck disable=SC2016 # the inner shell expands
	env HOPMARK="$HOPMARK" T="$T" FILTER="$1" nsenter --net="/run/netns/$(ns server)" -- script -qfc \
		'echo $$ >"$T/beating"; exec env --default-signal=INT "$HOPMARK" trace -m amazinggrace -w "$T/beat.rec" "$FILTER" >"$T/beat.out"' \
		"$T/terminal" >/dev/null </dev/null &
	SCRIPT_PID=$!
	STARTED+=("$SCRIPT_PID")
	within 15 test -s "$T/terminal" || fail "script(1) gives no terminal"
	within 15 contains "$T/terminal" 'hopmark: watching' || fail "hopmark does not watch on a terminal"
}

# What the recording says at the end, as the line says it: packets at the busiest end of an interface, SYNs
# that were told, and everything lost.
counted_at_the_end() {
	grep -a '"type":"stats"' "$T/beat.rec" | tail -n 1 >"$T/beat.stats"
	BEAT_PACKETS=$(jq '[.hop_packets[] | select(.hop | test(":(in|out)$")) | .packets] | max' "$T/beat.stats")
	BEAT_SYNS=$(grep -ac '"what":"syn",' "$T/beat.rec" || true)
	BEAT_LOST=$(jq '[.limited, .lost_ring, .lost_map, .lost_hop, .lost_note, .lost_busy] | add' "$T/beat.stats")
}

# The line is asked for once more when the flood is over and everything has been read.
is_told() {
	local last=''
	while read -r beat; do
		[[ $beat != "$last" ]] || return 0
		last=$beat
	done < <(beats | tail -n 2)
	return 1
}

heartbeat() {
	local pid odd
	[[ -z $FAULTS_ONLY ]] || return 0
	on_terminal "port $PORT"
	pid=$(cat "$T/beating")
	flood syn $PORT "$PROBED_SECONDS"
	flood_over
	within 60 is_told || fail "the line still changes long after the flood"
	BEATS=$(beats | sort -u | wc -l)
	kill -INT "$pid"
	within 60 gone "$SCRIPT_PID" || fail "hopmark did not end within 60 s of Ctrl-C"
	odd=$(drawn | grep -avE '^(watching [ -~]* packets, [0-9.]+[kMGTPE]? SYN, [0-9.]+[kMGTPE]? lost|hopmark: [ -~]*|Script [ -~]*|)$' || true)
	[[ -z $odd ]] || fail "on the terminal: $(head -n 3 <<<"$odd" | cat -v)"
	! drawn | grep -a '^watching' | grep -aE '.{80}' || fail "the line is over 79 columns"
	counted_at_the_end
	same "$(short "$BEAT_SYNS")" "$(beat SYN)" || fail "$BEAT_SYNS SYNs were told, the line says $(beat SYN)"
	same "$(short "$BEAT_LOST")" "$(beat lost)" || fail "$BEAT_LOST were lost, the line says $(beat lost)"
	same "$(short "$BEAT_PACKETS")" "$(beat packets)" ||
		fail "$BEAT_PACKETS packets were seen, the line says $(beat packets)"
	[[ $BEAT_PACKETS -ge $SENT && $BEATS -ge 3 ]] || fail "$BEATS lines of $BEAT_PACKETS packets, $SENT were sent"
	note "the line on the terminal: $BEATS times, at last $(beats | tail -n 1)"
}

start_faults() {
	start_nginx server 80
	start_peer server listen 83 2
	ON=$(addr server) start_peer client fill 83 3
	prove "three wait where two may" waiting server 83 3
	start_peer server hold 84
	rules server input "tcp dport 82 counter name hits drop"
}

# Ctrl-C amid a SYN flood that has lasted so many seconds
stop_amid() { # SECONDS
	flood syn $PORT $((15 * ${HM_SLOW:-1}))
	sleep "$1"
	watch_load_stop
	kill -0 "$FLOOD_PID" 2>/dev/null || fail "the flood was over before hopmark was"
	kill "$FLOOD_PID"
	flood_over
}

# It ends, with its summary, and the numbers add up all the same.
interrupted() {
	watch_load "port $PORT"
	stop_amid 1
	balance interrupted
	[[ -n $FAULTS_ONLY ]] || same "$(last .exit_status)" "$TRACE_RC" || fail "no summary with its exit status"
}

# The same for somebody who reads, when every table is full.
answered() {
	watch_text "src net 10.99.0.0/16"
	stop_amid 3
	note "for a reader, with $(grep -oE '^[0-9]+ paths' "$TRACE.txt"): Ctrl-C answered in $ANSWER_MS ms, all gone in $STOP_MS ms"
}

PROBED_SECONDS=$((SECONDS_EACH > 5 ? SECONDS_EACH : 5))
for kind in syn same-syn new-syn marker same-marker markers mixed; do
	counted "$kind"
done
interrupted
[[ -n $FAULTS_ONLY ]] || answered
heartbeat
start_faults
probed "SYN flood outside the filter" syn $PORT "port 80 or portrange 81-84"
probed "SYN flood at the listener" syn 80 "port 80 or portrange 81-84"
probed "marker flood" markers $PORT "port 9 or portrange 80-84"
probed "mixed flood" mixed 80 "portrange 80-84"
