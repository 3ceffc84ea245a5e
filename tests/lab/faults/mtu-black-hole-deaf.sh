# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The link to the server is narrow, and the client's own firewall drops the ICMP errors that say so.
# cause: 15
# client: inconclusive unknown one-sided
# middle: mtu-black-hole network likely
# server: connected none proven
# server: marker-not-seen unknown one-sided
# all: mtu-black-hole network likely
# shellcheck source=tests/lab/lib/segments.sh
. "$ROOT/tests/lab/lib/segments.sh"

setup() {
	start_nginx server 80
	one_by_one
	narrow_link
	keep_errors client prerouting
}
traffic() {
	prove "the long one does not pass" finds_nothing grep passed <(post amazinggrace)
	prove "the client dropped the router's ICMP errors" were_hit client 5
}
