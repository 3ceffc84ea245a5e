# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client's queueing discipline takes no packet.
# cause: 6
# client: dropped-by-queue host proven
# all: dropped-by-queue host proven
dropped() { [[ $(at client tc -s -j qdisc show dev eth0 root | jq '[.[].drops] | add') -ge $1 ]]; }
setup() {
	at client ip -"$F" neigh replace "$(addr router)" dev eth0 nud permanent \
		lladdr "$(at router ip -j link show eth0 | jq -r '.[].address')" # the queue would take that too
	at client tc qdisc replace dev eth0 root pfifo limit 0
}
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the queue dropped it" dropped 3
}
