# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The client closes its side with the request (nc -N), and reads the answer.
PORT=8003
serve() { start_nginx server $PORT; }
during() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf 'GET /%s HTTP/1.0\r\n\r\n' "$(mark $i)" | at client nc.openbsd -N "$(addr server)" $PORT >"$T/answer-$KIND" 2>>"$T/log"
		proves "an answer" contains "$T/answer-$KIND" '404 Not Found'
	done
	made "$1"
}
