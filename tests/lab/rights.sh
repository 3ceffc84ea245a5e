#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Once everything is attached hopmark holds no capability any more, can gain none, and may make only
# the system calls it needs; still it names processes, asks about sockets, names kernel functions and
# follows a new interface. A call it may not make is not made, and said. It listens nowhere. COMMAND
# keeps the rights hopmark was started with, and is not confined.
#
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

status_has() { grep -Pq "^$1:\t0*$2\$" "/proc/${LOOK_AT:-$TRACE_PID}/status"; }

# holds_nothing [CAPABILITIES]: but those. LOOK_AT is looked at, or else hopmark itself.
holds_nothing() {
	[[ -z $FAULTS_ONLY ]] || return 0
	local set
	for set in CapInh CapAmb; do
		prove "$set is empty" status_has "$set" ''
	done
	for set in CapPrm CapEff; do
		prove "$set is right" status_has "$set" "${1-}"
	done
	prove "no new rights" status_has NoNewPrivs 1
	if is_sanitized; then
		note "a sanitiser makes calls of its own: this build is not confined"
	else
		prove "system calls are limited" status_has Seccomp 2
	fi
}

# Every socket that listens or waits for datagrams in the server's namespace, of whatever kind
listeners() { at server ss -Hlntuwx0 | awk '{print $1, $2, $5, $6}' | sort; }

no_listener_of() { # PID
	no prints "pid=$1," at server ss -Hlntuwx0p
}

names_still_right() {
	start_nginx server 80
	start_peer server listen 81 5
	rules server input "tcp dport 82 counter name hits drop"
	listeners >"$T/listeners-before"
	trace_start server -m amazinggrace port 80 or port 81 or port 82
	holds_nothing
	if [[ -z $FAULTS_ONLY ]]; then
		prove "servers do listen" grep -q ":80" "$T/listeners-before"
		prove "hopmark listens nowhere" no_listener_of "$TRACE_PID"
		listeners | diff "$T/listeners-before" - || fail "something listens since the trace began"
	fi
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 81
	send client amazinggrace "$(addr server)" 82
	prove "the rule was hit" were_hit server
	trace_judged 3
	trace_stop
	listeners | diff "$T/listeners-before" - || fail "something listens since the trace ended"
	no_rules server
	expect_verdict code=delivered at.comm=nginx confidence=proven
	expect_verdict code=not-accepted at.comm=peer
	expect_verdict code=dropped-by-firewall confidence=proven
	[[ -n $FAULTS_ONLY ]] || prove "kernel functions have names" contains "$TRACE.json" '"where":"nft_do_chain"'
	end_all
}

interface_is_followed() {
	start_nginx server 80
	trace_start server -m amazinggrace -c 1 --for 15 port 80
	holds_nothing
	at server ip link add new0 type veth peer name new1 netns "$(ns client)"
	at server ip addr add 10.77.9.2/24 dev new0
	at server ip link set new0 up
	at client ip addr add 10.77.9.1/24 dev new1
	at client ip link set new1 up
	sleep 1
	prove "nginx answered 404" same 404 "$(fetch client http://10.77.9.2/amazinggrace)"
	trace_wait
	expect_verdict code=delivered at.comm=nginx
	[[ -n $FAULTS_ONLY ]] || prove "seen at the new interface" contains "$TRACE.json" '"hop":"new0:in"'
	end_all
}

# One without an Ethernet header comes too late for programs that were not loaded: said, survived.
late_interface_is_named() {
	trace_start server port 80
	at server ip link add tun7 type ipip remote 10.77.1.1 local 10.77.1.2 2>>"$T/log" ||
		at server ip tuntap add tun7 mode tun
	at server ip link set tun7 up
	sleep 1
	trace_stop
	expect "that tun7 is not watched is not said" not_watched tun7:in "no Ethernet header"
	at server ip link del tun7
}

# recorded NAME OWNER: that file can be read by him alone
recorded() { [[ $(stat -c '%a %u' "$T/rec/$1") == "600 $2" ]]; }

recording_is_private() {
	mkdir "$T/rec"
	at server env -u SUDO_UID "$HOPMARK" trace --for 1 -w "$T/rec/root" port 80 >/dev/null 2>&1 || true
	at server env SUDO_UID=65534 SUDO_GID=65534 "$HOPMARK" trace --for 1 -w "$T/rec/sudo" port 80 >/dev/null 2>&1 || true
	recorded root 0 || fail "the recording is not root's alone"
	recorded sudo 65534 || fail "the recording is not its maker's alone under sudo"
}

# Where there is no tcx the janitor attaches: that takes CAP_NET_ADMIN, in its process alone.
janitor_keeps_one() {
	local LOOK_AT=''
	trace_start server --no-tcx port 80
	holds_nothing
	LOOK_AT=$(pgrep -P "$TRACE_PID" -x hm-janitor)
	holds_nothing 1000
	prove "the janitor listens nowhere" no_listener_of "$LOOK_AT"
	at server tc filter show dev eth0 ingress | grep -q hm_tc_in || fail "no filter is attached"
	trace_stop
	within 5 gone "$LOOK_AT" || fail "the janitor is still there"
}

command_keeps_rights() {
	local key
	trace_start server --for 5 port 80 -- sh -c "cat /proc/self/status >$T/command"
	trace_wait
	for key in CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp; do
		same "$(grep "^$key:" /proc/self/status)" "$(grep "^$key:" "$T/command")" ||
			fail "COMMAND has $(grep "^$key:" "$T/command")"
	done
	prove "COMMAND had rights" grep -Pq '^CapEff:\t0*[1-9a-f]' "$T/command"
}

# As whoever takes hopmark over would: the running process itself is made to call.
forbidden_call_is_refused() { # NUMBER NAME [ARGUMENT]...
	local number=$1 name=$2
	shift 2
	trace_start server port 80
	sleep 0.3 # it waits now
	"$O/lab/intrude" "$TRACE_PID" "$number" "$@"
	within 5 gone "$TRACE_PID" || fail "$name was made, and hopmark goes on"
	TRACE_RC=0
	wait "$TRACE_PID" || TRACE_RC=$?
	same 3 "$TRACE_RC" || fail "status $TRACE_RC, not 3, after $name"
	contains "$TRACE.err" "system call $number ($name) is not among those hopmark may make" || fail "$name is not named"
	TRACE_PID=
}

names_still_right
interface_is_followed
late_interface_is_named
if [[ -z $FAULTS_ONLY ]]; then
	janitor_keeps_one
	command_keeps_rights
	recording_is_private
fi
if [[ -z $FAULTS_ONLY && $(uname -m) == x86_64 ]] && ! is_sanitized; then
	forbidden_call_is_refused 41 socket 2 1 0
	forbidden_call_is_refused 59 execve 0 0 0
	forbidden_call_is_refused 321 bpf 5 0 0 # BPF_PROG_LOAD
	forbidden_call_is_refused 257 openat -100 0 0
fi
