# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's listener wants TCP MD5 signatures, which the client does not make.
# cause: 49
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-other host proven
# all: dropped-other host proven
setup() { start_peer server signed 80 0 client 0; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the server misses a signature" rose server TcpExtTCPMD5NotFound 3
}
