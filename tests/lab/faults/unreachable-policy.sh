# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router's firewall answers that it is administratively prohibited.
# cause: 12
# client: unreachable policy proven
# middle: rejected-by-firewall host proven
# server: nothing-seen unknown one-sided
# all: rejected-by-firewall host proven
setup() {
	start_nginx server 80
	rules router forward "tcp dport 80 counter name hits reject with icmpx type admin-prohibited"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the rule was hit" were_hit router
}
