# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Requests that are not answered yet when the trace ends, and both ends wait: nobody can be told healthy,
# and nobody is blamed.
PORT=8038
UNKNOWN='both ends wait'
serve() { scripted 'sleep 300'; }
during() {
	local i
	for ((i = 0; i < $1; i++)); do
		start client curl -sS "$(url server $PORT "$(mark $i)")"
		WAITING+=("$PID")
	done
	proves "they are open" are_open
	made "$1"
}
are_open() { [[ $(at server ss -Htn state established "sport = :$PORT" | wc -l) -ge ${#WAITING[@]} ]]; }
before() { WAITING=(); }
after() { end "${WAITING[@]}"; }
