# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# The client speaks in clear where the server speaks TLS.
# cause: 60
# client: tls-mismatch application likely
# middle: tls-mismatch application likely
# server: tls-mismatch application proven
# all: tls-mismatch application proven
PORT=443
LOOK=(-m amazinggrace)
setup() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=web -keyout "$T/key" -out "$T/cert" 2>>"$T/log"
	start server gnutls-serv --echo -p 443 --x509certfile "$T/cert" --x509keyfile "$T/key"
	ready server 443
}
traffic() {
	send client amazinggrace "$(addr server)" 443
	prove "what came back begins with an alert" cmp -s -n 2 "$T/answer" <(printf '\x15\x03')
}
