# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A program of the router takes each segment with payload away, and the kernel names no drop.
# cause: 16
# client: inconclusive unknown one-sided
# middle: inconclusive unknown one-sided
# server: connected none proven
# server: marker-not-seen unknown one-sided
# ends: marker-lost network proven
# all: inconclusive unknown one-sided
setup() {
	start_peer server mute 80
	foreign router eth0 clsact-in-9 stolen-data 80
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the client repeated it" rose client TcpRetransSegs 3
	prove "the server has none of it" no unread server 80
}
