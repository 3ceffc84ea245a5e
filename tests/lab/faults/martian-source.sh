# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2016 # see tests/lab/faults.sh
#
# The request bears an address of the server's own as its source. IPv4 only.
# cause: 28
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-by-routing host proven
# server before 6.13: inconclusive unknown one-sided
# all: dropped-by-routing host proven
# all before 6.13: inconclusive unknown one-sided
setup() {
	[[ $F == 4 ]] || skip "IPv6 accepts it"
	start_nginx server 80
	at client ip addr add 10.88.0.1/32 dev eth0
	at router ip route add 10.88.0.1/32 via "$(addr client)"
	at server ip addr add 10.88.0.1/32 dev lo
	MARTIANS=$(martians)
}
martians() { at server awk 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "in_martian_src") c = i} NR > 1 {print "0x" $c}' /proc/net/stat/rt_cache | while read -r n; do echo $((n)); done | paste -sd + | bc; }
more() { [[ $(martians) -ge $((MARTIANS + 3)) ]]; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5 -s 10.88.0.1
	prove "the server counts martians" more
}
