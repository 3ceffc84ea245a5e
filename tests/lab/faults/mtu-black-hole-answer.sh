# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router drops what is long of the answer, and says nothing.
# cause: 15
# client: delivered none likely
# middle: dropped-by-firewall host proven
# server: mtu-black-hole network likely
# ends: mtu-black-hole network proven
# all: dropped-by-firewall host proven
# shellcheck source=tests/lab/lib/segments.sh
. "$ROOT/tests/lab/lib/segments.sh"

setup() {
	start_nginx server 80
	one_by_one
	has_big
	drop_long client
	prove "a short one passes" same 404 "$(fetch client "$(url server 80 innocentword)")"
}
traffic() {
	prove "the long one does not pass" finds_nothing grep passed <(get amazinggrace)
	prove "the router dropped it six times" were_hit router 6
}
