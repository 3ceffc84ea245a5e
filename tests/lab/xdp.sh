#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --xdp adds the first hop there is, and takes nothing from the others. It takes nobody's place, and
# is refused on the interface that carries the SSH session, and where it is not known which does.
# Elsewhere it is forced: these tests may be run over SSH themselves.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

hooked() { prints '"xdp"' ip -n "$(ns server)" -j -d link show dev eth0; }

with_xdp() {
	trace_start server -i eth0 --xdp --xdp-force -m amazinggrace --for 10 -c 1 port 80
	[[ -n $FAULTS_ONLY ]] || prove "an XDP program is on eth0" hooked
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
	[[ -n $FAULTS_ONLY ]] || contains "$TRACE.err" "while XDP is attached" ||
		fail "what XDP does to veth is not said"
	[[ -n $FAULTS_ONLY ]] || prove "XDP saw the marker" seen_at eth0:xdp marker
	[[ -n $FAULTS_ONLY ]] || prove "tc saw the marker" seen_at eth0:in marker
	! hooked || fail "the XDP program stayed"
}

# refused MESSAGE COMMAND...: hopmark did not start, said so, and eth0 is as it was
refused() {
	local rc=0
	at server "${@:2}" >/dev/null 2>"$T/refused" || rc=$?
	[[ -z $FAULTS_ONLY ]] || return 0
	[[ $rc -eq 2 ]] || fail "exit status $rc, not 2: ${*:2}"
	contains "$T/refused" "$1" || { cat "$T/refused"; fail "it did not say: $1"; }
}

# session CLIENT SERVER: as sshd tells it
session() { echo "SSH_CONNECTION=$1 40000 $2 22"; }

# local_net NUMBER HOST: an address of a network that only the server knows
local_net() { if [[ $F == 4 ]]; then echo "10.77.$1.$2"; else echo "fd77:$1::$2"; fi; }

# own_address DEVICE NUMBER: the device is up and has the first address of that network
own_address() {
	local bits=24 nodad=()
	[[ $F == 4 ]] || { bits=64 nodad=(nodad); }
	at server ip link set "$1" up
	at server ip addr add "$(local_net "$2" 1)/$bits" dev "$1" "${nodad[@]}"
	prove "$1 has the address" prints "$(local_net "$2" 1)/$bits" at server ip addr show dev "$1"
}

ssh_session() {
	local here trace=("$O/hopmark" trace -i eth0 --xdp --for 100ms port 80)
	here=$(session "$(addr client)" "$(addr server)")
	refused "this SSH session comes in by it" env "$here" "${trace[@]}"
	refused "--xdp-force" env "$here" "${trace[@]}"
	# As sudo does: the variable is gone, the shell above still has it.
	# shellcheck disable=SC2016 # for the inner shell
	refused "this SSH session comes in by it" env "$here" \
		bash -c 'env -u SSH_CONNECTION "$@"; exit $?' - "${trace[@]}"
	trace_start server -i eth0 --xdp --xdp-force --for 500ms port 80
	trace_wait
}

# By an interface whose other end is known: eth0 does not carry it.
session_elsewhere() {
	at server ip link add far0 type veth peer name far1
	at server ip link set far1 up
	own_address far0 8
	[[ -n $FAULTS_ONLY ]] ||
		at server env "$(session "$(local_net 8 2)" "$(local_net 8 1)")" \
			"$O/hopmark" trace -i eth0 --xdp --for 100ms port 80 >/dev/null 2>>"$T/log" ||
		[[ $? -eq 4 ]] || fail "refused on an interface that does not carry the session"
	at server ip link del far0
}

# By a tunnel, by loopback, or at an address that is nowhere here: eth0 may well carry it.
session_unknown() {
	local trace=("$O/hopmark" trace -i eth0 --xdp --for 100ms port 80)
	at server ip tuntap add tun8 mode tun
	own_address tun8 9
	refused "by a tunnel or by loopback" env "$(session "$(local_net 9 2)" "$(local_net 9 1)")" "${trace[@]}"
	at server ip link del tun8
	refused "by a tunnel or by loopback" env "$(session "$(loopback)" "$(loopback)")" "${trace[@]}"
	prove "the address is nowhere" no prints "$(local_net 9 1)" at server ip addr
	refused "no interface here has its address" \
		env "$(session "$(local_net 9 2)" "$(local_net 9 1)")" "${trace[@]}"
	! hooked || fail "an XDP program was attached"
}

# doctor_names WORDS [COMMAND...]: the doctor, behind COMMAND, says so of who holds the place
doctor_names() {
	[[ -z $FAULTS_ONLY ]] || return 0
	at server "${@:2}" "$O/hopmark" doctor >"$T/doctor" 2>&1 || true
	tr -s '\n ' ' ' <"$T/doctor" >"$T/said"
	grep -qE "held by program [0-9]+ $1" "$T/said" || { cat "$T/doctor"; fail "the doctor does not say: $1"; }
}

# place_taken WHERE: the holder is named, everything else is watched, and it stays
place_taken() {
	foreign server eth0 "$1" pass 80
	trace_start server -i eth0 --xdp --xdp-force -m amazinggrace --for 10 -c 1 port 80
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	expect_verdict code=delivered confidence=proven n=1 exit=0
	expect "who holds the place is not said" \
		not_watched eth0:xdp "^XDP program foreign_xdp #[0-9]+ holds the place"
	[[ -n $FAULTS_ONLY ]] || ! contains "$TRACE.err" "while XDP is attached" ||
		fail "it warns of what it did not attach"
	prove "it is still there" hooked
	doctor_names foreign_xdp
	doctor_names "\\(its name is told to CAP_SYS_ADMIN\\)" setpriv --bounding-set -sys_admin --inh-caps -sys_admin
	prove "it had every packet" test "$(foreign_end "$FOREIGN" of_port)" -ge 4
	! hooked || fail "the neighbour did not go"
}

start_nginx server 80
both_families with_xdp
both_families ssh_session
both_families session_elsewhere
both_families session_unknown
F=4
place_taken xdp
place_taken xdp-netlink
