# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# Router and server each have the other as the way there, until the TTL is used up.
# cause: 19
# client: unreachable network proven
# middle: unreachable network proven
# server: unreachable network proven
# all: unreachable network proven
elsewhere() { if [[ $F == 4 ]]; then echo 10.99.0.1; else echo fd99::1; fi; }
exceeded() { [[ $(($(counted router) + $(counted server))) -ge 1 ]]; }
counted() { at "$1" nstat -asz "$([[ $F == 4 ]] && echo IcmpOutTimeExcds || echo Icmp6OutTimeExcds)" | awk '/TimeExcds/ {print $2}'; }
setup() {
	at server sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	at router ip -"$F" route add "$(elsewhere)" via "$(addr server)"
}
traffic() {
	send client amazinggrace "$(elsewhere)" 80 -w 5
	prove "its time was exceeded" exceeded
}
