#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is wrong with a command line or a machine is said in one line with its cause and the next
# step, with the right status, and nothing stays attached; control bytes never come out raw.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

[[ -z $FAULTS_ONLY ]] || exit 0

H=$T/hopmark # where other users may run it
cp "$HOPMARK" "$H"

# says STATUS TEXT COMMAND...: in the server's namespace; one line on stderr, in which TEXT stands
says() {
	local want=$1 text=$2 rc=0
	shift 2
	at server timeout -k 1 10 "$@" >"$T/out" 2>"$T/err" </dev/null || rc=$?
	[[ $rc -eq $want ]] || { cat "$T/out" "$T/err"; fail "status $rc, not $want: $*"; }
	grep -qiE -- "$text" "$T/err" || { cat "$T/err"; fail "stderr does not say \"$text\": $*"; }
	[[ $want -ne 2 || $(wc -l <"$T/err") -eq 1 ]] || { cat "$T/err"; fail "not one line: $*"; }
	clean "$T/out" "$T/err"
}

clean() { # FILE...: nothing but lines of printable ASCII
	finds_nothing grep -nP '[^\x20-\x7e\t]' "$@" || fail "control bytes came out raw"
}

says 2 'eth9' "$H" trace -i eth9 port 80
says 2 'port' "$H" trace port
says 2 '99999' "$H" trace port 99999
says 2 'tcp|flag|support' "$H" trace 'tcp[13] == 2'
says 2 'marker|short' "$H" trace -m abc port 80
says 2 'marker|long' "$H" trace -m "$(printf '%065d' 0)" port 80
says 2 'hex' "$H" trace -m hex:0g port 80
says 2 'nonsense' "$H" nonsense
says 2 'nonsense' "$H" trace --nonsense port 80
says 2 '/no/such/directory' "$H" trace -w /no/such/directory/x port 80
says 2 'pcap' "$H" trace -w "$T/x.pcap" port 80
says 2 'no-such-command' "$H" trace port 80 -- no-such-command
says 2 'no-such-file' "$H" report "$T/no-such-file"
says 2 'xdp' "$H" trace --xdp port 80
says 3 'root|privilege|sudo' setpriv --reuid 65534 --regid 65534 --clear-groups "$H" trace --for 1 port 80

# A reader that goes away ends it, as it ends any filter.
start_nginx server 80
rc=0
{ at server "$H" trace --json --for 10 port 80 2>"$T/err" || echo $? >"$T/rc"; } | head -n 1 >"$T/out" &
pipe=$!
within 10 contains "$T/out" '"host"' || fail "hopmark did not say that it watches"
for _ in 1 2 3; do
	fetch client "$(url server 80)" >"$T/status"
done
wait "$pipe" || rc=$?
[[ $(cat "$T/rc") -eq 141 ]] || fail "stdout closed: status $(cat "$T/rc"), not that of SIGPIPE"

# Control bytes in the marker, the reader's name and an interface's name
end_all
odd=$T/$(printf 'od\033[31md')
build_tools
cp "$PEER" "$odd"
at server ip link add "$(printf 'if\033[7m')" type veth peer name odd1
at server ip link set "$(printf 'if\033[7m')" up
at server ip link set odd1 up
start server "$odd" mute "$(addr server)" 80
ready server 80
marker=$(printf 'grace\033[2J\007')
for json in '' --json; do
	rm -f "$T/err" # an older one would say that this one watches
	at server "$H" trace ${json:+"$json"} -m "$marker" -c 1 --for 8 port 80 >"$T/out" 2>"$T/err" &
	tracer=$!
	within 10 test -s "$T/err" || fail "hopmark did not say that it watches"
	send client "$marker" "$(addr server)" 80 -q 1
	wait "$tracer" || fail "the odd marker was not delivered"
	clean "$T/out" "$T/err"
	grep -qi delivered "$T/out" || fail "the odd marker is in no verdict"
done
