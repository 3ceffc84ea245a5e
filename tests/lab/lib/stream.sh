# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Streams with markers (tests/load/stream.c) from the client through the server, which routes them to
# an interface that swallows them: nothing answers, and nothing counts as dropped. Sourced by
# tests/lab/bench-smoke.sh and tests/bench/run, after lib.sh.

STREAM=$O/load/stream
PIN=() # what is put before it: taskset
# shellcheck disable=SC2034 # for those who source it
GSO_SIZE=64294 # 44 segments of 1460 bytes

stream_network() {
	[[ -x $STREAM ]] || skip "build/load/stream is not built (make load-tools)"
	network direct
	at server ip link add sink type ifb 2>/dev/null || at server ip link add sink type dummy 2>/dev/null ||
		skip "this kernel has neither ifb nor dummy interfaces"
	at server ip link set sink up
	at server ip route add 10.88.0.0/24 dev sink
	at server sysctl -qw net.ipv4.ip_forward=1
	MAC=$(at server ip -j link show eth0 | jq -r '.[].address')
}

# stream ARGUMENTS...: prints what was sent, as JSON
stream() { at client "${PIN[@]}" "$STREAM" eth0 "$MAC" "$(addr client)" 10.88.0.1 "$@"; }

# Packets that the server has sent on so far
routed() { at server nstat -asz IpForwDatagrams | awk '$1 == "IpForwDatagrams" {print $2}'; }
