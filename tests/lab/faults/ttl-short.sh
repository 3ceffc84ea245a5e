# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client's packets may not go further than the router.
# cause: 19
# client: unreachable network proven
# middle: unreachable network proven
# server: nothing-seen unknown one-sided
# all: unreachable network proven
counter() { [[ $F == 4 ]] && echo IcmpOutTimeExcds || echo Icmp6OutTimeExcds; }
setup() {
	start_nginx server 80
	at client sysctl -qw net.ipv4.ip_default_ttl=1 net.ipv6.conf.eth0.hop_limit=1
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "its time was exceeded" rose router "$(counter)"
}
