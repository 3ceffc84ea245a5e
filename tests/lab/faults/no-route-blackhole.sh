# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# A blackhole route of the router takes the request; it says nothing.
# cause: 1
# client: syn-unanswered beyond one-sided
# middle: no-route host proven
# server: nothing-seen unknown one-sided
# all: no-route host proven
no_way() { ! at router ip -"$F" route get "$(addr server)" >"$T/route" 2>&1; }
setup() {
	at router ip -"$F" route add blackhole "$(addr server)"
	prove "there is no route" no_way
}
traffic() { send client amazinggrace "$(addr server)" 80 -w 5; }
