# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's firewall answers that the port is unreachable, though somebody listens.
# cause: 32
# client: unreachable policy proven
# middle: unreachable policy proven
# server: rejected-by-firewall host proven
# all: rejected-by-firewall host proven
setup() {
	start_nginx server 80
	rules server input "tcp dport 80 counter name hits reject with icmpx type port-unreachable"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the rule was hit" were_hit server
}
