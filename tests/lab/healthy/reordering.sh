# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# One packet in ten may wait on the router, while others overtake it.
PORT=8013
serve() {
	start_nginx server $PORT
	head -c 100000 /dev/zero >"$T/nginx-server-$PORT/big"
}
during() {
	local had
	had=$(counter client TcpExtTCPOFOQueue)
	segments_of client 1
	segments_of server 1
	slow_lane 2mbit "tcp sport $PORT numgen random mod 10 < 1" "tcp dport $PORT numgen random mod 10 < 1"
	curls 200 "$1" -H 'Connection: close' "$(url server $PORT "big?$(mark "[1-$1]")")"
	no_slow_lane
	segments_of client 65535
	segments_of server 65535
	proves "packets came out of order" more client TcpExtTCPOFOQueue "$had"
	made "$1"
}
