#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A host that bridges. The server's hardware address is at none of its ports, so the bridge sends a
# copy by each, and a rule drops those by one of them: nobody is accused. Twin: the server is where it
# is known to be, and the rule drops all that goes there; likely, for that is not seen at the bridge.
# And a port that leaves its bridge is watched all the while.
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed
# shellcheck disable=SC2034 # used by their names
declare -A CLIENT=([4]=10.88.0.1 [6]=fd88::1) SERVER=([4]=10.88.0.2 [6]=fd88::2)
NOBODY=02:00:00:00:00:99

# eth0 leads to the client, eth1 to the server, port2 to nobody.
build_bridge() {
	local host dev
	at router ip link add port2 type veth peer name end2
	at router ip link set end2 up
	at router ip link add br0 type bridge
	for dev in port2 eth0 eth1; do # the oldest gets its copy last
		at router ip addr flush dev $dev
		at router ip link set $dev up master br0
	done
	at router ip link set br0 up
	for host in client server; do
		local -n addrs=${host^^}
		at $host ip addr add "${addrs[4]}/24" dev eth0
		at $host ip addr add "${addrs[6]}/64" dev eth0 nodad
	done
}

drop_at() { # PORT
	at router nft -f - <<-END
		table bridge copies {
			counter dropped { }
			counter passed { }
			chain forward {
				type filter hook forward priority 0
				tcp dport 80 oifname "$1" counter name dropped drop
				tcp dport 80 oifname "eth1" counter name passed
			}
		}
	END
}
counted() { [[ $(at router nft -j list counter bridge copies "$1" | jq '.nftables[].counter.packets? // empty') -ge $2 ]]; }
answers() { same 404 "$(fetch client "http://$(bracketed "${SERVER[$F]}")/warm")"; }

one_copy() {
	at client ip neigh replace "${SERVER[$F]}" dev eth0 nud permanent lladdr $NOBODY
	drop_at port2
	trace_start router -c 1 --for 15 port 80
	send client amazinggrace "${SERVER[$F]}" 80 -w 4
	prove "copies by port2 were dropped" counted dropped 2
	prove "copies by eth1 went on" counted passed 2
	trace_wait
	at router nft delete table bridge copies
	at client ip neigh del "${SERVER[$F]}" dev eth0
	expect_verdict code=inconclusive blame=unknown n=1 exit=4
	expect "who is a port of the bridge is not told" trace_has 'map(select(.type == "host")) | last.hop_facts |
		map(select(.bridge == "port") | .hop) | contains(["eth0:in", "eth1:out", "port2:out"])'
}

only_copy() {
	prove "the server answers, and the bridge knows where it is" answers
	drop_at eth1
	trace_start router -c 1 --for 15 port 80
	send client amazinggrace "${SERVER[$F]}" 80 -w 4
	prove "what goes to the server was dropped" counted dropped 2
	trace_wait
	at router nft delete table bridge copies
	expect_verdict code=dropped-by-firewall blame=host confidence=likely n=1 exit=1
}

# The kernel tells then of the end of a port (RTM_DELLINK of AF_BRIDGE), which is not the interface's.
leaves_the_bridge() {
	trace_start router --for 15 port 80
	at router ip link set port2 nomaster
	prove "it is no port any more" lacks <(at router ip link show port2) "master br0"
	at router ip link set port2 master br0
	prove "the server answers" answers
	trace_stop
	expect_verdict code=connected n=1 exit=0
	expect "port2 was left alone for a while" no not_watched port2 .
}

build_bridge
start_nginx server 80
both_families one_copy
both_families only_copy
F=4
leaves_the_bridge
