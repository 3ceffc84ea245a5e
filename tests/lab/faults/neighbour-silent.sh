# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# An address of the client's own subnet that nobody has.
# cause: 3
# client: neighbour-failed network proven
# all: neighbour-failed network proven
nobody() { if [[ $F == 4 ]]; then echo 10.77.1.99; else echo fd77:1::99; fi; }
silent() { at client ip -"$F" neigh show to "$(nobody)" | grep -qE 'FAILED|INCOMPLETE'; }
setup() { :; }
traffic() {
	send client amazinggrace "$(nobody)" 80 -w 5
	prove "nobody answers for it" silent
}
