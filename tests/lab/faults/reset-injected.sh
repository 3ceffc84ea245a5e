# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Somebody on the router resets the connection in the server's name, with a TTL of its own.
# cause: 13
# client: reset-injected policy likely
# middle: reset-injected policy likely
# server: inconclusive unknown one-sided
# all: reset-injected policy proven
setup() {
	start_peer server mute 80
	rules server output "tcp sport 80 tcp flags & rst == rst counter name hits accept"
	: >"$T/log"
	start router "$RST" 80 amazinggrace 200
	prove "the injector is ready" contains "$T/log" ready
}
traffic() {
	prove "curl got nothing" same 000 "$(fetch client -m 5 "$(url server 80 amazinggrace)")"
	prove "the router sent a RST" contains "$T/log" injected
	prove "the client's kernel took it" rose client TcpEstabResets
	prove "the server sent none" no_hit server
}
