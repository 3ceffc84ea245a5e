#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tls-alert: a handshake that one end ended with a fatal alert: the server, to whom the client's
# version is too old, or that wants a certificate; the client, who does not trust the server's. Twin:
# a handshake that goes well, with its close_notify.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

# answers CURL'S-STATUS CURL-ARGUMENTS...: by curl's own words
answers() {
	local rc=0
	at client curl -gsS --max-time 5 -o "$T/answer" -w '%{http_code}' "${@:2}" \
		"$(url server 443 "" https)" >"$T/said" 2>&1 || rc=$?
	[[ $rc -eq $1 ]]
}

# Without a filter: outside of one an alert may have been passed on.
FILTER=()

# handshake WHERE-FROM CURL'S-STATUS CURL'S-WORDS CURL-ARGUMENTS...
handshake() {
	start_nginx server 80 "listen 0.0.0.0:443 ssl; listen [::]:443 ipv6only=on ssl;
		ssl_certificate $T/cert; ssl_certificate_key $T/key; ssl_protocols TLSv1.2;"
	ready server 443
	trace_start "$1" -m amazinggrace -c 1 --all --for 10 "${FILTER[@]}"
	prove "curl ended with $2" answers "$2" "${@:4}"
	prove "and said why" grep -q "$3" "$T/said"
	trace_wait
	end_all
}

too_old() {
	handshake server 35 'alert protocol version' --tls-max 1.1 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0
	expect_verdict code=tls-alert blame=application confidence=proven at.comm=nginx at.role=server n=1 exit=1
}
too_old_filtered() {
	FILTER=(port 443)
	handshake server 35 'alert protocol version' --tls-max 1.1 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0
	expect_verdict code=tls-alert blame=application confidence=likely at.comm=nginx at.role=server n=1 exit=1
	FILTER=()
}
not_trusted_here() {
	handshake client 60 'self-signed'
	expect_verdict code=tls-alert blame=application confidence=proven at.comm=curl at.role=client n=1 exit=1
}
not_trusted_there() {
	handshake server 60 'self-signed'
	expect_verdict code=tls-alert blame=application confidence=likely at.role=client n=1 exit=1
}
all_well() {
	handshake server 0 200 -k
	expect_verdict code=connected blame=none n=1
	expect_not code='tls-.*'
}

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>>"$T/log"
both_families too_old
both_families too_old_filtered
both_families not_trusted_here
both_families not_trusted_there
both_families all_well
