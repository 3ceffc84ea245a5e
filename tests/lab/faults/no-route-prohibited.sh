# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client's policy routing prohibits it.
# cause: 1
# client: no-route host proven
# all: no-route host proven
no_way() { ! at client ip -"$F" route get "$(addr server)" >"$T/route" 2>&1; }
setup() {
	at client ip -"$F" rule add to "$(addr server)" prohibit
	prove "there is no route" no_way
}
traffic() { send client amazinggrace "$(addr server)" 80 -w 2; }
