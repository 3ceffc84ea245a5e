# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The router's firewall resets the connection in the server's name once it has seen the marker.
# cause: 13
# client: closed-by-application beyond one-sided
# middle: rejected-by-firewall host proven
# server: connected none proven
# server: marker-not-seen unknown one-sided
# all: rejected-by-firewall host proven
setup() {
	start_peer server mute 80
	rules router forward "tcp dport 80 tcp flags psh counter name hits reject with tcp reset"
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "the rule was hit" were_hit router
}
