# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Three probes whose verdicts rest on reads, sockets and drops: port 80 answers, nobody listens on 81,
# and a rule drops what goes to 82. Sourced by the scenarios that change the whole machine, after
# lib.sh.

probe_targets() {
	start_nginx server 80
	rules server input "tcp dport 82 counter name hits drop"
}

# three_probes: a trace on the server, one probe of each, and their verdicts are there
three_probes() {
	trace_start server -m amazinggrace port 80 or port 81 or port 82
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 81
	send client amazinggrace "$(addr server)" 82 -w 4
	prove "the rule was hit" were_hit server 2
	trace_judged 3
	trace_stop
}
