# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A program of the router takes the request away, and the kernel names no drop.
# cause: 9
# client: syn-unanswered beyond one-sided
# middle: inconclusive unknown one-sided
# server: nothing-seen unknown one-sided
# ends: syn-lost network likely
# all: inconclusive unknown one-sided
setup() {
	start_nginx server 80
	foreign router eth0 clsact-in-9 stolen 80
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the program had it" test "$(foreign_end "$FOREIGN" of_port)" -ge 3
}
