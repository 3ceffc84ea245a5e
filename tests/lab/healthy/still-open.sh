# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Connections that are open when the trace ends: answered, and held in reserve.
PORT=8015
serve() { start_nginx server $PORT 'keepalive_timeout 300; client_header_timeout 300;'; }
before() { OPEN=(); }
during() {
	hold answered "$1"
	echo ask >&"$FD"
	proves "they were answered" contains "$T/hold-answered" answered
	OPEN+=("$FD")
	hold reserve "$1"
	OPEN+=("$FD")
	made $((2 * $1))
}
after() { let_go "${OPEN[@]}"; }
