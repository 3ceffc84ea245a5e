#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beside other people's XDP, tcx and clsact programs, which let pass, end the chain, drop, redirect
# or steal: who runs first is named, nobody is accused for what only they kept, and a drop that the
# kernel names is named.
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

expect_row() { expect "not said under not watched: $1 $2" not_watched "$@"; }
expect_none() { expect "said for nothing under not watched: $1 $2" no not_watched "$@"; }
# shellcheck disable=SC2016 # jq's variable
verdict_says() { trace_has --arg re "$1" 'any(.[]; .type == "verdict" and .scope == "path" and ((.summary + " " + (.evidence | join(" "))) | test($re)))'; }
said() { expect "no verdict says $1" verdict_says "$1"; }

# Before Linux 6.6 there is no tcx. There clsact has both places: hopmark's filters have priority 1,
# and of one priority the newest runs first.
TCX=yes
[[ $(uname -r) =~ ^([0-9]+)\.([0-9]+) && $((BASH_REMATCH[1] * 100 + BASH_REMATCH[2])) -ge 606 ]] || TCX=
place() {
	if [[ -n $TCX ]]; then
		echo "$1"
	else
		sed -E 's/^tcx-(in|out)-first/clsact-\1-1/; s/^tcx-(in|out)-last/clsact-\1-9/' <<<"$1"
	fi
}

# on_server WHERE ACTION [INTERFACE]: a trace on the server, then the neighbour comes, then a request
on_server() {
	trace_start server -m amazinggrace --for 5 -c 1 port 80
	foreign server eth0 "$(place "$1")" "$2" 80 ${3+"$3"}
	sleep 0.3
	STATUS=$(fetch client -m 2 "$(url server 80 amazinggrace)")
	trace_wait
	OF_PORT=$(foreign_end "$FOREIGN" of_port)
	prove "the neighbour had the packets" test "$OF_PORT" -gt 0
}

# on_client WHERE ACTION [INTERFACE]: the neighbour is there, then curl is run by the trace
on_client() {
	foreign client eth0 "$(place "$1")" "$2" 80 ${3+"$3"}
	trace_start client -i eth0 -m amazinggrace port 80 -- curl -sS -m 2 -o /dev/null "$(url server 80 amazinggrace)"
	[[ -z $FAULTS_ONLY ]] || fetch client -m 2 "$(url server 80 amazinggrace)" >/dev/null
	trace_wait
	prove "the neighbour had the packets" test "$(foreign_end "$FOREIGN" of_port)" -gt 0
}

# Where packets are redirected to: a cable whose far end takes only what is sent to its own address.
at server ip link add sink type veth peer name drain netns "$(ns client)"
at client ip link add sink type veth peer name drain netns "$(ns server)"
for host in client server; do
	at "$host" ip link set drain up
	at "$host" ip link set sink up
done
start_nginx server 80

# Ends the chain before ours; the stack has the packet all the same.
on_server tcx-in-first ok
prove "nginx answered" same 404 "$STATUS"
expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
expect_row eth0:in "(tc program|filter) foreign_tc(:\[[0-9]+\])? #[0-9]+ runs first"
expect "eth0:in saw what had ended before it" no seen_at eth0:in

# Lets pass: the same is said, and everything is seen.
on_server tcx-in-first next
prove "nginx answered" same 404 "$STATUS"
expect_verdict code=delivered confidence=proven n=1
expect_row eth0:in "foreign_tc(:\[[0-9]+\])? #[0-9]+ runs first"
expect "eth0:in did not see what passed" seen_at eth0:in

# Behind ours nothing is doubted.
on_server tcx-in-last next
expect_verdict code=delivered confidence=proven n=1
expect_none eth0:in "foreign"

# Drops: the kernel names it, wherever the neighbour stands.
for where in tcx-in-first tcx-in-last clsact-in-9; do
	on_server "$where" shot
	prove "curl got nothing" same 000 "$STATUS"
	expect_verdict code=dropped-other blame=host confidence=proven exit=1
done

# Takes away silently: before ours nothing is seen; behind ours it is not the application's fault.
for where in xdp xdp-netlink; do
	on_server "$where" drop
	prove "curl got nothing" same 000 "$STATUS"
	expect_not 'blame=(host|network|application|beyond|policy)'
	expect_row eth0:in "XDP program( foreign_xdp)? #[0-9]+ runs first"
done
on_server tcx-in-first redirect sink
prove "curl got nothing" same 000 "$STATUS"
expect_not 'blame=(host|network|application|beyond|policy)'
expect_row eth0:in "foreign_tc(:\[[0-9]+\])? #[0-9]+ runs first"
on_server tcx-in-last redirect-data sink
prove "curl got nothing" same 000 "$STATUS"
expect_not 'blame=(host|network|application|beyond|policy)'
said "did not get to the socket"

# What comes back is taken before ours: nothing can be missing there.
on_client xdp drop
expect_verdict code=inconclusive blame=unknown exit=4
said "eth0:in may be blind: XDP program( foreign_xdp)? #[0-9]+ runs first"
on_client tcx-out-last redirect sink
expect_verdict code=syn-unanswered blame=beyond exit=1
said "passed eth0:out and nothing came back.* in (tc program|filter) foreign_tc(:\[[0-9]+\])? #[0-9]+, which runs after that"
on_client clsact-out-9 stolen
expect_verdict code=syn-unanswered blame=beyond exit=1
said "in filter .*, which runs after that"

# The innocent twin: nobody beside ours, and a firewall elsewhere.
rules server "prerouting" "tcp dport 80 counter name hits drop"
trace_start client -m amazinggrace port 80 -- curl -sS -m 2 -o /dev/null "$(url server 80 amazinggrace)"
trace_wait
expect_verdict code=syn-unanswered blame=beyond exit=1
said "left this host and nothing came back"
[[ -n $FAULTS_ONLY ]] || prove "the firewall had it" were_hit server
