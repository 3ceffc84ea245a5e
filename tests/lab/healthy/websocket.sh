# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# An upgrade to WebSocket through nginx, and frames both ways.
PORT=8017
serve() {
	# shellcheck disable=SC2016 # the script's
	PORT=8117 scripted '
		while read -r line && [ ${#line} -gt 1 ]; do :; done
		printf "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		printf "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
		while dd bs=1 count=11 2>/dev/null | grep -aq hello; do printf "\201\005hello"; done'
	start_nginx server $PORT 'location /ws { proxy_pass http://127.0.0.1:8117; proxy_http_version 1.1;
		proxy_set_header Upgrade websocket; proxy_set_header Connection Upgrade; }'
}
upgraded() { [[ $(grep -c ' 101 ' "$T/nginx-$PORT.log") -eq $1 ]]; }
during() {
	habit websocket "$1"
	proves "nginx answered 101" upgraded "$1"
	: >"$T/nginx-$PORT.log"
	made "$1"
	made "$1" 8117 'server all'
}
