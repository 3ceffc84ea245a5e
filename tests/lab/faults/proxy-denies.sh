# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Squid denies the request and asks nobody.
# cause: 53
# client: delivered none likely
# middle: proxy-answered proxy likely
# all: proxy-answered proxy likely
NET=proxied
LOOK=(-m amazinggrace)

setup() {
	start_nginx web 80
	start_squid proxy 3128 "http_access deny all"
}
traffic() {
	prove "squid answered 403" same 403 "$(fetch client -x "$(url proxy 3128)" "$(url web 80 amazinggrace)")"
	prove "the web server was not asked" lacks "$T/nginx-80.log" amazinggrace
}
