# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Somebody on the router resets what asks for a certain name in TLS.
# cause: 58
# client: reset-injected policy likely
# middle: reset-injected policy likely
# server: delivered none proven
# all: reset-injected policy proven
PORT=443
LOOK=(-m forbidden.example "port 443")
setup() {
	start_peer server mute 443 # which does not answer before the reset does
	: >"$T/log"
	start router "$RST" 443 forbidden.example 200
	prove "the injector is ready" contains "$T/log" ready
}
traffic() {
	prove "curl got nothing" same 000 "$(fetch client -m $((5 * ${HM_SLOW:-1})) -k --connect-to "::$(bracketed "$(addr server)"):443" https://forbidden.example/)"
	prove "the router sent a RST" contains "$T/log" injected
}
