# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client's own iptables drop the request on POSTROUTING.
# cause: 4
# client: dropped-by-firewall host proven
# all: dropped-by-firewall host proven
table() { if [[ $F == 4 ]]; then echo iptables; else echo ip6tables; fi; }
hit() { [[ $(at client "$(table)" -t mangle -nvxL POSTROUTING | awk '/DROP.*dpt:80/ {print $1}') -ge 1 ]]; }
setup() { at client "$(table)" -t mangle -A POSTROUTING -p tcp --dport 80 -j DROP; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the rule was hit" hit
}
