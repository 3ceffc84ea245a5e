# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What scenarios share: a network, real programs in it, proof that the fault is in place, a trace,
# and a look at its verdict. Sourced first by every tests/lab/*.sh (and by scripts/demo).
#
#   O                   where hopmark was built (default build)
#   HOPMARK             the program, if it is not that one (build/hopmark-static, say)
#   HM_LAB_PREFIX       names of the namespaces (default hm)
#   HM_LAB_FAMILIES     what both_families is (default "4 6")
#   HM_LAB_FAULTS_ONLY  set: only prove the faults, run no hopmark, and end as skipped
#
# A scenario ends with 0 (passed), 77 (skipped, the reason is its last line) or anything else.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
O=${O:-build}
[[ $O == /* ]] || O=$ROOT/$O
HOPMARK=${HOPMARK:-$O/hopmark}
[[ $HOPMARK == /* ]] || HOPMARK=$ROOT/$HOPMARK
HM_LAB_PREFIX=${HM_LAB_PREFIX:-hm}
export HM_LAB_PREFIX
PEER=$O/lab/peer
RST=$O/lab/rst # for reset-injected.sh
PEEK=$O/lab/peek # for privacy.sh
export RST PEEK
FAULTS_ONLY=${HM_LAB_FAULTS_ONLY-}
SELF=$(basename "$0" .sh)
LC_ALL=C
export LC_ALL

NETWORK= # the one that is up
F=4 # address family: 4 or 6
STARTED=() # processes to end
TRACES=0 # how many traces there were
TRACE_PID='' # hopmark, while it runs
TRACE='' # what its files are called: .json .rec .err .txt
REPORT='' # the recording as text
TRACE_RC='' # its exit status
T=$(mktemp -d /tmp/hopmark-lab.XXXXXX)
chmod 0755 "$T" # servers run as other users

note() { printf '%s: %s\n' "$SELF" "$*"; }
fail() { printf '%s: FAIL (IPv%s): %s\n' "$SELF" "$F" "$*"; exit 1; }
skip() { printf '%s\n' "$*"; exit 77; }

at_end() { :; } # what a scenario has to undo itself; it says so by a function of this name

finish() {
	local rc=$?
	trap - EXIT
	trap '' INT TERM HUP # a second one must not cut this short
	set +e
	[[ $rc -eq 0 || $rc -eq 77 ]] || show_trace
	end "$TRACE_PID" "${STARTED[@]}" 2>/dev/null
	at_end
	[[ -z $NETWORK ]] || "$ROOT/scripts/lab" down "$NETWORK"
	rm -rf "$T"
	if [[ $rc -eq 0 && -n $FAULTS_ONLY ]]; then
		skip "HM_LAB_FAULTS_ONLY: the faults are proven, hopmark was not run"
	fi
	exit "$rc"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

[[ $(id -u) -eq 0 ]] || skip "needs root"

# What changes the machine for good runs in one that ends with it: /run/vm-command is scripts/vm-init's.
if [[ ! -e /run/vm-command ]]; then
	why=$(sed -n 's/^# only emulated: //p' "$0")
	[[ -z $why ]] || skip "only in a machine of scripts/vm: $why"
fi

# --- the network ---

# network NAME: this scenario's network, removed at its end.
network() {
	HM_LAB_OWNER=$$ "$ROOT/scripts/lab" up "$1"
	NETWORK=$1
}

ns() { printf '%s-%s' "$HM_LAB_PREFIX" "$1"; }

# at HOST COMMAND...: by nsenter, because `ip netns exec` would hide cgroup2 (see scripts/lab).
at() {
	local host=$1
	shift
	nsenter --net="/run/netns/$(ns "$host")" -- "$@"
}

# Runs its argument for IPv4 and then for IPv6, or for those of HM_LAB_FAMILIES.
both_families() {
	for F in ${HM_LAB_FAMILIES:-4 6}; do
		"$@"
	done
}

# addr HOST[:SIDE]: an address of this family; of router and proxy the client's side, or :web's.
addr() {
	local net host
	case $NETWORK/$1 in
	*/client) net=1 host=1 ;;
	direct/server | proxied/proxy) net=1 host=2 ;;
	routed/server | proxied/web) net=2 host=2 ;;
	routed/router) net=1 host=254 ;;
	routed/router:web) net=2 host=254 ;;
	proxied/proxy:web) net=2 host=1 ;;
	*) fail "no address for $1 in $NETWORK" ;;
	esac
	if [[ $F == 4 ]]; then
		echo "10.77.$net.$host"
	else
		echo "fd77:$net::$host"
	fi
}

# bracketed ADDRESS: as it stands in a URL
bracketed() { if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi; }

# url HOST PORT [PATH]
url() { echo "${4:-http}://$(bracketed "$(addr "$1")"):$2/${3-}"; }

loopback() { if [[ $F == 4 ]]; then echo 127.0.0.1; else echo ::1; fi; }

# --- faults, and the proof that they are there ---

# rules HOST HOOK RULE: an nft rule, in which `counter name hits` counts; hook may carry a priority
rules() {
	at "$1" nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain lab { type filter hook $2 priority 0; $3; }
		}
	NFT
}

no_rules() { at "$1" nft delete table inet lab; }

hits() { at "$1" nft -j list counter inet lab hits | jq -r '.nftables[] | .counter? | select(.) | .packets'; }

# Predicates for prove. were_hit HOST [N]: the named counter is at least N
were_hit() { [[ $(hits "$1") -ge ${2:-1} ]]; }
no_hit() { local n; n=$(hits "$1") || fail "the counter of $1 cannot be read"; [[ $n == 0 ]]; }
counter() { at "$1" nstat -asz "$2" | awk -v n="$2" '$1 == n {print $2}'; } # HOST NAME: of nstat
rose() { [[ $(at "$1" nstat -asz "$2" | awk -v n="$2" '$1 == n {print $2}') -ge ${3:-1} ]]; } # HOST NAME [N]
same() { [[ $1 == "$2" ]]; }
contains() { grep -qF -- "$2" "$1"; } # FILE TEXT
# What is to be absent must have been looked for. finds_nothing GREP...: it looked, and no line matches;
# lacks FILE TEXT; prints TEXT COMMAND...: the command worked, and what it printed has TEXT
finds_nothing() { local rc=0; "$@" || rc=$?; [[ $rc -eq 1 ]]; }
lacks() { finds_nothing contains "$@"; }
prints() { local said; said=$("${@:2}") || fail "could not look: ${*:2}"; [[ $said == *"$1"* ]]; }
# unread HOST PORT [BYTES]: a connection to that port holds bytes that nobody read
unread() { [[ $(at "$1" ss -Htn state established "sport = :$2" | awk '{n += $1} END {print n + 0}') -ge ${3:-1} ]]; }
# waiting HOST PORT N: connections in that listener's accept queue
waiting() { [[ $(at "$1" ss -Hltn "sport = :$2" | awk '{print $2}') -ge $3 ]]; }

# prove NAME COMMAND...: the fault is in place, or the test is worth nothing. Waits for it on a busy host too.
PROVEN=0 # how often
prove() {
	local name=$1
	shift
	PROVEN=$((PROVEN + 1))
	within 10 "$@" || { tail -n 20 "$T/log"; fail "the fault is not in place: $name ($*)"; }
}

# shellcheck source=tests/lab/lib/programs.sh
. "$ROOT/tests/lab/lib/programs.sh"
# shellcheck source=tests/lab/lib/trace.sh
. "$ROOT/tests/lab/lib/trace.sh"
