# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application is stopped while it reads, its receive window closes, and the marker waits at the client.
# cause: 41
# client: zero-window beyond one-sided
# middle: zero-window beyond one-sided
# server: zero-window application proven
# all: zero-window application proven
# shellcheck source=tests/lab/lib/window.sh
. "$ROOT/tests/lab/lib/window.sh"

setup() {
	start server socat -u "TCP6-LISTEN:80,ipv6only=0,reuseaddr,fork=0" OPEN:/dev/null
	ready server 80
	READER=$PID
}
reads() { rose server TcpInSegs 100; }
traffic() {
	count_closed
	upload 2000000000 &
	prove "it reads" reads
	kill -STOP "$READER"
	fault_is_there
	wait $!
	kill -CONT "$READER"
}
