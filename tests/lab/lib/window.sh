# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A reader at port 80 of the server that takes nothing, and what is written for it until its receive window
# closes. Sourced by the scenarios and the faults that need it, after lib.sh.

upload() { # BYTES NC-ARGUMENTS...: so many, and the marker behind them
	local bytes=$1
	shift
	{ head -c "$bytes" /dev/zero | tr '\0' x; echo amazinggrace; } |
		at client timeout $((4 * ${HM_SLOW:-1})) nc.openbsd -w 6 "$@" "$(addr server)" 80 >"$T/answer" 2>>"$T/log" || true
}
# At the client: its socket holds bytes, and the kernel asks for room (persist timer)
client_asks() { at client ss -Htno state established "dport = :80" | grep -q 'timer:(persist'; }
marker_waits() { [[ $(at client ss -Htn state established "dport = :80" | awk '{n += $2} END {print n + 0}') -ge ${1:-1} ]]; }
# count_closed: before it; closed: the server has said since that it takes no more
count_closed() { HAD=$(counter server TcpExtTCPToZeroWindowAdv); }
closed() { rose server TcpExtTCPToZeroWindowAdv "$((HAD + 1))"; }

fault_is_there() {
	prove "the server's window is closed" closed
	prove "its socket is full" unread server 80 10000
	prove "the client's kernel waits for room" client_asks
	prove "the marker waits in its socket" marker_waits 13
}
