#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Events lost while a proxy worked at its hardest: whatever is missing may only have been missed
# here, so neither the proxy nor anybody else is accused.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

lost() { jq -s 'map(select(.type == "stats")) | last | .lost_ring + .lost_map + .limited' <"$TRACE.json"; }

requests() { prove "all requests were answered" at client "$PEER" flood "$(addr proxy)" 8000 100; }

# In the middle hopmark is stopped, so that its ring is full however quick it is.
losing() {
	trace_start proxy -m amazinggrace --ring 65536 port 8000
	requests
	[[ -n $FAULTS_ONLY ]] || kill -STOP "$TRACE_PID"
	requests
	[[ -n $FAULTS_ONLY ]] || kill -CONT "$TRACE_PID"
	requests
	trace_stop
	if [[ -z $FAULTS_ONLY ]]; then
		prove "events were lost" test "$(lost)" -ge 1
	fi
	expect_not blame='application|proxy|host|network|policy|beyond'
}

build_tools
for F in 4 6; do
	start_nginx web 80
	start_haproxy proxy 8000 web 80
	losing
	end_all
done
