# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Connections older than the trace, on which requests come during it.
PORT=8014
serve() { start_nginx server $PORT; }
open_ones() { # N
	hold "older-$F" "$1"
	OLDER[F]=$FD
}
before() { both_families open_ones "$1"; }
during() {
	echo ask >&"${OLDER[F]}"
	proves "they were answered" contains "$T/hold-older-$F" answered
	let_go "${OLDER[F]}"
	made "$1"
}
