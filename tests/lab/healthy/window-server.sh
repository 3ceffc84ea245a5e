# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# An upload to a server that does not read for a second.
PORT=8011
serve() {
	head -c 1000000 /dev/zero >"$T/upload"
	scripted 'sleep 1; head -c 1000000 >/dev/null; printf "HTTP/1.0 200 OK\r\n\r\nread\n"' rcvbuf=8192
}
during() {
	local had i pids=()
	had=$(counter server TcpExtTCPFromZeroWindowAdv)
	for ((i = 0; i < $1; i++)); do
		at client curl -gsS -H Expect: --data-binary "@$T/upload" -o "$T/read-$i" "$(url server $PORT "$(mark $i)")" 2>>"$T/log" &
		pids+=("$!")
	done
	wait "${pids[@]}"
	for ((i = 0; i < $1; i++)); do proves "an answer" contains "$T/read-$i" read; done
	proves "windows opened again" more server TcpExtTCPFromZeroWindowAdv "$had" "$1"
	made "$1"
}
