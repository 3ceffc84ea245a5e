# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# While the connection is idle the router forgets it, and then resets it.
# cause: 23
# client: closed-by-application beyond one-sided
# middle: rejected-by-firewall host proven
# server: connected none proven
# server: marker-not-seen unknown one-sided
# all: rejected-by-firewall host proven
established() { at client ss -Htn state established "dport = :80" | grep -q .; }
setup() { start_peer server poll 80 0; }
traffic() {
	local nc
	mkfifo "$T/pipe"
	at client nc.openbsd "$(addr server)" 80 <"$T/pipe" >"$T/answer" 2>>"$T/log" &
	nc=$!
	exec 3>"$T/pipe"
	prove "the connection is there" established
	rules router forward "tcp dport 80 counter name hits reject with tcp reset"
	sleep 1
	env printf 'GET /amazinggrace HTTP/1.0\r\n\r\n' >&3
	sleep 8
	exec 3>&-
	end "$nc"
	prove "the router reset it" were_hit router
	prove "there was no answer" test ! -s "$T/answer"
}
