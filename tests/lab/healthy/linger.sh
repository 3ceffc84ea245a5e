# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# A server that answers and closes with SO_LINGER 0.
PORT=8007
serve() {
	F=6
	ON='::' start_peer server linger0 $PORT 20
}
during() {
	local had i
	had=$(counter server TcpOutRsts)
	for ((i = 0; i < $1; i++)); do
		curls 200 1 "$(url server $PORT "$(mark $i)")"
	done
	proves "the server sent resets" more server TcpOutRsts "$had" "$1"
	made "$1"
}
