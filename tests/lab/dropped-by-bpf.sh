#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dropped-by-bpf: a program at tc drops the request, one in a cgroup what its processes send or get.
# In every place of tc: neighbours-end.sh.
# Twins: a filter that is no program (where the kernel has it), a program that drops somebody else's
# packets, and one that is gone before the request is repeated.
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
CGROUP=$(findmnt -nt cgroup2 -o TARGET | head -n 1)/$HM_LAB_PREFIX-bpf
PIN=/sys/fs/bpf/$HM_LAB_PREFIX-bpf

at_end() {
	rm -f "$PIN"
	rmdir "$CGROUP" 2>/dev/null
}

# Deaf where its packets come in or leave, ingress or egress: every process of the cgroup.
deafen() {
	mkdir "$CGROUP"
	bpftool prog load "$(theirs deaf)" "$PIN" type cgroup/skb
	bpftool cgroup attach "$CGROUP" "$1" pinned "$PIN"
	prove "the program is there" prints deaf bpftool cgroup show "$CGROUP"
}
heal() {
	bpftool cgroup detach "$CGROUP" "$1" pinned "$PIN"
	rm "$PIN"
	within 5 rmdir "$CGROUP" 2>>"$T/log"
}

# curls: what the client gets, as a member of the cgroup; serves: a server that is one
join() { echo "$BASHPID" >"$CGROUP/cgroup.procs"; }
curls() { (join && fetch client -m "$(patience 4)" "$(url server 80 amazinggrace)"); }
serves() {
	(join && exec nsenter --net="/run/netns/$(ns server)" -- "$PEER" poll "$(addr server)" 8080 100) >>"$T/log" 2>&1 </dev/null &
	STARTED+=("$!")
	ready server 8080
}

patience() { echo $(($1 * ${HM_SLOW:-1})); }

at_tc() {
	trace_start server -m amazinggrace -c 1 --for 15 port 80
	foreign server eth0 clsact-in-9 shot 80
	prove "curl got nothing" same 000 "$(fetch client -m "$(patience 4)" "$(url server 80 amazinggrace)")"
	trace_wait
	prove "the program had the packets" test "$(foreign_end "$FOREIGN" of_port)" -gt 0
	expect_verdict code=dropped-by-bpf blame=host confidence=proven n=1 exit=1
	expect "the filter is not named" trace_has 'any(.[]; .type == "verdict" and any(.evidence[]?; test("foreign_tc.* is at eth0:in")))'
}

sent() {
	deafen egress
	trace_start client -m amazinggrace -c 1 --for 15 port 80
	prove "curl got nothing" same 000 "$(curls)"
	trace_wait
	heal egress
	expect_verdict code=dropped-by-bpf blame=host confidence=proven n=1 exit=1
}

# The socket's filters and its security module have one reason on older kernels.
received() {
	deafen ingress
	trace_start server -m amazinggrace -c 1 --for 15 port 8080
	serves
	prove "curl got nothing" same 000 "$(fetch client -m "$(patience 4)" "$(url server 8080 amazinggrace)")"
	trace_wait
	end_all
	heal ingress
	expect_verdict code=dropped-by-bpf blame=host confidence=likely n=1 exit=1
}

a_filter() {
	local protocol
	at server tc qdisc replace dev eth0 clsact
	[[ $F == 4 ]] && protocol=ip || protocol=ipv6
	if ! at server tc filter add dev eth0 ingress prio 3 protocol $protocol flower ip_proto tcp dst_port 80 action drop 2>>"$T/log"; then
		note "this kernel has no filter that drops and is no program"
		return 0
	fi
	trace_start server -m amazinggrace -c 1 --for 15 port 80
	prove "curl got nothing" same 000 "$(fetch client -m "$(patience 4)" "$(url server 80 amazinggrace)")"
	prove "the filter had the packets" prints "dropped" at server tc -s filter show dev eth0 ingress
	trace_wait
	at server tc filter del dev eth0 ingress prio 3
	expect_verdict code=dropped-other blame=host n=1 exit=1
	expect "the filter is not named" trace_has 'any(.[]; .type == "verdict" and any(.evidence[]?; test("flower is at eth0:in")))'
}

somebody_elses() {
	foreign server eth0 clsact-in-9 shot 81
	trace_start server -m amazinggrace port 80
	send client amazinggrace "$(addr server)" 81 -w 1
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	prove "the program had packets" test "$(foreign_end "$FOREIGN" of_port)" -gt 0
	expect_verdict code=delivered n=1 exit=0
}

overcome() {
	foreign server eth0 clsact-in-9 shot 80
	trace_start server -m amazinggrace port 80
	at client curl -gsS -o "$T/answer" -w '%{http_code}' -m 20 "$(url server 80 amazinggrace)" >"$T/status" 2>>"$T/log" &
	within 10 prints SYN-SENT at client ss -Htan "dport = :80" || fail "curl did not ask"
	prove "the program had the packet" test "$(foreign_end "$FOREIGN" of_port)" -gt 0
	wait $! || true
	prove "nginx answered" contains "$T/status" 404
	trace_stop
	expect_verdict code=delivered n=1 exit=0
}

build_tools
start_nginx server 80
both_families at_tc
both_families sent
both_families a_filter
both_families somebody_elses
both_families overcome
both_families received
