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
for host in client:eth0 router:eth0 router:eth1 server:eth0; do # what leaves at once is dropped at once
	at "${host%:*}" ethtool -K "${host#*:}" tso off gso off gro off >>"$T/log" 2>&1 ||
		fail "ethtool -K ${host#*:} at ${host%:*}"
done
head -c 5000 /dev/zero >"$T/body"

PORT=8000
begin() {
	PORT=$((PORT + 1))
	start_nginx server "$PORT"
}

# post WORD: its first segment has the word
post() { at client curl -s --max-time 4 --data-binary "@$T/body" -o /dev/null "$(url server "$PORT" "$1")" && echo passed; }
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

tables() { if [[ $F == 4 ]]; then echo iptables; else echo ip6tables; fi; }
matched() { at router "$(tables)" -vnxL FORWARD | awk '/amazinggrace/ {print $1}'; }
was_matched() { [[ $(matched) -ge $1 ]]; }

string_match() { # fails's arguments
	begin
	at router "$(tables)" -A FORWARD -m string --algo bm --string amazinggrace -j DROP
	fails "$@"
	prove "the box dropped it six times" was_matched 6
	at router "$(tables)" -F FORWARD
	end_all
}

# Behind "POST /": 6 bytes into the payload.
MARKER=0x$(printf amazinggrace | od -An -tx1 | tr -d ' \n')
payload_match() { # fails's arguments
	begin
	rules router forward "tcp dport $PORT @ih,48,96 $MARKER counter name hits drop"
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
	rules client output "tcp dport $PORT @ih,48,96 $MARKER counter name hits drop"
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
