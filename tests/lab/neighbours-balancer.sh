#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# On a router a load balancer lives in tc, as Cilium's does: a program chooses packets, calls a second
# one, which rewrites their address and sends them out by another interface, past the router's stack
# (TC_ACT_REDIRECT). Behind hopmark both legs are one path; before it hopmark says that it may see
# nothing. Nobody is accused, neither when all is well nor when the backend refuses or is silent.
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/neighbours.sh
. "$ROOT/tests/lab/lib/neighbours.sh"

network routed
HM_LAB_FAMILIES=4 # the balancer rewrites IPv4
VIP=$(addr router)
BALANCER=()

# balancer PLACE PORT: as the kernel runs them: "first" and "last" at each interface
balancer() {
	foreign router eth0 "$(place "tcx-in-$1")" to "$2" eth1 "$(addr server)"
	BALANCER=("$FOREIGN")
	foreign router eth1 "$(place "tcx-in-$1")" from "$2" eth0 "$VIP"
	BALANCER+=("$FOREIGN")
}

# through PLACE PORT SECONDS [OPTION...]: a trace on the router, the balancer, a request to the router's
# own address for which the client has SECONDS
through() {
	trace_start router -m amazinggrace --for $(($3 + 3)) "${@:4}" port "$2"
	balancer "$1" "$2"
	STATUS=$(fetch client -m $(($3 * ${HM_SLOW:-1})) "http://$VIP:$2/amazinggrace")
	trace_wait
	had_packets "${BALANCER[0]}"
	foreign_end "${BALANCER[1]}" of_port >"$T/back"
}

is_named() {
	expect_row eth0:in "foreign_lb(:\[[0-9]+\])? #[0-9]+ runs first"
	expect_row eth1:in "foreign_lb(:\[[0-9]+\])? #[0-9]+ runs first"
}

behind() {
	through last 80 5 -c 1
	prove "nginx answered by the balancer" same 404 "$STATUS"
	prove "the answer came back by it" test "$(<"$T/back")" -gt 0
	expect_verdict code=delivered blame=none confidence=likely n=1 exit=0
	expect "the rewritten request was not seen leaving" seen_at eth1:out marker
	expect_none eth0:in foreign
	through last 81 5 -c 1
	prove "the backend refused" same 000 "$STATUS"
	expect_verdict code=refused blame=beyond confidence=one-sided n=1
	through last 82 5 -c 1
	prove "the backend was silent" were_hit server
	expect_verdict code=syn-unanswered blame=beyond n=1
}

ahead() {
	through first 80 1
	prove "nginx answered by the balancer" same 404 "$STATUS"
	accuses_nobody
	is_named
	expect "eth0:in saw what had gone before it" no seen_at eth0:in
	expect "a leg whose SYN was hidden counts as old" contains "$REPORT" "(its beginning was not seen)"
	through first 81 1
	prove "the backend refused" same 000 "$STATUS"
	accuses_nobody
	is_named
	through first 82 4
	prove "the backend was silent" were_hit server
	accuses_nobody
	is_named
}

prove "nobody listens on the router" no listens router 80
prove "without the balancer it is refused" same 000 "$(fetch client "http://$VIP:80/amazinggrace")"
start_nginx server 80
rules server prerouting "tcp dport 82 counter name hits drop"
behind
ahead
