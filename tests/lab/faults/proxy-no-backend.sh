# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # see tests/lab/faults.sh
#
# HAProxy knows no server for the request, as where all are down.
# cause: 53
# cause: 56
# client: http-error beyond one-sided
# middle: http-error application likely
# all: http-error application likely
NET=proxied
LOOK=(-m amazinggrace)

setup() {
	printf '%s\n' "defaults" " mode http" " timeout connect 2s" " timeout client 9s" " timeout server 9s" \
		"frontend in" " bind 0.0.0.0:80" " bind [::]:80 v6only" " default_backend out" "backend out" >"$T/conf"
	start proxy haproxy -db -f "$T/conf"
	ready proxy 80
}
traffic() { prove "haproxy answered 503" same 503 "$(fetch client "$(url proxy 80 amazinggrace)")"; }
