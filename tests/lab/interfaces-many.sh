#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# More interfaces than the table of hops holds: those beyond it are said to be unwatched. When they
# have gone, as those of containers do, new ones under new names are watched in their place, and
# that some are not listed any more is said.
#
# not emulated: what is looked at is a table; the interfaces themselves are interfaces.sh's matter
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
PAIRS=70 # each has four hops, and the table 256

many() { # add|del
	local i
	for ((i = 0; i < PAIRS; i++)); do
		if [[ $1 == del ]]; then
			echo "link del m$i"
		else
			printf 'link add m%d type veth peer name m%dp\nlink set m%d up\nlink set m%dp up\n' $i $i $i $i
		fi
	done | at server ip -batch - 2>>"$T/log"
}

# on RECORD FILTER: of the last of them; a filter that gives false or nothing fails
on() { jq -es "[.[] | select(.type == \"$1\")] | last | $2" <"$TRACE.json" >/dev/null; }
hear() { fetch client "$(url server 80)" >/dev/null; } # what has changed is told before a sighting
full() { hear; on host '(.hops | length) == 256 and any(.not_watched[]; .why | test("more interfaces than"))'; }
all_gone() { hear; on host 'any(.not_watched[]; .hop == "m5" and (.why | test("^deleted, renamed")))'; }
there() { [[ $(at server ip -o link | grep -c ' m[0-9]*p\?@') -eq $1 ]]; }

# Packets leave by w1: an address that nobody has is asked for.
talk() {
	at server ip addr add 10.99.0.1/24 dev w1
	at server bash -c 'for i in 1 2 3; do echo >/dev/udp/10.99.0.7/9; sleep 0.1; done' 2>>"$T/log"
}

start_nginx server 80
trace_start server -m amazinggrace port 80
many add
prove "the interfaces are there" there $((2 * PAIRS))
[[ -n $FAULTS_ONLY ]] || within 20 full || fail "that the table is full is not said"
many del
prove "the interfaces are gone" there 0
[[ -n $FAULTS_ONLY ]] || within 20 all_gone || fail "that they have gone is not said"
at server ip link add w1 type veth peer name w1p
at server ip link set w1p up
at server ip link set w1 up
sleep 0.5
talk
prove "nginx answers" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
sleep 2.5 # packets are read once a second
trace_stop
if [[ -z $FAULTS_ONLY ]]; then
	on stats 'any(.hop_packets[]; .hop == "w1:out" and .packets > 0)' || fail "w1 is not watched"
	on host '(.hops | length) == 256 and (.hops | index("w1:in")) != null' || fail "w1 has no hops"
	on host 'any(.not_watched[]; .hop == "interfaces" and (.why | test("^[48] hooks of some that went")))' ||
		fail "that some made room is not said"
fi
expect_verdict code=delivered status=404 confidence=proven n=1 exit=0
