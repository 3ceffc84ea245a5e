#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dropped-by-routing: the reverse path filter throws away a SYN whose answer would take another
# interface. IPv4 only: IPv6 has no rp_filter. Twin: the loose filter, which lets it pass.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

# The server would answer 10.88.0.1 by a cable that leads nowhere.
detour() {
	at server ip link add out0 type veth peer name nowhere0
	at server ip link set out0 up
	at server ip link set nowhere0 up
	at server ip addr add 10.88.0.2/24 dev out0
	at client ip addr add 10.88.0.1/32 dev eth0
	# ARP for that address would fall to the filter too.
	prove "client and server know each other" same 200 "$(fetch client "$(url server 80)")"
}

filtered() {
	at server sysctl -qw net.ipv4.conf.eth0.rp_filter=1
	trace_start server -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4 -s 10.88.0.1
	prove "the filter counted it" rose server TcpExtIPReversePathFilter
	trace_wait
	expect_verdict code=dropped-by-routing blame=host confidence=proven n=1 exit=1
}

let_through() {
	at server sysctl -qw net.ipv4.conf.eth0.rp_filter=2
	at server ip route add 10.88.0.1/32 dev eth0
	trace_start server -m amazinggrace port 80
	send client amazinggrace "$(addr server)" 80 -s 10.88.0.1
	prove "nginx answered" contains "$T/answer" "400 Bad Request"
	trace_stop
	expect_verdict code=delivered exit=0
	expect_not code=dropped-by-routing
}

start_nginx server 80
detour
filtered
let_through
