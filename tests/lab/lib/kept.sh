# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # KEPT_PID is for who sources this
#
# A witness of what the kernel keeps from programs of tracepoints (tests/lab/tools/kept.c). A test that
# failed while it kept something tells nothing of hopmark, and is tried again, twice at most; where nothing
# was kept, on most kernels, it has failed. Sourced by tests/run and tests/lab/faults.sh; both say it.

# kept_begin DIRECTORY: in the background, unless somebody who called us has one. KEPT_PID is its process.
kept_begin() {
	KEPT_PID=
	[[ -z ${HM_KEPT-} ]] || return 0
	export HM_KEPT=$1/kept
	[[ $(id -u) -eq 0 && -x $O/lab/kept ]] || return 0
	"$O/lab/kept" "$O/lab/kept.bpf.o" "$HM_KEPT" >/dev/null 2>&1 </dev/null &
	KEPT_PID=$!
}

# How many softirqs so far; 0 where that cannot be known.
kept() {
	local count
	count=$(cat "${HM_KEPT-}" 2>/dev/null) || true
	printf '%s\n' "${count:-0}"
}

# kept_again COUNT TRY: true if more than COUNT have been kept by now, and TRY was the first or the second
kept_again() {
	[[ $2 -lt 3 ]] || return 1
	sleep 0.3 # it looks ten times a second
	[[ $(kept) -gt $1 ]]
}
