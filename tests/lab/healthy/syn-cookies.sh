# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The server remembers nothing of a SYN.
PORT=8009
serve() { start_nginx server $PORT; }
during() {
	local had
	had=$(counter server TcpExtSyncookiesRecv)
	at server sysctl -qw net.ipv4.tcp_syncookies=2
	curls 404 "$1" -H 'Connection: close' "$(url server $PORT "$(mark "[1-$1]")")"
	at server sysctl -qw net.ipv4.tcp_syncookies=1
	# Not of each: a SYN that meets a TIME_WAIT is given its number by that.
	proves "cookies came back" more server TcpExtSyncookiesRecv "$had" $((($1 + 1) / 2))
	made "$1"
}
