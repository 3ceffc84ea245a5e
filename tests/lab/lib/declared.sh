# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What faults declare. Sourced by tests/lab/faults.sh and tests/lab/matrix.

# declarations KERNEL FILE...: lines "fault, place, code, blame, confidence" of what that kernel tells. Of
# the lines of a place those count whose "before VERSION" is the first one that the kernel is older than;
# of a fault that is "not before" a later one, none.
declarations() {
	awk -v OFS='\t' -v kernel="$1" '
		function number(version,   part) {split(version, part, "."); return part[1] * 1000 + part[2]}
		$2 == "not" && $3 == "before" && number(kernel) < number($4) {nextfile}
		/^# (client|middle|server|ends|all)( before [0-9.]+)?: / {
			n = split(FILENAME, path, "/")
			sub(/\.sh$/, "", path[n])
			sub(":", " :")
			limit = $3 == "before" ? number($4) : 1e9
			split(substr($0, index($0, ": ") + 2), said, " ")
			if (number(kernel) >= limit) next
			key = path[n] OFS $2
			if (!(key in first) || limit < first[key]) first[key] = limit
			of[++lines] = key
			until[lines] = limit
			line[lines] = key OFS said[1] OFS said[2] OFS said[3]
		}
		END {for (i = 1; i <= lines; i++) if (until[i] == first[of[i]]) print line[i]}' "${@:2}"
}
