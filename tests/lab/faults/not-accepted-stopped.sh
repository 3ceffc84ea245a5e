# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application is stopped (SIGSTOP) before the client comes.
# cause: 39
# client: acknowledged none proven
# middle: acknowledged none proven
# server: not-accepted application proven
# all: not-accepted application proven
stopped() { [[ $(awk '/^State/ {print $2}' "/proc/$1/status") == T ]]; }
setup() {
	start_peer server mute 80
	kill -STOP "$PID"
	prove "it is stopped" stopped "$PID"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "it waits in the accept queue" waiting server 80 1
}
at_end() { kill -CONT "$PID"; }
