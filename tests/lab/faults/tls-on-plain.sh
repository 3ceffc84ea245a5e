# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client begins TLS where the server speaks HTTP in clear.
# cause: 60
# client: tls-mismatch application likely
# middle: tls-mismatch application likely
# server: tls-mismatch application proven
# all: tls-mismatch application proven
LOOK=(-m amazinggrace)
setup() { start_nginx server 80; }
traffic() {
	prove "curl got nothing" same 000 "$(fetch client -m $((5 * ${HM_SLOW:-1})) "$(url server 80 amazinggrace https)")"
	prove "and says why" contains "$T/log" "wrong version number"
}
