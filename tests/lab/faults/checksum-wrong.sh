# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# What leaves the router has a wrong checksum.
# cause: 18
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: bad-checksum network likely
# all: bad-checksum host likely
setup() {
	start_nginx server 80
	at client ethtool -K eth0 tx off >>"$T/log" 2>&1 # else nobody looks at the sum of what never was on a wire
	foreign router eth1 clsact-out-9 corrupt 80
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the kernel counts wrong sums" rose server TcpInCsumErrors 3
}
