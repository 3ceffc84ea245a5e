# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Another host has the server's address, and the way leads there after the first connection.
# cause: 29
# client: delivered none likely
# client: no-answer beyond one-sided
# server: delivered none proven
# all: delivered none proven
# all: not-arrived network likely
NET=direct
setup() {
	[[ $F == 4 ]] || skip "IPv4 only"
	start_nginx server 80
	ip netns add "$(ns other)"
	at client ip link add eth1 type veth peer name eth0 netns "$(ns other)"
	at other ip address add "$(addr server)/24" dev eth0
	at client ip link set eth1 up
	at other ip link set eth0 up
	ON=$(addr server) start_peer other mute 80
}
at_end() { ip netns del "$(ns other)"; }
traffic() {
	prove "the server answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	at client ip route add "$(addr server)/32" dev eth1
	prove "nobody answered" same 000 "$(fetch client -m 3 "$(url server 80 amazinggrace)")"
	prove "the other one had it" prints ":80" at other ss -Htan "sport = :80"
}
