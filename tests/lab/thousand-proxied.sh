#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# 1,000 requests through HAProxy to nginx, each with its own number after the marker: 1,000 paths of
# two legs, and the pairs of ports are those of HAProxy's and nginx's own logs.
#
# not emulated: a thousand connections take longer there than they say about the kernel
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied
COUNT=1000

logged() { [[ $(grep -c '^haproxy ' "$T/log") -eq $COUNT && $(wc -l <"$T/nginx-80.log") -eq $COUNT ]]; }

# "client-port upstream-port" of each path
pairs() {
	jq -r 'select(.type == "verdict" and .scope == "path" and .code == "delivered" and (.legs | length) == 2)
		| .legs | map(.src | split(":") | last) | join(" ")' <"$TRACE.json" | sort
}

thousand() {
	build_tools
	start_nginx web 80
	start_haproxy proxy 8000 web 80
	: >"$T/log"
	: >"$T/nginx-80.log"
	trace_start proxy -m amazinggrace -c "$COUNT" --for 40 port 8000
	prove "all requests were made" at client "$PEER" drip "$(addr proxy)" 8000 "$COUNT"
	prove "both logs have them" logged
	trace_wait 45
	awk '/^haproxy/ {print $3, $5}' "$T/log" | sort >"$T/by-haproxy"
	awk '{print $1, $3}' "$T/nginx-80.log" | sort >"$T/by-nginx"
	prove "HAProxy and nginx agree on who asked what" cmp "$T/by-haproxy" "$T/by-nginx"
	awk '/^haproxy/ {print $2, $3}' "$T/log" | sort >"$T/pairs"
	end_all
	expect_verdict code=delivered n="$COUNT" exit=0
	[[ -z $FAULTS_ONLY ]] || return 0
	pairs >"$T/pairs-hopmark"
	cmp "$T/pairs" "$T/pairs-hopmark" || fail "pairs of ports differ from HAProxy's and nginx's logs"
}

both_families thousand
echo "result: $COUNT pairs of ports as in HAProxy's and nginx's logs, IPv4 and IPv6"
