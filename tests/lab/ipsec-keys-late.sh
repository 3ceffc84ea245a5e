#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Twin of the fault ipsec-keys: IPsec discards the first requests, for want of keys, until its policy is
# gone. TCP repairs that, and nobody is accused.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

lacked() { awk '$1 == "XfrmOutNoStates" {print $2}' <(at client cat /proc/net/xfrm_stat); }
has_lacked() { [[ $(lacked) -gt $BEFORE ]]; }
policy_goes() { at client ip xfrm policy deleteall; }

late() {
	local c s
	c=$(addr client) s=$(addr server)
	BEFORE=$(lacked)
	start client ip xfrm monitor acquire >>"$T/log"
	at client ip xfrm policy add dir out src "$c" dst "$s" proto tcp dport 80 tmpl src "$c" dst "$s" proto esp mode transport
	trace_start client -m amazinggrace port 80
	{
		within 5 has_lacked || true
		policy_goes
	} 2>>"$T/log" &
	prove "it was answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	wait "$!"
	prove "the first request had been discarded" has_lacked
	trace_stop
	expect_verdict code=delivered exit=0
}

start_nginx server 80
both_families late
