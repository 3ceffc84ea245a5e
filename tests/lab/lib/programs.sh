# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Real programs in a host of the network, started in the background and ended by their pid.
# Sourced by tests/lab/lib.sh.

# start HOST COMMAND...: in the background, its words to $T/log; PID is its process id. The lab's
# own child is the program itself: nsenter replaces itself.
start() {
	local host=$1
	shift
	nsenter --net="/run/netns/$(ns "$host")" -- "$@" >>"$T/log" 2>&1 </dev/null &
	PID=$!
	STARTED+=("$PID")
}

# end PID...: ended and gone, however it takes it. Empty words are fine.
end() {
	local pid tries
	for pid; do
		kill "${pid:-none}" 2>/dev/null || continue
		for ((tries = 0; tries < 30; tries++)); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}

end_all() {
	end "${STARTED[@]}"
	STARTED=()
}

# within SECONDS COMMAND...: true as soon as it is; an emulated machine gets HM_SLOW times as long,
# and is not asked so often that asking is what it does
POLL=0.05 # seconds
[[ ${HM_SLOW:-1} -eq 1 ]] || POLL=0.2
within() {
	local until
	until=$((${EPOCHREALTIME/./} + $1 * ${HM_SLOW:-1} * 1000000))
	shift
	until "$@"; do
		[[ ${EPOCHREALTIME/./} -lt $until ]] || return 1
		sleep "$POLL"
	done
}

# Sanitizers make calls and take address space of their own.
is_sanitized() { grep -qa __asan_init "$HOPMARK"; }

listens() { prints : at "$1" ss -Hltn "sport = :$2"; }

ready() { within 15 listens "$1" "$2" || { tail -n 20 "$T/log"; fail "nothing listens on port $2 of $1"; }; }

# start_peer HOST MODE PORT [NUMBER [HOST PORT]]: tests/lab/tools/peer.c on the host's address
start_peer() {
	local host=$1 mode=$2 port=$3 on=${ON-}
	shift 3
	[[ -n $on ]] || on=$(addr "$host")
	if [[ $# -eq 3 ]]; then
		set -- "$1" "$(addr "$2")" "$3"
	fi
	build_tools
	start "$host" "$PEER" "$mode" "$on" "$port" "$@"
	[[ $mode == fill || $mode == flood ]] || ready "$host" "$port"
}

# newer FILE THAN: or THAN is missing
newer() { [[ $ROOT/tests/lab/tools/$1 -nt $O/lab/$2 ]]; }

build_tools() {
	local tool
	mkdir -p "$O/lab"
	for tool in peer rst intrude bypass peek takepid refuse habits entries; do
		if newer "$tool.c" "$tool"; then
			"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$T/$tool" "$ROOT/tests/lab/tools/$tool.c"
			mv "$T/$tool" "$O/lab/$tool"
		fi
	done
}

# theirs NAME: where the BPF programs of tests/lab/tools/NAME.bpf.c are
theirs() {
	local file=$O/lab/$1.bpf.o
	mkdir -p "$O/lab"
	if newer "$1.bpf.c" "$1.bpf.o"; then
		"${CLANG:-clang}" -target bpf -O2 -c -o "$T/$1.bpf.o" "$ROOT/tests/lab/tools/$1.bpf.c"
		mv "$T/$1.bpf.o" "$file"
	fi
	printf '%s\n' "$file"
}
strangers() { theirs stranger; }

build_foreign() {
	local tool
	mkdir -p "$O/lab"
	if newer foreign.bpf.c foreign.bpf.o; then
		"${CLANG:-clang}" -g -O2 -Wall -target bpf -mcpu=v3 "-I/usr/include/$(uname -m)-linux-gnu" \
			-c "$ROOT/tests/lab/tools/foreign.bpf.c" -o "$T/foreign.bpf.o"
		mv "$T/foreign.bpf.o" "$O/lab/foreign.bpf.o"
	fi
	for tool in foreign chain; do
		if newer "$tool.c" "$tool"; then
			"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$T/$tool" \
				"$ROOT/tests/lab/tools/$tool.c" -lbpf
			mv "$T/$tool" "$O/lab/$tool"
		fi
	done
}

# foreign HOST INTERFACE WHERE ACTION [PORT [INTERFACE [ADDRESS]]]: tests/lab/tools/foreign.c; FOREIGN is its
# process id, and what it counted stands in $T/foreign-PID once it has ended
foreign() {
	local host=$1
	shift
	build_foreign
	nsenter --net="/run/netns/$(ns "$host")" -- "$O/lab/foreign" "$O/lab/foreign.bpf.o" "$@" \
		>"$T/foreign" 2>>"$T/log" </dev/null &
	FOREIGN=$!
	STARTED+=("$FOREIGN")
	within 10 grep -qs ready "$T/foreign" || { tail -n 5 "$T/log"; fail "no foreign program: $*"; }
	mv "$T/foreign" "$T/foreign-$FOREIGN"
}

# foreign_end PID packets|of_port: ends it and prints what it counted
foreign_end() {
	end "$1"
	awk -v what="$2" '/^packets/ {for (i = 1; i < NF; i++) if ($i == what) print $(i + 1)}' "$T/foreign-$1"
}

# start_nginx HOST PORT [LINES OF A SERVER BLOCK]: both families, with the options LISTEN; access log in $T/nginx-PORT.log
start_nginx() {
	local dir=$T/nginx-$1-$2
	mkdir -p "$dir"
	cat >"$dir/conf" <<-CONF
		daemon off;
		user root;
		worker_processes 1;
		pid $dir/pid;
		error_log $dir/error.log;
		events { worker_connections 4096; }
		http {
			log_format lab '\$remote_port \$status \$request_uri';
			access_log $T/nginx-$2.log lab;
			client_body_temp_path $dir/body;
			proxy_temp_path $dir/proxy;
			fastcgi_temp_path $dir/fastcgi;
			uwsgi_temp_path $dir/uwsgi;
			scgi_temp_path $dir/scgi;
			server {
				listen 0.0.0.0:$2 ${LISTEN-};
				listen [::]:$2 ipv6only=on ${LISTEN-};
				root $dir;
				${3-}
			}
		}
	CONF
	echo hello >"$dir/index.html"
	start "$1" nginx -e "$dir/error.log" -p "$dir" -c "$dir/conf"
	ready "$1" "$2"
}

# start_squid HOST PORT [ACCESS RULES]: no cache, no helpers, one process
start_squid() {
	local dir=$T/squid-$2
	mkdir -p "$dir"
	cat >"$dir/conf" <<-CONF
		http_port $2
		visible_hostname lab
		cache deny all
		cache_mem 0
		cache_store_log none
		cache_log $dir/cache.log
		access_log stdio:$dir/access.log
		logfile_rotate 0
		pid_filename $dir/pid
		coredump_dir $dir
		pinger_enable off
		shutdown_lifetime 0 seconds
		dns_nameservers 127.0.0.1
		max_filedescriptors 1024
		${3-http_access allow all}
	CONF
	chown -R proxy: "$dir"
	start "$1" squid -N -f "$dir/conf"
	ready "$1" "$2"
}

# start_haproxy HOST PORT SERVER-HOST SERVER-PORT: log lines "client port, own port, status"
start_haproxy() {
	local dir=$T/haproxy-$2
	mkdir -p "$dir"
	cat >"$dir/conf" <<-CONF
		global
			log stdout format raw local0
			maxconn 4096
		defaults
			mode http
			log global
			option dontlognull
			timeout connect 2s
			timeout client 20s
			timeout server 20s
			retries 0
			log-format "haproxy %cp %bp %ST %HU"
		frontend in
			bind 0.0.0.0:$2
			bind [::]:$2 v6only
			default_backend out
		backend out
			http-reuse never
			option httpclose
			server one $(bracketed "$(addr "$3")"):$4
	CONF
	start "$1" haproxy -db -f "$dir/conf"
	ready "$1" "$2"
}

# start_pooling HOST PORT SERVER-HOST SERVER-PORT [SERVER-OPTIONS...]: an HAProxy that keeps its
# connections to the server and uses them again. upstreams HOST PORT: their own ends, sorted
start_pooling() {
	local dir=$T/pooling-$2
	mkdir -p "$dir"
	cat >"$dir/conf" <<-CONF
		global
			log stdout format raw local0
		defaults
			mode http
			timeout connect 2s
			timeout client 20s
			timeout server 20s
			retries 0
		frontend in
			bind 0.0.0.0:$2
			bind [::]:$2 v6only
			default_backend out
		backend out
			http-reuse always
			server one $(bracketed "$(addr "$3")"):$4 ${*:5}
	CONF
	start "$1" haproxy -db -f "$dir/conf"
	ready "$1" "$2"
}
upstreams() { at "$1" ss -Htn state established "dport = :$2" | awk '{print $3}' | sort; }

# send HOST TEXT ADDRESS PORT [nc option...]: one line by nc; what comes back to $T/answer. nc's
# own status is lost on purpose: what happened is judged by other means.
send() {
	local host=$1 text=$2 to=$3 port=$4
	shift 4
	printf '%s\r\n' "$text" | at "$host" nc.openbsd -w 3 "$@" "$to" "$port" >"$T/answer" 2>>"$T/log" || true
}

# fetch HOST CURL-ARGUMENTS...: the status (000: none) is printed
fetch() {
	local host=$1
	shift
	at "$host" curl -gsS -o "$T/answer" -w '%{http_code}' --noproxy '' --max-time $((10 * ${HM_SLOW:-1})) "$@" 2>>"$T/log" || true
}
