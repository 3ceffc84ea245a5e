# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What must be said of what a trace cannot watch, and by the doctor. Sourced by the scenarios that
# take something away, after lib.sh.

# says TEXT...: one line on stderr has them all, and "not watched" in JSON and text has the first
says() {
	[[ -z $FAULTS_ONLY ]] || return 0
	local text lines
	lines=$(grep -c 'warning: ' "$TRACE.err") || true
	[[ $lines -eq 1 ]] || fail "$lines warnings on stderr, not one"
	for text; do
		grep 'not watched: ' "$TRACE.err" | grep -qF -- "$text" || fail "stderr does not say: $text"
	done
	# shellcheck disable=SC2016 # jq's variables
	trace_has --arg why "$1" 'any(.[]; .type == "host" and any(.not_watched[]; .why == $why))' ||
		fail "the host record does not say: $1"
	tr -s '\n ' ' ' <"$REPORT" | grep -qF "($1)" || fail "the report does not say: $1"
}

# doctor NAME TEXT [HEALTH]: hopmark doctor says so of that check, which is a warning or that HEALTH
doctor() {
	[[ -n $FAULTS_ONLY ]] || at server "$HOPMARK" doctor | sed -z 's/\n  */ /g' | grep -E "^$1 +${3:-warning} .*$2" >/dev/null ||
		fail "the doctor does not say: $1 ${3:-warning}: $2"
}

# no_hop HOP: the host record does not have it
no_hop() {
	# shellcheck disable=SC2016 # jq's variables
	[[ -n $FAULTS_ONLY ]] ||
		trace_has --arg hop "$1" 'all(.[]; .type != "host" or (.hops | index($hop) | not))' ||
		fail "$1 is among the hops"
}
