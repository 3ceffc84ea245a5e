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

LOCKDOWN=/sys/kernel/security/lockdown
[[ -w $LOCKDOWN ]] || skip "this kernel has no lockdown"

network direct
start_nginx server 80
rules server input "tcp dport 82 counter name hits drop"

echo confidentiality >"$LOCKDOWN"
prove "lockdown is in force" grep -qF '[confidentiality]' "$LOCKDOWN"

trace_start server -m amazinggrace port 80 or port 81 or port 82
prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
send client amazinggrace "$(addr server)" 81 # nobody listens
send client amazinggrace "$(addr server)" 82 -w 4
prove "the rule was hit" were_hit server 2
trace_judged 3
trace_stop
expect_verdict code=delivered blame=none confidence=likely status=404 n=1
expect_verdict code=refused blame=application confidence=proven n=1
expect_verdict code=inconclusive blame=unknown n=1
says 'lockdown=confidentiality' 'app, drops' 'watched: interfaces, socket' 'lockdown=integrity'
no_hop app
no_hop drops
doctor lockdown 'reads, drops, listeners and owners are refused'
