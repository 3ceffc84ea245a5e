# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Both sides connect, and their SYNs cross on the way: the router holds both for a moment. Nobody listens,
# so that nothing else can have connected them.
PORT=8027
# What the slow lane lends is used up: what comes next has to wait.
use_up() { at "$1" bash -c "for i in 1 2 3; do printf %1400s >/dev/udp/$(addr "$2")/9; done"; }
during() {
	local had syn='tcp flags & (syn | ack) == syn'
	had=$(counter server TcpActiveOpens)
	slow_lane 64kbit "tcp dport $PORT $syn" "tcp sport $PORT $syn" "udp dport 9"
	use_up client server
	use_up server client
	at server "$HABITS" cross "$(addr client)" 20000 "$1" $PORT >>"$T/log" 2>&1 &
	habit cross "$1"
	wait $! || fail "$KIND: $(tail -n 1 "$T/log")"
	no_slow_lane
	proves "nobody listens" no listens server $PORT
	proves "both sides connected" more server TcpActiveOpens "$had" "$1"
	made "$1"
}
