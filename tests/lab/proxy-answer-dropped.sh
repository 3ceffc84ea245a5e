#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A proxy passes on the answer that it got, and a rule of its own host drops that on its way to the client:
# dropped-by-firewall, before or behind the place where an answer is seen. The proxy did its part.
# Twin: without the rule the answer comes.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

asked() { # WHAT STATUS: a client that waits 3 s is given that status; the web server answered in any case
	start_haproxy proxy 8000 web 80
	trace_start proxy -m amazinggrace -c 1 --for 12
	prove "$1" same "$2" "$(fetch client --max-time 3 "$(url proxy 8000 amazinggrace)")"
	prove "the web server answered" contains "$T/nginx-80.log" "amazinggrace"
}

dropped_at() { # HOOK
	start_nginx web 80
	rules proxy "$1" 'tcp sport 8000 tcp flags & (syn|fin|psh) == psh counter name hits drop'
	asked "the client gets none" 000
	prove "the rule was hit" were_hit proxy 3
	trace_wait
	no_rules proxy
	end_all
	: >"$T/nginx-80.log"
	expect_verdict code=dropped-by-firewall blame=host n=1 exit=1
}

before_it_is_seen() { dropped_at output; }
behind_it() { dropped_at postrouting; }

not_dropped() {
	start_nginx web 80
	asked "the client gets it" 404
	trace_wait
	end_all
	: >"$T/nginx-80.log"
	expect_verdict code=delivered blame=none n=1 exit=0
}

both_families before_it_is_seen
both_families behind_it
both_families not_dropped
