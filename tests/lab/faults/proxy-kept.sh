# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A proxy reads the request and neither answers nor sends it on.
# cause: 53
# client: no-answer beyond one-sided
# middle: proxy-not-forwarded proxy likely
# all: proxy-not-forwarded proxy likely
NET=proxied
LOOK=(-m amazinggrace)

setup() {
	start_nginx web 80
	start_peer proxy proxy 3128 0 web 80
}
traffic() {
	prove "curl had no answer" same 000 "$(fetch client -m 3 -x "$(url proxy 3128)" "$(url web 80 amazinggrace)")"
	prove "the web server was not asked" lacks "$T/nginx-80.log" amazinggrace
}
