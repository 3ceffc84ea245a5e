#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The network changes under a trace (interface down, deleted and made again, namespace deleted, a
# second hopmark beside it): nothing of it is left, strangers' objects are untouched, and status and
# stderr are right. With tcx, and with clsact as before 6.6.
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/host.sh
. "$ROOT/tests/lab/lib/host.sh"
# shellcheck source=tests/lab/lib/ends.sh
. "$ROOT/tests/lab/lib/ends.sh"

network direct
[[ -z $FAULTS_ONLY ]] || exit 0

EXTRA=$HM_LAB_PREFIX-extra # goes by itself in namespace_deleted, and with the lab if that fails
at_end() { ip netns del "$EXTRA" 2>/dev/null; }

on() { at server ip link show "$1" >/dev/null 2>&1; } # INTERFACE
ask() { at client bash -c "</dev/tcp/$(addr server)/$1" 2>/dev/null || true; } # PORT: is refused
is_down() { [[ -z $(at server ip link show dev "$1" up) ]]; } # INTERFACE
# watched INTERFACE N [STRANGERS]: by that many hopmarks, beside that many programs at tcx
watched() {
	if needs_janitor; then
		[[ $(at server tc filter show dev "$1" ingress | grep -c hm_tc_in) -eq $2 ]]
	else
		chain_has server "$1" $((2 * $2 + ${3:-0}))
	fi
}

make_interface() {
	at server ip link add w0 type veth peer name w1
	at server ip link set w1 up
	at server ip link set w0 up
}

interface_down() {
	begin "link down and up"
	at server ip link set eth0 down
	prove "the link is down" is_down eth0
	at server ip link set eth0 up
	ask 80
	[[ $(files "$TRACE_PID") -eq $FILES ]] || fail "$CASE: $(files "$TRACE_PID") files open, not $FILES"
	kill -INT "$TRACE_PID"
	over 1
	grep -q '1 path: 1 refused' "$T/out" || fail "$CASE: the connection after it was not judged"
}

# At the end the new one has nothing either.
interface_again() {
	make_interface
	ON_IFACE=w0 begin "interface deleted and made again"
	prove "w0 is watched" watched w0 1
	at server ip link del w0
	prove "w0 is gone" no on w0
	make_interface
	within 10 watched w0 1 || fail "$CASE: the new one is not watched"
	[[ $(files "$TRACE_PID") -eq $FILES ]] || fail "$CASE: $(files "$TRACE_PID") files open, not $FILES"
	kill -INT "$TRACE_PID"
	within 20 gone "$TRACE_PID" || fail "$CASE: it did not end"
	wait "$TRACE_PID" 2>/dev/null || [[ $? -eq 4 ]] || fail "$CASE: not status 4"
	TRACE_PID=
	within 5 freed || fail "$CASE: programs, links or maps are left"
	within 5 no_orphans || fail "$CASE: nobody holds some programs or maps"
	chain_has server w0 0 || fail "$CASE: a program is left at the new one"
	no prints clsact at server tc qdisc show dev w0 || fail "$CASE: a qdisc is left at the new one"
	[[ -z $JANITOR ]] || within 5 gone "$JANITOR" || fail "$CASE: the janitor is left"
	at server ip link del w0
}

# The namespace lives on while it is watched, and no longer.
namespace_deleted() { # SIGNAL STATUS
	attached server >"$T/without"
	ip netns add "$EXTRA"
	at server ip link add e0 type veth peer name e1 netns "$EXTRA"
	ip -n "$EXTRA" link set e1 up
	begin "namespace deleted, $1" --netns "$EXTRA"
	ip netns del "$EXTRA"
	prove "it has no name any more" no test -e "/run/netns/$EXTRA"
	ask 80
	on e0 || fail "$CASE: the namespace that is watched has gone"
	kill "-$1" "$TRACE_PID"
	cp "$T/without" "$T/attached"
	over "$2"
}

# Two at once, one killed: the other sees on, and takes what is left with it.
second_instance() {
	local second second_janitor
	begin "second instance"
	cp "$T/attached" "$T/first"
	cp "$T/held" "$T/first-held"
	second=$TRACE_PID second_janitor=$JANITOR
	begin "second instance" -m amazinggrace
	prove "both have programs at eth0" watched eth0 2 "$STRANGERS"
	kill -KILL "$second"
	within 10 gone "$second" || fail "$CASE: the first did not end"
	[[ -z $second_janitor ]] || within 5 gone "$second_janitor" || fail "$CASE: the first's janitor is left"
	within 5 watched eth0 1 "$STRANGERS" || fail "$CASE: the second one's program is gone, or the first's is not"
	ask 80
	kill -INT "$TRACE_PID"
	cp "$T/first" "$T/attached"
	cat "$T/first-held" >>"$T/held"
	over 1
	grep -q '1 refused' "$T/out" || fail "$CASE: the second one did not see on"
}

# An egress filter at a qdisc "ingress" would run at ingress and tell lies: it is not put there.
ingress_qdisc() {
	at server ip link add i0 type veth peer name i1
	at server ip link set i0 up
	at server tc qdisc add dev i0 ingress
	ON_IFACE=i0 begin "qdisc ingress"
	prove "the way in is watched" watched i0 1
	kill -INT "$TRACE_PID"
	over 4
	tr -s '\n ' ' ' <"$T/out" | grep -q 'i0:out (a qdisc ingress stands where clsact would' ||
		fail "$CASE: why the way out is not watched is not said"
	at server ip link del i0
}

# Where a block of filters is shared none can be added by way of the interface: told in one line.
shared_block() {
	local rc=0
	at server ip link add i0 type veth peer name i1
	at server ip link set i0 up
	at server tc qdisc add dev i0 ingress_block 5 egress_block 6 clsact
	prove "the block is shared" prints "ingress_block 5" at server tc qdisc show dev i0
	at server "$HOPMARK" trace --no-tcx -i i0 --for 1 >"$T/out" 2>"$T/err" || rc=$?
	[[ $rc -eq 3 ]] || fail "shared block: status $rc, not 3"
	grep -q 'nothing could be attached: i0:in: .*shared tc block (tc qdisc show dev i0)$' "$T/err" ||
		{ cat "$T/err"; fail "shared block: why is not said"; }
	at server ip link del i0
}

all_ends() {
	interface_down
	interface_again
	namespace_deleted INT 1
	namespace_deleted KILL 137
	second_instance
	! needs_janitor || ingress_qdisc
	! needs_janitor || shared_block
}

STRANGERS=0 # at tcx of eth0
! has_tcx || STRANGERS=3
add_strangers server
all_ends
HOW=--no-tcx
! has_tcx || all_ends
