# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The answer takes three seconds: long polling.
PORT=8016
BESIDE=yes
serve() { scripted 'sleep 3; printf "HTTP/1.0 200 OK\r\n\r\nnews\n"'; }
during() {
	local i pids=()
	for ((i = 0; i < $1; i++)); do
		at client curl -gsS -o "$T/poll-$i" "$(url server $PORT "$(mark $i)")" 2>>"$T/log" &
		pids+=("$!")
	done
	wait "${pids[@]}"
	for ((i = 0; i < $1; i++)); do proves "an answer" contains "$T/poll-$i" news; done
	made "$1"
}
