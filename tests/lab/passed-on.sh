#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A proxy that passes bytes on without looking at them (HAProxy in TCP mode), and what the server behind
# it told: it is the server's doing, not the proxy's. The server finds the client's TLS too old, speaks no
# TLS at all, does not listen, or does not answer at all. Twin: the same proxy, all well, with and without a PROXY header in front of the handshake.
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

start_relay() { # SERVER-OPTIONS...
	mkdir -p "$T/relay"
	cat >"$T/relay/conf" <<-CONF
		defaults
			mode tcp
			timeout connect 2s
			timeout client 20s
			timeout server 20s
			retries 0
		listen in
			bind 0.0.0.0:8443
			bind [::]:8443 v6only
			server one $(bracketed "$(addr web)"):443 $*
	CONF
	start proxy haproxy "${RUN:--db}" -f "$T/relay/conf"
	ready proxy 8443
}

start_web() { # LISTEN-OPTIONS
	start_nginx web 80 "listen 0.0.0.0:443 $1; listen [::]:443 ipv6only=on $1;
		ssl_certificate $T/cert; ssl_certificate_key $T/key; ssl_protocols TLSv1.2;"
	ready web 443
}

# asked CURL'S-STATUS CURL-ARGUMENTS...: by curl's own words
asked() {
	local rc=0
	at client curl -gksS --max-time 5 -o "$T/answer" -w '%{http_code}' "${@:2}" \
		"$(url proxy 8443 "" https)" >"$T/said" 2>&1 || rc=$?
	[[ $rc -eq $1 ]]
}

# through WORDS CURL'S-STATUS CURL-ARGUMENTS...: one connection through the proxy, watched there
through() {
	trace_start proxy --all --for 6
	prove "curl ended with $2" asked "${@:2}"
	prove "and said why: $(cat "$T/said")" contains "$T/said" "$1"
	trace_wait
	end_all
}

# the_proxys CODE...: of the connection to the proxy
the_proxys() { expect_verdict dst=".*:8443" "$@"; }
the_web_servers() { expect "the server behind is named" contains "$REPORT" "$(bracketed "$(addr web)"):443"; }

too_old() {
	start_web ssl
	start_relay
	through 'alert protocol version' 35 --tls-max 1.1 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0
	the_proxys code=tls-alert blame=application confidence=likely at.role=server
	the_web_servers
	expect_not at.comm=haproxy
}

no_tls() {
	start_web ''
	start_relay
	through 'wrong version number' 35
	the_proxys code=tls-mismatch blame=application confidence=likely at.role=server
	the_web_servers
	expect_not at.comm=haproxy
}

# It asks as soon as it has accepted, and closes without reading. With HAProxy's own master too.
no_server() { # HAPROXY-OPTION
	RUN=$1 start_relay
	through SSL_connect 35
	the_proxys code=closed-by-application blame=beyond confidence=likely at.role=server
	the_web_servers
	expect_not code=closed-by-application blame=application
	expect_verdict dst=".*:443" code=refused
}

# The proxy has read the handshake and waits, until it or the client gives up, as curl says:
# CODE WORDS CURL'S-STATUS CURL-ARGUMENTS...
it_waited() { # CODE
	the_proxys code="$1" blame=beyond confidence=likely at.role=server
	the_web_servers
	expect_not at.comm=haproxy
}
no_synack() {
	start_web ssl
	at web nft add table inet fault
	at web nft add chain inet fault in '{ type filter hook input priority 0; }'
	at web nft add rule inet fault in tcp dport 443 counter drop
	start_relay
	through "${@:2}"
	prove "the server's firewall drops SYNs" grep -qE 'packets [1-9]' <(at web nft list ruleset)
	it_waited "$1"
	at web nft delete table inet fault
}
hangs() {
	: >"$T/log"
	start web nc -lk "$(addr web)" 443
	ready web 443
	start_relay
	through "${@:2}"
	prove "the server has the handshake" grep -qa http/1.1 "$T/log" # the protocol that curl offers in it
	it_waited "$1"
}

all_well() { # LISTEN-OPTIONS SERVER-OPTIONS...
	start_web "$1"
	start_relay "${@:2}"
	through 200 0
	the_proxys code=connected blame=none
	expect_not blame='application|proxy|host|network|policy|beyond'
}

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>/dev/null
both_families too_old
both_families no_tls
both_families no_server -db
no_server -W
both_families no_synack closed-by-application SSL_connect 35
no_synack no-answer 'timed out' 28 --max-time 1.5
both_families hangs no-answer 'timed out' 28 --max-time 2.5
both_families all_well ssl
both_families all_well 'ssl proxy_protocol' send-proxy
