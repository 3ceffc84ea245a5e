# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Proxies that sit on a request, and what the capture on both of their sides says of it. Sourced by the
# scenarios and the faults that need it, after lib.sh.

SAT=1400 # ms that the proxy sits on it

# start_waiting PORT: an HAProxy that waits before it sends on what it has read
start_waiting() {
	local dir=$T/waiting
	mkdir -p "$dir"
	echo "core.register_action('sit', {'http-req'}, function() core.msleep($SAT) end)" >"$dir/sit.lua"
	cat >"$dir/conf" <<-CONF
		global
			lua-load $dir/sit.lua
		defaults
			mode http
			timeout connect 4s
			timeout client 20s
			timeout server 20s
			retries 0
		frontend in
			bind 0.0.0.0:$1
			bind [::]:$1 v6only
			http-request lua.sit
			default_backend out
		backend out
			server one $(bracketed "$(addr web)"):80
	CONF
	start proxy haproxy -db -f "$dir/conf"
	ready proxy "$1"
}

# nginx_proxy PORT LINES-OF-ITS-LOCATION [LINES-OF-HTTP]
nginx_proxy() {
	start_nginx proxy "$1" "location / { proxy_pass http://$(bracketed "$(addr web)"):80; $2 } }
		${3-}
		server { listen 127.0.0.1:1; "
}

# sniff PORT: what passes the proxy on both sides
sniff() {
	rm -f "$T/sides"
	start proxy tcpdump -Z root -i any --immediate-mode -U -w "$T/sides" "tcp and (port $1 or port 80)"
	SNIFFER=$PID
	within 10 test -s "$T/sides" || fail "tcpdump does not listen"
}

# between PORT: ms from the last request with the marker that came to the proxy until it left on the other side
between() {
	tshark -r "$T/sides" -Y 'tcp.len > 0 && frame contains "amazinggrace" && (tcp.dstport == '"$1"' || tcp.dstport == 80)' \
		-T fields -e frame.time_epoch -e tcp.dstport 2>>"$T/log" |
		awk -v port="$1" '$2 == port {in_ = $1; out = 0} $2 == 80 && !out {out = $1} END {printf "%d\n", out ? (out - in_) * 1000 : -1}'
}
# Until tcpdump has written both to the file, which it may do late on a busy machine, MS is -1: asked again then.
kept_ms() {
	MS=$(between "$1")
	echo "the proxy kept it for $MS ms" >>"$T/log"
	[[ $MS -ge 0 ]] && end "$SNIFFER"
}
sat_on_it() { kept_ms "$1" && [[ $MS -ge $((SAT - 100)) ]]; }
went_on_at_once() { kept_ms "$1" && [[ $MS -lt 500 ]]; }
