# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Router and server have a tunnel (VXLAN) with different network numbers.
# cause: 30
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: nothing-seen unknown one-sided
# all: syn-unanswered beyond one-sided
tunnel() { # HOST UNDERLAY-OF OTHER ID ADDRESS
	at "$1" ip link add vx0 type vxlan id "$4" remote "$3" dstport 4789 dev "$2"
	at "$1" ip addr add "$5/24" dev vx0
	at "$1" ip link set vx0 up address "02:00:00:00:00:${5##*.}"
}
setup() {
	[[ $F == 4 ]] || skip "IPv4 only"
	tunnel router eth1 10.77.2.2 7 10.77.9.11
	tunnel server eth0 10.77.2.254 8 10.77.9.12
	at router ip neigh replace 10.77.9.12 dev vx0 nud permanent lladdr 02:00:00:00:00:12
	start server nginx -v
	ON=10.77.9.12 start_peer server mute 80
}
traffic() {
	send client amazinggrace 10.77.9.12 80 -w 5
	prove "the tunnel's packets came" test "$(at server ip -s -j link show eth0 | jq '.[].stats64.rx.packets')" -ge 3
}
