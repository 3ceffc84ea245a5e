# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A device lowers the MSS in the SYN, as many do: no fault.
# cause: 14
# client: delivered none likely
# middle: delivered none likely
# server: delivered none proven
# all: delivered none proven
setup() {
	start_nginx server 80
	rules router forward "tcp dport 80 tcp flags & (syn | ack) == syn counter name hits tcp option maxseg size set 1000"
}
traffic() {
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	prove "it was rewritten" were_hit router
}
