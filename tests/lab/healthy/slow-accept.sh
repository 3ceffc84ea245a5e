# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The accept queue overflows, the SYN is sent again, and then there is room.
PORT=8026
BESIDE=yes
serve() { scripted 'read -r l; sleep 0.1; printf "HTTP/1.0 200 OK\r\n\r\nok\n"' backlog=1,max-children=1; }
# Five at a time: two of them wait, and no SYN has to be sent a third time.
five() {
	local i pids=()
	for i in 1 2 3 4 5; do
		at client curl -gsS -o "$T/accepted-$i" "$(url server $PORT "$(mark "$1-$i")")" 2>>"$T/log" &
		pids+=("$!")
	done
	wait "${pids[@]}"
	for i in 1 2 3 4 5; do proves "an answer" contains "$T/accepted-$i" ok; done
	made 5
}
during() {
	local had n
	had=$(counter server TcpExtListenOverflows)
	for ((n = 0; n < $1; n += 5)); do five "$n"; done
	proves "the queue was over its limit" more server TcpExtListenOverflows "$had"
}
