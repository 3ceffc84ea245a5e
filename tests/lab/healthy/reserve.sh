# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# A browser's connection in reserve, which the server closes without having got a byte.
PORT=8024
BESIDE=yes
serve() { start_nginx server $PORT 'client_header_timeout 1s;'; }
during() {
	habit reserve "$1"
	made "$1"
}
