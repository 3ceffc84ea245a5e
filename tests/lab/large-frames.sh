#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every marker of a large body is found, at its place, whatever packets the body goes in: those of up to
# 64 KB that the card is to cut (TSO), those that were put together on arrival (GRO), jumbo frames, which
# XDP gets in fragments; and the data of a SYN (TCP Fast Open). However many hops there are, each packet is
# searched once. What packets they were is told by tcpdump, where the markers are by grep.
#
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
: >"$T/log"
MTU=1500

# On one CPU, as a card keeps a connection on one (RSS): of two that have packets of it at the same instant
# one leaves its own to the next hop, and it is not told at each.
taskset -pc "$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')" $$ >>"$T/log" || fail "taskset"

# 3 MB, a marker every 100,003 bytes: at other places of other packets
perl -e 'print(("x" x 50000) . "amazinggrace" . ("y" x 49991)) for 1 .. 30' >"$T/body"
grep -obUa amazinggrace "$T/body" | cut -d: -f1 | sort -n >"$T/offsets"
[[ $(wc -l <"$T/offsets") -eq 30 ]] || fail "the body has not 30 markers"

# sniff HOST: heads of what passes eth0 there, to $T/HOST.pcap
sniff() {
	rm -f "$T/$1.pcap"
	start "$1" tcpdump -Z root -i eth0 --immediate-mode -s 128 -B 16384 -U -w "$T/$1.pcap" tcp dst port 81
	SNIFFERS+=("$PID")
	within 10 test -s "$T/$1.pcap" || fail "tcpdump does not start"
}

# packets HOST MORE LESS: those of more and at most so many bytes that hold a marker
packets() {
	tshark -r "$T/$1.pcap" -T fields -e tcp.seq -e tcp.len -e frame.len 2>>"$T/log" |
		awk -v more="$2" -v less="$3" 'FNR == NR {at[$1]; next}
			$3 > more && $3 <= less {for (o in at) if (o + 1 >= $1 && o + 13 <= $1 + $2) {n++; break}}
			END {print n + 0}' "$T/offsets" -
}
hold_markers() { [[ $(packets "$1" "$2" "$3") -ge 1 ]]; }

# Offload as it is named, on or off, at eth0 of HOST
offload() { at "$1" ethtool -K eth0 "${@:2}" >>"$T/log" 2>&1 || fail "ethtool -K eth0 ${*:2}"; }

# found HOP: all markers of the body are told there, and nothing else is; again with a packet sent again
found() {
	[[ -z $FAULTS_ONLY ]] || return 0
	# shellcheck disable=SC2016 # jq's variable
	jq -r --arg hop "$1" 'select(.type == "sighting" and .what == "marker" and .hop == $hop) | .offset' \
		<"$TRACE.json" | sort -nu >"$T/found"
	diff "$T/offsets" "$T/found" >"$T/diff" ||
		{ head -n 5 "$T/diff"; fail "$1 did not tell the markers as grep does"; }
}

# In one write: nc's are of 16 KB, and so would be the packets.
send_body() {
	# shellcheck disable=SC2016 # perl's variables
	at client perl -MIO::Socket::IP -e '
		my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => 81) or die "connect: $@\n";
		local $/; open(my $f, "<", $ARGV[1]) or die; my $all = <$f>; my $sent = 0;
		$sent += syswrite($s, $all, length($all) - $sent, $sent) // die "write: $!\n" while $sent < length($all);
		shutdown($s, 1); sysread($s, $all, 1)' "$(addr server)" "$T/body" 2>>"$T/log"
}

# pass HOST ARGUMENTS...: the body is sent while HOST is traced
pass() {
	SNIFFERS=()
	start_peer server mute 81
	local peer=$PID
	trace_start "$@" -m amazinggrace -c 1 --settle 500ms --for 20 port 81
	sniff client
	sniff server
	prove "the server read all of it" send_body
	trace_wait 25
	end "${SNIFFERS[@]}" "$peer"
}

# Each packet with bytes that had not come before, in whatever order, was searched once, by the hop that
# came first.
searched_once() {
	local packets
	# shellcheck disable=SC2016 # perl's variables
	packets=$(tshark -r "$T/server.pcap" -T fields -e tcp.seq -e tcp.len 2>>"$T/log" | perl -ane '
		my @new = ([$F[0], $F[0] + $F[1]]);
		for my $had (@had) {
			@new = map { my ($a, $b) = @$_;
				([$a, $b < $had->[0] ? $b : $had->[0]], [$a > $had->[1] ? $a : $had->[1], $b]) } @new;
			@new = grep { $_->[0] < $_->[1] } @new;
		}
		$n++ if @new && $F[1];
		push @had, @new;
		END { print $n + 0 }')
	trace_has "[.[] | select(.type == \"stats\")] | last | .scanned == $packets"
}

both_ends() {
	pass server "$@"
	expect_verdict code=delivered confidence=proven at.comm=peer n=1 exit=0
	found eth0:in
	found socket:in
	expect "a packet was searched by two hops, or by none" searched_once
}

super_packets() {
	both_ends
	prove "the server got markers in packets of over 40 KB" hold_markers server 40000 70000
	pass client
	prove "the client sent markers in packets of over 40 KB" hold_markers client 40000 70000
	expect_verdict n=1 exit=0
	found socket:out
	found eth0:out
}

put_together() {
	offload client tso off gso off
	offload server gro on
	both_ends
	prove "the client sent markers in packets of 1514 bytes" hold_markers client 1000 1514
	prove "the client sent no larger ones" no hold_markers client 1514 70000
	prove "the server got markers in larger ones" hold_markers server 1514 70000
	offload client tso on gso on
	offload server gro off
}

mtu() {
	MTU=$1
	at client ip link set eth0 mtu "$MTU"
	at server ip link set eth0 mtu "$MTU"
}

jumbo() {
	mtu 9000
	offload client tso off gso off
	both_ends -i eth0 --xdp --xdp-force
	found eth0:xdp
	prove "the server got markers in frames of 9 KB" hold_markers server 8000 9014
	prove "the client sent no larger ones" no hold_markers client 9014 70000
	offload client tso on gso on
	mtu 1500
}

# A SYN with a marker in its data was on the wire, and the server took it.
in_syn() {
	tshark -r "$T/server.pcap" -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.len > 12' 2>>"$T/log" | grep -q .
}

fast_open() {
	at client sysctl -qw net.ipv4.tcp_fastopen=0x5 # sends data without a cookie
	at server sysctl -qw net.ipv4.tcp_fastopen=0x602 # and takes it, for every listener
	SNIFFERS=()
	start_nginx server 81
	trace_start server -m amazinggrace -c 1 --settle 500ms --for 10 port 81
	sniff server
	prove "nginx answered" same 404 "$(fetch client --tcp-fastopen "$(url server 81 amazinggrace)")"
	trace_wait
	end "${SNIFFERS[@]}"
	prove "the SYN held the request" in_syn
	prove "the server's kernel took it" rose server TcpExtTCPFastOpenPassive
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
	expect "the marker is not told of the SYN" trace_has 'any(.[]; .type == "sighting" and .what == "marker" and
		.hop == "eth0:in" and .offset == 5)'
	end_all
}

both_families super_packets
both_families put_together
both_families jumbo
both_families fast_open
