# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Segments of which some do not get through a routed network: the long ones, or those with the marker. Sourced
# by the scenarios and the faults that need it, after lib.sh; PORT is the server's.

# What leaves at once is dropped at once: so each segment leaves by itself. There is a body of 5000 bytes.
one_by_one() {
	local host
	for host in client:eth0 router:eth0 router:eth1 server:eth0; do
		at "${host%:*}" ethtool -K "${host#*:}" tso off gso off gro off >>"$T/log" 2>&1 ||
			fail "ethtool -K ${host#*:} at ${host%:*}"
	done
	head -c 5000 /dev/zero >"$T/body"
}
has_big() { cp "$T/body" "$T/nginx-server-$PORT/big"; }

# post WORD: its first segment has the word. get WORD: what is answered is long
post() { at client curl -s --max-time 4 --data-binary "@$T/body" -o /dev/null "$(url server "$PORT" "$1")" && echo passed; }
get() { at client curl -s --max-time 4 -o /dev/null "$(url server "$PORT" "big?$1")" && echo passed; }
short() { at client curl -s --max-time 2 -o /dev/null "$(url server "$PORT")"; }
errors_in() { echo $(($(counter "$1" IcmpInDestUnreachs) + $(counter "$1" Icmp6InPktTooBigs))); }

# drop_long TO: the router drops what is long and goes there, and says nothing
drop_long() {
	rules router forward "ip$([[ $F == 4 ]] || echo 6) daddr $(addr "$1") meta length > 1200 counter name hits drop"
}

# The link to the server is narrow. keep_errors HOST HOOK: the router's ICMP errors, which say so, go nowhere
narrow_link() { at router ip route add "$(addr server)" dev eth1 mtu lock 1300; }
keep_errors() {
	local error='icmp type destination-unreachable icmp code frag-needed'
	[[ $F == 4 ]] || error='icmpv6 type packet-too-big'
	rules "$1" "$2" "$error counter name hits drop"
}

# match_string: the router drops what has the marker, by iptables. match_payload HOST HOOK: nft, where it
# stands right behind "POST /", 6 bytes into the payload
tables() { if [[ $F == 4 ]]; then echo iptables; else echo ip6tables; fi; }
matched() { at router "$(tables)" -vnxL FORWARD | awk '/amazinggrace/ {print $1}'; }
was_matched() { [[ $(matched) -ge $1 ]]; }
match_string() { at router "$(tables)" -A FORWARD -m string --algo bm --string amazinggrace -j DROP; }
MARKER=0x$(printf amazinggrace | od -An -tx1 | tr -d ' \n')
match_payload() { rules "$1" "$2" "tcp dport $PORT @ih,48,96 $MARKER counter name hits drop"; }
