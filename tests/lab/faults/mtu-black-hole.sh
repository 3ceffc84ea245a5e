# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The link to the server is narrow, and the router's ICMP errors, which say so, are dropped.
# cause: 15
# client: mtu-black-hole network likely
# middle: mtu-black-hole network likely
# server: connected none proven
# server: marker-not-seen unknown one-sided
# ends: mtu-black-hole network proven
# all: mtu-black-hole network likely
# shellcheck source=tests/lab/lib/segments.sh
. "$ROOT/tests/lab/lib/segments.sh"

setup() {
	start_nginx server 80
	one_by_one
	narrow_link
	keep_errors router output
}
traffic() {
	HAD=$(errors_in client)
	prove "the long one does not pass" finds_nothing grep passed <(post amazinggrace)
	prove "the router's ICMP errors were dropped" were_hit router 5
	prove "none came" same "$HAD" "$(errors_in client)"
}
