#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A proxy sends on what it read over a connection that is older than the trace, to a server that
# hangs: that it did not send it on must not be said, whether that connection is inside the filter
# or not. Twin: proxy-not-forwarded.sh.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

# start_pooling PORT: an HAProxy that keeps its connections to the web server and uses them again
start_pooling() {
	cat >"$T/pooling" <<-CONF
		global
			log stdout format raw local0
		defaults
			mode http
			timeout connect 2s
			timeout client 20s
			timeout server 20s
			retries 0
		frontend in
			bind 0.0.0.0:$1
			bind [::]:$1 v6only
			default_backend out
		backend out
			http-reuse always
			server one $(bracketed "$(addr web)"):80
	CONF
	start proxy haproxy -db -f "$T/pooling"
	ready proxy "$1"
}

upstreams() { at proxy ss -Htn state established "dport = :80" | awk '{print $3}' | sort; }

# over_an_older_one TRACE-ARGUMENTS...
over_an_older_one() {
	local before
	start_nginx web 80 "location /hang/ { proxy_pass http://$(bracketed "$(addr web)"):81; }"
	start_peer web mute 81
	start_pooling 8000
	prove "the proxy works" same 200 "$(fetch client "$(url proxy 8000 index.html)")"
	before=$(upstreams)
	prove "it keeps a connection" test -n "$before"
	trace_start proxy -m amazinggrace --proxy 8000 --for 6 "$@"
	fetch client --max-time 3 "$(url proxy 8000 hang/amazinggrace)" >"$T/status" &
	prove "the web server got it and waits itself" prints : at web ss -Htn state established "sport = :81"
	prove "no other connection was made" same "$before" "$(upstreams)"
	wait $!
	prove "curl had no answer" same 000 "$(cat "$T/status")"
	trace_wait
	end_all
	expect_not blame='application|proxy|host|network|policy'
}

inside_the_filter() { over_an_older_one; }
outside_the_filter() { over_an_older_one port 8000; }

both_families inside_the_filter
both_families outside_the_filter
