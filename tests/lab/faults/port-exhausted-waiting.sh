# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# All of the client's local ports led to the server, and wait for a minute: too short a time to begin
# looking in every place on a slow machine. What the others see is what they see of port-exhausted.
# cause: 2
# client: port-exhausted host proven
# all: port-exhausted host proven
# shellcheck source=tests/lab/lib/full.sh
. "$ROOT/tests/lab/lib/full.sh"
PORTS=10

setup() {
	few_ports
	leave_waiting
}
traffic() {
	try "$(addr server)" 80
	prove "connect(2) failed for want of a port" contains "$T/log" "assign requested address"
}
