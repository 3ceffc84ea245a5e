# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Streams past each tool: pairs without and with it, in turn. What was seen goes to $RAW, a JSON object
# a line. Sourced by tests/bench/run.
#
#   burst    one stream: frames, time, and how much of it the kernel took for them
#   session  a tool's life, with a burst of each payload: markers sent and found, what it lost and took
#
# The pace is "highest" (as fast as the generator goes), "moderate" (each tool stands it), either of them
# with "timed-" (while the kernel counts the time of BPF programs), or frames a second.

PORT=10000 # of the next burst's connections, which no burst before it had
RATES=(50000 150000 300000)
CUT=$GSO_SIZE
SENT=0 MARKERS=0 SPLIT=0 # of a session

# pace_of PACE SIZE: arguments for the generator
pace_of() {
	case $1/$2 in
	highest/"$CUT") echo frames "$((FRAMES / 12))" every 200 ;;
	highest/*) echo frames "$FRAMES" every 1000 ;;
	moderate/"$CUT") echo frames 400 every 40 rate 1000 ;;
	moderate/1514) echo frames 24000 every 1000 rate 20000 ;; # what a connection takes counts for less
	moderate/*) echo frames 8000 every 1000 rate 20000 ;;
	timed-moderate/"$CUT") echo frames 200 rate 1000 stats 1 ;;
	timed-moderate/*) echo frames 4000 rate 20000 stats 1 ;;
	timed-highest/"$CUT") echo frames 2000 stats 1 ;;
	timed-highest/*) echo frames 40000 stats 1 ;;
	*) echo frames "$(($1 / 5))" every 1000 rate "$1" ;;
	esac
}

# burst TOOL WITH SIZE PACE ROUND [PAYLOAD...]: one of each payload; adds to SENT, MARKERS and SPLIT
burst() {
	local payload said before words sent markers split
	read -ra words <<<"$(pace_of "$4" "$3")"
	for payload in "${@:6}"; do
		PORT=$(((PORT - 10000 + 8) % 40000 + 10000))
		[[ $4 != highest ]] || stream size "$3" frames 500 port "$PORT" >/dev/null # to warm it up
		before=$(routed)
		said=$(stream size "$3" payload "$payload" port $((PORT + 4)) list "$T/list" "${words[@]}")
		[[ $2 != true ]] || awk '{print $1, $2}' "$T/list" >>"$T/sent"
		printf '{"what":"burst","tool":"%s","with":%s,"size":%s,"payload":"%s","pace":"%s","round":%s,"routed":%s,%s\n' \
			"$1" "$2" "$3" "$payload" "$4" "$5" $(($(routed) - before)) "${said#\{}" >>"$RAW"
		read -r sent markers split <<<"$(jq -r '"\(.sent) \(.markers) \(.split)"' <<<"$said")"
		SENT=$((SENT + sent)) MARKERS=$((MARKERS + markers)) SPLIT=$((SPLIT + split))
	done
}

# pair TOOL SIZE PACE ROUND PAYLOAD...
pair() {
	local cpu sent kb=null bpf=null
	burst "$1" false "${@:2}"
	"start_$1"
	cpu=$(cpu_ns)
	SENT=0 MARKERS=0 SPLIT=0
	: >"$T/sent"
	burst "$1" true "${@:2}"
	sent=$SENT
	settle "$1"
	cpu=$(($(cpu_ns) - cpu))
	[[ $4 -gt 1 || $3 == [0-9]* ]] || bpf=$(timed "$@")
	[[ ${#PIDS[@]} -eq 0 ]] || kb=$(memory)
	"stop_$1"
	printf '{"what":"session","tool":"%s","size":%s,"pace":"%s","round":%s,"sent":%s,"markers":%s,"split":%s,"found":%s,"lost":%s,"cpu_ns":%s,"bpf":%s,"kb":%s}\n' \
		"$1" "$2" "$3" "$4" "$sent" "$MARKERS" "$SPLIT" "$FOUND" "$LOST" "$cpu" "$bpf" "$kb" >>"$RAW"
}

# timed TOOL SIZE PACE: nanoseconds a frame in its BPF programs, without markers
timed() {
	if [[ -z $TRACE_PID ]]; then
		echo null
		return
	fi
	SENT=0
	burst "$1" true "$2" "timed-$3" 0 http
	echo $(($(bpf_ns) / SENT))
}

run_streams() { # ROUND
	local tool size rate
	for size in 64 512 1514 "$CUT"; do
		[[ $1 -eq 1 || $size -ne 512 ]] || continue # beside the others it says little more
		for tool in "${HERE[@]}"; do
			[[ $1 -gt 1 ]] || pair "$tool" "$size" moderate 0 http random
			has_time "$1" || return 0
			pair "$tool" "$size" highest "$1" http random
		done
		progress "round $1: streams, frames of $size bytes"
	done
	[[ $1 -eq 1 ]] || return 0
	for tool in "${HERE[@]}"; do
		[[ $tool != none && $tool != tc_empty && $tool != outside && $tool != depth ]] || continue # not in the plot
		for rate in "${RATES[@]}"; do
			pair "$tool" 1514 "$rate" 0 http random
		done
	done
	progress "streams, frames of 1514 bytes at ${RATES[*]} a second"
}
