# SPDX-License-Identifier: GPL-2.0-only
#
# The tables of `make bench`, from what sums.jq made. $sizes: frames of which sizes. (-L, with format.jq)

include "format";

def tools: {
	none: "no tool, both times", tc_empty: "an empty tc program", outside: "hopmark, traffic outside its filter", hopmark: "hopmark, tc hooks",
	depth: "hopmark --depth 16384", xdp_empty: "an empty XDP program", xdp: "hopmark --xdp, tc and XDP",
	tcpdump_xx: "tcpdump -XX | grep", tcpdump_a: "tcpdump -A | grep", ngrep: "ngrep",
	iptables: "iptables -m string"
};

def order: ["none", "tc_empty", "outside", "hopmark", "depth", "iptables", "xdp_empty", "xdp", "ngrep", "tcpdump_a", "tcpdump_xx"];
def in_order: . as $rows | order | map(. as $tool | $rows[] | select(.tool == $tool));

def spread: if min == max then "\(min)" else "\(min) to \(max)" end;

def found($n): if . == null then "-" else "\(.)/\($n)" end;

def heading: "  " + ("" | left(36)) + ("found of those sent" | right(20)) + ("lost" | right(9)) +
	("throughput kept" | right(18)) + ("CPU us a frame" | right(24)) + ("memory" | right(9)) + "\n  " +
	("" | left(36)) + (["moderate", "highest"] | map(right(10)) | add) + ("packets" | right(9)) +
	(["HTTP", "random"] | map(right(9)) | add) + (["kernel", "tool", "(BPF)"] | map(right(8)) | add) + ("MB" | right(9));

def line: "  " + (tools[.tool] | left(36)) +
	(.moderate as $m | $m.found | found($m.markers) | right(10)) +
	(.highest as $h | $h.found | found($h.markers) | right(10)) +
	(.highest.lost | if . == null then "-" else tostring end | right(9)) +
	([.highest.kept_http, .highest.kept_random | percent | right(9)] | add) +
	([.moderate.added, .moderate.cpu, (.moderate.bpf) | us | right(8)] | add) +
	(.moderate.kb | if . == null then "-" else . / 1024 | digits(1) end | right(9));

def size_name: if . > 1514 then "64 KB, to be cut by a card (GSO), whose bytes nobody but a tool touches" else "\(.) bytes" end;

def section($size): map(select(.size == $size)) | select(length > 0) |
	"\nFrames of \($size | size_name); without a tool \(1e9 / (map(.highest.without) | add / length) | thousands) a second; pairs of each payload: \(map(.highest.rounds) | spread)\n\n" +
	heading + "\n" + (in_order | map(line) | join("\n"));

def bulk: select(length > 0) |
	"\nBulk TCP (iperf3, GSO), every byte searched but where told; without a tool \(map(.without) | add / length / 1e9 | digits(1)) Gbit/s; pairs: \(map(.rounds) | spread)\n\n" +
	(in_order | map("  " + (tools[.tool] | left(36)) + (.kept | percent | right(9))) | join("\n"));

. as $all | .machine.text, (.streams | section($sizes[])), (.bulk | bulk)
