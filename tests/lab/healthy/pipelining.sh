# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Three requests in one segment, and their answers in order.
PORT=8002
serve() { start_nginx server $PORT; }
during() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf 'GET /%s HTTP/1.1\r\nHost: lab\r\n%s\r\n' "$(mark $i-1)" '' "$(mark $i-2)" '' "$(mark $i-3)" $'Connection: close\r\n' |
			at client nc.openbsd "$(addr server)" $PORT >"$T/answer-$KIND" 2>>"$T/log"
		proves "three answers" same 3 "$(grep -c '404 Not Found.$' "$T/answer-$KIND")"
	done
	made "$1"
}
