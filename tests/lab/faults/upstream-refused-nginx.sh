# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Nobody listens where nginx sends the request on.
# cause: 51
# client: http-error beyond one-sided
# middle: proxy-upstream-failed beyond one-sided
# server: refused application proven
# all: proxy-upstream-failed application likely
NET=proxied
LOOK=(-m amazinggrace)

setup() {
	prove "nobody listens upstream" no listens web 81
	start_nginx proxy 80 "location / { proxy_pass http://$(bracketed "$(addr web)"):81; }"
}
traffic() { prove "nginx answered 502" same 502 "$(fetch client "$(url proxy 80 amazinggrace)")"; }
