# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bulk TCP by iperf3 from the client to port 80 of the server, cut by the card (GSO), without and with
# each tool, in turn. What was seen goes to $RAW. Sourced by tests/bench/run.

# bits [BEFORE IT...]: a second
bits() { at client "$@" iperf3 -c "$(addr server)" -p 80 -t 1 -A 0,1 -J | jq .end.sum_received.bits_per_second; }

start_bulk() {
	start server iperf3 -s -p 80
	ready server 80
	bits >/dev/null # to warm it up
}

bulk_pair() { # ROUND TOOL
	local without with
	without=$(bits)
	"start_$2"
	with=$(bits)
	"stop_$2"
	printf '{"what":"bulk","tool":"%s","round":%s,"without":%s,"with":%s}\n' "$2" "$1" "$without" "$with" >>"$RAW"
}

run_bulk() { # ROUND
	local tool
	for tool in "${HERE[@]}"; do
		has_time "$1" || return 0
		bulk_pair "$1" "$tool"
	done
	progress "round $1: bulk TCP"
}

# What a tool's programs and its process take of a CPU. Of the programs by the kernel's count, which adds some
# 50 ns to each run.
bulk_cpu() { # TOOL
	local bpf cpu at
	"start_$1"
	bpf=$(bpf_ns) cpu=$(cpu_ns) at=$(date +%s%N)
	bits "$O/load/timed" >/dev/null
	printf '{"what":"bulk_cpu","tool":"%s","bpf":%s,"cpu":%s,"ns":%s}\n' "$1" \
		$(($(bpf_ns) - bpf)) $(($(cpu_ns) - cpu)) $(($(date +%s%N) - at)) >>"$RAW"
	"stop_$1"
}

# What a stream alone takes of its sender's CPU and of its receiver's: who has none left sets its speed.
bulk_limit() {
	at client iperf3 -c "$(addr server)" -p 80 -t 2 -A 0,1 -J | jq -c '.end.cpu_utilization_percent |
		{what: "bulk_limit", sender: (.host_total / 100), receiver: (.remote_total / 100)}' >>"$RAW"
}

run_bulk_cpu() {
	local tool
	bulk_limit
	for tool in outside depth hopmark; do
		[[ " ${HERE[*]} " != *" $tool "* ]] || bulk_cpu "$tool"
	done
}

# Nothing else, of what something was aimed at, and so many pairs that a per cent can be told
run_aimed_bulk() { # PAIRS
	local round tool
	for ((round = 1; round <= $1; round++)); do
		for tool in none outside depth hopmark; do
			bulk_pair "$round" "$tool"
		done
		progress "pair $round of $1"
	done
}
