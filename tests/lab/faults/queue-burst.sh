# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The server's token bucket never lets a packet pass that is as long as the answer.
# cause: 6
# client: no-answer beyond one-sided
# middle: inconclusive unknown one-sided
# server: dropped-by-queue host proven
# all: dropped-by-queue host proven
dropped() { [[ $(at server tc -s -j qdisc show dev eth0 root | jq '[.[].drops] | add') -ge $1 ]]; }
setup() {
	start_nginx server 80 "location / { return 200 '$(printf 'x%.0s' {1..1300})'; }"
	at server tc qdisc replace dev eth0 root tbf rate 10mbit burst 1200 limit 100000
}
traffic() {
	prove "curl got nothing" same 000 "$(fetch client -m 5 "$(url server 80 amazinggrace)")"
	prove "the queue dropped it" dropped 3
}
