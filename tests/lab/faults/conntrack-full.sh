# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's connection tracking has no room for another connection.
# cause: 21
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: conntrack-full host proven
# all: conntrack-full host proven
# shellcheck source=tests/lab/lib/full.sh
. "$ROOT/tests/lab/lib/full.sh"

setup() {
	has_conntrack
	start_nginx server 80
	full_table server prerouting
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	found_no_room server
}
