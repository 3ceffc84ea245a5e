# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# A browser whose user leaves amid a download: the kernel resets what nobody will read.
PORT=8006
serve() {
	start_nginx server $PORT
	head -c 3000000 /dev/zero >"$T/nginx-server-$PORT/big"
}
during() {
	local had
	had=$(counter client TcpExtTCPAbortOnClose)
	habit leave "$1"
	proves "unread bytes were thrown away" more client TcpExtTCPAbortOnClose "$had" "$1"
	made "$1"
}
