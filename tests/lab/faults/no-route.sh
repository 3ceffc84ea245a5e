# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client has no route to the server.
# cause: 1
# client: no-route host proven
# all: no-route host proven
no_way() { ! at client ip -"$F" route get "$(addr server)" >"$T/route" 2>&1; }
setup() {
	at client ip -"$F" route del default
	prove "there is no route" no_way
}
traffic() { send client amazinggrace "$(addr server)" 80 -w 2; }
