# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A trace with hopmark, and what its verdicts must say, live and played again as text.
# Sourced by tests/lab/lib.sh.

AS=() # what is put before hopmark: setpriv, say
READY=10 # seconds within which it watches

# longer ARGUMENTS...: them as ARGS, with a --for that is HM_SLOW times as long. Where it is the end
# that a scenario waits for, that costs time on an emulated machine; where it is a limit, none.
longer() {
	local before='' word
	ARGS=()
	for word; do
		[[ $before != --for || $word == *[!0-9]* ]] || word=$((word * ${HM_SLOW:-1}))
		ARGS+=("$word")
		before=$word
	done
}

# trace_start HOST ARGUMENTS...: hopmark trace in HOST; back when it watches.
trace_start() {
	local host=$1
	shift
	TRACES=$((TRACES + 1))
	TRACE=$T/trace-$TRACES
	TRACE_PID=
	[[ -z $FAULTS_ONLY ]] || return 0
	longer "$@"
	# A shell without a terminal starts its children deaf to INT.
	nsenter --net="/run/netns/$(ns "$host")" -- env --default-signal=INT "${AS[@]}" "$HOPMARK" trace --json -w "$TRACE.rec" "${ARGS[@]}" \
		>"$TRACE.json" 2>"$TRACE.err" </dev/null &
	TRACE_PID=$!
	printf '%s\n' "hopmark trace $*" >"$TRACE.cmd"
	within "$READY" trace_ready || fail "hopmark did not say that it watches"
}

trace_ready() {
	grep -qs '"type":"host"' "$TRACE.json" && return 0
	kill -0 "$TRACE_PID" 2>/dev/null || fail "hopmark ended at once"
	return 1
}

# trace_wait [SECONDS]: until the trace has ended by itself
trace_wait() {
	[[ -z $FAULTS_ONLY ]] || return 0
	within "${1:-15}" gone "$TRACE_PID" || fail "the trace did not end within ${1:-15} s"
	trace_over
}

# trace_stop: as Ctrl-C does
trace_stop() {
	[[ -z $FAULTS_ONLY ]] || return 0
	kill -INT "$TRACE_PID" 2>/dev/null || fail "the trace had ended before it was stopped"
	trace_wait 5
}

# trace_judged N: until N paths have their verdict
trace_judged() {
	[[ -n $FAULTS_ONLY ]] || within 15 has_judged "$1" || fail "there are not $1 verdicts within 15 s"
}

has_judged() { [[ $(grep -c '"type":"verdict","scope":"path"' "$TRACE.json") -ge $1 ]]; }

# Links at interfaces, from Linux 6.6 on. Without them there is a janitor, see user/janitor.h.
has_tcx() { grep -qa BPF_TCX_INGRESS /sys/kernel/btf/vmlinux; }

# janitor_of PID: the process that removes that hopmark's clsact filters
janitor_of() {
	local child
	while read -rd ' ' child; do
		! grep -qx hm-janitor "/proc/$child/comm" || echo "$child"
	done <"/proc/$1/task/$1/children"
}

gone() { ! kill -0 "$1" 2>/dev/null; }

trace_over() {
	local live recorded
	TRACE_RC=0
	wait "$TRACE_PID" || TRACE_RC=$?
	TRACE_PID=
	jq -es 'all(.[]; .v == 1 and (.type | IN("host", "sighting", "verdict", "stats")))' \
		<"$TRACE.json" >/dev/null || fail "a line of --json is not what it should be"
	REPORT=$TRACE.txt
	"$HOPMARK" report --all "$TRACE.rec" >"$REPORT" 2>"$TRACE.report-err" || true
	"$HOPMARK" report --json "$TRACE.rec" >"$TRACE.report-json" 2>>"$TRACE.report-err" || true
	live=$(codes "$TRACE.json") || fail "jq could not read the verdicts"
	recorded=$(codes "$TRACE.report-json") || fail "jq could not read the recording's verdicts"
	same "$live" "$recorded" || fail "live said $live, its recording says $recorded"
	finds_nothing grep -nE '[^ -~]|.{81}' "$REPORT" || fail "the report has lines over 80 columns or not ASCII"
}

# trace_has [JQ-OPTION...] FILTER: FILTER, on an array of all that the trace has told, is true. Only true
# and false count: with anything else the test has failed, so that nothing passes as absent because
# nobody could look. Lines still being written do not count.
trace_has() {
	local lines said
	lines=$(wc -l <"$TRACE.json") || fail "what the trace told cannot be read"
	said=$(head -n "$lines" "$TRACE.json" | jq -s "${@:1:$#-1}" "
		if any(.[]; .type == \"host\") then . else error(\"no host record\") end | ${*: -1}") ||
		fail "jq could not look at the trace: ${*: -1}"
	case $said in
	true) return 0 ;;
	false) return 1 ;;
	*) fail "neither true nor false but ${said:-nothing}: ${*: -1}" ;;
	esac
}

# not_watched HOP REGEX: the last host record says so. seen_at HOP [WHAT]: a sighting there, where HOP is
# one of its hops
not_watched() {
	# shellcheck disable=SC2016 # jq's variables
	trace_has --arg hop "$1" --arg why "$2" '[.[] | select(.type == "host")] | last |
		any(.not_watched[]; .hop == $hop and (.why | test($why)))'
}
seen_at() {
	# shellcheck disable=SC2016 # jq's variables
	trace_has --arg hop "$1" --arg what "${2-}" \
		'if any(.[]; .type == "host" and any(.hops[]; . == $hop)) then
			any(.[]; .type == "sighting" and .hop == $hop and ($what == "" or .what == $what))
		else error("it has no hop \($hop)") end'
}

# expect WORDS COMMAND...: or the test has failed with these words
expect() { [[ -n $FAULTS_ONLY ]] || "${@:2}" || fail "$1"; }
no() { ! "$@"; }

codes() {
	jq -rs 'map(select(.type == "verdict" and .scope == "path")) | group_by(.code) |
		map("\(length) \(.[0].code)") | join(" ")' "$1"
}

# verdicts KEY=REGEX...: how many path verdicts have all of them; keys as in JSON (at.role, status)
verdicts() {
	local test='.type == "verdict" and .scope == "path"' pair
	for pair; do
		test+=" and ((.${pair%%=*} // \"\") | tostring | test(\"^(${pair#*=})\$\"))"
	done
	jq -s "[.[] | select($test)] | length" <"$TRACE.json"
}

# expect_verdict KEY=REGEX...: there is such a path verdict (n=N: exactly N; exit=N: status), and
# the recording of the same run, reported as text, says so too.
expect_verdict() {
	local pair want='' status='' n code=''
	local -a keys=()
	[[ -z $FAULTS_ONLY ]] || return 0
	for pair; do
		case $pair in
		n=*) want=${pair#n=} ;;
		exit=*) status=${pair#exit=} ;;
		code=*) code=${pair#code=}; keys+=("$pair") ;;
		*) keys+=("$pair") ;;
		esac
	done
	n=$(verdicts "${keys[@]}") || fail "jq could not count verdicts"
	[[ $n -ge 1 ]] || fail "no verdict $*"
	[[ -z $want || $n -eq $want ]] || fail "$n verdicts, not $want: $*"
	[[ -z $status || $TRACE_RC -eq $status ]] || fail "exit status $TRACE_RC, not $status"
	[[ -z $code ]] || grep -qE "${code^^}" "$REPORT" || fail "the report does not say ${code^^}"
}

# expect_not KEY=REGEX...: verdicts were given, none of them this one
expect_not() {
	[[ -z $FAULTS_ONLY ]] || return 0
	local all such
	all=$(verdicts) || fail "jq could not count verdicts"
	such=$(verdicts "$@") || fail "jq could not count verdicts: $*"
	[[ $all -ge 1 ]] || fail "no verdict at all"
	[[ $such -eq 0 ]] || fail "an innocent twin was judged $*"
}

show_trace() {
	local file
	[[ -n $TRACE ]] || return 0
	for file in cmd err report-err txt; do
		[[ ! -s $TRACE.$file ]] || { echo "--- $file"; head -n 60 "$TRACE.$file"; }
	done
	if [[ -s $TRACE.json ]]; then
		echo "--- verdicts"
		jq -c 'select(.type == "verdict") | del(.legs[]?.hops)' "$TRACE.json" | head -n 12
	fi
	if [[ -s $T/log ]]; then
		echo "--- the programs"
		tail -n 10 "$T/log"
	fi
}
