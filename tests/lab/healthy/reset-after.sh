# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# A browser that ends its connection with a RST when it has its answer.
PORT=8005
serve() { start_nginx server $PORT; }
during() {
	local had
	had=$(counter server TcpEstabResets)
	habit reset-after "$1"
	proves "the server took the resets" more server TcpEstabResets "$had" "$1"
	made "$1"
}
