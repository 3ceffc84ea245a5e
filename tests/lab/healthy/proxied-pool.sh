# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Through HAProxy, which asks on connections older than the trace: it has them from earlier clients.
PORT=8039
serve() {
	start_nginx server 8139 'keepalive_requests 100000; keepalive_timeout 1h;'
	cat >"$T/pool" <<-CONF
		global
			nbthread 1
		defaults
			mode http
			timeout connect 20s
			timeout client 60s
			timeout server 60s
			timeout http-keep-alive 60s
			http-reuse always
		frontend in
			bind 0.0.0.0:$PORT
			bind [::]:$PORT v6only
			default_backend out
		backend out
			server one 10.77.2.2:8139 pool-purge-delay 300s
	CONF
	start router haproxy -db -f "$T/pool"
	ready router $PORT
}
before() {
	F=4
	curls 404 4 -H 'Connection: close' "$(url router $PORT 'early-[1-4]')"
	: >"$T/nginx-8139.log"
	STOOD=$(at router ss -Htn state established "dport = :8139" | awk '{sub(/.*:/, "", $3); print $3}' | sort)
	proves "it keeps connections" test -n "$STOOD"
}
all_stood() {
	awk '{print $1}' "$T/nginx-8139.log" | sort -u >"$T/asked-on"
	[[ -s $T/asked-on ]] && comm -23 "$T/asked-on" <(echo "$STOOD") | finds_nothing grep -q .
}
during() {
	curls 404 "$1" -H 'Connection: close' "$(url router $PORT "$(mark "[1-$1]")")"
	proves "it asked on those" all_stood
	made "$1" $PORT 'client router all'
}
