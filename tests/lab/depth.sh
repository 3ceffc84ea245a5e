#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --depth: on a connection with a long download the marker in the head of the next request is found. One
# in the middle of a long body is not, and nobody is accused for it: neither where it was sent, nor the
# proxy that sent it on where nobody searched. Twins: the same without --depth.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

unsearched() { trace_has '[.[] | select(.type == "stats")] | last | (.unsearched_bytes // 0) '"$1"; }
told_deep() { grep -qE '[0-9,]+ bytes beyond$|[0-9,]+ bytes beyond --depth' "$REPORT"; }

# sniff FILE FILTER...: what is on the wire, by tcpdump
sniff() {
	local file=$1
	shift
	start proxy tcpdump -i any -s 0 -B 16384 -U -w "$file" "$@"
	SNIFFER=$PID
	within 10 test -s "$file" || fail "tcpdump does not start"
}

head_behind_download() {
	start_nginx proxy 80
	head -c 8000000 /dev/zero | tr '\0' x >"$T/nginx-proxy-80/big"
	trace_start proxy -m amazinggrace --depth 16k -c 1 --for 15 port 80
	at client curl -gsS --noproxy '' --max-time 10 -o "$T/one" "$(url proxy 80 big)" \
		-o "$T/two" "$(url proxy 80 big)" -o "$T/three" "$(url proxy 80 amazinggrace)" 2>>"$T/log" || true
	prove "the download is whole" same 8000000 "$(stat -c %s "$T/two")"
	prove "the web server got the marker" contains "$T/nginx-80.log" /amazinggrace
	prove "all went over one connection" same 1 "$(awk '{print $1}' "$T/nginx-80.log" | sort -u | wc -l)"
	trace_wait
	end_all
	rm "$T/nginx-80.log"
	expect_verdict code=delivered confidence=proven at.comm=nginx status=404 n=1 exit=0
	expect "the downloads were not passed over" unsearched '> 15000000'
	expect "the report does not say what was not searched" told_deep
}

# A body of 3 MB with the marker in its middle
sent_whole() {
	{ head -c 1500000 /dev/zero | tr '\0' x; printf amazinggrace; head -c 1500000 /dev/zero | tr '\0' y; } >"$T/body"
	at client nc.openbsd -N "$(addr proxy)" 81 <"$T/body" >"$T/answer" 2>>"$T/log"
}

upload() {
	start_peer proxy mute 81
	sniff "$T/upload" "tcp dst port 81"
	trace_start proxy -m amazinggrace --depth 16384 --for 20 port 81
	prove "the server read all of it" sent_whole
	prove "the marker was on the wire" contains "$T/upload" amazinggrace
	trace_stop
	expect_verdict code=inconclusive blame=unknown exit=4 'summary=.*beyond --depth 16384 were not searched.*'
	expect_not code=marker-not-seen
	expect_not blame='application|proxy|host|network|policy|beyond'
	trace_start proxy -m amazinggrace -c 1 --for 8 port 81
	prove "the server read all of it again" sent_whole
	trace_wait
	end_all
	expect_verdict code=delivered confidence=proven at.comm=peer n=1 exit=0
}

# An HAProxy that waits for the body and puts 28 KB of its own before it, on connections that it keeps
start_padding() {
	local pad
	pad=$(printf 'x%.0s' {1..4000})
	{
		cat <<-CONF
			global
				log stdout format raw local0
				tune.bufsize 65536
				tune.maxrewrite 40000
			defaults
				mode http
				timeout connect 2s
				timeout client 20s
				timeout server 20s
				retries 0
			frontend in
				bind 0.0.0.0:8000
				bind [::]:8000 v6only
				option http-buffer-request
				default_backend out
			backend out
				http-reuse always
				server one $(bracketed "$(addr web)"):80
		CONF
		printf '\thttp-request add-header X-Pad %s if { path_beg /hang }\n' "$pad" "$pad" "$pad" "$pad" "$pad" "$pad" "$pad"
	} >"$T/padding"
	start proxy haproxy -db -f "$T/padding"
	ready proxy 8000
}

# ask: the body comes after "100 Continue", and begins a turn of its own
ask() {
	{ printf '%500s' '' | tr ' ' x; printf amazinggrace; printf '%9000s' '' | tr ' ' y; } >"$T/body"
	fetch client --max-time 3 -H 'Expect: 100-continue' --data-binary "@$T/body" "$(url proxy 8000 hang/)"
}

# kept TRACE-ARGUMENTS...: the web server waits for somebody else; the proxy sent it all on
kept() {
	local before
	prove "the proxy works" same 200 "$(fetch client "$(url proxy 8000 index.html)")"
	before=$(upstreams proxy 80)
	prove "it keeps a connection" test -n "$before"
	sniff "$T/kept" "tcp dst port 80"
	trace_start proxy -m amazinggrace --proxy 8000 --for 20 "$@"
	ask >"$T/status" &
	prove "the proxy sent it on" contains "$T/kept" amazinggrace
	prove "no other connection was made" same "$before" "$(upstreams proxy 80)"
	wait $!
	prove "curl had no answer but that" same 100 "$(cat "$T/status")"
	trace_stop
	end "$SNIFFER"
	expect_not blame='application|proxy|host|network|policy'
}

proxied_upload() {
	start_nginx web 80 "large_client_header_buffers 8 64k;
		location /hang/ { proxy_pass http://$(bracketed "$(addr web)"):81; }"
	start_peer web mute 81
	start_padding
	kept --depth 1k
	expect "the marker was seen leaving, with --depth" no seen_at eth1:out marker
	expect_verdict code=inconclusive at.comm='' n=1 exit=4 'summary=.*because of --depth.*'
	kept
	expect "the marker was not seen leaving" seen_at eth1:out marker
	end_all
}

both_families head_behind_download
both_families upload
both_families proxied_upload
