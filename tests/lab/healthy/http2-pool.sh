# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# HAProxy asks in HTTP/2, on connections that it keeps for later clients.
PORT=8021
serve() {
	LISTEN=http2 start_nginx server 8121
	cat >"$T/pool2" <<-CONF
		defaults
			mode http
			timeout connect 20s
			timeout client 60s
			timeout server 60s
			http-reuse always
		frontend in
			bind 0.0.0.0:$PORT
			bind [::]:$PORT v6only
			default_backend out
		backend out
			server one 10.77.2.2:8121 proto h2
	CONF
	start router haproxy -db -f "$T/pool2"
	ready router $PORT
}
before() { : >"$T/nginx-8121.log"; }
upstream() { awk '{print $1}' "$T/nginx-8121.log" | sort -u | wc -l; }
during() {
	curls 404 $((2 * $1)) -H 'Connection: close' "$(url router $PORT "$(mark "[1-$((2 * $1))]")")"
	made $((2 * $1)) $PORT 'client router all'
	proves "they share connections" test "$(upstream)" -lt "$1"
}
