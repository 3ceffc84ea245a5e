# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router drops what has the marker in it, as iptables finds it.
# cause: 58
# client: payload-blocked policy likely
# middle: dropped-by-firewall host proven
# server: connected none proven
# server: marker-not-seen unknown one-sided
# ends: payload-blocked policy proven
# all: dropped-by-firewall host proven
# shellcheck source=tests/lab/lib/segments.sh
. "$ROOT/tests/lab/lib/segments.sh"

setup() {
	start_nginx server 80
	one_by_one
	prove "as much without the marker passes" grep -q passed <(post innocentword)
	match_string
}
traffic() {
	prove "with the marker it does not pass" finds_nothing grep passed <(post amazinggrace)
	prove "the router dropped it six times" was_matched 6
}
