# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router does not send on what is for others.
# cause: 1
# client: syn-unanswered beyond one-sided
# middle: no-route host proven
# server: nothing-seen unknown one-sided
# all: no-route host proven
counter_of_it() { if [[ $F == 4 ]]; then echo IpInAddrErrors; else echo Ip6InAddrErrors; fi; }
setup() {
	at router sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	BEFORE=$(counter router "$(counter_of_it)")
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the router has no such address" rose router "$(counter_of_it)" $((BEFORE + 3))
}
