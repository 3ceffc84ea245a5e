# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The application behind nginx reads the request and never answers; nginx gives up.
# cause: 52
# client: http-error beyond one-sided
# middle: proxy-upstream-failed beyond one-sided
# server: no-answer application likely
# all: proxy-upstream-failed application likely
NET=proxied
LOOK=(-m amazinggrace)

setup() {
	start_peer web mute 81
	start_nginx proxy 80 "location / { proxy_read_timeout 2s; proxy_pass http://$(bracketed "$(addr web)"):81; }"
}
traffic() { prove "nginx answered 504" same 504 "$(fetch client "$(url proxy 80 amazinggrace)")"; }
