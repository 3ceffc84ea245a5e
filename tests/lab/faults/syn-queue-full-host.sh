# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The host lets a listener wait for few handshakes to end, fewer than its backlog, without SYN cookies.
# cause: 35
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: syn-queue-full host proven
# all: syn-queue-full host proven
# shellcheck source=tests/lab/lib/full.sh
. "$ROOT/tests/lab/lib/full.sh"
LOOK=(-m amazinggrace "port 80 and not portrange 20000-20099") # without those that fill the queue

setup() {
	at server sysctl -qw net.ipv4.tcp_syncookies=0 net.ipv4.tcp_max_syn_backlog=4
	start_peer server listen 80 100
	half_open 4
	BEFORE=$(counter server TcpExtListenDrops)
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the listener discarded it" rose server TcpExtListenDrops $((BEFORE + 3))
	prove "the backlog was not the limit" same 0 "$(counter server TcpExtTCPReqQFullDrop)"
	prove "nor was the accept queue" same 0 "$(counter server TcpExtListenOverflows)"
}
