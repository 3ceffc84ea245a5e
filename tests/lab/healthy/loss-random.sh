# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# A rule drops one packet in ten by chance, and of the handshake's every second: on the router, then on the
# server itself. TCP repairs it all; of each connection's side two packets at most are dropped of the
# handshake and two after it, because three without an answer are a fault.
#
# Where a request was repeated, what is lost after it is repeated after three seconds only (RFC 6298, 5.7):
# then both ends wait for longer than hopmark does. Of the server's side that is: it agreed and no ACK came,
# or the ACK came and no request.
PORT=8042
BESIDE=yes
UNKNOWN='both ends wait|ACK of that was not seen|is still open'
serve() { start_nginx server $PORT; }
lose() { # HOST HOOK...
	local hook host=$1
	at "$host" nft -f - <<-NFT
		table inet chance {
			counter hits { }
			set once { type inet_service; flags dynamic; size 65535; }
			set twice { type inet_service; flags dynamic; size 65535; }
			set later { type inet_service . inet_service; flags dynamic; size 65535; }
			set later_twice { type inet_service . inet_service; flags dynamic; size 65535; }
			chain syn {
				numgen random mod 2 == 0 return
				tcp sport @twice return
				tcp sport @once add @twice { tcp sport } counter name hits drop
				add @once { tcp sport } counter name hits drop
			}
			chain synack {
				numgen random mod 2 == 0 return
				tcp dport @twice return
				tcp dport @once add @twice { tcp dport } counter name hits drop
				add @once { tcp dport } counter name hits drop
			}
			chain some {
				tcp flags & (syn | ack) == syn goto syn
				tcp flags & (syn | ack) == syn | ack goto synack
				numgen random mod 10 != 0 return
				tcp sport . tcp dport @later_twice return
				tcp sport . tcp dport @later add @later_twice { tcp sport . tcp dport } counter name hits drop
				add @later { tcp sport . tcp dport } counter name hits drop
			}
		}
	NFT
	for hook in "${@:2}"; do
		at "$host" nft "add chain inet chance $hook { type filter hook $hook priority 0; }
			add rule inet chance $hook tcp dport $PORT goto some
			add rule inet chance $hook tcp sport $PORT goto some"
	done
}
some_were_hit() { # HOST N
	[[ $(at "$1" nft -j list counter inet chance hits | jq '.nftables[] | .counter? | select(.) | .packets') -ge $2 ]]
}
get_through() { # HOST N
	local i pids=()
	rm -f "$T"/random-*
	for ((i = 0; i < $2; i++)); do
		at client curl -sS --max-time $((4 * LATE)) -o "$T/random-$i" "$(url server $PORT "$(mark $i)")" 2>>"$T/log" &
		pids+=("$!")
	done
	wait "${pids[@]}"
	for ((i = 0; i < $2; i++)); do proves "an answer" contains "$T/random-$i" '404 Not Found'; done
	proves "some were dropped" some_were_hit "$1" "$2"
	at "$1" nft delete table inet chance
	made "$2"
}
during() {
	lose router forward
	get_through router $(($1 + 6))
	lose server input output
	get_through server $(($1 + 6))
}
