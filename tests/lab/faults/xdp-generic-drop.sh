# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The same in generic mode, where the kernel names the drop.
# cause: 25
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-by-bpf host proven
# all: dropped-by-bpf host proven
setup() {
	start_nginx server 80
	prove "the server is reached" same 404 "$(fetch client "$(url server 80 warm)")"
	at router ip -"$F" neigh replace "$(addr server)" dev eth1 nud permanent \
		lladdr "$(at server ip -j link show eth0 | jq -r '.[].address')" # it drops all
	at server ip link set dev eth0 xdpgeneric obj "$(strangers)" sec xdp_drop
	prove "the program is there" prints xdpgeneric at server ip link show eth0
}
traffic() {
	local had
	had=$(at server nstat -asz TcpInSegs | awk '/TcpInSegs/ {print $2}')
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "TCP had nothing of it" same "$had" "$(at server nstat -asz TcpInSegs | awk '/TcpInSegs/ {print $2}')"
}
