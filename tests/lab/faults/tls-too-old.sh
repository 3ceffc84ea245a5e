# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client's TLS version is too old for the server.
# cause: 57
# client: tls-alert application likely
# middle: tls-alert application likely
# server: tls-alert application proven
# all: tls-alert application proven
PORT=443
LOOK=(-m amazinggrace)
setup() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>>"$T/log"
	start_nginx server 80 "listen 0.0.0.0:443 ssl; listen [::]:443 ipv6only=on ssl;
		ssl_certificate $T/cert; ssl_certificate_key $T/key; ssl_protocols TLSv1.2;"
}
curls() { fetch client -m $((5 * ${HM_SLOW:-1})) --tls-max 1.1 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0 "$(url server 443 '' https)"; }
traffic() {
	prove "curl got nothing" same 000 "$(curls)"
	prove "and says why" contains "$T/log" "alert protocol version"
}
