# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application is killed (SIGKILL) with the request in hand.
# cause: 45
# client: closed-by-application beyond one-sided
# middle: closed-by-application beyond one-sided
# server: closed-by-application application likely
# all: closed-by-application application likely
setup() { start_peer server mute 80; }
connected() { at server ss -Htnp state established "sport = :80" | grep -q peer; }
traffic() {
	fetch client -m 4 "$(url server 80 amazinggrace)" >"$T/status" &
	local curl=$!
	prove "the application has it" connected
	sleep 0.5
	kill -KILL "$PID"
	wait "$curl"
	prove "curl had no answer" contains "$T/status" 000
}
