# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What scenarios share: a network, real programs in it, proof that the fault is in place, a trace,
# and a look at its verdict. Sourced first by every tests/lab/*.sh (and by scripts/demo).
#
#   O                   where hopmark was built (default build)
#   HM_LAB_PREFIX       names of the namespaces (default hm)
#   HM_LAB_FAULTS_ONLY  set: only prove the faults, run no hopmark, and end as skipped
#
# A scenario ends with 0 (passed), 77 (skipped, the reason is its last line) or anything else.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
O=${O:-build}
[[ $O == /* ]] || O=$ROOT/$O
HM_LAB_PREFIX=${HM_LAB_PREFIX:-hm}
export HM_LAB_PREFIX
PEER=$O/lab/peer
RST=$O/lab/rst # for reset-injected.sh
export RST
FAULTS_ONLY=${HM_LAB_FAULTS_ONLY-}
SELF=$(basename "$0" .sh)
LC_ALL=C
export LC_ALL

NETWORK= # the one that is up
F=4 # address family: 4 or 6
STARTED=() # processes to end
TRACES=0 # how many traces there were
TRACE_PID='' # hopmark, while it runs
TRACE='' # what its files are called: .json .rec .err .txt
REPORT='' # the recording as text
TRACE_RC='' # its exit status
T=$(mktemp -d /tmp/hopmark-lab.XXXXXX)
chmod 0755 "$T" # servers run as other users

note() { printf '%s: %s\n' "$SELF" "$*"; }
fail() { printf '%s: FAIL (IPv%s): %s\n' "$SELF" "$F" "$*"; exit 1; }
skip() { printf '%s\n' "$*"; exit 77; }

finish() {
	local rc=$?
	trap - EXIT
	trap '' INT TERM HUP # a second one must not cut this short
	set +e
	[[ $rc -eq 0 || $rc -eq 77 ]] || show_trace
	end "$TRACE_PID" "${STARTED[@]}" 2>/dev/null
	[[ -z $NETWORK ]] || "$ROOT/scripts/lab" down "$NETWORK"
	rm -rf "$T"
	if [[ $rc -eq 0 && -n $FAULTS_ONLY ]]; then
		skip "HM_LAB_FAULTS_ONLY: the faults are proven, hopmark was not run"
	fi
	exit "$rc"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

[[ $(id -u) -eq 0 ]] || skip "needs root"

# --- the network ---

# network NAME: this scenario's network, removed at its end.
network() {
	"$ROOT/scripts/lab" up "$1"
	NETWORK=$1
}

ns() { printf '%s-%s' "$HM_LAB_PREFIX" "$1"; }

# at HOST COMMAND...: by nsenter, because `ip netns exec` would hide cgroup2 (see scripts/lab).
at() {
	local host=$1
	shift
	nsenter --net="/run/netns/$(ns "$host")" -- "$@"
}

# Runs its argument for IPv4 and then for IPv6.
both_families() {
	for F in 4 6; do
		"$@"
	done
}

# addr HOST[:SIDE]: an address of this family; of router and proxy the client's side, or :web's.
addr() {
	local net host
	case $NETWORK/$1 in
	*/client) net=1 host=1 ;;
	direct/server | proxied/proxy) net=1 host=2 ;;
	routed/server | proxied/web) net=2 host=2 ;;
	routed/router) net=1 host=254 ;;
	routed/router:web) net=2 host=254 ;;
	proxied/proxy:web) net=2 host=1 ;;
	*) fail "no address for $1 in $NETWORK" ;;
	esac
	if [[ $F == 4 ]]; then
		echo "10.77.$net.$host"
	else
		echo "fd77:$net::$host"
	fi
}

# bracketed ADDRESS: as it stands in a URL
bracketed() { if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi; }

# url HOST PORT [PATH]
url() { echo "http://$(bracketed "$(addr "$1")"):$2/${3-}"; }

loopback() { if [[ $F == 4 ]]; then echo 127.0.0.1; else echo ::1; fi; }

# --- programs ---

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

# within SECONDS COMMAND...: true as soon as it is
within() {
	local until
	until=$(($(date +%s%N) + $1 * 1000000000))
	shift
	until "$@"; do
		[[ $(date +%s%N) -lt $until ]] || return 1
		sleep 0.05
	done
}

listens() { at "$1" ss -Hltn "sport = :$2" | grep -q .; }

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

build_tools() {
	local tool
	mkdir -p "$O/lab"
	for tool in peer rst; do
		if [[ $ROOT/tests/lab/tools/$tool.c -nt $O/lab/$tool ]]; then
			"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$T/$tool" "$ROOT/tests/lab/tools/$tool.c"
			mv "$T/$tool" "$O/lab/$tool"
		fi
	done
}

# start_nginx HOST PORT [LINES OF A SERVER BLOCK]: both families; access log in $T/nginx-PORT.log
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
				listen 0.0.0.0:$2;
				listen [::]:$2 ipv6only=on;
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
	at "$host" curl -gsS -o "$T/answer" -w '%{http_code}' --noproxy '' --max-time 10 "$@" 2>>"$T/log" || true
}

# --- faults, and the proof that they are there ---

# rules HOST HOOK RULE: an nft rule, in which `counter name hits` counts; hook may carry a priority
rules() {
	at "$1" nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain lab { type filter hook $2 priority 0; $3; }
		}
	NFT
}

no_rules() { at "$1" nft delete table inet lab; }

hits() { at "$1" nft -j list counter inet lab hits | jq -r '.nftables[] | .counter? | select(.) | .packets'; }

# Predicates for prove. were_hit HOST [N]: the named counter is at least N
were_hit() { [[ $(hits "$1") -ge ${2:-1} ]]; }
no_hit() { [[ $(hits "$1") -eq 0 ]]; }
rose() { [[ $(at "$1" nstat -asz "$2" | awk -v n="$2" '$1 == n {print $2}') -ge ${3:-1} ]]; } # HOST NAME [N]
same() { [[ $1 == "$2" ]]; }
contains() { grep -qF -- "$2" "$1"; } # FILE TEXT
# unread HOST PORT [BYTES]: a connection to that port holds bytes that nobody read
unread() { [[ $(at "$1" ss -Htn state established "sport = :$2" | awk '{n += $1} END {print n + 0}') -ge ${3:-1} ]]; }
# waiting HOST PORT N: connections in that listener's accept queue
waiting() { [[ $(at "$1" ss -Hltn "sport = :$2" | awk '{print $2}') -ge $3 ]]; }

# prove NAME COMMAND...: the fault is in place, or the test is worth nothing. Waits up to 2 s.
prove() {
	local name=$1
	shift
	within 2 "$@" || { tail -n 20 "$T/log"; fail "the fault is not in place: $name ($*)"; }
}

# --- the trace and its verdict ---

# trace_start HOST ARGUMENTS...: hopmark trace in HOST; back when it watches.
trace_start() {
	local host=$1
	shift
	TRACES=$((TRACES + 1))
	TRACE=$T/trace-$TRACES
	TRACE_PID=
	[[ -z $FAULTS_ONLY ]] || return 0
	nsenter --net="/run/netns/$(ns "$host")" -- "$O/hopmark" trace --json -w "$TRACE.rec" "$@" \
		>"$TRACE.json" 2>"$TRACE.err" </dev/null &
	TRACE_PID=$!
	printf '%s\n' "hopmark trace $*" >"$TRACE.cmd"
	within 10 trace_ready || fail "hopmark did not say that it watches"
}

trace_ready() {
	grep -q '"type":"host"' "$TRACE.json" && return 0
	kill -0 "$TRACE_PID" 2>/dev/null || fail "hopmark ended at once"
	return 1
}

# trace_wait [SECONDS]: until the trace has ended by itself
trace_wait() {
	[[ -z $FAULTS_ONLY ]] || return 0
	within "${1:-15}" gone "$TRACE_PID" || fail "the trace did not end within ${1:-15} s"
	trace_over
}

# trace_stop: as Ctrl-C does; TERM, because a shell without a terminal starts its children deaf to INT
trace_stop() {
	[[ -z $FAULTS_ONLY ]] || return 0
	kill -TERM "$TRACE_PID" 2>/dev/null || fail "the trace had ended before it was stopped"
	trace_wait 5
}

gone() { ! kill -0 "$1" 2>/dev/null; }

trace_over() {
	TRACE_RC=0
	wait "$TRACE_PID" || TRACE_RC=$?
	TRACE_PID=
	jq -es 'all(.[]; .v == 1 and (.type | IN("host", "sighting", "verdict", "stats")))' \
		<"$TRACE.json" >/dev/null || fail "a line of --json is not what it should be"
	REPORT=$TRACE.txt
	"$O/hopmark" report "$TRACE.rec" >"$REPORT" 2>"$TRACE.report-err" || true
	"$O/hopmark" report --json "$TRACE.rec" >"$TRACE.report-json" 2>>"$TRACE.report-err" || true
	same "$(codes "$TRACE.json")" "$(codes "$TRACE.report-json")" ||
		fail "live said $(codes "$TRACE.json"), its recording says $(codes "$TRACE.report-json")"
	! grep -nE '[^ -~]|.{81}' "$REPORT" || fail "the report has lines over 80 columns or not ASCII"
}

codes() { jq -r 'select(.type == "verdict" and .scope == "path") | .code' "$1" | sort | uniq -c | xargs; }

# verdicts KEY=REGEX...: how many path verdicts have all of them; keys as in JSON (at.role, status)
verdicts() {
	local test='.type == "verdict" and .scope == "path"' pair
	for pair; do
		test+=" and ((.${pair%%=*} // \"\") | tostring | test(\"^(${pair#*=})\$\"))"
	done
	jq -s "[.[] | select($test)] | length" <"$TRACE.json"
}

# expect_verdict KEY=REGEX...: there is such a path verdict (n=N: exactly N; exit=N: status), and
# the recording of the same run, reported as text, says so too.
expect_verdict() {
	local pair want='' status='' n code=''
	local -a keys=()
	[[ -z $FAULTS_ONLY ]] || return 0
	for pair; do
		case $pair in
		n=*) want=${pair#n=} ;;
		exit=*) status=${pair#exit=} ;;
		code=*) code=${pair#code=}; keys+=("$pair") ;;
		*) keys+=("$pair") ;;
		esac
	done
	n=$(verdicts "${keys[@]}")
	[[ $n -ge 1 ]] || fail "no verdict $*"
	[[ -z $want || $n -eq $want ]] || fail "$n verdicts, not $want: $*"
	[[ -z $status || $TRACE_RC -eq $status ]] || fail "exit status $TRACE_RC, not $status"
	[[ -z $code ]] || grep -qE "${code^^}" "$REPORT" || fail "the report does not say ${code^^}"
}

# expect_not KEY=REGEX...: verdicts were given, none of them this one
expect_not() {
	[[ -z $FAULTS_ONLY ]] || return 0
	[[ $(verdicts) -ge 1 ]] || fail "no verdict at all"
	[[ $(verdicts "$@") -eq 0 ]] || fail "an innocent twin was judged $*"
}

show_trace() {
	local file
	[[ -n $TRACE ]] || return 0
	for file in cmd err report-err txt; do
		[[ ! -s $TRACE.$file ]] || { echo "--- $file"; head -n 60 "$TRACE.$file"; }
	done
	if [[ -s $TRACE.json ]]; then
		echo "--- verdicts"
		jq -c 'select(.type == "verdict") | del(.legs[]?.hops)' "$TRACE.json" | head -n 12
	fi
	if [[ -s $T/log ]]; then
		echo "--- the programs"
		tail -n 10 "$T/log"
	fi
}
