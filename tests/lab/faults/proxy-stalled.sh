# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A proxy sits on the request before it sends it on: HAProxy with a delay.
# cause: 54
# client: delivered none likely
# middle: proxy-stalled proxy likely
# server: delivered none proven
# all: proxy-stalled proxy likely
# shellcheck source=tests/lab/lib/late.sh
. "$ROOT/tests/lab/lib/late.sh"
NET=proxied
LOOK=(-m amazinggrace --stall 1)

setup() {
	start_nginx web 80
	start_waiting 3128
}
traffic() {
	sniff 3128
	prove "it was answered" same 404 "$(fetch client "$(url proxy 3128 amazinggrace)")"
	prove "the proxy sat on it" sat_on_it 3128
}
