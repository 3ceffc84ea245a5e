#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Too little memory, too few files or processes to start with, by the limit of a cgroup, where BPF
# maps count too, or of the process: one line says what was too little, whose limit it is and what to
# do, and nothing is left. What it says it takes suffices. With tcx, and with clsact as before 6.6.
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/host.sh
. "$ROOT/tests/lab/lib/host.sh"
# shellcheck source=tests/lab/lib/ends.sh
. "$ROOT/tests/lab/lib/ends.sh"

network direct
[[ -z $FAULTS_ONLY ]] || exit 0

MB=$((1024 * 1024))
USER_ID=65534
# MB, as it says for that many CPUs
takes() { echo $((38 + ($1 > 2 ? ($1 - 2 + 3) / 4 : 0))); }
TAKES=$(takes "$(awk -F '[-,]' '{print $NF + 1}' /sys/devices/system/cpu/possible)")
MANY_CPUS=66 # of a host that may have many more, as far as hopmark sees
GROUP= # of cgroups, with the memory controller
LIMIT= # file of its limit
USED= # of what it has
REFUSED= # and of how often that was too much
chmod 0755 "$T"
cp "$HOPMARK" "$T/hopmark" # where other users may run it

make_group() {
	local mount
	mount=$(findmnt -nro TARGET -t cgroup -O memory | head -n 1) || true # findmnt: 1 where there is none
	LIMIT=memory.limit_in_bytes USED=memory.usage_in_bytes REFUSED=memory.failcnt
	if [[ -z $mount ]]; then
		mount=$(findmnt -nro TARGET -t cgroup2 | head -n 1) || true
		LIMIT=memory.max USED=memory.current REFUSED=memory.events
		grep -qsw memory "$mount/cgroup.controllers" || return 0
		echo +memory >"$mount/cgroup.subtree_control"
	fi
	GROUP=$mount/hopmark-$HM_LAB_PREFIX
	mkdir "$GROUP"
	mkdir "$T/full"
	mount -t tmpfs none "$T/full"
}

no_group() { [[ ! -d $GROUP ]] || rmdir "$GROUP" 2>/dev/null; }
at_end() {
	! mountpoint -q "$T/full" || umount "$T/full"
	within 5 no_group || note "the cgroup $GROUP is left"
}

# in_group COMMAND...: as a member of the cgroup
in_group() {
	(
		echo "$BASHPID" >"$GROUP/cgroup.procs"
		exec "$@"
	)
}
outside() { "$@"; }

# How often something wanted more than the limit
refusals() { awk 'NF == 1 || $1 == "max" {print $NF}' "$GROUP/$REFUSED"; }

# run_hopmark COMMAND...: a trace of a second, behind COMMAND; its status is RC
WHERE=outside # or in_group
RING= # its buffer
run_hopmark() {
	RC=0
	TRACE=$T/end JANITOR=
	attached server >"$T/attached"
	orphans >"$T/orphans-before"
	: >"$T/held"
	"$WHERE" nsenter --net="/run/netns/$(ns server)" -- "$@" "$T/hopmark" trace -i eth0 ${HOW:+"$HOW"} ${RING:+--ring "$RING"} --for 1 port 80 \
		>"$T/out" 2>"$TRACE.err" </dev/null || RC=$?
}

# cannot_start CASE WORDS COMMAND...
cannot_start() {
	CASE="$1${HOW:+ with $HOW}"
	run_hopmark "${@:3}"
	[[ $RC -eq 3 ]] || fail "$CASE: status $RC, not 3"
	[[ $(wc -l <"$TRACE.err") -eq 1 && ! -s $T/out ]] || fail "$CASE: not one line on stderr"
	grep -qE "$2" "$TRACE.err" || fail "$CASE: it does not say \"$2\""
	nothing_left
}

can_start() { # CASE COMMAND...
	CASE="$1${HOW:+ with $HOW}"
	run_hopmark "${@:2}"
	[[ $RC -eq 4 && $(wc -l <"$TRACE.err") -eq 1 ]] || fail "$CASE: status $RC, not 4 with one line"
	nothing_left
}

limits_of_the_process() {
	cannot_start "few files" "too many open files: ulimit -n allows 20; raise it to 256" prlimit --nofile=20
	can_start "as many files as it says" prlimit --nofile=256
	is_sanitized || cannot_start "little memory" \
		"out of memory: ulimit -v allows 11 MB; raise that: hopmark takes $TAKES MB" prlimit --as=12000000
}

# The janitor cannot be made. Only ordinary users are held to this limit.
few_processes() {
	local three="-all,+bpf,+net_admin,+perfmon"
	cannot_start "no process more" "hm-janitor.* cannot be started: too many processes: raise ulimit -u" \
		setpriv --reuid $USER_ID --regid $USER_ID --clear-groups --inh-caps "$three" --bounding-set "$three" \
		--ambient-caps "$three" prlimit --nproc=1
}

# as_it_says MB CASE [COMMAND...]: that much suffices, and with less it says so
as_it_says() {
	echo $(($1 * MB)) >"$GROUP/$LIMIT"
	can_start "as much memory as it says$2" "${@:3}"
	echo $((($1 - 1) * MB)) >"$GROUP/$LIMIT"
	cannot_start "a cgroup too small$2" \
		"out of memory: cgroup .* \\($LIMIT\\) allows $(($1 - 1)) MB for all that runs in it; raise that: hopmark takes $1 MB" \
		"${@:3}"
}

limit_of_the_group() {
	local before WHERE=in_group RING
	as_it_says "$TAKES" ''
	echo "0-$((MANY_CPUS - 1))" >"$T/possible"
	# shellcheck disable=SC2016 # the inner shell expands
	as_it_says "$(takes $MANY_CPUS)" " for $MANY_CPUS CPUs" unshare --mount bash -c \
		'mount --bind "$0" /sys/devices/system/cpu/possible && exec "$@"' "$T/possible"

	# What cannot be foreseen: others have the most of it, and for one map there is no room.
	echo $((80 * MB)) >"$GROUP/$LIMIT"
	in_group head -c $((56 * MB)) /dev/zero >"$T/full/file"
	prove "a file takes most of the cgroup's memory" test "$(cat "$GROUP/$USED")" -ge $((56 * MB))
	before=$(refusals)
	RING=32m
	cannot_start "a full cgroup" "out of memory: cgroup .* allows 80 MB for all that runs in it"
	prove "the kernel refused memory" test "$(refusals)" -gt "$before"
	rm "$T/full/file"
}

all_ends() {
	limits_of_the_process
	! needs_janitor || few_processes
	if [[ -n $GROUP ]] && ! is_sanitized; then
		limit_of_the_group
	fi
}

make_group
[[ -n $GROUP ]] || note "no cgroup has the memory controller here: its limit was not tried"
add_strangers server
all_ends
HOW=--no-tcx
! has_tcx || all_ends
