# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Nobody listens where HAProxy sends the request on.
# cause: 51
# client: http-error beyond one-sided
# middle: proxy-upstream-failed beyond one-sided
# server: refused application proven
# all: proxy-upstream-failed application likely
NET=proxied
LOOK=(-m amazinggrace)

setup() {
	prove "nobody listens upstream" no listens web 81
	start_haproxy proxy 80 web 81
}
traffic() { prove "haproxy answered 503" same 503 "$(fetch client "$(url proxy 80 amazinggrace)")"; }
