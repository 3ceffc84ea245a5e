# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# An XDP program of the server's card drops the request before anybody else sees it.
# cause: 25
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: inconclusive unknown one-sided
# all: syn-unanswered beyond one-sided
setup() {
	start_nginx server 80
	foreign server eth0 xdp drop 80
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the program had it" test "$(foreign_end "$FOREIGN" of_port)" -ge 3
}
