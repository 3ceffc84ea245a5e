#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A proxy sends on what it read over a connection on which no marker can be seen, TLS or HTTP/2, and
# which it has used so often that nothing is told of it any more; the server behind it hangs. That the
# proxy did not send it on must not be said. Twin: proxy-not-forwarded.sh.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

# start_upstream LISTEN-OPTIONS: nginx whose /hang/ asks a server that does not answer
start_upstream() {
	start_peer web mute 81
	start_nginx web 80 "listen 0.0.0.0:8443 $1;
		listen [::]:8443 ipv6only=on $1;
		ssl_certificate $T/cert; ssl_certificate_key $T/key;
		location /hang/ { proxy_pass http://$(bracketed "$(addr web)"):81; }"
	ready web 8443
}

start_haproxy_tls() { start_pooling proxy 8000 web 8443 ssl verify none; }

# An nginx that keeps its connection with HTTP/2, whose header compression hides the marker in its Huffman code.
start_nginx_http2() {
	start_nginx proxy 8000 "location / { grpc_pass grpc://web; }
		}
		upstream web { server $(bracketed "$(addr web)"):8443; keepalive 1; }
		server { listen 127.0.0.1:8001;"
}

# sent_on_by PROXY LISTEN-OPTIONS
sent_on_by() {
	local before
	start_upstream "$2"
	"$1"
	trace_start proxy -m amazinggrace --proxy 8000 --for 9
	for _ in {1..20}; do
		prove "the proxy works" same 200 "$(fetch client "$(url proxy 8000 index.html)")"
	done
	before=$(upstreams proxy 8443)
	prove "by one connection" test "$(wc -l <<<"$before")" -eq 1
	fetch client --max-time 3 "$(url proxy 8000 hang/amazinggrace)" >"$T/status" &
	prove "the web server got it and waits itself" prints : at web ss -Htn state established "sport = :81"
	prove "no other connection was made" same "$before" "$(upstreams proxy 8443)"
	wait $!
	prove "curl had no answer" same 000 "$(cat "$T/status")"
	trace_wait
	end_all
	expect_not blame='application|proxy|host|network|policy'
	expect_verdict code=inconclusive marker=amazinggrace
}

by_tls() { sent_on_by start_haproxy_tls ssl; }
by_http2() { sent_on_by start_nginx_http2 http2; }

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>>"$T/log"
both_families by_tls
both_families by_http2
