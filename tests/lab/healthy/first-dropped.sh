# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# A rule of the server drops the first SYN of a connection, or the first SYN-ACK; the second gets through.
PORT=8034
BESIDE=yes
serve() { start_nginx server $PORT; }
# drop_first HOOK FLAGS HERE THERE: which port of the packet is the server's, which the client's
drop_first() {
	at server nft -f - <<-NFT
		table inet lab {
			counter hits { }
			set seen { type inet_service; flags dynamic; }
			chain lab { type filter hook $1 priority 0;
				tcp $3 $PORT tcp flags & (syn | ack) == $2 tcp $4 != @seen add @seen { tcp $4 } counter name hits drop; }
		}
	NFT
}
get_through() { # N
	local i pids=()
	for ((i = 0; i < $1; i++)); do
		at client curl -sS -o "$T/second-$i" "$(url server $PORT "$(mark $i)")" 2>>"$T/log" &
		pids+=("$!")
	done
	wait "${pids[@]}"
	for ((i = 0; i < $1; i++)); do proves "an answer" contains "$T/second-$i" '404 Not Found'; done
	proves "one of each was dropped" were_hit server "$1"
	no_rules server
	made "$1"
}
during() {
	drop_first input syn dport sport
	get_through "$1"
	drop_first output "(syn | ack)" sport dport
	get_through "$1"
}
