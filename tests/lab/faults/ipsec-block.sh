# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# An IPsec policy of the server blocks what comes in.
# cause: 7
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-other host proven
# all: dropped-other host proven
setup() {
	start_nginx server 80
	at server ip xfrm policy add dir in src "$(addr client)" dst "$(addr server)" proto tcp dport 80 action block
}
blocked() { [[ $(awk '$1 == "XfrmInPolBlock" {print $2}' <(at server cat /proc/net/xfrm_stat)) -ge 1 ]]; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the policy blocked it" blocked
}
