# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/healthy.sh
#
# An upload that asks first (Expect: 100-continue).
PORT=8031
serve() {
	start_nginx server $PORT 'client_max_body_size 10m; location / { proxy_pass http://127.0.0.1:8131; }
		} server { listen 127.0.0.1:8131; client_max_body_size 10m; location / { return 201; }'
	head -c 2000000 /dev/zero >"$T/upload-asked"
}
during() {
	curls 201 "$1" -H 'Expect: 100-continue' -H 'Connection: close' --data-binary "@$T/upload-asked" \
		"$(url server $PORT "$(mark "[1-$1]")")"
	made "$1"
	made "$1" 8131 'server all'
}
