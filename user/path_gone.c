// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections whose leg was forgotten: what comes of one afterwards makes a leg that lacks its
 * beginning, and what is missing there was not missing in the network. A Bloom filter with one hash
 * for each of two generations: it forgets none within a generation's time, and under a flood takes
 * many for forgotten that are not, which makes a verdict `inconclusive` and never wrong. Called by
 * path.c and path_join.c.
 */
#include <string.h>

#include "path_inside.h"

#define GENERATION_NS (120000 * HM_MS) /* longer than any repetition a verdict waits for */

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t place_of(const struct leg_key *key)
{
	const uint8_t *at = (const uint8_t *)key;
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < sizeof(*key); i++)
		hash = (hash ^ at[i]) * 1099511628211ULL;
	return (hash ^ (hash >> 32)) % HM_GONE_BITS;
}

static bool is_set(const uint64_t *bits, uint32_t place)
{
	return bits[place / 64] >> (place % 64) & 1;
}

/* The older generation has lived long enough. */
static void turn(struct gone *gone, uint64_t ns)
{
	if (ns - gone->since_ns < GENERATION_NS)
		return;
	gone->now ^= 1;
	memset(gone->bits[gone->now], 0, sizeof(gone->bits[gone->now]));
	gone->since_ns = ns;
}

void gone_add(struct gone *gone, const struct leg_key *key, uint64_t ns)
{
	uint32_t place = place_of(key);

	turn(gone, ns);
	gone->bits[gone->now][place / 64] |= 1ULL << (place % 64);
}

bool gone_has(const struct gone *gone, const struct leg_key *key)
{
	uint32_t place = place_of(key);

	return is_set(gone->bits[0], place) || is_set(gone->bits[1], place);
}
