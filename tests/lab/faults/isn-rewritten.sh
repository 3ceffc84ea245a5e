# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A device rewrites the sequence number of the request, and not that of the answer.
# cause: 14
# client: inconclusive unknown one-sided
# middle: inconclusive unknown one-sided
# server: inconclusive unknown one-sided
# all: inconclusive unknown one-sided
setup() {
	start_nginx server 80
	rules router forward "tcp dport 80 tcp flags & (syn | ack) == syn counter name hits tcp sequence set 1000"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "it was rewritten" were_hit router
	prove "the client reset what it had not asked for" rose client TcpOutRsts
}
