#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Other people's programs keep their places and their packets. Before, while and after hopmark
# watches, the tcx programs, filters and XDP programs of a host stand in the same order, but for
# hopmark's own, by the kernel's list, tc and ip; and each counts just the packets that it counts
# without hopmark, by tcpdump. The doctor names them in that order.
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
build_foreign
HOW=
COUNT=200
declare -A WHERE=() # of each foreign program, by its process id

gress() { if [[ $1 == in ]]; then echo ingress; else echo egress; fi; }

# order: everybody at the hooks of the server's interfaces, hopmark's programs too
order() {
	local side dev
	for dev in eth0 other0; do
		for side in in out; do
			! has_tcx || at server "$O/lab/chain" "$dev" "$side" | sed "s/^/$dev tcx $side /"
			at server tc filter show dev "$dev" "$(gress "$side")" | sed "s/^/$dev $side /" | grep -w handle || true
		done
		at server ip -d link show dev "$dev" | grep -oE 'prog/xdp id [0-9]+' | sed "s/^/$dev /" || true
	done
}

# strangers >FILE: the same without hopmark's
strangers_order() { order >"$T/order" || fail "the programs cannot be listed"; grep -vw 'hm_[a-z_0-9]*' "$T/order"; }

beside() { # WHERE ACTION [INTERFACE]
	foreign server "${3:-eth0}" "$1" "$2" 9
	WHERE[$FOREIGN]=$1
}

# They come before hopmark; those in second come while it watches, the tcx ones ahead of it.
first_comers() {
	! has_tcx || beside tcx-in-first next
	! has_tcx || beside tcx-in-last next
	! has_tcx || beside tcx-out-last next
	beside clsact-in-1 next
	beside clsact-in-9 ok
	beside clsact-out-9 ok
	beside xdp pass other0
}
late_comers() {
	! has_tcx || beside tcx-in-first next
	! has_tcx || beside tcx-out-first next
	beside clsact-in-5 next
	beside clsact-out-1 next
}

udp() { # FROM TO
	# shellcheck disable=SC2016 # for the inner shell
	at "$1" bash -c 'exec 3>"/dev/udp/$1/9"; for ((i = 0; i < $2; i++)); do echo x >&3; done' - "$(addr "$2")" "$COUNT"
}

# The connection is over, the last packet of it has come: only the listener is left.
closed() {
	local open
	open=$(at server ss -Htan exclude listening exclude time-wait "sport = :9") || fail "ss could not look"
	[[ -z $open ]]
}

# dumped in|out [FILTER]: packets of port 9 that tcpdump saw there
dumped() { tcpdump -nr "$T/$1.pcap" "${2-ip}" 2>/dev/null | wc -l; }
listening() { grep -qs 'listening on' "$T/$1.err"; }
has_all() { [[ $(dumped in udp) -eq $COUNT && $(dumped out udp) -eq $COUNT ]]; }

dump() { # in|out
	rm -f "$T/$1.err"
	nsenter --net="/run/netns/$(ns server)" -- tcpdump -ni eth0 -Q "$1" -U -w "$T/$1.pcap" port 9 2>"$T/$1.err" &
	STARTED+=("$!")
	DUMPS+=("$!")
	within 10 listening "$1" || fail "tcpdump does not listen"
}

# The same packets in each run: a request with the marker, and datagrams each way. tcpdump reads late what
# it sees; once it has the last of these it has all of those.
traffic() {
	local side
	DUMPS=()
	dump in
	dump out
	prove "nginx answered" same 404 "$(fetch client "$(url server 9 amazinggrace)")"
	prove "the connection is over" closed
	udp client server
	udp server client
	prove "tcpdump saw every datagram" has_all
	end "${DUMPS[@]}"
	for side in in out; do
		prove "tcpdump missed nothing" contains "$T/$side.err" "0 packets dropped by kernel"
	done
}

# Everybody has had every packet of its side, those at the other interface none.
counts_are_right() {
	local pid want
	for pid in "${!WHERE[@]}"; do
		case ${WHERE[$pid]} in
		*-in-*) want=$(dumped in) ;;
		*-out-*) want=$(dumped out) ;;
		*) want=0 ;;
		esac
		same "$want" "$(foreign_end "$pid" of_port)" ||
			fail "${WHERE[$pid]} has not had the $want packets${HOW:+ with $HOW}: $(cat "$T/foreign-$pid")"
	done
	WHERE=()
}

# The doctor names those of eth0, at ingress, in their order
doctor_names_them() {
	at server "$HOPMARK" doctor >"$T/doctor" || fail "the doctor ends with $?"
	sed -z 's/\n  */ /g' "$T/doctor" | sed -nE 's/^eth0 +in: (.*); out: .*/\1/p' | grep -oE '#[0-9]+' >"$T/named" || true
	{ grep -E '^eth0 tcx in ' "$T/before" || true; } | sed -E 's/^eth0 tcx in ([0-9]+) .*/#\1/' >"$T/there"
	grep -E '^eth0 in ' "$T/before" | sed -nE 's/.* id ([0-9]+) .*/#\1/p' >>"$T/there"
	prove "somebody is there" test -s "$T/there"
	diff "$T/there" "$T/named" || { cat "$T/doctor"; fail "the doctor does not name them so"; }
}

# Ours runs as early as it can: at the head of tcx, or of the filters
ours_is_first() {
	local kind=tcx
	[[ -z $HOW ]] && has_tcx || kind='in'
	order >"$T/order"
	grep "^eth0 $kind " "$T/order" | head -n 1 | grep -qw hm_tc_in || { cat "$T/order"; fail "hopmark is not first"; }
}

beside_hopmark() {
	first_comers
	strangers_order >"$T/before"
	[[ -n $FAULTS_ONLY ]] || doctor_names_them
	trace_start server ${HOW:+"$HOW"} -m amazinggrace --for 60 -c 1 port 9
	if [[ -z $FAULTS_ONLY ]]; then
		ours_is_first
		strangers_order | diff "$T/before" - || fail "the strangers stand otherwise while hopmark watches"
	fi
	late_comers
	strangers_order >"$T/before"
	traffic
	trace_wait
	strangers_order | diff "$T/before" - || fail "the strangers stand otherwise after hopmark"
	order | diff "$T/before" - || fail "hopmark left something"
	counts_are_right
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
}

alone() {
	first_comers
	late_comers
	traffic
	counts_are_right
}

at server ip link add other0 type veth peer name other1
at server ip link set other0 up
at server ip link set other1 up
start_nginx server 9
for host in client server; do
	start "$host" socat -u UDP-RECV:9 OPEN:/dev/null,append
done
alone
beside_hopmark
HOW=--no-tcx
! has_tcx || beside_hopmark
