# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A proxy sits on the request before it sends it on: nginx lets only so many pass, and one came before.
# cause: 54
# client: delivered none likely
# middle: delivered none likely
# middle: proxy-stalled proxy likely
# server: delivered none proven
# all: delivered none proven
# all: proxy-stalled proxy likely
# shellcheck source=tests/lab/lib/late.sh
. "$ROOT/tests/lab/lib/late.sh"
NET=proxied
LOOK=(-m amazinggrace --stall 1)

setup() {
	start_nginx web 80
	nginx_proxy 3129 "limit_req zone=lab burst=5;" "limit_req_zone \$server_port zone=lab:1m rate=12r/m;"
}
traffic() {
	sniff 3129
	prove "the first goes through" same 404 "$(fetch client "$(url proxy 3129 amazinggrace)")"
	prove "it was answered" same 404 "$(fetch client "$(url proxy 3129 amazinggrace)")"
	prove "the proxy sat on it" sat_on_it 3129
}
