# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Several runs of tests as one: their output goes through, their last lines are added up, and what
# failed is shown once more at the end. Sourced by the scripts of this directory and by .ci/run.

COUNTS=$(mktemp)
FAILURES=$(mktemp)
NAMES=$(mktemp) # of what failed, for the last lines: a log is often kept without its beginning
trap 'rm -f "$COUNTS" "$FAILURES" "$NAMES"' EXIT

# counted NAME COMMAND...: its last such line counts (make says more behind it when it fails); a
# command that fails without counting a failure is one.
counted() {
	local name=$1 rc=0 began=$SECONDS log line
	shift
	log=$(mktemp)
	"$@" 2>&1 | tee "$log" | sed -u "s/^/$name: /" || rc=$?
	failed "$name" "$log" "$rc"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1) || true
	rm -f "$log"
	count "$rc" "$line"
	printf '%s: %d s\n' "$name" $((SECONDS - began))
}

# failed NAME LOG STATUS: what failed in that run, for the end
failed() {
	local names
	failures "$2" | sed "s/^/$1: /" >>"$FAILURES"
	names=$(failed_names "$1" "$2")
	[[ $3 -eq 0 || -n $names ]] || names=$1
	[[ -z $names ]] || printf '%s\n' "$names" >>"$NAMES"
}

# failures LOG: each test that failed with the end of its output; of a run in which none did but
# which broke off, the end of all. Names in front ("6.1: ") are of runs within runs, whose own list
# of this kind is not repeated.
failures() {
	sed -E '/^([^ ]+: )*What failed:$/,$d' "$1" | grep -E '^([^ ]+: )*(FAIL |     +\|)' || {
		tail -n 1 "$1" | grep -qE ' 0 failed, [0-9]+ skipped$' || tail -n 20 "$1"
	}
}

# failed_names NAME LOG: of each test that failed in that run, with the names of runs within it
failed_names() {
	sed -E '/^([^ ]+: )*What failed:$/,$d' "$2" | sed -nE "s/^(([^ ]+: )*)FAIL +([^ ]+).*/$1: \1\3/p"
}

# single NAME COMMAND...: one test, which passes with exit status 0
single() {
	local name=$1 rc=0 began=$SECONDS log
	shift
	log=$(mktemp)
	"$@" 2>&1 | tee "$log" | sed -u "s/^/$name: /" || rc=1
	[[ $rc -eq 0 ]] || failed "$name" "$log" 1
	rm -f "$log"
	echo "$((1 - rc)) $rc 0" >>"$COUNTS"
	printf '%s: %d s\n' "$name" $((SECONDS - began))
}

# count STATUS LINE: one run's last line
count() {
	if [[ $2 =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
		local failed=${BASH_REMATCH[2]}
		[[ $1 -eq 0 || $failed -gt 0 ]] || failed=1
		echo "${BASH_REMATCH[1]} $failed ${BASH_REMATCH[3]}" >>"$COUNTS"
	else
		echo "0 1 0" >>"$COUNTS"
	fi
}

summary() {
	local passed failed skipped
	read -r passed failed skipped < <(awk '{p += $1; f += $2; s += $3} END {print p + 0, f + 0, s + 0}' "$COUNTS")
	[[ ! -s $FAILURES ]] || { printf '\nWhat failed:\n' && cat "$FAILURES"; }
	[[ ! -s $NAMES ]] || { printf '\nIn short:\n' && cat "$NAMES"; }
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	[[ $failed -eq 0 && $passed -gt 0 ]]
}
