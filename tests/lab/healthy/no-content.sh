# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Answers without a body: 204 and 304.
PORT=8018
serve() { start_nginx server $PORT 'location /none { return 204; }'; }
during() {
	curls 204 "$1" -H 'Connection: close' "$(url server $PORT "none?$(mark "[1-$1]")")"
	curls 304 "$1" -H 'If-None-Match: *' -H 'Connection: close' "$(url server $PORT "index.html?$(mark "[1-$1]")")"
	made $((2 * $1))
}
