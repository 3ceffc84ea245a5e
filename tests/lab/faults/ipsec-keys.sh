# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# IPsec of the client waits for keys that never come: whoever is asked for them does nothing.
# cause: 7
# client: dropped-other host proven
# all: dropped-other host proven
setup() {
	local c s
	c=$(addr client) s=$(addr server)
	start_nginx server 80
	start client ip xfrm monitor acquire
	at client ip xfrm policy add dir out src "$c" dst "$s" proto tcp dport 80 tmpl src "$c" dst "$s" proto esp mode transport
}
waits() { grep -q 'spi 0x00000000' <(at client ip xfrm state) && [[ $(lacked) -ge 3 ]]; }
lacked() { awk '$1 == "XfrmOutNoStates" {print $2}' <(at client cat /proc/net/xfrm_stat); }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "it waits for keys, and what had none was counted" waits
}
