#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# not-arrived: another host makes the handshake in the server's name, and the server, which is watched and
# had a connection of the same client before, sees no packet: the router has the server's address too. One
# that takes the request and does nothing, and one that does not even take it. Twins: it answers; the server
# itself is mute; nobody owes an answer. And where it is not known that the server is meant: seen from the
# client alone; no connection came to it before; hosts share its address; the other asks it, as a proxy does.
# timeout: 240
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed

PORT=8000
get() { fetch client --max-time 3 "http://$(bracketed "${TO:-$(addr server)}"):$PORT/amazinggrace"; }
asked_before() { prove "the server had a connection before" same 404 "$(get)"; }

# taken MODE: the router has the server's address from now on, and a program of that mode there
taken() {
	at router ip address add "$(addr server)" dev lo
	ON=$(addr server) start_peer router "$1" "$PORT" 0
	rules server input "tcp dport $PORT counter name hits"
}
given_back() {
	no_rules server
	at router ip address del "$(addr server)/$([[ $F == 4 ]] && echo 32 || echo 128)" dev lo
	end_all
}

# watch N HOST...: N paths of the client, with --netns HOST...
watch() {
	local -a others=()
	local host n=$1
	for host in "${@:2}"; do others+=(--netns "$(ns "$host")"); done
	PORT=$((PORT + 1))
	start_nginx server "$PORT"
	trace_start client -m amazinggrace "${others[@]}" -c "$n" --for 14 "port $PORT"
}

has_it() { prints ":$PORT" at router ss -Htn "sport = :$PORT"; }

# asks: curl, whose connection is with the router
asks() {
	get >"$T/curl" &
	local pid=$!
	prove "the router has the connection" has_it
	wait "$pid"
	prove "the server saw no packet" no_hit server
	prove "it was not answered" contains "$T/curl" 000
	trace_wait
}

both() {
	watch 2 server
	asked_before
	taken mute
	asks
	given_back
	expect_verdict code=delivered n=1
	expect_verdict code=not-arrived blame=network confidence=likely n=1 exit=1
}

# It does not take the request either.
deaf() {
	watch 2 server
	asked_before
	taken mute
	at router nft "add table inet deaf; add chain inet deaf in { type filter hook input priority 0; }; \
		add rule inet deaf in tcp dport $PORT tcp flags & psh == psh counter drop"
	asks
	at router nft delete table inet deaf
	given_back
	expect_verdict code=not-arrived blame=network confidence=likely n=1 exit=1
}

it_answers() {
	watch 2 server
	asked_before
	taken poll
	get >/dev/null
	prove "it is answered" contains "$T/answer" ok
	prove "the server saw no packet" no_hit server
	trace_wait
	given_back
	expect_verdict code=delivered n=2 exit=0
}

nothing_owed() {
	watch 2 server
	asked_before
	taken mute
	send client amazinggrace "$(addr server)" "$PORT" -w 3
	prove "the server saw no packet" no_hit server
	trace_wait
	given_back
	expect_verdict code=inconclusive n=1 exit=4
	expect "it does not say who saw none" contains "$REPORT" "Somebody answers in the name of"
}

# The server itself has it, and is mute.
server_mute() {
	watch 2 server
	asked_before
	end_all
	start_peer server mute "$PORT"
	prove "it was not answered" same 000 "$(get)"
	trace_wait
	end_all
	expect_verdict code=no-answer blame=application n=1 exit=1
}

client_only() {
	watch 2
	asked_before
	taken mute
	asks
	given_back
	expect_verdict code=no-answer blame=beyond n=1 exit=1
}

router_too() {
	watch 2 router server
	asked_before
	taken mute
	asks
	given_back
	expect_verdict code=no-answer blame=application n=1 exit=1
}

# It might be another network's host that has the same address.
never_before() {
	watch 1 server
	taken mute
	asks
	given_back
	expect_verdict code=no-answer blame=beyond n=1 exit=1
	expect "it does not say who saw none" contains "$REPORT" "which has that address too"
}

# Behind a balancer several hosts have the address that is asked for.
shared() {
	local TO=10.77.9.9
	at server ip address add $TO/32 dev lo
	at router ip route add $TO via "$(addr server)"
	watch 2 server
	asked_before
	at router ip address add $TO dev lo
	ON=$TO start_peer router mute "$PORT"
	rules server input "tcp dport $PORT counter name hits"
	asks
	no_rules server
	at router ip address del $TO/32 dev lo
	end_all
	expect_verdict code=no-answer blame=beyond n=1 exit=1
}

# The other asks the server, which is mute.
proxied() {
	watch 2 server
	asked_before
	end_all
	start_peer server mute "$PORT"
	start_haproxy router 3128 server "$PORT"
	at router nft -f - <<-NFT
		table ip lab {
			counter hits { }
			chain lab { type nat hook prerouting priority dstnat; tcp dport $PORT counter name hits redirect to :3128; }
		}
	NFT
	prove "it was not answered" same 000 "$(get)"
	prove "the router took it" grep -q 'packets [1-9]' <(at router nft list counter ip lab hits)
	prove "and asked the server" prints ":$PORT" at router ss -Htan "dport = :$PORT"
	trace_wait
	at router nft delete table ip lab
	end_all
	expect_verdict code=no-answer blame=beyond n=1 exit=1
}

for how in both deaf; do both_families $how; done
F=4
for how in it_answers nothing_owed server_mute client_only router_too never_before shared proxied; do
	$how
	expect_not code=not-arrived
done
