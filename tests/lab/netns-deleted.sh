#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A namespace that --netns names is deleted while connections in it are open and one is being judged: its
# processes are killed, its name is given to a new namespace with the same address, to which its cable goes
# or another one. What hopmark holds of the old one must not be taken for the new one: nobody is accused of
# what happens there. The rest stays watched; no descriptor and no link more is held than before, and after
# the trace nothing of the old one is left.
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed
[[ -z $FAULTS_ONLY ]] || exit 0 # without hopmark nobody holds what is deleted

SERVER=$(bracketed "$(addr server)") OTHER=10.77.9.2

# One that stays, beside the client
add_other() {
	ip netns add "$(ns other)"
	at client ip link add eth1 type veth peer name eth0 netns "$(ns other)"
	at client ip address add 10.77.9.1/24 dev eth1
	at other ip address add $OTHER/24 dev eth0
	at client ip link set eth1 up
	at other ip link set eth0 up
}
at_end() { ip netns del "$(ns other)"; }

PORT=8000
inode() { stat -Lc %i "/run/netns/$(ns "$1")"; }
# Descriptors by kind: the name of a deleted namespace is another.
held() { find "/proc/$TRACE_PID/fd" -printf '%l\n' | sed -E 's/:?\[?[0-9]+\]?$//; s|^/.*|file|' | sort | uniq -c; }
ask() { fetch client -m 3 "http://$1:$2/amazinggrace"; } # ADDRESS PORT
established() { [[ -n $(at "$1" ss -Htn state established "sport = :$2") ]]; }

# The old one's end of the cable stays with it, or goes as container runtimes take it away.
delete_server() { # keep | take
	end "$NGINX" "$MUTE"
	ip netns del "$(ns server)"
	prove "the name is gone" test ! -e "/run/netns/$(ns server)"
	if [[ $1 == take ]]; then
		at router ip link del eth1
	else
		prove "its end of the cable is there" at router ip link show eth1
		at router ip link set eth1 name old1
		at router ip address flush dev old1
		at router ip link set old1 down
	fi
}

# The same name, address and route by a cable of its own.
make_server() {
	ip netns add "$(ns server)"
	at router ip link add eth1 type veth peer name eth0 netns "$(ns server)"
	at router ip address add 10.77.2.254/24 dev eth1
	at router ip address add fd77:2::254/64 dev eth1 nodad
	at router ip link set eth1 up
	at server ip link set lo up
	at server ip link set eth0 up
	at server ip address add 10.77.2.2/24 dev eth0
	at server ip address add fd77:2::2/64 dev eth0 nodad
	at server ip route add default via 10.77.2.254
	at server ip -6 route add default via fd77:2::254
	prove "it is another namespace" test "$OLD" != "$(inode server)"
}

begin() {
	PORT=$((PORT + 10))
	OLD=$(inode server)
	start_nginx server $PORT
	NGINX=$PID
	start_peer server mute $((PORT + 1))
	MUTE=$PID
	start_nginx other $((PORT + 2))
	trace_start client -m amazinggrace --netns "$(ns server)" --netns "$(ns other)" --for 60 \
		"port $PORT or port $((PORT + 1)) or port $((PORT + 2))"
	prove "the server answered" same 404 "$(ask "$SERVER" $PORT)"
	start client curl -sm 20 "http://$SERVER:$((PORT + 1))/amazinggrace"
	prove "a connection is open" established server $((PORT + 1))
	trace_judged 1
	held >"$T/before"
}

# The new one takes no request, and then one that it does not answer: nobody who is watched can know why.
unanswered() {
	rules server input "tcp dport $PORT counter name hits drop"
	prove "it was not answered" same 000 "$(ask "$SERVER" $PORT)"
	prove "its own firewall took the requests" were_hit server 2
	trace_judged 3
	no_rules server
	start_peer server mute $PORT
	prove "it was not answered" same 000 "$(ask "$SERVER" $PORT)"
	end "$PID"
	trace_judged 4
}

old_is_gone() { finds_nothing at router ip -o link show old1 >>"$T/log" 2>&1; }

over() {
	prove "another one answered" same 404 "$(ask $OTHER $((PORT + 2)))"
	trace_judged 5
	held >"$T/after"
	diff "$T/before" "$T/after" || fail "it holds other descriptors than before"
	trace_stop
	expect_verdict code=delivered confidence=proven at.comm=nginx n=2 exit=1
	expect_verdict code=closed-by-application at.comm=peer n=1
	expect_verdict code=syn-unanswered blame=beyond confidence=one-sided n=1
	expect_verdict code=no-answer blame=beyond confidence=one-sided n=1
	expect "stderr says more than that it watches" test "$(wc -l <"$TRACE.err")" -eq 1
	within 5 old_is_gone || fail "the old one is still held"
	end_all
}

# deleted keep | take
deleted() {
	begin
	delete_server "$1"
	make_server
	unanswered
	over
}

add_other
deleted keep
ip netns del "$(ns other)"
"$ROOT/scripts/lab" down routed
network routed
add_other
deleted take
