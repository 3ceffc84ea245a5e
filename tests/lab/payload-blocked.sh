#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# payload-blocked: a box looks for the marker in what passes and drops the segments that have it, by
# iptables' string match and by nft's look at the payload. Seen from the client, from both ends, and from
# where nobody can accuse the way: the server, and the box itself, whose kernel names the firewall.
# Twins: this host's own firewall does it; every third packet is lost, whatever is in it; mtu-black-hole.sh.
# timeout: 240
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed
# shellcheck source=tests/lab/lib/segments.sh
. "$ROOT/tests/lab/lib/segments.sh"

one_by_one
PORT=8000
begin() {
	PORT=$((PORT + 1))
	start_nginx server "$PORT"
}

passes() { grep -q passed <(post innocentword); } # as long, without the marker

# fails HOST [OTHER]: the segment with the marker does not pass while HOST watches; with --netns OTHER
fails() {
	local -a others=()
	[[ -z ${2-} ]] || others=(--netns "$(ns "$2")")
	prove "as much without the marker passes" passes
	trace_start "$1" -m amazinggrace "${others[@]}" -c 1 --for 14 port "$PORT"
	prove "with the marker it does not" finds_nothing grep passed <(post amazinggrace)
	trace_wait
}

string_match() { # fails's arguments
	begin
	match_string
	fails "$@"
	prove "the box dropped it six times" was_matched 6
	at router "$(tables)" -F FORWARD
	end_all
}

payload_match() { # fails's arguments
	begin
	match_payload router forward
	fails "$@"
	prove "the box dropped it six times" were_hit router 6
	no_rules router
	end_all
}

is_blocked() { expect_verdict code=payload-blocked blame=policy "confidence=$1" n=1 exit=1; }
innocent() { expect_not blame='network|policy|application'; }

by_client() { string_match client; is_blocked likely; }
by_both() { string_match client server; is_blocked proven; }
by_server() { string_match server; innocent; }
by_box() { string_match router; expect_verdict code=dropped-by-firewall blame=host exit=1; }
nft_by_client() { payload_match client; is_blocked likely; }
nft_by_both() { payload_match client server; is_blocked proven; }

# Twin: it is this host's own rule.
own_firewall() {
	begin
	match_payload client output
	fails client
	prove "the client's own host dropped it" were_hit client 3
	no_rules client
	end_all
	expect_verdict code=dropped-by-firewall blame=host exit=1
}

# Twin: every third packet to the server is lost, whatever it holds.
loss() {
	begin
	rules router forward "tcp dport $PORT numgen inc mod 3 == 0 counter name hits drop"
	trace_start client -m amazinggrace -c 1 --for 14 port "$PORT"
	post amazinggrace >/dev/null || true
	prove "the box lost some" were_hit router 2
	trace_wait
	no_rules router
	end_all
	expect_not code='payload-blocked|mtu-black-hole'
}

for how in by_client by_both nft_by_client own_firewall; do both_families $how; done
F=4
for how in by_server by_box nft_by_both loss; do $how; done
