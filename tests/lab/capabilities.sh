#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are what a trace needs, and root is not: an ordinary user
# who holds just these gets the right verdicts with the right names. What such a user cannot know is
# said. Each of the three that is missing is named, with what it costs and what helps here; so is the
# one more that --netns takes, and a user namespace.
#
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

NOBODY=65534
THREE="bpf net_admin perfmon"

network direct
chmod 1777 "$T" # the recording is written there
mkdir "$T/bin"
cp "$HOPMARK" "$T/bin/hopmark" # where other users may run it
HOPMARK=$T/bin/hopmark

# only CAPABILITY...: AS makes an ordinary user who has and can get these alone
only() {
	local sets=-all cap
	for cap; do
		sets+=",+$cap"
	done
	AS=(setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups
		--bounding-set "$sets" --inh-caps "$sets" --ambient-caps "$sets")
}

owner_of() { awk '$1 == "Uid:" {print $2, $3}' "/proc/$1/status"; }

verdicts_are_right() {
	start_nginx server 80
	start_peer server listen 81 5
	rules server input "tcp dport 82 counter name hits drop"
	trace_start server -m amazinggrace port 80 or port 81 or port 82 or port 83
	[[ -n $FAULTS_ONLY ]] || prove "hopmark is not root" same "$NOBODY $NOBODY" "$(owner_of "$TRACE_PID")"
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 81
	send client amazinggrace "$(addr server)" 82
	prove "the rule was hit" were_hit server
	send client amazinggrace "$(addr server)" 83
	sleep 4
	trace_stop
	no_rules server
	expect_verdict code=delivered at.comm=nginx confidence=proven
	expect_verdict code=not-accepted at.comm=peer confidence=proven
	expect_verdict code=dropped-by-firewall confidence=proven
	expect_verdict code=refused confidence=proven
	end_all
}

# By ambient capabilities, which setpriv gives, and by those of the file, which setcap gives.
as_a_user() {
	# shellcheck disable=SC2086 # words on purpose
	only $THREE
	verdicts_are_right
	if [[ -z $FAULTS_ONLY ]]; then
		contains "$TRACE.json" '"where":"nft_do_chain"' || fail "kernel functions have no names"
	fi
	AS=(setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups)
	setcap cap_bpf,cap_net_admin,cap_perfmon+ep "$HOPMARK"
	verdicts_are_right
	setcap -r "$HOPMARK"
}

# trace_refused TEXT COMMAND...: in one line, with status 3; nothing is printed as if it were an answer
trace_refused() {
	local text=$1 rc=0
	shift
	at server "${AS[@]}" "$@" --for 1 port 80 >"$T/out" 2>"$T/err" </dev/null || rc=$?
	[[ $rc -eq 3 && $(wc -l <"$T/err") -eq 1 && ! -s $T/out ]] || { cat "$T/out" "$T/err"; fail "status $rc, not 3 with one line"; }
	grep -qF -- "$text" "$T/err" || { cat "$T/err"; fail "it does not say \"$text\""; }
}

# refused TEXT COMMAND...: a trace is, and the doctor says that it would be
refused() {
	local rc=0
	trace_refused "$@" trace
	shift
	at server "${AS[@]}" "$@" doctor >"$T/out" 2>&1 </dev/null || rc=$?
	[[ $rc -eq 3 ]] || { cat "$T/out"; fail "doctor ends with $rc"; }
}

each_missing_is_named() {
	only net_admin perfmon
	refused "CAP_BPF is missing: no hop can be watched" "$HOPMARK"
	tr -s '\n ' ' ' <"$T/out" | grep -q "CAP_BPF: no hop" || fail "doctor does not name CAP_BPF"
	only bpf net_admin
	refused "CAP_PERFMON is missing: no hop can be watched" "$HOPMARK"
	only bpf perfmon
	refused "CAP_NET_ADMIN is missing: interfaces and sockets cannot be watched" "$HOPMARK"
	only
	refused "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are missing" "$HOPMARK"
	AS=()
	if unshare --user --map-root-user true 2>>"$T/log"; then
		refused "capabilities of a user namespace do not count" unshare --user --map-root-user "$HOPMARK"
	else
		note "no user namespaces here"
	fi
}

# Another namespace takes one more. Nothing but --netns is lost without it.
netns_takes_one_more() {
	# shellcheck disable=SC2086 # words on purpose
	only $THREE
	trace_refused "CAP_SYS_ADMIN is missing: --netns cannot enter" "$HOPMARK" trace --netns "$(ns client)"
	grep -q 'this one can be watched' "$T/err" || fail "what still works is not said"
	# shellcheck disable=SC2086
	only $THREE sys_admin
	trace_refused "--netns $$: not permitted: a process of another user takes CAP_SYS_PTRACE" "$HOPMARK" trace --netns $$
	trace_start server --netns "$(ns client)" port 80
	trace_stop
	# shellcheck disable=SC2016 # jq's variable
	trace_has --arg hop "$(ns client)/eth0:in" 'any(.[]; .type == "host" and any(.hops[]; . == $hop))' || fail "the client's interface is not watched"
}

# Where the usual advice would not help, another is given.
what_helps_is_said() {
	# In two steps: the first process still holds what the second cannot gain.
	AS=(setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups setpriv --no-new-privs)
	setcap cap_bpf,cap_net_admin,cap_perfmon+ep "$HOPMARK"
	refused "no_new_privs is set here" "$HOPMARK"
	mkdir -p "$T/nosuid"
	mount -t tmpfs -o nosuid none "$T/nosuid"
	cp "$HOPMARK" "$T/nosuid/hopmark"
	setcap cap_bpf,cap_net_admin,cap_perfmon+ep "$T/nosuid/hopmark"
	AS=(setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups)
	refused "its file system is mounted nosuid" "$T/nosuid/hopmark"
	umount "$T/nosuid"
	setcap -r "$HOPMARK"
	AS=(setpriv --bounding-set "-sys_admin,-bpf")
	refused "CAP_BPF is missing: no hop can be watched; nobody can have that here, as in a container" "$HOPMARK"
}

as_a_user
if [[ -z $FAULTS_ONLY ]]; then
	each_missing_is_named
	netns_takes_one_more
	what_helps_is_said
fi
