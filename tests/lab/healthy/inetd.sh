# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# One process accepts, another reads: socat leaves the connection to a shell, as inetd does.
PORT=8037
serve() {
	# shellcheck disable=SC2016 # the script's
	printf '%s\n' 'read -r line; printf "HTTP/1.0 200 OK\r\n\r\nserved\n"' >"$T/inetd"
	start server socat "TCP6-LISTEN:$PORT,ipv6only=0,reuseaddr,fork" "EXEC:sh $T/inetd,nofork"
	ready server $PORT
}
during() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf 'GET /%s HTTP/1.0\r\n' "$(mark $i)" | at client nc.openbsd "$(addr server)" $PORT >"$T/answer-$KIND" 2>>"$T/log"
		proves "an answer" contains "$T/answer-$KIND" served
	done
	made "$1"
}
