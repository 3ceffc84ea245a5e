#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A burst of SYNs of new connections, one sender on each of two CPUs, as fast as they can: what hopmark
# is told, what it leaves out and what it loses add up to what was sent, to the last SYN; and Ctrl-C
# ends it amid the burst, and amid a million a second, which leave some of the CPUs to it. No interface here receives that many, so they are put into the program that
# hopmark has loaded (tests/load/burst.c).
#
# solo
# not emulated: it is about the highest rate
# timeout: 60
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/load.sh
. "$ROOT/tests/lab/lib/load.sh"

BURST=$O/load/burst
PORT=9
SENDERS=()

[[ -x $BURST ]] || skip "build/load/burst is not built (make load-tools)"
network direct

# senders SECONDS [RATE-OF-EACH]
senders() {
	local cpu
	SENDERS=()
	for cpu in 0 1; do
		nsenter --net="/run/netns/$(ns server)" -- taskset -c $((cpu % $(nproc))) \
			"$BURST" "$TRACE_PID" eth0 "$(addr server)" $PORT "$@" >"$T/burst-$cpu" 2>>"$T/log" &
		SENDERS+=("$!")
		STARTED+=("$!")
	done
}

senders_over() {
	local pid
	for pid in "${SENDERS[@]}"; do
		wait "$pid" || fail "a sender failed: $(tail -n 1 "$T/log")"
	done
	SENT=$(cat "$T"/burst-? | jq -s 'map(.sent) | add')
	FREED=$(cat "$T"/burst-? | jq -s 'map(.freed) | add')
	RATE=$(cat "$T"/burst-? | jq -s 'map(.per_second) | add')
	[[ $SENT -gt 0 ]] || fail "nothing was sent"
}

counted() {
	watch_load "port $PORT"
	senders 2
	senders_over
	watch_load_stop
	balance burst
	same $((SENT + FREED)) "$(last .sightings)" ||
		fail "$SENT SYNs were sent and $FREED freed, $(last .sightings) sightings counted"
	same "$SENT" "$(last .matched)" || fail "$SENT SYNs were sent, $(last .matched) packets matched"
	RESULT="$SENT SYNs, $RATE a second: $(last '"\(.delivered) delivered, \(.limited) limited, \(.lost_ring) lost in the ring, \(.unread // 0) unread"' | tr -d '"')"
}

# Ctrl-C amid the sending
stop_amid() { # [RATE-OF-EACH]
	senders 10 "$@"
	sleep 1
	watch_load_stop
	kill -INT "${SENDERS[@]}"
	senders_over
}

interrupted() { # [RATE-OF-EACH]
	watch_load "port $PORT"
	stop_amid "$@"
	balance interrupted
	RESULT+="; amid $RATE a second Ctrl-C was answered in $ANSWER_MS ms, all gone in $STOP_MS ms"
}

# The same for somebody who reads: no sighting is written, and the failed paths are counted.
answered() { # [RATE-OF-EACH]
	watch_text "port $PORT"
	stop_amid "$@"
	RESULT+="; for a reader, amid $RATE a second, in $ANSWER_MS ms"
}

[[ -z $FAULTS_ONLY ]] || skip "without hopmark there is no program to send them to"
counted
interrupted
answered
interrupted 500000
answered 500000
echo "result: $RESULT"
