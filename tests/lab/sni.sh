#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --sni: the server name that a TLS client asks for, as tshark reads it from the same packets: of openssl
# s_client and of curl, that one asks for none, one that the server refuses, and one made to lead a terminal
# astray. Twin: without --sni no byte of it is in any output.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

NAME=amazing-grace.example.org
STRANGE=$'a\e[2J\a\xff.example'

network direct

serve() { # [DIRECTIVES]
	start_nginx server 80 "${1-} listen 0.0.0.0:443 ssl; listen [::]:443 ipv6only=on ssl;
		ssl_certificate $T/cert; ssl_certificate_key $T/key;"
	ready server 443
}

# watched TRACE-ARGUMENTS...: hopmark and tcpdump, at the server
watched() {
	rm -f "$T/pcap"
	start server tcpdump -U -n -s 0 -i eth0 -w "$T/pcap" tcp port 443
	DUMP=$PID
	within 10 test -s "$T/pcap" || fail "tcpdump did not start"
	trace_start server --all "$@" port 443
}

# shown: a line for each ClientHello that tshark finds, with its name
shown() {
	tshark -r "$T/pcap" -Y 'tls.handshake.type == 1' -T fields -e tls.handshake.extensions_server_name \
		2>>"$T/log" | sed 's/^/hello /'
}

saw() { [[ $(shown) == "hello $1" ]]; }

by_openssl() { # [ARGUMENTS...]
	at client openssl s_client -connect "$(bracketed "$(addr server)"):443" "$@" </dev/null >"$T/said" 2>&1
}

by_curl() {
	at client curl -gsSk --max-time 5 -o /dev/null --resolve "$NAME:443:$(addr server)" "https://$NAME/" >"$T/said" 2>&1
}

# asks NAME COMMAND...: as tshark sees it
asks() {
	"${@:2}" || fail "${*:2}: $(tail -n 3 "$T/said")"
	within 10 saw "$1" || fail "tshark saw \"$(shown)\", not \"$1\""
	trace_stop
	end "$DUMP"
}

told() {
	serve
	watched --sni
	asks "$NAME" "$@"
	expect "the name in the text" grep -qF "server name \"$NAME\"" <(tr -s ' \n' ' ' <"$REPORT")
	expect "that it was asked for" grep -qF -e '(--sni)' <(tr -s ' \n' ' ' <"$REPORT")
	# shellcheck disable=SC2016 # jq's own variable
	expect "the name in JSON" trace_has --arg name "$NAME" 'any(.[]; .type == "verdict" and
		.scope == "leg" and .server_name == $name)'
	end_all
}

openssl_asks() { told by_openssl -servername "$NAME"; }
curl_asks() { told by_curl; }

none_asked() {
	serve
	watched --sni
	asks '' by_openssl -noservername
	expect "that there is none" grep -qF 'no server name in it' <(tr -s ' \n' ' ' <"$REPORT")
	expect "none in JSON" trace_has 'any(.[]; .type == "verdict" and .scope == "leg" and has("server_name") and
		.server_name == null)'
	end_all
}

# The server has no site of that name: RFC 6066, 3.
refused() { ! by_openssl -servername "$NAME" && contains "$T/said" 'unrecognized name'; }
alerted() { tshark -r "$T/pcap" -Y 'tls.alert_message.desc == 112' 2>>"$T/log" | grep -q .; }

name_refused() {
	serve 'ssl_reject_handshake on;'
	watched --sni
	asks "$NAME" refused
	prove "the server's alert is there" alerted
	expect_verdict code=tls-alert blame=application confidence=likely at.comm=nginx exit=1
	expect "the name in the text" grep -qF "server name \"$NAME\"" <(tr -s ' \n' ' ' <"$REPORT")
	end_all
}

# What stands in the text is spelled out (trace_over looks that all of it is ASCII), and in JSON the same again.
strange_name() {
	serve
	watched --sni
	by_openssl -servername "$STRANGE" || true # nginx may not like it
	within 10 asked_strangely || fail "tshark does not see the name's bytes"
	trace_stop
	end "$DUMP"
	expect "it is spelled out" grep -qF 'server name "a\x1b[2J\x07\xff.example"' <(tr -s ' \n' ' ' <"$REPORT")
	expect "JSON is ASCII" finds_nothing grep -n '[^ -~]' "$TRACE.json"
	expect "and holds it" trace_has 'any(.[]; .type == "verdict" and .scope == "leg" and
		.server_name == "a\u001b[2J\u0007\u00ff.example")'
	end_all
}

# By its bytes: tshark spells them in its own way.
asked_strangely() { tshark -r "$T/pcap" -Y 'frame contains 61:1b:5b:32:4a:07:ff:2e:65:78' 2>>"$T/log" | grep -q .; }

not_told() {
	serve
	watched
	asks "$NAME" by_openssl -servername "$NAME"
	for file in "$REPORT" "$TRACE.json" "$TRACE.rec" "$TRACE.err"; do
		expect "no name in $file" lacks "$file" example
	done
	end_all
}

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>>"$T/log"
both_families openssl_asks
both_families curl_asks
both_families none_asked
both_families name_refused
both_families strange_name
both_families not_told
