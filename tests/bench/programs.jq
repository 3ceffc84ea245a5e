# SPDX-License-Identifier: GPL-2.0-only
#
# Nanoseconds that each program adds beyond an empty one, from what sums.jq made. (-L, with format.jq)

include "format";

.programs[] | select(.name != "empty program") | (.name | left(68)) + (.added | digits(0) | right(6))
