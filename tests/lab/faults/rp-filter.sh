# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server would answer by another interface, and its reverse path filter is strict. IPv4 only.
# cause: 27
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-by-routing host proven
# all: dropped-by-routing host proven
setup() {
	[[ $F == 4 ]] || skip "IPv6 has no rp_filter"
	start_nginx server 80
	at client ip addr add 10.88.0.1/32 dev eth0
	at router ip route add 10.88.0.1/32 via "$(addr client)"
	at server ip link add out0 type veth peer name nowhere0
	at server ip link set out0 up
	at server ip link set nowhere0 up
	at server ip addr add 10.88.0.2/24 dev out0
	at server sysctl -qw net.ipv4.conf.eth0.rp_filter=1
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5 -s 10.88.0.1
	prove "the filter counted it" rose server TcpExtIPReversePathFilter 3
}
