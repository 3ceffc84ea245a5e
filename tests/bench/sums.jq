# SPDX-License-Identifier: GPL-2.0-only
#
# What tests/bench/run has seen, a JSON object a line (-s), as one object: for each tool and frame
# size medians of the pairs and sums of the counts.

def median: sort | if length == 0 then null
	elif length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def per($n): if . == null or ($n // 0) == 0 then null else . / $n end;
def total: if any(. == null) then null else add end;

# Nanoseconds a frame: of the wall, and of the kernel within the sender's calls
def wall: .ns / .sent;
def inside: .in_calls_ns / .sent;

# Pairs of bursts that differ in being with the tool or not
def pairs: group_by([.round, .payload]) | map(select(length == 2) | sort_by(.with));
def kept: map((.[0] | wall) / (.[1] | wall)) | median;
def added: map((.[1] | inside) - (.[0] | inside)) | median;

def counts: {
	sent: map(.sent) | add, markers: map(.markers) | add, split: map(.split) | add,
	found: map(.found) | total, lost: map(.lost) | total,
	cpu: ((map(.sent) | add) as $sent | map(.cpu_ns) | add | per($sent)),
	bpf: map(.bpf | values) | .[0],
	kb: map(.kb) | max
};

def streams: map(select(.what == "burst" or .what == "session")) | group_by([.size, .tool]) | map({
	tool: .[0].tool, size: .[0].size,
	moderate: (map(select(.pace == "moderate")) |
		{added: (map(select(.what == "burst")) | pairs | added)} +
		(map(select(.what == "session")) | counts)),
	highest: (map(select(.pace == "highest")) | map(select(.what == "burst")) as $bursts |
		{
			rounds: ($bursts | map(.round) | unique | length),
			added: ($bursts | pairs | added),
			without: ($bursts | map(select(.with | not) | wall) | median),
			kept: ($bursts | pairs | kept),
			kept_http: ($bursts | map(select(.payload == "http")) | pairs | kept),
			kept_random: ($bursts | map(select(.payload == "random")) | pairs | kept)
		} + (map(select(.what == "session")) | counts))
});

# At given rates, for the plot
def rates: map(select((.what == "burst" or .what == "session") and (.pace | test("^[0-9]+$")))) |
	group_by([.tool, .pace]) | map({
		tool: .[0].tool, rate: (.[0].pace | tonumber),
		kept: (map(select(.what == "burst")) | pairs | kept)
	} + (map(select(.what == "session")) | counts));

def bulk: map(select(.what == "bulk")) | group_by(.tool) | map({
	tool: .[0].tool, rounds: length, without: (map(.without) | median),
	kept: (map(.with / .without) | median)
});

# Parts of a CPU
def bulk_cpu: map(select(.what == "bulk_cpu")) | map({tool, programs: (.bpf / .ns), process: (.cpu / .ns)});

{
	machine: (map(select(.what == "machine")) | .[0]),
	streams: streams, rates: rates, bulk: bulk, bulk_cpu: bulk_cpu,
	bulk_limit: (map(select(.what == "bulk_limit")) | .[0]),
	programs: map(select(.what == "program")), sizes: map(select(.what == "size"))
}
