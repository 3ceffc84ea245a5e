# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client has another host's hardware address for the router.
# cause: 29
# client: syn-unanswered beyond one-sided
# middle: inconclusive unknown one-sided
# server: nothing-seen unknown one-sided
# all: inconclusive unknown one-sided
setup() {
	start_nginx server 80
	at client ip -"$F" neigh replace "$(addr router)" dev eth0 nud permanent lladdr 02:00:00:00:00:99
	BEFORE=$(came)
}
came() { at router ip -s -j link show eth0 | jq '.[].stats64.rx.packets'; }
more() { [[ $(came) -ge $((BEFORE + 3)) ]]; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "it came to the router's card" more
	prove "the router did not send it on" same 0 "$(at router nstat -asz IpForwDatagrams Ip6OutForwDatagrams | awk '/Forw/ {n += $2} END {print n + 0}')"
}
