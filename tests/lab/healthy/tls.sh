# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# TLS: the marker cannot be seen inside.
PORT=8032
serve() {
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=lab -keyout "$T/key" -out "$T/cert" 2>/dev/null
	LISTEN=ssl start_nginx server $PORT "ssl_certificate $T/cert; ssl_certificate_key $T/key;"
}
during() {
	curls 404 "$1" -k -H 'Connection: close' "$(url server $PORT "$(mark "[1-$1]")" | sed s/^http/https/)"
	made "$1"
}
