# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A hopmark that is under load or runs for long: what it says is counted instead of kept, and what it
# takes from the host is measured. Sourced by tests/lab/flood.sh and tests/lab/soak.sh.

# watch_load ARGUMENTS...: hopmark on the server, with -m amazinggrace. Sightings are only counted,
# they may be millions; so are path verdicts, by port and code and without those about the flood
# itself (10.99/16), in $TRACE.said; of each the first 20 are kept.
watch_load() {
	TRACES=$((TRACES + 1))
	TRACE=$T/trace-$TRACES
	TRACE_PID=
	printf '%s\n' "hopmark trace $*" >"$TRACE.cmd"
	[[ -z $FAULTS_ONLY ]] || return 0
	nsenter --net="/run/netns/$(ns server)" -- env --default-signal=INT "$O/hopmark" trace --json \
		-m amazinggrace "$@" 2>"$TRACE.err" </dev/null \
		> >(COUNT=$TRACE perl -MTime::HiRes -ne '
			BEGIN { $| = 1 }
			if (/"type":"sighting"/) { $n++ unless /"hop":"sockets"/; next }
			if (/"type":"verdict"/) {
				next unless /"scope":"path"/;
				next if /"(?:src|dst)":"10\.99\./;
				/"src":"[^"]*:(\d+)","dst":"[^"]*:(\d+)".*?"code":"([^"]*)"/
					or die "no ports and code in: $_";
				next if ++$said{($1 < $2 ? $1 : $2) . " $3"} > 20;
			}
			$end = Time::HiRes::time() if /"end_mono_ns"/;
			print;
			END {
				open(S, ">", "$ENV{COUNT}.said") or die;
				print S "$said{$_} $_\n" for sort keys %said;
				open(F, ">", "$ENV{COUNT}.count") or die;
				print F $n + 0, "\n";
				open(E, ">", "$ENV{COUNT}.end") or die;
				printf E "%d\n", 1e6 * $end
			}' >"$TRACE.json") &
	TRACE_PID=$!
	touch "$TRACE.json"
	within 15 trace_ready || fail "hopmark did not say that it watches"
}

# As Ctrl-C does. The times are not judged but for a flood's not keeping it from ending: ANSWER_MS until
# the last line, STOP_MS until it has taken its programs away too.
# shellcheck disable=SC2034 # both are for the scenario
watch_load_stop() {
	[[ -z $FAULTS_ONLY ]] || return 0
	local began=${EPOCHREALTIME/./}
	kill -INT "$TRACE_PID" 2>/dev/null || fail "hopmark had ended before it was stopped"
	within 60 gone "$TRACE_PID" || fail "hopmark did not end within 60 s of Ctrl-C"
	STOP_MS=$(((${EPOCHREALTIME/./} - began) / 1000))
	TRACE_RC=0
	wait "$TRACE_PID" || TRACE_RC=$?
	TRACE_PID=
	[[ $TRACE_RC -le 4 ]] || fail "hopmark ended with $TRACE_RC"
	within 10 test -s "$TRACE.end" || fail "the sightings were not counted"
	ANSWER_MS=$((($(cat "$TRACE.end") - began) / 1000))
}

# watch_text ARGUMENTS...: as watch_load, for somebody who reads. What is said is in $TRACE.txt.
watch_text() {
	TRACES=$((TRACES + 1))
	TRACE=$T/trace-$TRACES
	printf '%s\n' "hopmark trace $*" >"$TRACE.cmd"
	nsenter --net="/run/netns/$(ns server)" -- env --default-signal=INT "$O/hopmark" trace \
		-m amazinggrace "$@" 2>"$TRACE.err" </dev/null \
		> >(END=$TRACE.end perl -MTime::HiRes -ne '
			$end = Time::HiRes::time();
			print;
			END { open(E, ">", $ENV{END}) or die; printf E "%d\n", 1e6 * $end }' >"$TRACE.txt") &
	TRACE_PID=$!
	within 15 contains "$TRACE.err" 'hopmark: watching' || fail "hopmark did not say that it watches"
}

# Resident KB of its own: the ring is mapped twice, and counted as a map already.
own_kb() {
	awk '/^[0-9a-f]+-/ {map = /bpf-map/} /^Rss:/ && !map {sum += $2} END {print sum + 0}' \
		"/proc/$TRACE_PID/smaps"
}

# KB and number of the BPF maps it holds. A descriptor may be closed meanwhile: an iterator's.
maps() {
	{ cat "/proc/$TRACE_PID/fdinfo"/* 2>/dev/null || true; } | awk '
		/^pos:/ {locked = 0}
		/^memlock:/ {locked = $2}
		/^map_id:/ && !($2 in seen) {seen[$2]; sum += locked; count++}
		END {print int(sum / 1024), count + 0}'
}

# Milliseconds of CPU so far
cpu_ms() { awk '{print ($14 + $15) * 10}' "/proc/$TRACE_PID/stat"; }

# last FILTER: of the last statistics
last() { jq -s "map(select(.type == \"stats\")) | last | $1" <"$TRACE.json"; }

# balance NAME: both sums of all statistics, and what was delivered against what was written
balance() {
	[[ -z $FAULTS_ONLY ]] || return 0
	local wrong
	# shellcheck disable=SC2016 # jq's own variable
	wrong=$(jq -c '
		def n($k): .[$k] // 0;
		select(.type == "stats") | select(
			n("seen") != n("filtered") + n("matched") + n("not_inspected") or
			n("sightings") != n("delivered") + n("unread") + n("limited") + n("lost_ring") +
				n("lost_map") + n("lost_hop") or
			n("records") != n("delivered") + n("unread") + n("lost_hop"))' <"$TRACE.json" | head -n 1)
	[[ -z $wrong ]] || fail "$1: the counters do not balance: $wrong; at last $(last .)"
	same "$(last '.delivered // 0')" "$(cat "$TRACE.count")" ||
		fail "$1: $(last .delivered) delivered, and $(cat "$TRACE.count") sightings written"
}
