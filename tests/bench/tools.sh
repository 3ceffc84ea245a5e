# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The tools that tests/bench/run compares, at eth0 of the server. For each NAME of TOOLS there is
# start_NAME, back when it looks, and stop_NAME, which sets what it says of itself: FOUND markers,
# LOST packets (null: it does not say). Sourced after lib.sh and lib/load.sh.
#
# shellcheck disable=SC2034 # for those who source it

TOOLS=(none tc_empty outside hopmark depth xdp_empty xdp tcpdump_xx tcpdump_a ngrep iptables)
MARKER=amazinggrace
PIDS=() # of the tool, the first being what looks at packets
FOUND=null
LOST=null

# knows OPTION: this hopmark has it
knows() { "$HOPMARK" trace --help | grep -q -- "$1"; }

# there TOOL: it can be run here
there() {
	case $1 in
	depth) knows --depth ;;
	tcpdump_*) command -v tcpdump ;;
	xdp) [[ -z ${NO_XDP-} ]] ;;
	*) command -v "$1" || [[ $(type -t "start_$1") == function ]] ;;
	esac >/dev/null
}

background() { # COMMAND...: on the server; words on stderr to $T/tool.err
	nsenter --net="/run/netns/$(ns server)" -- env --default-signal=INT "$@" 2>"$T/tool.err" </dev/null &
	PIDS+=("$!")
	STARTED+=("$!")
}

fresh() {
	PIDS=()
	rm -f "$T/tool.err" "$T/tool.out" "$T/pipe"
}

said() { grep -qs -- "$1" "$T/tool.err"; }

# --- no tool: how alike two streams are ---

start_none() { fresh; }
stop_none() { FOUND=null LOST=null; }

# --- hopmark ---

start_with() { # ARGUMENTS...
	fresh
	TRACE=$T/tool
	background "$HOPMARK" trace --json -m $MARKER -i eth0 "$@" >"$T/tool.out"
	TRACE_PID=${PIDS[0]}
	within 10 said '^hopmark: watching' || fail "hopmark $* does not watch: $(cat "$T/tool.err")"
}

stop_hopmark() {
	kill -INT "${PIDS[0]}"
	within 20 gone "${PIDS[0]}" || fail "hopmark did not end"
	wait "${PIDS[0]}" || true
	TRACE_PID=
	# each marker once, however many hops saw it; and none that was not sent
	sed -nE '/"what":"marker"/ s/.*"src":"[^"]*:([0-9]*)".*"marker_seq":([0-9]*).*/\1 \2/p' "$T/tool.out" | sort -u >"$T/found"
	FOUND=$(sort "$T/sent" | comm -12 - "$T/found" | wc -l)
	[[ $(wc -l <"$T/found") -eq $FOUND ]] || fail "hopmark told markers that were not sent"
	LOST=$(tail -n 1 "$T/tool.out" | jq '[.limited, .lost_ring, .lost_map, .lost_hop, .lost_note, .lost_busy, .not_inspected] | add')
}

start_hopmark() { start_with port 80; }
start_outside() { start_with port 9; }
start_depth() { start_with --depth 16384 port 80; }
start_xdp() { start_with --xdp port 80; }
stop_outside() { stop_hopmark; FOUND=null; }
stop_depth() { stop_hopmark; FOUND=null; } # a stream goes one way: all of it is one turn
stop_xdp() { stop_hopmark; }

# --- what a place for programs costs by itself ---

start_tc_empty() { fresh; foreign server eth0 tcx-in-first empty; }
stop_tc_empty() { end "$FOREIGN"; FOUND=null LOST=null; }

start_xdp_empty() { fresh; at server ip link set dev eth0 xdpdrv obj "$(strangers)" sec xdp; }
stop_xdp_empty() { at server ip link set dev eth0 xdpdrv off; FOUND=null LOST=null; }

# --- capturing and searching in user space ---

# counting PATTERN COMMAND...: it writes into a pipe from which grep counts the lines that match
counting() {
	fresh
	mkfifo "$T/pipe"
	grep -ac "$1" <"$T/pipe" >"$T/tool.out" &
	local counter=$!
	background "${@:2}" >"$T/pipe"
	PIDS+=("$counter")
	STARTED+=("$counter")
}

counted() {
	kill -INT "${PIDS[0]}"
	within 20 gone "${PIDS[0]}" || fail "${PIDS[0]} did not end"
	wait "${PIDS[@]}" || true
	FOUND=$(cat "$T/tool.out")
	LOST=null
}

start_tcpdump() { # OPTION
	counting $MARKER tcpdump -nn "$1" -i eth0 tcp port 80
	within 10 said 'listening on' || fail "tcpdump does not listen: $(cat "$T/tool.err")"
}

stop_tcpdump() {
	counted
	LOST=$(sed -n 's/ packets* dropped by kernel$//p' "$T/tool.err")
}

start_tcpdump_xx() { start_tcpdump -XX; }
start_tcpdump_a() { start_tcpdump -A; }
stop_tcpdump_xx() { stop_tcpdump; }
stop_tcpdump_a() { stop_tcpdump; }

packet_socket() { at server cat /proc/net/packet | awk 'NR > 1 && $6 == 1 {found = 1} END {exit !found}'; }

# With -q, as one has to use it, it does not say what it lost.
start_ngrep() {
	counting "^T .*$MARKER" ngrep -q -W single -d eth0 $MARKER tcp port 80
	within 10 packet_socket || fail "ngrep does not listen: $(cat "$T/tool.err")"
	sleep 0.1
}
stop_ngrep() { counted; }

# --- in the kernel, by the firewall ---

start_iptables() {
	fresh
	at server iptables -t raw -A PREROUTING -i eth0 -p tcp --dport 80 -m string --algo bm --string $MARKER
}

stop_iptables() {
	FOUND=$(at server iptables -t raw -vnxL PREROUTING | awk '/STRING match/ {print $1}')
	LOST=0
	at server nft delete table ip raw
}

# --- what a tool takes ---

# Nanoseconds of CPU of its processes so far
cpu_ns() {
	local pid ns sum=0
	for pid in "${PIDS[@]}"; do
		read -r ns _ <"/proc/$pid/schedstat"
		sum=$((sum + ns))
	done
	echo "$sum"
}

# Until it has nothing to do any more. tcpdump is told of the last packets after a second.
settle() {
	local before='' now tries
	[[ ${#PIDS[@]} -gt 0 ]] || return 0
	[[ $1 != tcpdump* ]] || sleep 1.1
	for ((tries = 0; tries < 50; tries++)); do
		now=$(cpu_ns)
		[[ -z $before || $((now - before)) -gt 500000 ]] || return 0
		before=$now
		sleep 0.15
	done
}

# Resident KB of its processes, hopmark's with its maps in the kernel
memory() {
	local pid kb sum=0 all
	if [[ -n $TRACE_PID ]]; then
		all=$(maps)
		echo $(($(own_kb) + ${all% *}))
		return
	fi
	for pid in "${PIDS[@]}"; do
		kb=$(awk '/^VmHWM:/ {print $2}' "/proc/$pid/status")
		sum=$((sum + kb))
	done
	echo "$sum"
}

# Nanoseconds that its BPF programs took while the kernel counted them
bpf_ns() {
	local ids=0
	[[ -z $TRACE_PID ]] ||
		ids=$({ cat "/proc/$TRACE_PID/fdinfo"/* 2>/dev/null || true; } | awk '/^prog_id:/ {print $2}' | sort -u | paste -sd,)
	bpftool -j prog show | jq "[.[] | select(.id | IN($ids)) | .run_time_ns // 0] | add // 0"
}
