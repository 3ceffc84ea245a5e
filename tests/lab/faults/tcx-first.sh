# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A tcx program of the server that stands before all others drops the request.
# cause: 26
# not before 6.6: it has no tcx
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-by-bpf host proven
# all: dropped-by-bpf host proven
setup() {
	start_nginx server 80
	foreign server eth0 tcx-in-first shot 80
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the program had it" test "$(foreign_end "$FOREIGN" of_port)" -ge 3
}
