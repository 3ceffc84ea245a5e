# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Somebody's program beside hopmark's (tests/lab/tools/foreign.c), and what the verdicts and "not
# watched" must say then. Sourced by the scenarios about neighbours, after lib.sh.

HOW= # of the traces: --no-tcx, or nothing
PATIENCE=2 # seconds: the client's, and of --settle
LIFE=5 # seconds of a trace that has nothing to print; longer where the machine is slow, see trace_start
ONCE=(-c 1) # it ends with the first verdict

uses_tcx() { [[ -z $HOW ]] && has_tcx; }

# place WHERE: as it is where hopmark uses tcx, or with a = before it. Else clsact has both places:
# hopmark's filters have priority 1, and of one priority the newest runs first.
place() {
	if uses_tcx || [[ $1 == =* ]]; then
		echo "${1#=}"
	else
		sed -E 's/^tcx-(in|out)-first/clsact-\1-1/; s/^tcx-(in|out)-last/clsact-\1-9/' <<<"$1"
	fi
}

patience() { echo $((PATIENCE * ${HM_SLOW:-1})); }

# on_server WHERE ACTION [INTERFACE]: a trace on the server, then the neighbour comes, then a request;
# STATUS is what curl got
on_server() {
	trace_start server ${HOW:+"$HOW"} -m amazinggrace --for "$LIFE" --settle "$(patience)" "${ONCE[@]}" port 80
	foreign server eth0 "$(place "$1")" "$2" 80 ${3+"$3"}
	# shellcheck disable=SC2034 # for the scenario
	STATUS=$(fetch client -m "$(patience)" "$(url server 80 amazinggrace)")
	trace_wait
	had_packets "$FOREIGN"
}

# on_client WHERE ACTION [INTERFACE]: the neighbour is there, then curl is run by the trace
on_client() {
	local curl=(-sS -m "$(patience)" -o /dev/null "$(url server 80 amazinggrace)")
	foreign client eth0 "$(place "$1")" "$2" 80 ${3+"$3"}
	trace_start client ${HOW:+"$HOW"} -i eth0 -m amazinggrace port 80 -- curl "${curl[@]}"
	[[ -z $FAULTS_ONLY ]] || fetch client "${curl[@]}" >/dev/null
	trace_wait
	had_packets "$FOREIGN"
}

had_packets() { prove "the neighbour had the packets" test "$(foreign_end "$1" of_port)" -gt 0; }

expect_row() { expect "not said under not watched: $1 $2" not_watched "$@"; }
expect_none() { expect "said for nothing under not watched: $1 $2" no not_watched "$@"; }
# shellcheck disable=SC2016 # jq's variable
verdict_says() { trace_has --arg re "$1" 'any(.[]; .type == "verdict" and .scope == "path" and ((.summary + " " + (.evidence | join(" "))) | test($re)))'; }
said() { expect "no verdict says $1" verdict_says "$1"; }
accuses_nobody() { expect_not 'blame=(host|network|application|proxy|beyond|policy)'; }
