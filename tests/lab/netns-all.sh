#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A namespace that --netns names twice, and "all" once more, is watched once: nothing counts twice.
# Of more namespaces than can be watched the named one is, and how many are left out is said.
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied
REAL=$HOPMARK
WEB=$(ns web)

# among N: "all" is the web server's namespace and N new ones, none of anybody else's
among() {
	HOPMARK=$T/among
	cat >"$HOPMARK" <<-SH
		#!/bin/sh
		[ "\$1" = trace ] || exec "$REAL" "\$@"
		ulimit -Sn 1024 # as in most shells
		exec unshare --mount --pid --fork --mount-proc sh -c '
			{ touch "$T/web" && mount --bind "/run/netns/$WEB" "$T/web" &&
			  mount -t tmpfs none /run/netns && touch "/run/netns/$WEB" &&
			  mount --bind "$T/web" "/run/netns/$WEB" &&
			  for i in \$(seq $1); do
				touch /run/netns/n\$i && unshare --net=/run/netns/n\$i true || exit 1
			  done; } 2>>"$T/log" || exit 1
			ls /run/netns >"$T/names"
			exec "\$@"' sh "$REAL" "\$@"
	SH
	chmod +x "$HOPMARK"
}

# trace_of NAMESPACES ARGUMENTS...: a request from the proxy to the web server
trace_of() {
	among "$1"
	trace_start client -m amazinggrace -c 1 --for 30 "${@:2}" port 80
	[[ -n $FAULTS_ONLY ]] || prove "so many namespaces are there" same "$(wc -l <"$T/names")" $(($1 + 1))
	prove "proxy and web talked" same 404 "$(fetch proxy "$(url web 80 amazinggrace)")"
	trace_wait 40
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
	expect "what one packet had has another count" counted_once
}

counted_once() {
	# shellcheck disable=SC2016 # jq's own variable
	trace_has --arg in "$WEB/eth0:in" '[.[] | select(.type == "sighting" and .hop == $in) | .what] |
		map(select(. == "syn" or . == "marker")) == ["syn", "marker"]'
}

named_twice() { trace_of 0 --netns "$WEB" --netns "$WEB" --netns all; }

too_many() {
	trace_of 70 --netns "$WEB" --netns all
	expect "how many are left out is not said" not_watched "--netns all" "^7 namespaces more than the 64 "
	expect "how many have no room is not said" not_watched "--netns" "^[0-9]+ namespaces more than the table"
}

READY=50 # attaching in so many takes seconds, and an emulated machine a minute or two
start_nginx web 80
both_families named_twice
F=4
too_many
