# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# Through HAProxy, which opens a connection of its own for each request.
PORT=8020
serve() {
	start_nginx server 8120
	F=4 start_haproxy router $PORT server 8120
}
during() {
	curls 404 "$1" -H 'Connection: close' "$(url router $PORT "$(mark "[1-$1]")")"
	made "$1" $PORT 'client router all'
	made "$1" 8120 'router server all'
}
