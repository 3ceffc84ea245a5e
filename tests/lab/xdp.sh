#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --xdp adds the first hop there is, and takes nothing from the others. It takes nobody's place, and
# is refused on the interface that carries the SSH session.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

hooked() { prints '"xdp"' ip -n "$(ns server)" -j -d link show dev eth0; }

with_xdp() {
	trace_start server -i eth0 --xdp -m amazinggrace --for 10 -c 1 port 80
	[[ -n $FAULTS_ONLY ]] || prove "an XDP program is on eth0" hooked
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
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

ssh_session() {
	local here far trace=("$O/hopmark" trace -i eth0 --xdp --for 100ms port 80)
	here=$(session "$(addr client)" "$(addr server)")
	far=$(session "$(loopback)" "$(loopback)")
	refused "this SSH session comes in by it" env "$here" "${trace[@]}"
	refused "--xdp-force" env "$here" "${trace[@]}"
	# As sudo does: the variable is gone, the shell above still has it.
	# shellcheck disable=SC2016 # for the inner shell
	refused "this SSH session comes in by it" env "$here" \
		bash -c 'env -u SSH_CONNECTION "$@"; exit $?' - "${trace[@]}"
	trace_start server -i eth0 --xdp --xdp-force --for 500ms port 80
	trace_wait
	[[ -n $FAULTS_ONLY ]] || SSH_CONNECTION=${far#*=} at server "${trace[@]}" >/dev/null 2>>"$T/log" ||
		[[ $? -eq 4 ]] || fail "refused on an interface that does not carry the session"
}

# place_taken WHERE: the holder is named, everything else is watched, and it stays
place_taken() {
	foreign server eth0 "$1" pass 80
	trace_start server -i eth0 --xdp -m amazinggrace --for 10 -c 1 port 80
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	expect_verdict code=delivered confidence=proven n=1 exit=0
	expect "who holds the place is not said" \
		not_watched eth0:xdp "^XDP program foreign_xdp #[0-9]+ holds the place"
	prove "it is still there" hooked
	prove "it had every packet" test "$(foreign_end "$FOREIGN" of_port)" -ge 4
	! hooked || fail "the neighbour did not go"
}

start_nginx server 80
both_families with_xdp
both_families ssh_session
F=4
place_taken xdp
place_taken xdp-netlink
