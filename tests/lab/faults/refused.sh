# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Nobody listens on the port: this kernel resets the request.
# cause: 33
# client: refused beyond one-sided
# middle: refused beyond one-sided
# server: refused application proven
# all: refused application proven
PORT=8181
setup() { prove "nobody listens" no listens server $PORT; }
traffic() {
	send client amazinggrace "$(addr server)" $PORT
	prove "the server's kernel sent a RST" rose server TcpOutRsts
}
