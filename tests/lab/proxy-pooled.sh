#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A proxy sends on what it read over a connection that is older than the trace, to a server that
# hangs: that it did not send it on must not be said, whether that connection is inside the filter
# or not. Twin: proxy-not-forwarded.sh.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

# over_an_older_one TRACE-ARGUMENTS...
over_an_older_one() {
	local before
	start_nginx web 80 "location /hang/ { proxy_pass http://$(bracketed "$(addr web)"):81; }"
	start_peer web mute 81
	start_pooling proxy 8000 web 80
	prove "the proxy works" same 200 "$(fetch client "$(url proxy 8000 index.html)")"
	before=$(upstreams proxy 80)
	prove "it keeps a connection" test -n "$before"
	trace_start proxy -m amazinggrace --proxy 8000 --for 6 "$@"
	fetch client --max-time 3 "$(url proxy 8000 hang/amazinggrace)" >"$T/status" &
	prove "the web server got it and waits itself" prints : at web ss -Htn state established "sport = :81"
	prove "no other connection was made" same "$before" "$(upstreams proxy 80)"
	wait $!
	prove "curl had no answer" same 000 "$(cat "$T/status")"
	trace_wait
	end_all
	expect_not blame='application|proxy|host|network|policy'
}

inside_the_filter() { over_an_older_one; }
outside_the_filter() {
	over_an_older_one port 8000
	expect "the filter is named" grep -qF 'outside of the filter "port 8000"' <(tr -s ' \n' ' ' <"$REPORT")
}

both_families inside_the_filter
both_families outside_the_filter
