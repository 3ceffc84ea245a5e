# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# A log line that nobody answers: the client sends it and closes, then the server does.
PORT=8030
serve() {
	: >"$T/lines"
	start server socat -u "TCP6-LISTEN:$PORT,ipv6only=0,reuseaddr,fork" "OPEN:$T/lines,append"
	ready server $PORT
}
has_lines() { [[ $(grep -c -- "-$ROUND-$F-" "$T/lines") -eq $1 ]]; }
during() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '<13>lab: %s\n' "$(mark "$i")" | at client nc.openbsd -N "$(addr server)" $PORT >>"$T/log" 2>&1
	done
	proves "the lines are there" has_lines "$1"
	made "$1"
}
