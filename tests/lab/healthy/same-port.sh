# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# One connection after another from one port: each SYN meets the TIME_WAIT of the one before.
PORT=8025
serve() { start_nginx server $PORT; }
during() {
	habit same-port "$1" $((20000 + F * 100 + ROUND))
	made "$1"
}
