#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Beside other people's XDP, tcx and clsact programs, which let pass, drop at the card, redirect or
# steal: who runs first is named, and nobody is accused for what only they kept.
# timeout: 150
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/neighbours.sh
. "$ROOT/tests/lab/lib/neighbours.sh"

network direct

# Where packets are redirected to: a cable whose far end takes only what is sent to its own address.
at server ip link add sink type veth peer name drain netns "$(ns client)"
at client ip link add sink type veth peer name drain netns "$(ns server)"
for host in client server; do
	at "$host" ip link set drain up
	at "$host" ip link set sink up
done
start_nginx server 80

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

# Takes away silently: before ours nothing is seen; behind ours it is not the application's fault. At the
# card the kernel may tell some drops, now and then: those traces live to their end.
ONCE=()
for where in xdp xdp-netlink; do
	on_server "$where" drop
	prove "curl got nothing" same 000 "$STATUS"
	accuses_nobody
	expect_row eth0:in "XDP program( foreign_xdp)? #[0-9]+ runs first"
done
ONCE=(-c 1)
# A request for this host itself that leaves it, often enough that an answer was due: that is nobody's
# fault further along, whether it was seen coming in or not.
PATIENCE=4
for where in tcx-in-first tcx-in-last; do
	on_server "$where" redirect sink
	prove "curl got nothing" same 000 "$STATUS"
	accuses_nobody
	said "an address of this host, was last seen at sink:out and nothing came back"
	[[ $where != tcx-in-first ]] || expect_row eth0:in "foreign_tc(:\[[0-9]+\])? #[0-9]+ runs first"
done
PATIENCE=2
on_server tcx-in-last redirect-data sink
prove "curl got nothing" same 000 "$STATUS"
accuses_nobody
said "did not get to the socket"

# What comes back is taken before ours: nothing can be missing there.
for HOW in '' --no-tcx; do # by its name, which nothing of ours in tcx tells there
	on_client xdp drop
	expect_verdict code=inconclusive blame=unknown exit=4
	said "eth0:in may be blind: XDP program foreign_xdp #[0-9]+ runs first"
done
HOW=
on_client tcx-out-last redirect sink
expect_verdict code=syn-unanswered blame=beyond exit=1
said "passed eth0:out and nothing came back.* in (tc program|filter) foreign_tc(:\[[0-9]+\])? #[0-9]+, which runs after that"
on_client clsact-out-9 stolen
expect_verdict code=syn-unanswered blame=beyond exit=1
said "in filter .*, which runs after that"

# The innocent twin: nobody beside ours, and a firewall elsewhere.
rules server "prerouting" "tcp dport 80 counter name hits drop"
trace_start client -m amazinggrace port 80 -- curl -sS -m "$(patience)" -o /dev/null "$(url server 80 amazinggrace)"
trace_wait
expect_verdict code=syn-unanswered blame=beyond exit=1
said "left this host and nothing came back"
[[ -n $FAULTS_ONLY ]] || prove "the firewall had it" were_hit server
