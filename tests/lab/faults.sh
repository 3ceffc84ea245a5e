#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The catalogue of faults: each is put in place, proven by other means, and seen from the client, from
# what is in the middle, from the server, from both ends at once and from all of them. Each says what it should.
#
#   tests/lab/faults.sh           all of them, several at a time, each in a network of its own
#   tests/lab/faults.sh A B       those, as well
#   tests/lab/faults.sh refused   that one, with what was said
#
# A fault is a file in tests/lab/faults/. Its head declares which cause of faults/causes it is, what is
# to be said of it in each place, and how long it may take, if not 90 s:
#
#   # cause: 33
#   # server: refused application proven
#
# The places are client, middle, server, ends (both, where that is not what all say) and all. One without
# such a line does not look on; one with several says all of them. What an older kernel does not tell is
# declared too, as is a fault that it cannot have:
#
#   # server before 6.14: inconclusive unknown one-sided
#   # not before 6.6: it has no tcx
#
# The file has two functions, and may set NET (a network of scripts/lab), PORT and LOOK, hopmark's
# arguments:
#
#   setup     the servers, and the fault
#   traffic   what the client does. It proves that the fault was in place.
#
# What was said goes to faults.tsv in the build directory, of which tests/lab/matrix makes a table; or to
# the file FAULT_ROWS. FAULT_WORKERS (5) is how many are tried at once, FAULT_FAMILY (4) the address family.
# The recordings of each fault go to a directory of its own in FAULT_KEEP, if that is set.
#
# not emulated: make matrix-kernels runs it there, for half an hour
# solo
# timeout: 600
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/declared.sh
. "$ROOT/tests/lab/lib/declared.sh"
# shellcheck source=tests/lab/lib/kept.sh
. "$ROOT/tests/lab/lib/kept.sh"

F=${FAULT_FAMILY:-4}
FAULTS=$ROOT/tests/lab/faults
ROWS=${FAULT_ROWS:-$T/rows} # fault, place, code, blame, confidence, "as" or "not" declared
LATE=40 # seconds within which hopmark begins and ends: never a measure

# --- one fault ---

declared() { awk -v place="$1" '$2 == place {print $3, $4, $5}' "$T/declared" | sed 's/ $//' | sort; } # PLACE

host_of() { # PLACE
	case $NET/$1 in
	*/ends | */all) echo client ;;
	routed/middle) echo router ;;
	proxied/middle) echo proxy ;;
	proxied/server) echo web ;;
	*) echo "$1" ;;
	esac
}

beside() { # PLACE: who else is watched there
	case $NET/$1 in
	*/ends | direct/all) echo server ;;
	*/all) echo middle server ;;
	esac
}

# look PLACE: hopmark watches there
look() {
	local -a others=()
	local host
	for host in $(beside "$1"); do others+=(--netns "$(ns "$(host_of "$host")")"); done
	nsenter --net="/run/netns/$(ns "$(host_of "$1")")" -- env --default-signal=INT "$HOPMARK" trace --json \
		-w "$T/$1.rec" "${others[@]}" "${LOOK[@]}" >"$T/$1.json" 2>"$T/$1.err" </dev/null &
	LOOKING[$1]=$!
	STARTED+=("$!")
}

looks() { grep -qs '"type":"host"' "$T/$1.json"; }
said() { jq -r 'select(.type == "verdict" and .scope == "path") | "\(.code) \(.blame) \(.confidence // "")"' \
	"$T/$1.json" | sed 's/ $//' | sort; }
all_said() {
	local place
	for place in "${PLACES[@]}"; do
		[[ $(grep -c '"type":"verdict","scope":"path"' "$T/$place.json") -ge ${DUE[$place]} ]] || return 1
	done
}

stop_looking() {
	local place
	within 4 all_said || true # the rest is judged as the trace ends
	kill -INT "${LOOKING[@]}" 2>/dev/null || true
	for place in "${PLACES[@]}"; do
		within $LATE gone "${LOOKING[$place]}" || fail "hopmark did not end: $place"
	done
}

# What was said in a place, each kind once, is what was declared.
judge() { # PLACE
	local is=as
	said "$1" | uniq >"$T/said"
	declared "$1" | diff - "$T/said" >"$T/diff" || is=not
	awk -v row="$NAME $1" -v is=$is '{print row, $0, is}' "$T/said" | tr ' ' '\t' >>"$ROWS"
	[[ $is == as ]] && return
	WRONG=1
	note "WRONG: $1"
	cat "$T/diff"
	"$HOPMARK" report --all "$T/$1.rec" || true
}

fault() { # NAME
	local place
	NAME=$1 FILE=$FAULTS/$1.sh SELF=$1 NET=routed PORT=80 WRONG=0
	declare -gA LOOKING=() DUE=()
	[[ -e $FILE ]] || fail "no such fault"
	LOOK=()
	# shellcheck disable=SC1090 # one of tests/lab/faults
	. "$FILE"
	[[ ${#LOOK[@]} -gt 0 ]] || LOOK=(-m amazinggrace "port $PORT")
	PLACES=()
	declarations "$(uname -r)" "$FILE" >"$T/declared"
	for place in client middle server ends all; do
		DUE[$place]=$(declared $place | wc -l)
		[[ ${DUE[$place]} -eq 0 ]] || PLACES+=("$place")
	done
	[[ ${#PLACES[@]} -gt 0 ]] || skip "$(sed -n 's/^# not \(before .*\)/not \1/p' "$FILE")"
	build_tools
	network "$NET"
	setup
	if [[ -z $FAULTS_ONLY ]]; then
		for place in "${PLACES[@]}"; do look "$place"; done
		for place in "${PLACES[@]}"; do within $LATE looks "$place" || fail "hopmark does not watch: $(cat "$T/$place.err")"; done
	fi
	traffic
	[[ $PROVEN -gt 0 ]] || fail "it proves nothing"
	[[ -z $FAULTS_ONLY ]] || return 0
	stop_looking
	for place in "${PLACES[@]}"; do judge "$place"; done
	[[ -n ${FAULT_ROWS-} ]] || column -t "$ROWS"
	[[ -z ${FAULT_KEEP-} ]] || { mkdir -p "$FAULT_KEEP/$NAME"; cp "$T"/*.rec "$FAULT_KEEP/$NAME"; }
	[[ $WRONG -eq 0 ]] || fail "it is not what was declared"
}

# --- all of them ---

# One line for each, as tests/run prints them; what was said where it failed
worker() { # LETTER
	local name child=none rc limit began try before
	trap 'kill "$child" 2>/dev/null; wait "$child"; exit 143' INT TERM HUP
	for name in "${NAMES[@]}"; do
		mkdir "$T/taken-$name" 2>/dev/null || continue
		limit=$(sed -n 's/^# timeout: //p' "$FAULTS/$name.sh")
		began=$SECONDS
		for ((try = 1; ; try++)); do
			before=$(kept)
			: >"$T/rows-$name"
			HM_LAB_PREFIX=$HM_LAB_PREFIX$1 FAULT_ROWS=$T/rows-$name timeout -k 10 $((${limit:-90} * ${HM_SLOW:-1})) \
				bash "$0" "$name" >"$T/log-$name" 2>&1 &
			child=$! rc=0
			wait "$child" || rc=$?
			[[ $rc -ne 0 && $rc -ne 77 ]] || break
			kept_again "$before" $try || break
			printf 'again %s  the kernel kept events from hopmark meanwhile\n' "$name" | tee -a "$T/again"
		done
		cat "$T/rows-$name" >>"$ROWS"
		case $rc in
		0) printf 'ok    %s  %d s\n' "$name" $((SECONDS - began)) ;;
		77) printf 'skip  %s  %s\n' "$name" "$(tail -n 1 "$T/log-$name")" ;;
		*)
			touch "$T/failed-$name"
			printf 'FAIL  %s  status %d\n%s\n' "$name" "$rc" "$(tail -n 100 "$T/log-$name" | sed 's/^/      | /')" ;;
		esac
	done
}

again() { [[ ! -e $T/again ]] || printf ', after %d that were tried again' "$(wc -l <"$T/again")"; }

catalogue() {
	local letter pid file
	local -a workers=() failed=()
	NAMES=("$@")
	[[ $# -gt 0 ]] || for file in "$FAULTS"/*.sh; do NAMES+=("$(basename "$file" .sh)"); done
	build_tools # once, not by each
	build_foreign
	theirs deaf >/dev/null
	: >"$ROWS"
	kept_begin "$T"
	STARTED+=("$KEPT_PID")
	for letter in a b c d e f g h i j; do
		[[ ${#workers[@]} -lt ${FAULT_WORKERS:-5} ]] || break
		worker $letter &
		workers+=("$!")
		STARTED+=("$!")
	done
	for pid in "${workers[@]}"; do wait "$pid"; done
	[[ -n $FAULTS_ONLY || -n ${FAULT_ROWS-} || $# -gt 0 ]] || [[ $F != 4 ]] || sort "$ROWS" >"$O/faults.tsv"
	for file in "$T"/failed-*; do [[ ! -e $file ]] || failed+=("${file##*/failed-}"); done
	[[ ${#failed[@]} -eq 0 ]] || fail "${failed[*]}"
	[[ -n $FAULTS_ONLY ]] || echo "result: ${#NAMES[@]} faults, $(wc -l <"$ROWS") verdicts, each as declared$(again)"
}

if [[ $# -eq 1 ]]; then fault "$1"; else catalogue "$@"; fi
