#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Interfaces that go and come during a trace: watched again under any index and after any name, and
# what was not watched meanwhile is said.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
AWAY="deleted, renamed or moved away during the trace"

create() { # NAME INDEX
	at server ip link add "$1" index "$2" type veth peer name "$1p"
	at server bash -c "echo 1 | tee /proc/sys/net/ipv6/conf/$1{,p}/disable_ipv6 >/dev/null" # silent
	at server ip link set "$1p" up
	at server ip link set "$1" up
}

# Packets leave by NAME: an address that nobody has is asked for.
talk() {
	at server ip addr replace 10.99.0.1/24 dev "$1"
	at server bash -c 'for i in 1 2 3; do echo >/dev/udp/10.99.0.7/9; sleep 0.1; done' 2>>"$T/log"
}

# What the trace said at its end of the interfaces
away() { not_watched "$1" "^$AWAY\$"; }
back() { not_watched "$1" "^for [0-9.]+ s of the trace"; }
# shellcheck disable=SC2016 # jq's variable
counted() { trace_has --arg hop "$1:out" '[.[] | select(.type == "stats")] | last | any(.hop_packets[]; .hop == $hop and .packets > 0)'; }

# during NAME COMMAND...: a trace, in which the command runs and then packets leave by NAME
during() {
	local name=$1
	shift
	at server ip link show w1 >/dev/null 2>&1 || create w1 2001
	trace_start server -m amazinggrace port 80
	"$@"
	sleep 0.5
	talk "$name"
	sleep 1.1 # packets are read once a second
	trace_stop
}

again() { # INDEX
	at server ip link del w1
	prove "w1 is gone" no at server ip link show w1
	sleep 0.3
	create w1 "$1"
}

flap() {
	at server ip link set w1 down
	at server ip link set w1 up
}

rename() {
	at server ip link set w1 down
	at server ip link set w1 name w2
	at server ip link set w2 up
}

for index in 2001 2002; do
	during w1 again "$index"
	expect "w1, created again with index $index, is not watched" counted w1
	expect "that w1 was away is not said" back w1
	expect "w1 still counts as away" no away w1
done

during w1 flap
expect "w1 is not watched after down and up" counted w1
expect "down and up counts as away" no away w1
expect "down and up counts as having been away" no back w1

during w2 rename
expect "w2, once w1, is not watched" counted w2
expect "that there is no w1 is not said" away w1
