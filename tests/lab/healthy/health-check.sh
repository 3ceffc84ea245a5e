# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# HAProxy looks whether somebody listens: it connects and sends nothing.
PORT=8022
serve() { start_nginx server $PORT; }
during() {
	cat >"$T/checks" <<-CONF
		defaults
			mode tcp
			timeout connect 2s
			timeout client 20s
			timeout server 20s
		listen looked-at
			bind 127.0.0.1:8122
			server one $(bracketed "$(addr server)"):$PORT check inter 50
	CONF
	rules router forward "tcp dport $PORT tcp flags & (syn | ack) == syn counter name hits accept"
	start client haproxy -db -f "$T/checks"
	proves "it looks" were_hit router "$1"
	end "$PID"
	made "$(hits router)"
	no_rules router
}
