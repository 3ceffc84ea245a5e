# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's bridge has its port in the state listening (STP): it forwards nothing.
# cause: 30
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-other host proven
# server before 6.14: inconclusive unknown one-sided
# all: dropped-other host proven
# all before 6.14: inconclusive unknown one-sided
setup() {
	[[ $F == 4 ]] || skip "IPv4 only"
	at server ip addr flush dev eth0
	at server ip link add br0 type bridge
	at server ip link set eth0 master br0
	at server ip addr add "$(addr server)/24" dev br0
	at server ip link set br0 up
	at server ip route add default via 10.77.2.254
	start_nginx server 80
	prove "the server is reached" same 404 "$(fetch client "$(url server 80 warm)")"
	at router ip neigh replace "$(addr server)" dev eth1 nud permanent lladdr "$(at server ip -j link show br0 | jq -r '.[].address')"
}
blocked() { at server ip -d link show eth0 | grep -E 'bridge_slave state (listening|learning) ' >/dev/null; }
traffic() {
	at server ip link set eth0 type bridge_slave state 1 # for 15 s; then it learns, and after 15 more it forwards
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "its port is in that state still" blocked
}
