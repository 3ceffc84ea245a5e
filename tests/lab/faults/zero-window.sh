# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application never reads, its receive window closes, and the marker waits at the client.
# cause: 41
# client: zero-window beyond one-sided
# middle: zero-window beyond one-sided
# server: zero-window application proven
# all: zero-window application proven
# shellcheck source=tests/lab/lib/window.sh
. "$ROOT/tests/lab/lib/window.sh"

setup() { start_peer server hold 80; }
traffic() {
	count_closed
	upload 20000000 &
	fault_is_there
	wait $!
}
