# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The router loses one packet in a hundred each way, by chance, and TCP repairs it.
PORT=8012
serve() {
	start_nginx server $PORT
	head -c 100000 /dev/zero >"$T/nginx-server-$PORT/big"
}
sent_again() { echo $(($(counter client TcpRetransSegs) + $(counter server TcpRetransSegs))); }
during() {
	local had n=0
	had=$(sent_again)
	segments_of client 1
	segments_of server 1
	rules router forward "tcp sport $PORT numgen random mod 100 == 7 counter name hits drop
		tcp dport $PORT numgen random mod 100 == 7 counter name hits drop"
	while ((n == 0)) || { ((n < 50 * $1)) && ! were_hit router 2; }; do # a few packets may all be lucky
		curls 200 "$1" -H 'Connection: close' "$(url server $PORT "big?$(mark "[1-$1]")")"
		n=$((n + $1))
	done
	proves "packets were lost" were_hit router 2
	proves "they were sent again" test "$(sent_again)" -gt "$had"
	no_rules router
	segments_of client 65535
	segments_of server 65535
	made "$n"
}
