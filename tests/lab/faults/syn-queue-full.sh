# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The listener waits for the end of as many handshakes as its backlog lets it, without SYN cookies.
# cause: 35
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: syn-queue-full host proven
# all: syn-queue-full host proven
# shellcheck source=tests/lab/lib/full.sh
. "$ROOT/tests/lab/lib/full.sh"
LOOK=(-m amazinggrace "port 80 and not portrange 20000-20099") # without those that fill the queue

setup() {
	at server sysctl -qw net.ipv4.tcp_syncookies=0
	start_peer server listen 80 3
	half_open 3
	one_more
	BEFORE=$(counter server TcpExtTCPReqQFullDrop)
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the backlog was the limit" rose server TcpExtTCPReqQFullDrop $((BEFORE + 3))
	prove "the accept queue was not" same 0 "$(counter server TcpExtListenOverflows)"
}
