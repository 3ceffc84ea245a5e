# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's iptables drop the request.
# cause: 31
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-by-firewall host proven
# all: dropped-by-firewall host proven
table() { if [[ $F == 4 ]]; then echo iptables; else echo ip6tables; fi; }
hit() { [[ $(at server "$(table)" -nvxL INPUT | awk '/DROP.*dpt:80/ {print $1}') -ge 3 ]]; }
setup() {
	start_nginx server 80
	at server "$(table)" -A INPUT -p tcp --dport 80 -j DROP
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the rule was hit" hit
}
