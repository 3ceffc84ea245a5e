#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --xdp adds the first hop there is, and takes nothing from the others.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

hooked() { ip -n "$(ns server)" -j -d link show dev eth0 | grep -q xdp; }
seen_at() { jq -es --arg hop "$1" 'any(.[]; .type == "sighting" and .hop == $hop and .what == "marker")' <"$TRACE.json" >/dev/null; }

with_xdp() {
	trace_start server -i eth0 --xdp -m amazinggrace --for 10 -c 1 port 80
	[[ -n $FAULTS_ONLY ]] || prove "an XDP program is on eth0" hooked
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
	[[ -n $FAULTS_ONLY ]] || prove "XDP saw the marker" seen_at eth0:xdp
	[[ -n $FAULTS_ONLY ]] || prove "tc saw the marker" seen_at eth0:in
	! hooked || fail "the XDP program stayed"
}

start_nginx server 80
both_families with_xdp
