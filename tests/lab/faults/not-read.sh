# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application accepts and never reads.
# cause: 40
# client: acknowledged none proven
# middle: acknowledged none proven
# server: not-read application proven
# all: not-read application proven
setup() { start_peer server hold 80; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 4 &
	prove "the bytes wait in the receive queue" unread server 80 10
	wait $!
}
