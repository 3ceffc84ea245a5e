#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# False accusations: connections of many healthy kinds, and nobody is blamed for any of them. Hopmark
# looks on at the server, at the client, on the router between them and at all three at once, each with
# a marker and without, with a filter and without. Each judges as many connections as were made.
#
# A kind is a file in tests/lab/healthy/. It sets PORT and has some of these functions:
#
#   serve      once: its servers
#   before N   before hopmark looks on
#   during N   makes N connections of this address family, proves by other means that they were what
#              they claim to be, and says so: made N
#   after      when hopmark has ended
#
# and BESIDE, if it mostly waits and may run beside the others, and UNKNOWN, a pattern of what may be said
# where nobody can tell that it is healthy.
#
# HEALTHY (default 250; `make check-healthy`: 10000) is how many connections there are at least,
# HEALTHY_KINDS which kinds (default: all), HEALTHY_KEEP a directory for what was said of each round.
#
# not emulated: thousands of packets in eight places take longer there than they say about the kernel
# solo
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

HABITS=$O/lab/habits
TOTAL=${HEALTHY:-250}
FILTER='portrange 8000-8199'
LATE=30 # seconds within which what was due has happened: never a measure
KINDS=()
ROUND=0

for file in "$ROOT"/tests/lab/healthy/*.sh; do
	kind=$(basename "$file" .sh)
	[[ -n ${HEALTHY_KINDS-} && " $HEALTHY_KINDS " != *" $kind "* ]] || KINDS+=("$kind")
done
[[ ${#KINDS[@]} -gt 0 ]] || fail "no such kinds: $HEALTHY_KINDS"
# In a round, of each kind and address family; most make more connections than that.
EACH=$(((TOTAL < 1000 ? TOTAL : 1000) / (2 * ${#KINDS[@]}) + 1))

# --- for the kinds ---

# made N [PORT [PLACES]]: connections to that port which must be judged there (default: everywhere)
made() { printf '%s %s %s %s\n' "$KIND" "${2:-$PORT}" "$1" "${3:-server client router all}" >>"$T/made"; }

# mark NUMBER-OR-RANGE: the marker, with a word of its own
mark() { printf 'amazinggrace-%s-%s-%s-%s' "$KIND" "$ROUND" "$F" "$1"; }

habit() { # MODE COUNT [LOCAL-PORT]
	at client "$HABITS" "$1" "$(addr server)" "$PORT" "${@:2}" >"$T/answer-$KIND" 2>>"$T/log" ||
		fail "$KIND: $(tail -n 1 "$T/log")"
}

# hold NAME COUNT: opens connections and keeps them; a line to $FD, and they ask; what they say is in
# $T/hold-NAME. let_go FD...: they are closed
hold() {
	rm -f "$T/pipe-$1"
	mkfifo "$T/pipe-$1"
	: >"$T/hold-$1"
	start client bash -c "'$HABITS' hold $(addr server) $PORT $2 <'$T/pipe-$1' >'$T/hold-$1'"
	# shellcheck disable=SC2034 # the kind's
	exec {FD}>"$T/pipe-$1"
	proves "they are open" contains "$T/hold-$1" open
}
let_go() {
	local fd
	for fd; do exec {fd}>&-; done
}

# curls CODE COUNT CURL-ARGUMENTS...: so many answers, all of that status
curls() {
	at client curl -sS -o /dev/null -w '%{http_code}\n' --max-time $((4 * LATE)) "${@:3}" >"$T/codes-$KIND" 2>>"$T/log" ||
		fail "$KIND: curl: $(tail -n 1 "$T/log")"
	same "$2 $1" "$(sort "$T/codes-$KIND" | uniq -c | awk '{print $1, $2}')" ||
		fail "$KIND: not $2 x $1: $(sort "$T/codes-$KIND" | uniq -c | tr '\n' ' ')"
}

# scripted SCRIPT [SOCAT-OPTIONS]: a server on the kind's port, by socat, that runs a shell script for each connection
scripted() {
	printf '%s\n' "$1" >"$T/script-$KIND"
	start server socat -t $LATE "TCP6-LISTEN:$PORT,ipv6only=0,reuseaddr,fork${2:+,$2}" "EXEC:sh $T/script-$KIND"
	ready server "$PORT"
}

# counter HOST NAME: of nstat, now. more HOST NAME THAN [BY]: it rose by that much since
more() { [[ $(counter "$1" "$2") -ge $(($3 + ${4:-1})) ]]; }

# segments_of HOST N: how many may leave at once as one packet
segments_of() { at "$1" ip link set eth0 gso_max_segs "$2"; }

# slow_lane RATE MATCH...: what the router sends on and one of these matches has to wait for its turn (HTB)
slow_lane() {
	local dev rate=$1 match
	for dev in eth0 eth1; do
		at router tc qdisc add dev $dev root handle 1: htb default 10
		at router tc class add dev $dev parent 1: classid 1:10 htb rate 10gbit quantum 60000
		at router tc class add dev $dev parent 1: classid 1:20 htb rate "$rate" burst 1600 cburst 1600 quantum 1600
	done
	at router nft 'add table inet lab; add chain inet lab lab { type filter hook postrouting priority 0; }'
	for match in "${@:2}"; do at router nft "add rule inet lab lab $match meta priority set 0x10020"; done
}
no_slow_lane() {
	no_rules router
	at router tc qdisc del dev eth0 root
	at router tc qdisc del dev eth1 root
}

# proves WORDS COMMAND...: that kind was what it claims to be
proves() { within $LATE "${@:2}" || { tail -n 20 "$T/log"; fail "$KIND (IPv$F): not proven: $1"; }; }

# --- who looks on ---

OBSERVERS='server-m server client-m client router-m router all-m all'

observe() { # OBSERVER
	local host=${1%-m}
	local -a args=()
	[[ $host != all ]] || { host=client; args+=(--netns "$(ns router)" --netns "$(ns server)"); }
	[[ $1 != *-m ]] || args+=(-m amazinggrace)
	# Where this round has a filter the next has none.
	case $1/$((ROUND % 2)) in
	server-m/1 | client/1 | router-m/1 | all/1 | server/0 | client-m/0 | router/0 | all-m/0) args+=("$FILTER") ;;
	esac
	nsenter --net="/run/netns/$(ns "$host")" -- env --default-signal=INT "$HOPMARK" trace --json "${args[@]}" \
		>"$T/$1.json" 2>"$T/$1.err" </dev/null &
	WATCHING+=("$!")
	STARTED+=("$!")
}

watch_all() {
	local who
	WATCHING=()
	[[ -z $FAULTS_ONLY ]] || return 0
	for who in $OBSERVERS; do observe "$who"; done
	for who in $OBSERVERS; do
		within $LATE grep -qs '"type":"host"' "$T/$who.json" || fail "hopmark does not watch: $(cat "$T/$who.err")"
	done
}

watched_all() {
	local pid
	[[ ${#WATCHING[@]} -eq 0 ]] || kill -INT "${WATCHING[@]}"
	for pid in "${WATCHING[@]}"; do
		within $LATE gone "$pid" || fail "hopmark did not end"
	done
}

# --- the judge ---

# Every verdict as a line: scope, leg, the kind's port, code, blame, who asked, what is said
verdict_lines() {
	grep -a '"type":"verdict"' "$T/$1.json" | jq -r 'def port: split(":") | last;
		[.scope, .leg // 0, ([.src, .dst | values | port | select(test("^8[01]..$"))] | first // 0), .code,
		.blame, .src // "", .summary // ""] | @tsv' || fail "jq cannot read what $1 said"
}

judge() { # OBSERVER
	local kind port n places got
	verdict_lines "$1" >"$T/verdicts"
	awk -F '\t' '$5 != "none" && $5 != "unknown"' "$T/verdicts" >"$T/blamed"
	[[ ! -s $T/blamed ]] || accused "$1"
	unexpected "$1"
	awk -F '\t' -v who="$1" '$1 == "path" {print who, $3, $4, ($5 == "none" ? "" : $7)}' "$T/verdicts" >>"$T/said"
	while read -r kind port n places; do
		[[ " $places " == *" ${1%-m} "* ]] || continue
		got=$(awk -F '\t' -v p="$port" '$1 == "leg" && $3 == p && !seen[$2]++ {n++} END {print n + 0}' "$T/verdicts")
		[[ $got -eq $n ]] || wrong "$1 judged $got connections of kind $kind, $n were made"
	done < <(awk '{k = $1 " " $2; n[k] += $3; sub(/^[^ ]+ [^ ]+ [^ ]+ /, ""); p[k] = $0}
		END {for (k in n) print k, n[k], p[k]}' "$T/made")
}

# Nobody could tell that it was healthy, and its kind does not say so. Of a whole trace (port 0) none does.
unexpected() { # OBSERVER
	awk -F '\t' -v allowed="$T/unknown" '
		BEGIN {while ((getline line <allowed) > 0) {split(line, f, "\t"); may[f[1]] = f[2]}}
		$1 == "path" && $5 == "unknown" && $3 && !(may[$3] && $7 ~ may[$3])' "$T/verdicts" >"$T/doubted"
	[[ ! -s $T/doubted ]] || wrong "$1 tells nothing of: $(cut -f 3-7 "$T/doubted" | head -n 3)"
}

wrong() { note "WRONG: $*" | tee -a "$T/wrong"; }

accused() { # OBSERVER
	local port
	cut -f 3 "$T/blamed" | sort -u | while read -r port; do
		wrong "$1 blames somebody for kind $(awk -v p="$port" '$2 == p {print $1; exit}' "$T/made"):"
		awk -F '\t' -v p="$port" '$3 == p && ++n <= 4; $3 == p && $1 == "leg" {all++} END {print all " connections in all"}' "$T/blamed"
	done
}

each_kind() { # WHAT [ARGUMENT]
	for KIND in "${KINDS[@]}"; do
		UNKNOWN='' BESIDE=
		serve() { :; }; before() { :; }; during() { :; }; after() { :; }
		# shellcheck disable=SC1090 # one of tests/lab/healthy
		. "$ROOT/tests/lab/healthy/$KIND.sh"
		"$@"
	done
}

allow() { printf '%s\t%s\n' "$PORT" "$UNKNOWN" >>"$T/unknown"; }

run_during() { # N
	if [[ -n $BESIDE ]]; then
		(both_families during "$1") &
		BESIDES+=("$!")
	else
		both_families during "$1"
	fi
}

round() {
	local who
	ROUND=$((ROUND + 1)) BESIDES=()
	: >"$T/made"
	: >"$T/unknown"
	each_kind allow
	each_kind before "$EACH"
	watch_all
	each_kind run_during "$EACH"
	for who in "${BESIDES[@]}"; do wait "$who" || fail "a kind that ran beside the others has failed"; done
	sleep 3 # some are judged as they settle, the rest at the end
	watched_all
	each_kind after
	CONNECTIONS=$((CONNECTIONS + $(awk '{n += $3} END {print n + 0}' "$T/made")))
	[[ -z $FAULTS_ONLY ]] || return 0
	for who in $OBSERVERS; do judge "$who"; done
	[[ -z ${HEALTHY_KEEP-} ]] || { mkdir -p "$HEALTHY_KEEP/$ROUND"; cp "$T"/*.json "$T/made" "$HEALTHY_KEEP/$ROUND"; }
	note "round $ROUND: $CONNECTIONS connections so far, $SECONDS s"
}

# What was said, by code; and of what nobody could be told, why
summary() {
	[[ -z $FAULTS_ONLY ]] || return 0
	cut -d ' ' -f 3 "$T/said" | sort | uniq -c | sort -rn
	awk '{port = $2; code = $3; $1 = $2 = $3 = ""} /[^ ]/ {print port, code, $0}' "$T/said" |
		sed -E 's/[][0-9a-f:.]+:[0-9]{4,5}/ADDRESS/g; s/[0-9.]+ s\>/N s/g' | sort | uniq -c | sort -rn | head -n 40
}

network routed
build_tools
CONNECTIONS=0
each_kind serve
while [[ $CONNECTIONS -lt $TOTAL ]]; do round; done
kill "${STARTED[@]}" 2>/dev/null || true # all at once
summary
[[ ! -e $T/wrong ]] || fail "$(wc -l <"$T/wrong") times wrong, see above"
echo "result: $CONNECTIONS connections of ${#KINDS[@]} kinds, in eight places: nobody is blamed"
