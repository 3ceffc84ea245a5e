# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's interface does not answer ARP; the router says so to the client.
# cause: 3
# client: unreachable network proven
# middle: neighbour-failed network proven
# server: nothing-seen unknown one-sided
# all: neighbour-failed network proven
silent() { at router ip -"$F" neigh show to "$(addr server)" | grep -qE 'FAILED|INCOMPLETE'; }
setup() { at server ip link set eth0 arp off; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the router asks in vain" silent
}
