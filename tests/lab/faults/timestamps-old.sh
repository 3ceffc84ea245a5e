# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# What carries payload has a timestamp older than the connection's last (PAWS): a device rewrites it.
# cause: 46
# client: inconclusive unknown one-sided
# middle: inconclusive unknown one-sided
# server: inconclusive unknown one-sided
# all: inconclusive unknown one-sided
setup() {
	at client sysctl -qw net.ipv4.tcp_timestamps=2 # without an offset by chance
	start_peer server poll 80 0
	rules router forward "tcp dport 80 tcp flags & psh == psh counter name hits tcp option timestamp tsval set 1"
}
traffic() {
	prove "curl had no answer" same 000 "$(fetch client -m 5 "$(url server 80 amazinggrace)")"
	prove "it was rewritten" were_hit router 3
	prove "the server counted it" rose server TcpExtPAWSEstab 3
}
