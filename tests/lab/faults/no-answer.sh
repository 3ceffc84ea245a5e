# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application reads the request and never answers.
# cause: 43
# client: no-answer beyond one-sided
# middle: no-answer beyond one-sided
# server: no-answer application likely
# all: no-answer application likely
setup() { start_peer server mute 80; }
traffic() { prove "curl had no answer" same 000 "$(fetch client -m 3 "$(url server 80 amazinggrace)")"; }
