# SPDX-License-Identifier: GPL-2.0-only
#
# What was aimed at beside what was reached, from what sums.jq made; where it was missed, the
# measurement that shows the limit. Nothing fails for it: times are the machine's. (-L, with format.jq)

include "format";

def of($tool; $size): .streams | map(select(.tool == $tool and .size == $size)) | .[0];
def bulk_of($tool): .bulk | map(select(.tool == $tool)) | .[0].kept;
# Beside streams there are too few pairs to tell a per cent
def aimed_bulk($tool): if .streams | length > 0 then null else bulk_of($tool) end;
# What it takes of a CPU, beside what the same takes outside the filter
def bulk_where($tool): [.bulk_cpu[] | select(.tool == $tool), select(.tool == "outside")] | sort_by(.tool == "outside") |
	if length < 2 then "" else
	"; of a CPU its programs take \(.[0].programs | percent) by the kernel's count and its process \(.[0].process | percent), outside the filter \(.[1].programs | percent) and \(.[1].process | percent)" end;
# A stream is as fast as the CPU that it fills
def bulk_limit: .bulk_limit | if . == null then "" else
	"; a stream alone fills \(.sender | percent) of its sender's CPU and \(.receiver | percent) of its receiver's" end;
def program($words): .programs | map(select(.name | contains($words))) | .[0].added;
def cost: if . == null or .added == null then null else .added + .cpu end; # of a frame, all of it
# null where noise is larger than either
def ratio($a; $b): if ($a // 0) <= 0 or ($b // 0) <= 0 then null else $a / $b end;
def per($n): if . == null then null else . / $n end;
def ns: if . == null then "-" else digits(0) + " ns" end;

# Where the throughput goes: what a frame may take longer, and what it does
def where_to($tool; $wanted; $part): of($tool; 1514).highest | if . == null then "" else
	"a frame takes \(.without | ns) without a tool, so \(.without * (1 / $wanted - 1) | ns) are what it may take more; it takes \(.added | ns), \($part)" end;

def at_least($name; $wanted; $got; $limit): {name: $name, wanted: ">= \($wanted | percent)",
	got: ($got | percent), met: ($got != null and $got >= $wanted), measured: ($got != null), limit: $limit};
def at_most($name; $wanted; $got; $unit; $limit): {name: $name, wanted: "<= \($wanted)\($unit)",
	got: "\($got | digits(if $wanted < 3 then 2 else 0 end))\($unit)", met: ($got != null and $got <= $wanted), measured: ($got != null), limit: $limit};
def times($name; $wanted; $got; $limit): {name: $name, wanted: ">= \($wanted)x",
	got: "\($got | digits(1))x", met: ($got != null and $got >= $wanted), measured: ($got != null), limit: $limit};

def found($tools): [.streams[] | select(.tool | IN($tools[])) | .highest] |
	if length == 0 then null else (map(.found) | add) / (map(.markers) | add) end;

def targets:
	(.sizes | map(select(.bytes == 1460)) | .[0]) as $size |
	[
		at_least("kept, 1514-byte frames outside the filter"; 0.99; of("outside"; 1514).highest.kept;
			where_to("outside"; 0.99; "the program itself \(program("outside the filter") | ns); with an empty program at the same place it keeps \(of("tc_empty"; 1514).highest.kept | percent)")),
		at_least("kept, 1514-byte frames, every payload searched"; 0.95; of("hopmark"; 1514).highest.kept;
			where_to("hopmark"; 0.95; "its program \(of("hopmark"; 1514).highest.bpf | ns) by the kernel's count; with all in the caches that takes \(program("one marker of 12, not there") | ns), of which the search \($size.one12 | ns); an empty program there takes \(of("tc_empty"; 1514).highest.added | ns)")),
		at_most("CPU a frame of these, in parts of ngrep's"; 0.25;
			ratio(of("hopmark"; 1514).moderate | cost; of("ngrep"; 1514).moderate | cost); "";
			"hopmark \(of("hopmark"; 1514).moderate | cost | ns), of which its programs take \(of("hopmark"; 1514).moderate.bpf | ns); ngrep \(of("ngrep"; 1514).moderate | cost | ns), a quarter of it \(of("ngrep"; 1514).moderate | cost | per(4) | ns)"),
		at_least("kept, bulk TCP inside, --depth 16384"; 0.98; aimed_bulk("depth");
			"the same with nothing inside the filter keeps \(bulk_of("outside") | percent)\(bulk_where("depth"))\(bulk_limit)"),
		at_least("kept, bulk TCP, every payload searched"; 0.95; aimed_bulk("hopmark");
			"the same with nothing inside the filter keeps \(bulk_of("outside") | percent)\(bulk_where("hopmark"))\(bulk_limit)"),
		at_least("markers found at the highest rate, split ones too"; 1; found(["hopmark", "xdp"]); ""),
		at_most("resident memory and maps, MB, four connections"; 30; ([.streams[] | select(.tool | IN("hopmark", "xdp", "depth")) | .highest.kb] | max | if . then . / 1024 else null end); ""; ""),
		at_most("eight markers against one"; 1.25; ratio($size.eight20; $size.one20); "x"; ""),
		at_most("gate miss"; 5; program("outside the filter"); " ns"; "with the parser alone \(program("parser alone") | ns)"),
		at_most("SYN of a known connection, record sent"; 250; program("SYN, record sent"); " ns"; ""),
		at_most("SYN of a new connection, record sent"; 250; program("SYN of a new connection"); " ns";
			"its leg is put into an LRU table: such an insertion alone takes \(program("insertion into an LRU table with room") | ns) into memory that no cache holds, \(program("insertion into a full LRU table") | ns) where it throws the idlest out; the record \(program("SYN, record sent") | ns)"),
		at_most("SYN-ACK of a new connection, record sent"; 250; program("SYN-ACK to that"); " ns";
			"its leg is looked up, in memory that no cache holds: such a lookup alone takes \(program("one lookup in that table") | ns); the record \(program("SYN, record sent") | ns)"),
		at_most("sighting in path and judge, 10,000 connections at once"; 1000;
			program("10000 connections at once: a sighting, path and judge"); " ns"; ""),
		at_most("nothing but fragments of a marker, against text"; 3; ratio(program("nothing but fragments"); program("marker of 12 bytes, not there")); "x"; ""),
		at_most("copies of a marker with another middle, against text"; 3; ratio(program("copies with another middle"); program("one marker of 20 bytes, not there")); "x";
			"\(1460 / 20 | digits(0)) copies, each of which has what the search looks at first and is compared to its end: \(ratio(program("copies with another middle"); 1460 / 20) | ns) each"),
		times("12-byte marker against byte by byte"; 8; ratio($size.by_byte; $size.one12);
			"\(1460 / 9 | digits(0)) windows of 4 bytes, \(ratio($size.one12; 1460 / 9) | digits(2)) ns each with all the rest; byte by byte takes \(ratio($size.by_byte; 1460) | digits(2)) ns a byte"),
		times("20-byte marker against byte by byte"; 14; ratio($size.by_byte; $size.one20);
			"\(1460 / 17 | digits(0)) windows of 4 bytes, \(ratio($size.one20; 1460 / 17) | digits(2)) ns each with all the rest; byte by byte takes \(ratio($size.by_byte; 1460) | digits(2)) ns a byte")
	];

# Pairs without a tool both times: how far from 100 % nothing takes it.
def noise: [(.streams[] | select(.tool == "none") | "\(.size): \(.highest.kept | percent)"), (bulk_of("none") | if . then "bulk: \(percent)" else empty end)] |
	if length > 0 then "  without a tool both times, kept: " + join(", ") + ";\n  a difference of that size says nothing\n" else empty end;

"\nWhat was aimed at, and what was reached\n", noise,
(targets[] | select(.measured) |
	"  " + (.name | left(52)) + (.wanted | right(12)) + (.got | right(10)) + (if .met then "" else "   MISSED" end) +
	(if .met or .limit == "" then "" else "\n" + (.limit | wrapped(92) | map("      " + .) | join("\n")) end)),
# Of bulk TCP alone that goes without saying
(select(.streams | length > 0) | targets | map(select(.measured | not) | .name) | if length > 0 then "not measured here (bulk TCP: make bench-bulk): " + join("; ") | wrapped(94) | "  " + join("\n      ") else empty end)
