# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Five requests on each connection, which nginx then closes.
PORT=8001
serve() { start_nginx server $PORT 'keepalive_requests 5;'; }
during() {
	curls 404 $((5 * $1)) "$(url server $PORT "$(mark "[1-$((5 * $1))]")")"
	made "$1"
}
