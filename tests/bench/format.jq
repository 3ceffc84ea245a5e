# SPDX-License-Identifier: GPL-2.0-only
#
# Words and numbers as the tables of tests/bench show them.

def left($n): . + " " * ([$n - length, 0] | max);
def right($n): " " * ([$n - length, 0] | max) + .;
def digits($n): if . == null then "-" else (. * pow(10; $n) | round | tostring) as $t |
	if $n == 0 then $t else
		($t | ltrimstr("-") | if length <= $n then "0" * ($n + 1 - length) + . else . end) as $u |
		(if . < 0 and ($u | test("[1-9]")) then "-" else "" end) + $u[:-$n] + "." + $u[-$n:] end end;
def percent: if . == null then "-" else . * 100 | digits(if . < 99.95 then 1 else 0 end) + " %" end;
def thousands: digits(0) | if length > 3 then .[:-3] + "," + .[-3:] else . end | if length > 7 then .[:-7] + "," + .[-7:] else . end;
def us: if . == null then "-" else . / 1000 | digits(2) end;

# In lines of at most $n characters
def wrapped($n): reduce splits(" ") as $word ([""];
	if .[-1] == "" then .[-1] = $word
	elif (.[-1] | length) + 1 + ($word | length) <= $n then .[-1] += " " + $word
	else . + [$word] end);
