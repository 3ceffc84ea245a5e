# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Tables and queues of the kernel that have no room: connection tracking's, a listener's queue of unfinished
# handshakes, the local ports. Sourced by the scenarios and the faults that need it, after lib.sh.

# --- connection tracking: the limit is the same in all namespaces, but each counts by itself ---

ENTRIES=$O/lab/entries

has_conntrack() {
	modprobe nf_conntrack 2>/dev/null || true # where it is a module that nothing has asked for yet
	LIMIT=$(cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null) || skip "no conntrack in this kernel"
}

entries() { at "$1" cat /proc/sys/net/netfilter/nf_conntrack_count; }
is_full() { [[ $(entries "$1") -ge $LIMIT ]]; }
has_room() { [[ $(entries "$1") -lt $LIMIT ]]; }

# dropped HOST: what its table had no room for, over all CPUs
dropped() {
	local -a word
	local column='' sum=0 i
	while read -ra word; do
		if [[ -n $column ]]; then
			sum=$((sum + 16#${word[column]}))
			continue
		fi
		for i in "${!word[@]}"; do [[ ${word[i]} != drop ]] || column=$i; done
	done < <(at "$1" cat /proc/self/net/stat/nf_conntrack)
	echo "$sum"
}
has_dropped() { [[ $(dropped "$1") -ge $2 ]]; }
has_not_dropped() { [[ $(dropped "$1") -eq $2 ]]; }

# fill_table HOST [N]: but for N places; a rule there must have conntrack look at what passes
fill_table() {
	build_tools
	at "$1" "$ENTRIES" $((LIMIT - $(entries "$1") - ${2:-0}))
}
empty_table() { at "$1" "$ENTRIES" flush; }

# full_table HOST HOOK: it has no room left, and a rule that takes nothing has it look at what passes
full_table() {
	rules "$1" "$2" "ct state invalid counter name hits drop"
	fill_table "$1"
	prove "the table is full" is_full "$1"
	BEFORE=$(dropped "$1")
}
# found_no_room HOST: so what came since was dropped, twice at least
found_no_room() {
	prove "the table had no room" has_dropped "$1" $((BEFORE + 2))
	prove "the rule was not hit" no_hit "$1"
}

# --- unfinished handshakes ---

halves() { [[ $(at server ss -Htn state syn-recv sport = :80 | wc -l) -ge $1 ]]; }

begin_half() { # SOURCE-PORT
	start client socat -u /dev/null "TCP$F:$(bracketed "$(addr server)"):80,sourceport=$1"
}

# half_open N: handshakes that are not ended, as their SYN-ACKs do not come to the client's TCP. Their
# processes are HALVES, their ports none of those that the kernel picks. The server waits for them longer
# than the minute that a busy host may take.
half_open() {
	local i
	HALVES=()
	at server sysctl -qw net.ipv4.tcp_synack_retries=8
	rules client input "tcp sport 80 tcp dport 20000-20099 counter name hits drop"
	for ((i = 0; i < $1; i++)); do
		begin_half $((20000 + i))
		HALVES+=("$PID")
	done
	prove "$1 handshakes wait for their end" halves "$1"
}

# Some kernels take as many as the backlog says, newer ones one more; what then comes is counted.
one_more() {
	local had halves
	had=$(counter server TcpExtListenDrops)
	halves=$(at server ss -Htn state syn-recv sport = :80 | wc -l)
	begin_half 20050
	prove "one more came" came_too
}
came_too() { halves $((halves + 1)) || [[ $(counter server TcpExtListenDrops) -gt $had ]]; }

# --- the client's local ports, of which PORTS are left ---

local_ports() { at client sysctl -qw net.ipv4.ip_local_port_range="$1 $2"; } # FIRST LAST
few_ports() {
	local_ports 40000 $((40000 + PORTS - 1))
	at client sysctl -qw net.ipv4.tcp_tw_reuse=0
}

# leading STATE: the client's sockets in that state that lead to port 80 of the server
leading() { at client ss -Htan state "$1" dst "$(bracketed "$(addr server)"):80" | wc -l; }
all_taken() { [[ $(leading "$1") -ge $PORTS ]]; }

use_up() {
	start_peer server listen 80 100
	ON=$(addr server) start_peer client fill 80 "$PORTS"
	prove "all local ports lead there" all_taken established
}

# Who closes first keeps the port for a minute.
leave_waiting() {
	start_peer server poll 80
	at client sh -c "for i in \$(seq $PORTS); do nc.openbsd -z $(addr server) 80; done"
	prove "all local ports wait" all_taken time-wait
}

# try ADDRESS PORT [OPTION]: socat says in the log why it failed
try() {
	: >"$T/log"
	at client timeout 3 socat -u /dev/null "TCP$F:$(bracketed "$1"):$2${3-}" 2>>"$T/log" || true
}
