# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# One connection after another from one port, each ended by a RST: nothing of the one before is left.
PORT=8036
serve() { start_nginx server $PORT; }
during() {
	local had
	had=$(counter server TcpEstabResets)
	habit same-port-reset "$1" $((21000 + F * 100 + ROUND))
	proves "the server took the resets" more server TcpEstabResets "$had" "$1"
	made "$1"
}
