#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
#
# No byte of payload leaves the kernel. A secret goes before, behind and around the marker: in
# requests, headers, answers, over segments, in a SYN, in packets that are dropped, through a
# proxy. Then every output, the recording, the ring buffer's memory and all of hopmark's own is
# searched for every four bytes of it.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

SECRET=QzXjVkWqZxJvKqX
MARKED=${SECRET}amazinggrace$SECRET
for ((i = 0; i + 4 <= ${#SECRET}; i++)); do
	echo "${SECRET:i:4}"
done >"$T/pieces"

network proxied
build_tools

# holds_secret FILE: any four bytes of it
holds_secret() { grep -aqFf "$T/pieces" "$1"; }

# must_not_hold FILE: it is there, has something in it, and nothing of the secret
must_not_hold() {
	[[ -s $1 ]] || fail "$1 is empty"
	finds_nothing holds_secret "$1" || fail "payload in $1: $(grep -aonFf "$T/pieces" "$1" | head -n 3)"
}

in_syn() {
	tshark -r "$T/pcap" -Y 'tcp.dstport == 83 and tcp.flags.syn == 1 and tcp.len > 0' 2>>"$T/log" | grep -q .
}

servers() {
	start_nginx web 80 "location / {
		add_header X-Secret $SECRET;
		return 200 '$SECRET amazinggrace $MARKED'; }"
	start_nginx proxy 83
	start_squid proxy 3128
	start proxy socat "TCP$F-LISTEN:81,fork,reuseaddr" PIPE
	start proxy socat "TCP$F-LISTEN:82,fork,reuseaddr" PIPE
	ready proxy 81
	ready proxy 82
	rules proxy input "tcp dport 82 tcp flags & psh == psh counter name hits drop"
	# 0x603, 5: data in the SYN is sent and taken without a cookie
	at proxy sysctl -qw net.ipv4.tcp_fastopen=1539
	at client sysctl -qw net.ipv4.tcp_fastopen=5
}

watchers() {
	start proxy tcpdump -U -n -s 0 -i any -w "$T/pcap" tcp
	within 10 test -s "$T/pcap" || fail "tcpdump did not start"
	[[ -z $FAULTS_ONLY ]] || return 0
	trace_start proxy -v -m amazinggrace portrange 80-83 or port 3128
	nsenter --net="/run/netns/$(ns proxy)" -- "$O/hopmark" trace -v --all -m amazinggrace \
		portrange 80-83 or port 3128 >"$T/text" 2>"$T/text-err" </dev/null &
	TEXT_PID=$!
	STARTED+=("$TEXT_PID")
	within 10 contains "$T/text-err" watching || fail "the second hopmark did not say that it watches"
}

traffic() {
	local proxy
	proxy=$(addr proxy)
	prove "the answer came through squid" same 200 "$(fetch client -x "$(url proxy 3128)" \
		-H "Cookie: $MARKED" -d "$MARKED" "$(url web 80 "$MARKED/amazinggrace-$SECRET")")"
	send client "$MARKED" "$proxy" 81 -q 1
	prove "it was echoed" contains "$T/answer" "$MARKED"
	{ printf '%samazing' "$SECRET"; sleep 0.3; printf 'grace%s\n' "$SECRET"; sleep 0.3; } |
		at client nc.openbsd -N "$proxy" 81 >"$T/answer"
	prove "it was echoed from two segments" contains "$T/answer" "$MARKED"
	send client "$MARKED" "$proxy" 82 -q 1
	prove "it was dropped" were_hit proxy
	fetch client --tcp-fastopen "$(url proxy 83 "$MARKED")" >"$T/status"
	prove "it was in the SYN" in_syn
}

privately() {
	servers
	watchers
	traffic
	within 5 holds_secret "$T/pcap" || fail "the secret was never on the wire"
	[[ -z $FAULTS_ONLY ]] || { no_rules proxy; end_all; return; }
	sleep 3 # until it is judged
	"$PEEK" ring "$TRACE_PID" >"$T/ring"
	# A program with sanitizers has terabytes of shadow
	grep -q __asan_init "$O/hopmark" || "$PEEK" memory "$TRACE_PID" >"$T/memory"
	kill "$TEXT_PID"
	trace_stop
	wait "$TEXT_PID" || true
	at proxy "$O/hopmark" doctor >"$T/doctor" 2>&1 || true
	expect_verdict code=delivered at.role=server
	grep -aq nginx "$T/ring" || fail "the ring's memory holds no record of a reader"
	trace_has 'any(.[]; .what == "marker" and .tcp_flags == 2)' ||
		fail "the marker in the SYN was not found"
	for file in "$TRACE".{json,rec,err,txt,report-json} "$T"/{text,text-err,doctor,ring}; do
		must_not_hold "$file"
	done
	if [[ -e $T/memory ]]; then
		grep -aq amazinggrace "$T/memory" || fail "hopmark's memory was not read"
		must_not_hold "$T/memory"
	fi
	no_rules proxy
	end_all
	rm -f "$T/pcap" "$T/memory"
}

both_families privately
