# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# The server speaks first, as with SMTP, and the client says goodbye.
PORT=8029
serve() {
	# shellcheck disable=SC2016 # the script's
	scripted 'printf "220 lab\r\n"
		while read -r line; do case $line in QUIT*) printf "221 bye\r\n"; exit ;; *) printf "250 ok\r\n" ;; esac; done'
}
during() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf 'HELO %s\r\nQUIT\r\n' "$(mark "$i")" | at client nc.openbsd "$(addr server)" $PORT >"$T/answer-$KIND" 2>>"$T/log"
		proves "it was served" same '220 250 221 ' "$(awk '{printf "%s ", $1}' "$T/answer-$KIND")"
	done
	made "$1"
}
