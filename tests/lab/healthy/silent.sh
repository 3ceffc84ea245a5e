# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# A browser's connection in reserve, which it closes, or resets, without a byte.
PORT=8023
serve() { start_nginx server $PORT; }
during() {
	habit silent "$1"
	habit silent-reset "$1"
	made $((2 * $1))
}
