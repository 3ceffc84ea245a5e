#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A hook that sees none of the thousands of packets of its interface is called blind; one around
# which packets go by right, or that sees some, is not.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

# Somebody takes the datagrams: else the server says that nobody does, and whoever sends learns that in
# place of sending. On a slow machine the kernel's limit for such errors keeps few of them back.
start server socat -u UDP-RECV:9 OPEN:/dev/null,append

# counted HOST rx|tx: packets of eth0
counted() { ip -n "$(ns "$1")" -j -s link show eth0 | jq ".[0].stats64.$2.packets"; }

# flood FROM TO: 2000 UDP packets
flood() {
	# shellcheck disable=SC2016 # for the inner shell
	at "$1" bash -c 'exec 3>"/dev/udp/$1/9"; for ((i = 0; i < 2000; i++)); do echo x >&3; done' - "$(addr "$2")"
}

rose_by() { [[ $(counted "$1" "$2") -ge $(($3 + 2000)) ]]; }

blind() { expect "$1 is not called blind" not_watched "$1" "saw 0 of [0-9]+ packets"; }
sees() {
	# shellcheck disable=SC2016 # jq's variable
	expect "$1 is no hop" trace_has --arg hop "$1" 'any(.[]; .type == "host" and any(.hops[]; . == $hop))'
	expect "$1 is called blind" no not_watched "$1" "saw 0 of"
}

# Everything that comes in is dropped before ours: rx is counted, eth0:in sees none.
foreign server eth0 xdp drop
trace_start server -m amazinggrace --for 30 port 80
before=$(counted server rx)
# The neighbour entry is there before: with XDP nobody answers ARP.
at client ip neigh replace "$(addr server)" lladdr "$(at server cat /sys/class/net/eth0/address 2>/dev/null || ip -n "$(ns server)" -j link show eth0 | jq -r '.[0].address')" dev eth0
flood client server
prove "eth0 counted the flood" rose_by server rx "$before"
sleep 1.2
trace_stop
blind eth0:in
sees eth0:out
sees lo:in
expect_verdict code=nothing-seen exit=4
end "$FOREIGN"

# The twin: the same flood, nobody in front.
trace_start server -m amazinggrace --for 30 port 80
before=$(counted server rx)
flood client server
prove "eth0 counted the flood" rose_by server rx "$before"
sleep 1.2
trace_stop
sees eth0:in

# Sent around the queues: tx is counted, eth0:out sees nothing, and that is right.
build_tools
trace_start server -m amazinggrace --for 30 port 80
before=$(counted server tx)
at server "$O/lab/bypass" eth0 2000
prove "eth0 counted what was sent" rose_by server tx "$before"
sleep 1.2
trace_stop
sees eth0:out
