# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bulk TCP by iperf3 from the client to port 80 of the server, cut by the card (GSO), without and with
# each tool, in turn. What was seen goes to $RAW. Sourced by tests/bench/run.

bits() { at client iperf3 -c "$(addr server)" -p 80 -t 1 -A 0,1 -J | jq .end.sum_received.bits_per_second; }

start_bulk() {
	start server iperf3 -s -p 80
	ready server 80
	bits >/dev/null # to warm it up
}

AIMED=(none outside depth hopmark) # more pairs of these: something was aimed at

run_bulk() { # ROUND
	local tool without with
	for tool in "${HERE[@]}" "${AIMED[@]}" "${AIMED[@]}"; do
		[[ " ${HERE[*]} " == *" $tool "* ]] || continue
		has_time "$1" || return 0
		without=$(bits)
		"start_$tool"
		with=$(bits)
		"stop_$tool"
		printf '{"what":"bulk","tool":"%s","round":%s,"without":%s,"with":%s}\n' \
			"$tool" "$1" "$without" "$with" >>"$RAW"
	done
	progress "round $1: bulk TCP"
}
