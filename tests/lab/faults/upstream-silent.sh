# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The host behind nginx drops its requests; nginx gives up.
# cause: 52
# client: http-error beyond one-sided
# middle: proxy-upstream-failed beyond one-sided
# server: dropped-by-firewall host proven
# all: proxy-upstream-failed host likely
NET=proxied
LOOK=(-m amazinggrace)

setup() {
	rules web input "tcp dport 81 counter name hits drop"
	start_nginx proxy 80 "location / { proxy_connect_timeout 5s; proxy_pass http://$(bracketed "$(addr web)"):81; }"
}
traffic() {
	prove "nginx answered 504" same 504 "$(fetch client "$(url proxy 80 amazinggrace)")"
	prove "the rule was hit" were_hit web 3
}
