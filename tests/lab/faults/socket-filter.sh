# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The listener has a socket filter that lets nothing pass.
# cause: 50
# client: syn-unanswered beyond one-sided
# middle: syn-unanswered beyond one-sided
# server: dropped-by-bpf host likely
# all: dropped-by-bpf host likely
setup() { start_peer server deaf 80; }
traffic() {
	prove "curl got nothing" same 000 "$(fetch client -m 5 "$(url server 80 amazinggrace)")"
}
