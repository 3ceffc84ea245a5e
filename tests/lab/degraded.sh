#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where hopmark cannot have everything, the other hops work, what is missing is named, and nobody is
# blamed for what nobody saw. Without BTF (hidden: to the kernel itself it is still there) and
# without cgroup2; and what --btf brings back of the first. Where the kernel itself refuses: lockdown.sh.
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/missing.sh
. "$ROOT/tests/lab/lib/missing.sh"

network direct
REAL=$HOPMARK

# hiding COMMAND: hopmark runs where COMMAND has hidden something, in a mount namespace of its own
hiding() {
	HOPMARK=$T/hiding
	# shellcheck disable=SC2016 # its own arguments
	printf '#!/bin/sh\nexec unshare -m sh -c '\''%s && exec "$@"'\'' sh %s "$@"\n' "$1" "$REAL" >"$HOPMARK"
	chmod +x "$HOPMARK"
}

without_btf() {
	hiding 'mount -t tmpfs none /sys/kernel/btf'
	prove "BTF is hidden" unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf; ! test -e /sys/kernel/btf/vmlinux'
	trace_start server -m amazinggrace port 80 or port 81 or port 82
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 81 # nobody listens
	send client amazinggrace "$(addr server)" 82
	prove "the rule was hit" were_hit server
	sleep 4
	trace_stop
	expect_verdict code=delivered blame=none confidence=likely status=404
	expect_verdict code=inconclusive n=2
	says 'the kernel has no BTF' 'socket, app, drops' 'watched: interfaces' 'CONFIG_DEBUG_INFO_BTF'
	no_hop app
	no_hop drops
	no_hop socket:in
	doctor BTF 'only interfaces are watched'
}

# The sockets are back; what the kernel attaches by its own BTF is not.
btf_from_a_file() {
	hiding 'mount -t tmpfs none /sys/kernel/btf'
	cp /sys/kernel/btf/vmlinux "$T/btf"
	trace_start server --btf "$T/btf" -m amazinggrace port 80 or port 81 or port 82
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 81 # nobody listens
	send client amazinggrace "$(addr server)" 82
	prove "the rule was hit" were_hit server 2
	sleep 4
	trace_stop
	expect_verdict code=delivered blame=none confidence=likely status=404
	# Only the socket proves who refused, and some kernels show it no RST of theirs: then nobody is accused.
	if seen_at socket:out rst; then
		expect_verdict code=refused blame=application confidence=proven n=1
		expect_verdict code=inconclusive n=1
	else
		expect_verdict code=inconclusive blame=unknown n=2
	fi
	says 'the kernel has no BTF' 'app, drops' 'watched: interfaces, socket'
	no_hop app
	no_hop drops
}

without_cgroup2() {
	hiding 'umount -a -t cgroup2'
	prove "no cgroup2 is mounted" unshare -m sh -c 'umount -a -t cgroup2; ! grep -q " cgroup2 " /proc/self/mountinfo'
	trace_start server -m amazinggrace port 80 or port 82
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 82
	prove "the rule was hit" were_hit server 3
	sleep 4
	trace_stop
	expect_verdict code=delivered blame=none confidence=proven at.comm=nginx
	expect_verdict code=dropped-by-firewall blame=host confidence=proven
	says 'no cgroup2 is mounted' 'socket (' 'watched: interfaces, app, drops' 'mount -t cgroup2'
	no_hop socket:out
	doctor cgroup2 'socket hops are not watched'
}

# What cannot be looked up is not said to be absent.
without_securityfs() {
	[[ -d /sys/kernel/security ]] || return 0 # a kernel that has none has no lockdown either
	hiding 'mount -t tmpfs none /sys/kernel/security'
	doctor lockdown 'securityfs is not mounted' unknown
}

# `ip netns exec` mounts a /sys of its own, in which nothing can be mounted at the usual place.
in_netns_exec() {
	local ns advice err=$T/exec.err
	ns=$(ns server)
	advice="ip netns exec hides it:  *nsenter --net=/run/netns/$ns hopmark"
	prove "there is no cgroup2" ip netns exec "$ns" sh -c '! grep -q " cgroup2 " /proc/self/mountinfo'
	[[ -z $FAULTS_ONLY ]] || return 0
	ip netns exec "$ns" "$REAL" trace --for 1 port 80 >"$T/out" 2>"$err" || true
	grep -q "socket (no cgroup2 is mounted).*$advice" "$err" || { cat "$err"; fail "trace does not advise nsenter"; }
	ip netns exec "$ns" "$REAL" doctor | sed -z 's/\n  */ /g' >"$T/out"
	grep -q "^cgroup2 *warning .*$advice" "$T/out" || { cat "$T/out"; fail "the doctor does not advise nsenter"; }
}

# Without BTF nobody can ask who stands before hopmark in tcx: that nothing came back proves nothing.
# With it, or where the kernel has no tcx, it does.
silence_of_the_server() {
	trace_start client -m amazinggrace -c 1 --for 20 port 82
	send client amazinggrace "$(addr server)" 82 -w 4
	prove "the rule was hit" were_hit server $((HITS += 3))
	trace_wait 25
}

nobody_knows_who_runs_first() {
	HITS=$(hits server)
	hiding 'mount -t tmpfs none /sys/kernel/btf'
	silence_of_the_server
	if has_tcx; then
		expect_verdict code=inconclusive blame=unknown n=1 exit=4
		expect "the hop is not told" not_watched eth0:in "^who runs first there is not known"
		expect "the verdict does not say why" contains "$REPORT" "who runs first there is not known"
	else
		expect_verdict code=syn-unanswered blame=beyond n=1
	fi
	HOPMARK=$REAL
	silence_of_the_server
	expect_verdict code=syn-unanswered blame=beyond n=1 exit=1
	expect "a hop is doubted" no not_watched eth0:in "runs first"
}

start_nginx server 80
rules server input "tcp dport 82 counter name hits drop"
without_btf
btf_from_a_file
without_cgroup2
nobody_knows_who_runs_first
without_securityfs
in_netns_exec
