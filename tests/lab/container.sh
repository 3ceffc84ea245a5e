#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In surroundings like a container's (namespaces of its own for pids and mounts, only the capabilities
# that --cap-add gives, /sys read-only, no /sys/fs/bpf, /proc/kallsyms masked, no /dev) the verdicts
# are right, and what cannot be told is named. Without /proc or /sys, where nothing can be known, it
# says so and ends. With tcx, and with clsact as before 6.6.
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
REAL=$HOPMARK
# What docker gives, and --cap-add BPF PERFMON NET_ADMIN
CAPS=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw
CAPS+=,+sys_chroot,+mknod,+audit_write,+setfcap,+bpf,+perfmon,+net_admin
HIDE='mount -o remount,ro /sys; umount -l /sys/fs/bpf; mount --bind /dev/null /proc/kallsyms; mount -t tmpfs none /dev'

# contained COMMANDS: hopmark runs where they have been run, as the first process of a pid namespace
contained() {
	HOPMARK=$T/contained
	cat >"$HOPMARK" <<-SH
		#!/bin/sh
		exec unshare --mount --pid --fork --mount-proc sh -c '
			{ $1; } 2>>"$T/log"
			exec setpriv --bounding-set "$CAPS" --inh-caps=-all -- "\$@"' sh "$REAL" "\$@"
	SH
	chmod +x "$HOPMARK"
}

verdicts_are_right() {
	trace_start server ${HOW:+"$HOW"} -c 3 --for 30 -m amazinggrace port 80 or port 81 or port 82
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 81 # nobody listens
	send client amazinggrace "$(addr server)" 82
	prove "the rule was hit" were_hit server
	trace_wait 30
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1
	expect_verdict code=refused blame=application confidence=proven n=1
	expect_verdict code=dropped-by-firewall blame=host n=1
}

# It does not start, and says what is missing in one line.
needs() { # WHAT IS HIDDEN WORDS
	local rc=0
	contained "mount -t tmpfs none $1"
	at server "$HOPMARK" trace ${HOW:+"$HOW"} --for 1 port 80 >"$T/out" 2>"$T/err" </dev/null || rc=$?
	[[ $rc -eq 3 && $(wc -l <"$T/err") -eq 1 && ! -s $T/out ]] || { cat "$T/out" "$T/err"; fail "without $1: status $rc, not 3 with one line"; }
	grep -q "$2" "$T/err" || { cat "$T/err"; fail "without $1: it does not say \"$2\""; }
	rc=0
	at server "$HOPMARK" doctor >"$T/out" || rc=$?
	[[ $rc -eq 3 ]] || fail "without $1: the doctor ends with $rc, not 3"
	grep -qE "^$1 +missing" "$T/out" || { cat "$T/out"; fail "without $1: the doctor does not say it is missing"; }
}

command_is_refused() {
	local rc=0
	contained true
	at server "$HOPMARK" trace port 80 -- true >"$T/out" 2>"$T/err" </dev/null || rc=$?
	[[ $rc -eq 3 && $(wc -l <"$T/err") -eq 1 ]] || { cat "$T/out" "$T/err"; fail "COMMAND: status $rc, not 3 with one line"; }
	grep -q 'in a pid namespace of its own' "$T/err" || fail "why COMMAND is not run is not said"
}

all_of_it() {
	contained "$HIDE"
	verdicts_are_right
	if [[ -z $FAULTS_ONLY ]]; then
		! needs_janitor || killed_as_a_whole
		needs /proc "/proc is not mounted here"
		needs /sys "there is no /sys/devices/system/cpu/possible.*mount -t sysfs"
	fi
}

needs_janitor() { [[ -n $HOW ]] || ! has_tcx; }
no_filter() { ! at server tc filter show dev eth0 ingress | grep hm_tc; }

# When its first process is killed the kernel ends the others too, the janitor among them.
killed_as_a_whole() {
	contains "$TRACE.err" "warning: in a container" || fail "that filters may stay is not said"
	trace_start server ${HOW:+"$HOW"} port 80
	prove "it has a filter" at server tc filter show dev eth0 ingress
	pkill -KILL -P "$TRACE_PID"
	within 10 gone "$TRACE_PID" || fail "it did not end"
	wait "$TRACE_PID" 2>/dev/null || true
	TRACE_PID=
	"$REAL" cleanup >"$T/said" || { cat "$T/said"; fail "cleanup: $?"; }
	no_filter || fail "cleanup left a filter"
}

start_nginx server 80
rules server input "tcp dport 82 counter name hits drop"
HOW=
all_of_it
[[ -n $FAULTS_ONLY ]] || command_is_refused
HOW=--no-tcx
! has_tcx || all_of_it
