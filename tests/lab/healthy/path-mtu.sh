# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The way is narrower than the server thinks: the router says so (ICMP), and smaller segments pass.
PORT=8028
serve() {
	start_nginx server $PORT
	head -c 100000 /dev/zero >"$T/nginx-server-$PORT/big"
}
too_big() { echo $(($(counter router IcmpOutDestUnreachs) + $(counter router Icmp6OutPktTooBigs))); }
during() {
	local had
	had=$(too_big)
	at server ip route flush cache
	at server ip -6 route flush cache
	at router ip route add "$(addr client)" dev eth0 mtu lock 1300
	curls 200 "$1" -H 'Connection: close' "$(url server $PORT "big?$(mark "[1-$1]")")"
	at router ip route del "$(addr client)" dev eth0
	proves "the router said so" test "$(too_big)" -gt "$had"
	made "$1"
}
