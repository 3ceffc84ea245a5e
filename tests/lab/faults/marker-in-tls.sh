# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# nginx sends the request on in TLS, in which no marker is seen.
# cause: 55
# client: delivered none likely
# middle: delivered none proven
# server: connected none proven
# server: marker-not-seen unknown one-sided
# all: delivered none proven
NET=proxied
LOOK=(-m amazinggrace)

setup() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>>"$T/log"
	start_nginx web 81 "listen 0.0.0.0:443 ssl; listen [::]:443 ipv6only=on ssl; ssl_certificate $T/cert; ssl_certificate_key $T/key;"
	start_nginx proxy 80 "location / { proxy_pass https://$(bracketed "$(addr web)"):443; }"
}
traffic() {
	prove "404 came through" same 404 "$(fetch client "$(url proxy 80 amazinggrace)")"
	prove "the web server made it" contains "$T/nginx-81.log" "404 /amazinggrace"
}
