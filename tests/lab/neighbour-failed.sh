#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# neighbour-failed: an address of the own subnet that nobody has; ARP and neighbour discovery are
# not answered. At the client, and at a router for its last hop.
# Twin: the host of the same subnet that is there, refusing and answering.
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

nobody() { if [[ $F == 4 ]]; then echo "10.77.$1.99"; else echo "fd77:$1::99"; fi; }

# silent HOST ADDRESS: that host asks for it, or has asked, in vain
silent() { at "$1" ip -"$F" neigh show to "$2" | grep -qE 'FAILED|INCOMPLETE'; }

# known HOST ADDRESS: that host has the address's link-layer address, which may be old by then
known() { at "$1" ip -"$F" neigh show to "$2" | grep -q lladdr; }

# attempt WATCHED ADDRESS ROLE: the client connects for 5 s, hopmark runs on the watched host
attempt() {
	trace_start "$1" -c 1 --for 12 host "$2"
	start client nc.openbsd -w 5 "$2" 80
	prove "nobody answers $1 for $2" silent "$1" "$2"
	trace_wait
	expect_verdict code=neighbour-failed blame=network confidence=proven at.role="$3" n=1 exit=1
}

at_client() { attempt client "$(nobody 1)" client; }
at_router() { attempt router "$(nobody 2)" router; }

somebody() {
	trace_start client -c 1 --for 8 host "$(addr router)"
	send client amazinggrace "$(addr router)" 80
	prove "the router is known" known client "$(addr router)"
	trace_wait
	expect_verdict code=refused n=1
}

network routed
both_families at_client
both_families at_router
both_families somebody
