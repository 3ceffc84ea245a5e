# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What a host of the network and the kernel hold, before and after: for scenarios that prove that
# hopmark leaves nothing. Strangers' objects are among it, so they must stay as they were, too.
# Sourced by the scenarios that need it, after lib.sh.

build_foreign

# Everything that can be attached to interfaces of HOST, with its ids and in its order. What a tunnel's
# module, once loaded, puts into every namespace is nobody's doing here: another test may load it.
attached() { all_attached "$1" | grep -vE "(dev |: )($OF_A_MODULE)[@: ]"; }
OF_A_MODULE='tunl0|gre0|gretap0|erspan0|sit0|ip_vti0|ip6tnl0|ip6gre0|ip6_vti0'
all_attached() {
	local host=$1 dev side
	at "$host" tc qdisc show
	at "$host" bpftool net show
	for dev in $(at "$host" ip -j link show | jq -r '.[].ifname'); do
		for side in ingress egress root; do
			at "$host" tc filter show dev "$dev" "$side" | sed "s/^/$dev $side /"
		done
		tcx_of "$host" "$dev" | sed "s/^/$dev tcx /"
	done
	at "$host" ip -d link show | grep -oE '^[0-9]+: .*|prog/xdp.*'
}

# tcx_of HOST INTERFACE: the programs at its tcx hooks, in their order, where there is tcx
tcx_of() {
	local side
	has_tcx || return 0
	for side in in out; do
		at "$1" "$O/lab/chain" "$2" "$side" | sed "s/^/$side /"
	done
}

# held PID: ids of the programs, links and maps that a process (*: any) has open: "prog 12", "map 34"
# shellcheck disable=SC2086 # a pattern
held() { { cat /proc/$1/fdinfo/* 2>/dev/null || true; } | sed -nE 's/^(prog|link|map)_id:[[:space:]]*([0-9]+)$/\1 \2/p' | sort -u; }

# listed KIND: all that the kernel has of a kind (prog, link or map), as JSON. bpftool asks for one id
# after the other and gives up at a link that another process is just making (EAGAIN, bpf_link_by_id()),
# so it is asked again.
listed() {
	local said try
	for try in {1..20}; do
		said=$(bpftool -j "$1" show) && { printf '%s\n' "$said"; return; }
		sleep "$POLL"
	done
	printf 'bpftool %s show, %s times: %s\n' "$1" "$try" "$(tail -c 200 <<<"$said")" >&2
	return 1
}

# The same of the whole machine. Others come and go meanwhile, so only what was held is looked for.
alive() {
	local what
	for what in prog link map; do
		listed "$what" | jq -r --arg what "$what" '.[] | "\($what) \(.id)"' || return
	done
}

# Programs and maps of hopmark that no process holds; what ends between the two looks is among them.
orphans() {
	{ ours prog && ours map; } >"$T/ours" || fail "what is loaded cannot be listed"
	held '*' >"$T/all-held"
	sort "$T/ours" | comm -23 - "$T/all-held"
}
ours() { listed "$1" | jq -r --arg what "$1" '.[] | select(.name // "" | test("^(hm_|hopmark)")) | "\($what) \(.id)"'; }
no_orphans() {
	orphans >"$T/orphans"
	finds_nothing grep -vxFf "$T/orphans-before" "$T/orphans" >"$T/orphans-new"
}

freed() { [[ ! -s $T/held ]] || no_longer_alive; }
no_longer_alive() {
	alive >"$T/alive" || fail "what is loaded cannot be listed"
	finds_nothing grep -qxFf "$T/held" "$T/alive"
}
as_before() { attached "$1" | diff "$T/attached" - >"$T/diff"; }

# Other people's objects at HOST: a filter at clsact of eth0, which makes the qdisc theirs, programs
# at tcx of eth0, before ours and after them, and one at the XDP hook of another interface.
add_strangers() {
	at "$1" ip link add other0 type veth peer name other1
	at "$1" ip link set dev other0 xdp obj "$(strangers)" sec xdp
	at "$1" tc qdisc add dev eth0 clsact
	at "$1" tc filter add dev eth0 ingress prio 1 handle 7 bpf da obj "$(strangers)" sec other
	at "$1" tc filter add dev eth0 egress prio 1 protocol ip handle 7 bpf da bytecode '1,6 0 0 4294967295'
	prove "a stranger's filter is at eth0" has_stranger "$1" tc filter show dev eth0 ingress
	prove "a stranger's program is at other0" has_stranger "$1" bpftool net show
	if has_tcx; then
		foreign "$1" eth0 tcx-in-last next
		foreign "$1" eth0 tcx-out-first next
		foreign "$1" eth0 tcx-out-last next
		prove "three strangers are at tcx of eth0" chain_has "$1" eth0 3
	fi
}

has_stranger() { at "$@" | grep -qE 'stranger|other0.*id'; }

# chain_has HOST INTERFACE N: that many programs are at its two tcx hooks
chain_has() {
	local chains
	chains=$(tcx_of "$1" "$2") || fail "who is at tcx of $2 cannot be listed"
	[[ $(grep -c . <<<"$chains") -eq $3 ]]
}
