# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A trace at the server that comes to some end, and what must be true then: status, one line on
# stderr, nothing left. Sourced by ends.sh and ends-network.sh, after lib/host.sh.

HOW= # --no-tcx, or nothing
JANITOR= # of the trace
CASE= # for messages
FILES=0 # the trace had open when it was ready

needs_janitor() { [[ -n $HOW ]] || ! has_tcx; }

# begin CASE ARGUMENTS...: a trace in the background, ready; its output goes to $OUT
begin() {
	start_trace "$@"
	is_ready
}

start_trace() {
	CASE="$1${HOW:+ with $HOW}"
	TRACE=$T/end
	attached server >"$T/attached"
	orphans >"$T/orphans-before"
	rm -f "$TRACE.err" "$T/out"
	longer "${@:2}"
	nsenter --net="/run/netns/$(ns server)" -- env --default-signal=INT "$HOPMARK" trace -i "${ON_IFACE:-eth0}" \
		${HOW:+"$HOW"} port 80 "${ARGS[@]}" >"${OUT:-$T/out}" 2>"$TRACE.err" </dev/null &
	TRACE_PID=$!
	JANITOR=
}

is_ready() {
	within 15 grep -qs '^hopmark: watching' "$TRACE.err" || fail "$CASE: it does not watch"
	held "$TRACE_PID" >"$T/held"
	JANITOR=$(janitor_of "$TRACE_PID")
	! needs_janitor || prove "there is a janitor" test -n "$JANITOR"
	prove "it holds programs" grep -q '^prog ' "$T/held"
	# shellcheck disable=SC2034 # looked at by the scenarios
	FILES=$(files "$TRACE_PID")
}

# files PID: how many descriptors it has
files() { find "/proc/$1/fd" -mindepth 1 | wc -l; }

knock() { # N: connections that are refused, so that there is something to tell
	local i
	for ((i = 0; i < ${1:-1}; i++)); do
		at client bash -c "</dev/tcp/$(addr server)/80" 2>/dev/null || true
	done
}

# over STATUS [WORDS]: it has ended so, said one line with WORDS beside "watching", or none, and
# left nothing
over() {
	local rc=0 lines
	within 20 gone "$TRACE_PID" || fail "$CASE: it did not end"
	wait "$TRACE_PID" 2>/dev/null || rc=$?
	TRACE_PID=
	[[ $rc -eq $1 ]] || fail "$CASE: status $rc, not $1"
	lines=$(grep -vc '^hopmark: watching' "$TRACE.err" || true)
	if [[ -n ${2-} ]]; then
		[[ $lines -eq 1 ]] || fail "$CASE: $lines lines on stderr, not one"
		grep -qE "^hopmark: .*$2" "$TRACE.err" || fail "$CASE: stderr does not say: $2"
	else
		[[ $lines -eq 0 ]] || fail "$CASE: stderr says something"
	fi
	nothing_left
}

nothing_left() {
	within 5 freed || { alive | grep -xFf "$T/held"; fail "$CASE: programs, links or maps are left"; }
	within 5 as_before server || { cat "$T/diff"; fail "$CASE: the host is not as it was"; }
	within 5 no_orphans || { cat "$T/orphans-new"; fail "$CASE: nobody holds these programs or maps"; }
	[[ -z $JANITOR ]] || within 5 gone "$JANITOR" || fail "$CASE: the janitor is left"
}
