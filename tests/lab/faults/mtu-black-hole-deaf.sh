# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The link to the server is narrow, and the client's own firewall drops the ICMP errors that say so.
# cause: 15
# client: mtu-black-hole host proven
# middle: mtu-black-hole network likely
# server: connected none proven
# server: marker-not-seen unknown one-sided
# ends: mtu-black-hole host proven
# all: mtu-black-hole host proven
# shellcheck source=tests/lab/lib/segments.sh
. "$ROOT/tests/lab/lib/segments.sh"

setup() {
	start_nginx server 80
	one_by_one
	narrow_link
	keep_errors client prerouting
}
traffic() {
	HAD=$(errors_in client)
	prove "the long one does not pass" finds_nothing grep passed <(post amazinggrace)
	prove "the client dropped the router's ICMP errors" were_hit client 5
	prove "none came to its TCP" same "$HAD" "$(errors_in client)"
}
