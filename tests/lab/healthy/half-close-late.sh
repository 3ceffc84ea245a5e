# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The client closes its side with the request, and the answer comes later.
PORT=8004
BESIDE=yes
serve() { scripted 'sleep 0.7; printf "HTTP/1.0 200 OK\r\n\r\nlate\n"'; }
during() {
	local i pids=()
	for ((i = 0; i < $1; i++)); do
		printf 'GET /%s HTTP/1.0\r\n\r\n' "$(mark $i)" | at client nc.openbsd -N "$(addr server)" $PORT >"$T/late-$i" 2>>"$T/log" &
		pids+=("$!")
	done
	wait "${pids[@]}"
	for ((i = 0; i < $1; i++)); do proves "an answer" contains "$T/late-$i" late; done
	made "$1"
}
