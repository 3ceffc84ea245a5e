# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client does not trust the server's certificate.
# cause: 57
# client: tls-alert application proven
# middle: tls-alert application likely
# server: tls-alert application likely
# all: tls-alert application proven
PORT=443
LOOK=(-m amazinggrace)
setup() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>>"$T/log"
	start_nginx server 80 "listen 0.0.0.0:443 ssl; listen [::]:443 ipv6only=on ssl;
		ssl_certificate $T/cert; ssl_certificate_key $T/key; ssl_protocols TLSv1.2;"
}
traffic() {
	prove "curl got nothing" same 000 "$(fetch client -m $((5 * ${HM_SLOW:-1})) "$(url server 443 '' https)")"
	prove "and says why" contains "$T/log" "self-signed"
}
