#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make bench` counts, in small: streams of frames of 64, 512 and 1514 bytes and of 64 KB that
# the card is to cut, HTTP-like and random, at a moderate rate and as fast as the generator goes.
# hopmark has looked at just the frames that the kernel routed, and has found just the markers that
# the generator lists, each once and at its place, the quarter that is split over two frames too. No
# time is judged. The generator is not believed either: in a capture tshark puts the streams together.
#
# not emulated: it is about the highest rate
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/stream.sh
. "$ROOT/tests/lab/lib/stream.sh"

MARKER_HEX=616d617a696e676772616365
FRAMES=0 MARKERS=0 FASTEST=0

: >"$T/log"
stream_network

# What the generator says of itself, told by others: that many frames, and markers in the streams.
listening() { grep -qs 'listening on' "$T/tcpdump.err"; }

whole_streams() { # of the capture, as hex
	local i
	for i in 0 1 2 3; do
		tshark -r "$T/pcap" -q -z "follow,tcp,raw,$i" 2>>"$T/log" | grep -E '^[[:space:]]*[0-9a-f]+$' | tr -d '[:space:]'
		echo
	done
}

generator() { # SIZE PAYLOAD
	local dumper sent found
	rm -f "$T/tcpdump.err"
	nsenter --net="/run/netns/$(ns server)" -- tcpdump -Z root -i eth0 -B 65536 -c 2000 -w "$T/pcap" tcp \
		>/dev/null 2>"$T/tcpdump.err" &
	dumper=$!
	STARTED+=("$dumper")
	prove "tcpdump listens" listening
	sent=$(stream frames 2000 size "$1" payload "$2" rate 20000 every 20)
	within 10 gone "$dumper" || fail "tcpdump did not get 2000 frames: $(cat "$T/tcpdump.err")"
	found=$(whole_streams | grep -o $MARKER_HEX | wc -l)
	prove "$1 $2: the streams hold 100 markers, not $found" same "$found" 100
	prove "it says so: $sent" same "$(jq -c '[.sent, .markers, .split]' <<<"$sent")" '[2000,100,25]'
}

# Markers as port and sequence number: those sent, and those found
sent_markers() { awk '{print $1, $2}' "$T/list" | sort; }
found_markers() {
	jq -r 'select(.type == "sighting" and .what == "marker") | "\(.src | sub(".*:"; "")) \(.marker_seq)"' \
		<"$TRACE.json" | sort
}

looked_at_all() {
	local counts
	counts=$(jq -c 'select(.type == "stats") | [.matched, .scanned, .not_inspected, .limited, .lost_ring, .lost_map]' <"$TRACE.json" | tail -n 1)
	same "[$1,$1,0,0,0,0]" "$counts" || fail "$CASE: of $1 frames: matched, scanned, ... $counts"
}

# case NAME FRAMES ARGUMENTS...: such a stream, and what hopmark has seen of it
found_all() {
	local before sent
	CASE=$1
	trace_start server -m amazinggrace -i eth0 port 80
	before=$(routed)
	sent=$(stream list "$T/list" frames "$2" "${@:3}")
	prove "$CASE: the kernel routed each frame" same "$(routed)" $((before + $2))
	prove "$CASE: the generator says so" same "$(jq .sent <<<"$sent")" "$2"
	FRAMES=$((FRAMES + $2))
	MARKERS=$((MARKERS + $(wc -l <"$T/list")))
	FASTEST=$(jq --argjson was "$FASTEST" '[.sent / .ns * 1e9 | round, $was] | max' <<<"$sent")
	[[ -z $FAULTS_ONLY ]] || return 0
	trace_stop
	looked_at_all "$2"
	sent_markers >"$T/sent"
	found_markers >"$T/found"
	diff "$T/sent" "$T/found" || fail "$CASE: not just the markers that were sent"
}

for payload in http random; do
	generator 1514 $payload
	generator 64 $payload
	for size in 64 512 1514; do
		found_all "$size $payload, 20000/s" 5000 size "$size" payload "$payload" rate 20000 every 50
		found_all "$size $payload, fastest" 60000 size "$size" payload "$payload" every 300
	done
	found_all "GSO $payload, 1000/s" 250 size "$GSO_SIZE" payload "$payload" rate 1000 every 10
	found_all "GSO $payload, fastest" 5000 size "$GSO_SIZE" payload "$payload" every 50
done
echo "result: $MARKERS of $MARKERS markers in $FRAMES frames, up to $FASTEST/s"
