#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.unprivileged_bpf_disabled, perf_event_paranoid and kptr_restrict, as lax as they get and as
# strict: an ordinary user who holds the three capabilities gets the right verdicts, with the names of
# kernel functions; so does root.
# only emulated: they are settings of the whole machine, and one of them stays until it boots again
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/probes.sh
. "$ROOT/tests/lab/lib/probes.sh"

NOBODY=65534
SETS=-all,+bpf,+net_admin,+perfmon
USER_OF_THREE=(setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups
	--bounding-set "$SETS" --inh-caps "$SETS" --ambient-caps "$SETS")

network direct
chmod 1777 "$T" # the recording is written there
cp "$HOPMARK" "$T/hopmark" # where other users may run it
HOPMARK=$T/hopmark

settings() { # UNPRIVILEGED-BPF PARANOID KPTR
	set -- "kernel.unprivileged_bpf_disabled=$1" "kernel.perf_event_paranoid=$2" "kernel.kptr_restrict=$3"
	sysctl -q "$@" 2>>"$T/log" || true
	prove "$* are in force" same "$(printf '%s\n' "$@")" "$(sysctl "${@%=*}" | tr -d ' ')"
}

# The three verdicts that rest on reads, drops and sockets
three_verdicts() {
	three_probes
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1
	expect_verdict code=refused blame=application confidence=proven n=1
	expect_verdict code=dropped-by-firewall blame=host confidence=proven
	[[ -n $FAULTS_ONLY ]] || contains "$TRACE.json" '"where":"nft_do_chain"' || fail "kernel functions have no names"
}

probe_targets

AS=("${USER_OF_THREE[@]}")
settings 0 -1 0
three_verdicts
settings 2 3 1
three_verdicts
settings 1 3 2
three_verdicts
AS=()
three_verdicts
