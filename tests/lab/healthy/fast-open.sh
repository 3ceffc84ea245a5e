# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The request comes in the SYN: TCP Fast Open.
PORT=8008
serve() {
	at client sysctl -qw net.ipv4.tcp_fastopen=3
	at server sysctl -qw net.ipv4.tcp_fastopen=3
	LISTEN=fastopen=256 start_nginx server $PORT
}
during() {
	local had
	curls 404 1 --tcp-fastopen "$(url server $PORT "$(mark cookie)")"
	had=$(counter server TcpExtTCPFastOpenPassive)
	curls 404 "$1" --tcp-fastopen -H 'Connection: close' "$(url server $PORT "$(mark "[1-$1]")")"
	proves "the requests came in SYNs" more server TcpExtTCPFastOpenPassive "$had" "$1"
	made $(($1 + 1))
}
