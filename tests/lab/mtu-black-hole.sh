#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mtu-black-hole: longer segments do not get through, shorter ones do, and no ICMP error says so: a box
# that drops what is long, and a narrow link whose ICMP errors are dropped. What the client sends and
# what the server answers; seen from the sender, from both ends, and from the other end, where nobody
# can tell. Twins: the ICMP error comes; a loss at random, whatever the length.
# timeout: 240
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed
# shellcheck source=tests/lab/lib/segments.sh
. "$ROOT/tests/lab/lib/segments.sh"

one_by_one

PORT=8000
next_port() {
	PORT=$((PORT + 1))
	start_nginx server "$PORT"
	has_big
}

# fails HOW SENDER HOST [OTHER]: it fails while HOST watches, with --netns OTHER; in silence; shorter ones pass
fails() {
	local -a others=()
	local had
	[[ -z ${4-} ]] || others=(--netns "$(ns "$4")")
	had=$(errors_in "$2")
	trace_start "$3" -m amazinggrace "${others[@]}" -c 1 --for 14 port "$PORT"
	prove "the long one does not pass" finds_nothing grep passed <("$1" amazinggrace)
	trace_wait
	prove "a short one does" short
	prove "no ICMP error came" same "$had" "$(errors_in "$2")"
}

# long TO HOW SENDER HOST [OTHER]: a box drops what is long and goes to TO
long() {
	next_port
	drop_long "$1"
	fails "${@:2}"
	prove "the box took it six times" were_hit router 6
	no_rules router
	end_all
}

# narrow HOW SENDER HOST [OTHER]: the link to the server is narrow, and its ICMP errors go nowhere
narrow() {
	next_port
	narrow_link
	keep_errors router output
	fails "$@"
	prove "the router's ICMP errors were dropped" were_hit router 5
	no_rules router
	at router ip route del "$(addr server)" dev eth1
	end_all
}

is_black_hole() { expect_verdict code=mtu-black-hole blame=network "confidence=$1" n=1 exit=1; }

up_by_client() { long server post client client; is_black_hole likely; }
up_by_both() { long server post client client server; is_black_hole proven; }
up_by_server() { long server post client server; expect_not blame='network|policy|application'; }
down_by_server() { long client get server server; is_black_hole likely; }
down_by_both() { long client get server client server; is_black_hole proven; }
down_by_client() { long client get server client; expect_not blame='network|policy|application'; }
narrow_by_client() { narrow post client client; is_black_hole likely; }

# Twin: the router says so, and TCP sends shorter ones.
said() {
	local had
	next_port
	had=$(errors_in client)
	narrow_link
	trace_start client -m amazinggrace -c 1 --for 14 port "$PORT"
	prove "it passes" grep -q passed <(post amazinggrace)
	prove "the router said so" test "$(errors_in client)" -gt "$had"
	trace_wait
	at router ip route del "$(addr server)" dev eth1
	at client ip "-$F" route flush cache
	end_all
	expect_verdict code=delivered exit=0
}

# Twin: nothing passes any more once the connection stands, whatever its length.
dead() {
	next_port
	rules router forward "tcp dport $PORT tcp flags & (syn | psh) == psh counter name hits drop; tcp dport $PORT meta length > 1200 counter name hits drop"
	trace_start client -m amazinggrace -c 1 --for 14 port "$PORT"
	prove "it does not pass" finds_nothing grep passed <(post amazinggrace)
	prove "the box took it" were_hit router 5
	trace_wait
	no_rules router
	end_all
	expect_not code=mtu-black-hole
	expect_not blame='network|policy|application'
}

for how in up_by_client up_by_both down_by_server down_by_both narrow_by_client said; do
	both_families $how
done
F=4
for how in up_by_server down_by_client dead; do $how; done
