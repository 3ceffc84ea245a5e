# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router has an unreachable route, and says so.
# cause: 12
# client: unreachable network proven
# middle: no-route host proven
# server: nothing-seen unknown one-sided
# all: no-route host proven
icmp() { if [[ $F == 4 ]]; then echo IcmpOutDestUnreachs; else echo Icmp6OutDestUnreachs; fi; }
setup() { at router ip -"$F" route add unreachable "$(addr server)"; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the router sent an ICMP error" rose router "$(icmp)"
}
