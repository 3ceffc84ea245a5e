# SPDX-License-Identifier: GPL-2.0-only
# A recording (jq -s) as it would have been where some hops could not be watched. $less names them as
# "not watched" does: interfaces, socket, app, drops, and sockets for the iterator (who listens, whose
# socket it is, what is read of it). Called by tests/golden/degraded.
($less | split(" ")) as $off |
def lacks(hop): any($off[]; . == hop);
{"xdp": "interfaces", "in": "interfaces", "out": "interfaces", "socket-in": "socket",
	"socket-out": "socket", "app": "app", "drops": "drops"} as $by_hook |
# The oldest recordings have names of hops and no facts of them.
def by_name: if startswith("socket:") then "socket" elif contains(":") then "interfaces" else . end;
(map(select(.type == "host") | .hop_facts[]? | {key: .hop, value: $by_hook[.hook]}) | from_entries)
	as $kind |
(map(select(.type == "host"))[-1].hops) as $hops |
def watched: . == "sockets" or (($kind[.] // by_name) as $k | lacks($k) | not);
.[] |
if .type == "host" then
	(if .hop_facts then .hop_facts |= map(select(.hop | watched)) else . end) |
	.hops |= map(select(watched)) |
	.not_watched += [$off[] | {hop: ., why: "test"}]
elif .type == "sighting" then
	select(.hop | watched) |
	select((.what == "listener" and lacks("sockets")) | not) |
	select((.what == "connect" and lacks("socket")) | not) |
	if .what == "socket" and lacks("sockets") then
		del(.pid, .comm) | .socket |= del(.has_seq, .copied_seq)
	else . end
elif .hop_packets then
	.hop_packets |= [to_entries[] | select($hops[.key] | watched) | .value]
else . end
