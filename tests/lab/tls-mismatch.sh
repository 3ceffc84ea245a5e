#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tls-mismatch: a client that begins TLS on a port that speaks HTTP, and one that speaks in clear on
# a port that speaks TLS. Twins: a tunnel through a proxy, asked for in clear; a plain 400.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

curl_says() { # STATUS WORDS CURL-ARGUMENTS...
	local rc=0
	at client curl -gsS --max-time 5 -o "$T/answer" -w '%{http_code}' "${@:3}" >"$T/status" 2>"$T/said" || rc=$?
	[[ $rc -eq $1 ]] && grep -q "$2" "$T/said" "$T/status"
}

tls_on_plain() {
	start_nginx server 80
	trace_start server -m amazinggrace -c 1 --for 10
	prove "curl met something that is no TLS" curl_says 35 'wrong version number' "$(url server 80 amazinggrace https)"
	trace_wait
	end_all
	expect_verdict code=tls-mismatch blame=application confidence=proven at.comm=nginx n=1 exit=1
}

listening() { grep -qs 'listening on' "$T/tcpdump.err"; }
fatal_alert() { # level 2, RFC 8446, 6
	tshark -r "$T/pcap" -T fields -e tcp.srcport -e tcp.payload 2>>"$T/log" >"$T/payloads" &&
		grep -qP '^443	150303000202' "$T/payloads"
}

# OpenSSL just closes, nginx answers in clear; GnuTLS sends an alert, and a reset at its heels.
plain_on_tls() {
	local dumper
	start server gnutls-serv --echo -p 443 --x509certfile "$T/cert" --x509keyfile "$T/key"
	ready server 443
	trace_start server -m amazinggrace -c 1 --for 10 port 443
	rm -f "$T/tcpdump.err"
	nsenter --net="/run/netns/$(ns client)" -- tcpdump -Z root -U --immediate-mode -i eth0 -w "$T/pcap" tcp port 443 \
		>/dev/null 2>"$T/tcpdump.err" &
	dumper=$!
	prove "tcpdump listens" listening
	send client amazinggrace "$(addr server)" 443
	trace_wait
	end "$dumper"
	end_all
	prove "what came back was a fatal alert" fatal_alert
	expect_verdict code=tls-mismatch blame=application confidence=likely at.comm=gnutls-serv n=1 exit=1
}

# A tunnel is asked for and granted in clear; then both speak TLS in it.
in_a_tunnel() {
	start_nginx server 80 "listen 0.0.0.0:443 ssl; listen [::]:443 ipv6only=on ssl;
		ssl_certificate $T/cert; ssl_certificate_key $T/key;"
	ready server 443
	start_squid server 3128
	trace_start server -m amazinggrace --for 6 port 3128 or port 443
	prove "curl got it" curl_says 0 404 -k -x "$(url server 3128)" "$(url server 443 amazinggrace https)"
	trace_wait
	end_all
	expect_not code='tls-.*'
}

just_400() {
	start_nginx server 80
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	send client 'GET amazinggrace HTTP/1.1' "$(addr server)" 80
	prove "nginx finds fault with it" grep -q '400 Bad Request' "$T/answer"
	trace_wait
	end_all
	expect_verdict code=delivered n=1
	expect_not code='tls-.*'
}

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>>"$T/log"
both_families tls_on_plain
both_families plain_on_tls
both_families in_a_tunnel
both_families just_400
