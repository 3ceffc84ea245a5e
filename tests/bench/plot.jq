# SPDX-License-Identifier: GPL-2.0-only
#
# README's plot of `make bench` as SVG, from what sums.jq made: throughput kept and markers found
# against the packet rate, and nanoseconds of the search against the size of the payload.
# (-L, with format.jq)

include "format";

def colours: {hopmark: "#0b6e4f", xdp: "#7ab89f", xdp_empty: "#999999", ngrep: "#c96f00", tcpdump_a: "#7a3fa0",
	tcpdump_xx: "#c0252b", iptables: "#1f5fa8", by_byte: "#c0252b", one12: "#0b6e4f", one20: "#1f5fa8", eight20: "#c96f00"};
def names: {hopmark: "hopmark", xdp: "hopmark --xdp", xdp_empty: "empty XDP program", ngrep: "ngrep", tcpdump_a: "tcpdump -A | grep",
	tcpdump_xx: "tcpdump -XX | grep", iptables: "iptables -m string", by_byte: "byte by byte", one12: "hopmark, one of 12 bytes",
	one20: "hopmark, one of 20 bytes", eight20: "hopmark, eight of 20 bytes"};

def at($n): $n * 10 | round / 10 | tostring;
def text($x; $y; $anchor; $words): "<text x=\"\(at($x))\" y=\"\(at($y))\" text-anchor=\"\($anchor)\">\($words | gsub("<"; "&lt;"))</text>";
def line($x1; $y1; $x2; $y2; $colour): "<line x1=\"\(at($x1))\" y1=\"\(at($y1))\" x2=\"\(at($x2))\" y2=\"\(at($y2))\" stroke=\"\($colour)\"/>";

# A panel: {title, x, y, w, h, xmax, ymax, xticks, yticks, xname, lines: [{key, points: [[x, y]]}]}
def px($p; $x): $p.x + $x / $p.xmax * $p.w;
def py($p; $y): $p.y + $p.h - ([$y, $p.ymax] | min) / $p.ymax * $p.h;
def curve($p): colours[.key] as $c | "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"\($c)\" points=\"\(.points | map("\(at(px($p; .[0]))),\(at(py($p; .[1])))") | join(" "))\"/>",
	(.points[] | "<circle cx=\"\(at(px($p; .[0])))\" cy=\"\(at(py($p; .[1])))\" r=\"3\" fill=\"\($c)\"/>");
def panel: . as $p |
	"<g><text x=\"\($p.x)\" y=\"\($p.y - 14)\" font-weight=\"bold\">\($p.title)</text>",
	($p.yticks[] | line($p.x; py($p; .); $p.x + $p.w; py($p; .); "#ddd"), text($p.x - 6; py($p; .) + 4; "end"; "\(.)\($p.yunit)")),
	($p.xticks[] | text(px($p; .); $p.y + $p.h + 16; "middle"; if . >= 1000 and $p.xunit == "k" then "\(. / 1000)k" else "\(.)" end)),
	line($p.x; $p.y + $p.h; $p.x + $p.w; $p.y + $p.h; "#333"),
	text($p.x + $p.w / 2; $p.y + $p.h + 34; "middle"; $p.xname),
	($p.lines[] | curve($p)), "</g>";
def legend($x; $y): to_entries[] | line($x; $y + .key * 18; $x + 22; $y + .key * 18; colours[.value]),
	text($x + 28; $y + .key * 18 + 4; "start"; names[.value]);

# Frames of 1514 bytes: at the given rates, and as fast as it went without the tool
def streamed(what; $tools): . as $all | $tools | map(. as $tool | {key: $tool, points: [
	($all.rates[] | select(.tool == $tool) | [.rate, what]),
	($all.streams[] | select(.tool == $tool and .size == 1514) | .highest | [1e9 / .without, what])
] | map(select(.[1] != null)) | sort}) | map(select(.points | length > 0));
def share: if (.markers // 0) == 0 or .found == null then null else .found / .markers * 100 end;

def panels: ["hopmark", "iptables", "ngrep", "tcpdump_a", "tcpdump_xx"] as $tools |
	([.streams[] | select(.size == 1514) | 1e9 / .highest.without] + [.rates[].rate] | (max // 1) / 100000 | ceil * 100000) as $most |
	([.sizes[] | .by_byte, .one12, .one20, .eight20] | (max // 1) / 200 | ceil * 200) as $slowest |
	{y: 50, w: 225, h: 220} as $place |
	[
		{title: "Throughput kept", x: 50, xmax: $most, ymax: 100, yunit: " %",
			lines: streamed(.kept | . * 100; $tools + ["xdp_empty", "xdp"])},
		{title: "Markers found", x: 350, xmax: $most, ymax: 100, yunit: " %", lines: streamed(share; $tools)}
	] + [
		{title: "Search of a payload", x: 650, xmax: 1500, ymax: $slowest, yunit: "", xticks: [0, 500, 1000, 1500], xunit: "",
			yticks: [range(0; $slowest + 1; $slowest / 4)], xname: "bytes of payload; up: nanoseconds",
			lines: (.sizes as $sizes | ["by_byte", "one12", "one20", "eight20"] |
				map(. as $key | {key: $key, points: ($sizes | map([.bytes, .[$key]]))}))}
	] | map($place + {xticks: [range(0; $most + 1; $most / 4)], yticks: [0, 25, 50, 75, 100], xunit: "k",
		xname: "frames of 1514 bytes a second"} + .);

"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 420\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">",
"<rect width=\"900\" height=\"420\" fill=\"#fff\"/>",
(panels[] | panel),
(["hopmark", "iptables", "ngrep", "tcpdump_a"] | legend(50; 330)),
(["tcpdump_xx", "xdp_empty", "xdp"] | legend(230; 330)),
(["by_byte", "one12", "one20", "eight20"] | legend(650; 330)),
text(10; 412; "start"; .machine.text // ""),
"</svg>"
