# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A program at tc of the client drops what leaves.
# cause: 6
# client: dropped-by-bpf host proven
# all: dropped-by-bpf host proven
setup() { foreign client eth0 clsact-out-9 shot 80; }
traffic() {
	prove "curl got nothing" same 000 "$(fetch client -m 5 "$(url server 80 amazinggrace)")"
	prove "the program had the packets" test "$(foreign_end "$FOREIGN" of_port)" -ge 3
}
