# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The client does not read for a second: the window closes, and opens again.
PORT=8010
serve() {
	start_nginx server $PORT
	head -c 300000 /dev/zero >"$T/nginx-server-$PORT/big"
}
during() {
	local had
	had=$(counter client TcpExtTCPFromZeroWindowAdv)
	habit pause "$1"
	proves "it all came" same "$1" "$(awk '$1 > 300000' "$T/answer-$KIND" | wc -l)"
	proves "windows opened again" more client TcpExtTCPFromZeroWindowAdv "$had" "$1"
	made "$1"
}
