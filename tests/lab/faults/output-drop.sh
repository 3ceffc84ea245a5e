# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client's own nftables drop the request on OUTPUT.
# cause: 4
# client: dropped-by-firewall host proven
# all: dropped-by-firewall host proven
setup() { rules client output "tcp dport 80 counter name hits drop"; }
traffic() {
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the rule was hit" were_hit client
}
