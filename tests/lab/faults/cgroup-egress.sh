# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A program in a cgroup drops what its processes send: the client is one.
# cause: 5
# client: dropped-by-bpf host proven
# all: dropped-by-bpf host proven
CGROUP=$(findmnt -nt cgroup2 -o TARGET | head -n 1)/$HM_LAB_PREFIX-fault
PIN=/sys/fs/bpf/$HM_LAB_PREFIX-fault
at_end() {
	rm -f "$PIN"
	within 5 rmdir "$CGROUP" 2>/dev/null
}
setup() {
	mkdir "$CGROUP"
	bpftool prog load "$(theirs deaf)" "$PIN" type cgroup/skb
	bpftool cgroup attach "$CGROUP" egress pinned "$PIN"
	prove "the program is there" prints deaf bpftool cgroup show "$CGROUP"
}
curls() { (echo "$BASHPID" >"$CGROUP/cgroup.procs" && fetch client -m 5 "$(url server 80 amazinggrace)"); }
traffic() { prove "curl got nothing" same 000 "$(curls)"; }
