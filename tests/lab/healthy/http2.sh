# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# HTTP/2 over cleartext; HPACK hides the marker in its Huffman code. One request each: curl 7.88 does not get a
# second answer from nginx that way.
PORT=8019
serve() { LISTEN=http2 start_nginx server $PORT; }
during() {
	local i
	for ((i = 0; i < $1; i++)); do
		at client curl -sS -o "$T/answer-$KIND" -w '%{http_version} %{http_code}\n' --http2-prior-knowledge \
			"$(url server $PORT "$(mark "$i")")" >"$T/codes-$KIND" 2>>"$T/log" || true
		proves "an answer in HTTP/2" same '2 404' "$(cat "$T/codes-$KIND")"
	done
	made "$1"
}
