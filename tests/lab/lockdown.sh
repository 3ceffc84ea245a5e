#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lockdown=confidentiality: no program may read kernel memory, not root's either. Interfaces and
# sockets are watched; reads, drops, listeners and owners are not, which is said, and the verdicts are
# weaker for it, never others.
# only emulated: lockdown stays until the machine boots again
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/missing.sh
. "$ROOT/tests/lab/lib/missing.sh"
# shellcheck source=tests/lab/lib/probes.sh
. "$ROOT/tests/lab/lib/probes.sh"

LOCKDOWN=/sys/kernel/security/lockdown
[[ -w $LOCKDOWN ]] || skip "this kernel has no lockdown"

network direct
probe_targets

echo confidentiality >"$LOCKDOWN"
prove "lockdown is in force" grep -qF '[confidentiality]' "$LOCKDOWN"

three_probes
expect_verdict code=delivered blame=none confidence=likely status=404 n=1
expect_verdict code=refused blame=application confidence=proven n=1
expect_verdict code=inconclusive blame=unknown n=1
says 'lockdown=confidentiality' 'app, drops' 'watched: interfaces, socket' 'lockdown=integrity'
no_hop app
no_hop drops
doctor lockdown 'reads, drops, listeners and owners are refused'
