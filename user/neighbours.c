// SPDX-License-Identifier: GPL-2.0-only
/* Who else is at the hooks of an interface, see neighbours.h. */
#include "neighbours.h"

#include <stdio.h>
#include <string.h>

#include "hm_types.h"

char *neighbour_text(char out[HM_NAME_LEN], const struct hm_neighbour *n)
{
	static const char *const kinds[] = {
		[HM_NEIGHBOUR_XDP] = "XDP program",
		[HM_NEIGHBOUR_TC] = "tc program",
		[HM_NEIGHBOUR_FILTER] = "filter",
	};
	const char *space = n->name[0] ? " " : "";

	if (n->id)
		snprintf(out, HM_NAME_LEN, "%s%s%.20s #%u", kinds[n->kind], space, n->name, n->id);
	else
		snprintf(out, HM_NAME_LEN, "%s%s%.30s", kinds[n->kind], space, n->name);
	return out;
}

bool neighbour_is_hopmark(const struct hm_neighbour *n)
{
	static const char *const programs[] = { "hm_tc_in", "hm_tc_out", "hm_tc_in_l3",
						"hm_tc_out_l3", "hm_xdp" };

	for (size_t i = 0; i < HM_ARRAY_SIZE(programs); i++)
		if (!strcmp(n->name, programs[i]))
			return true;
	return false;
}

/* The first foreign one of a part of the chain, with how many more. */
static void sum(const struct hm_neighbour *list, uint32_t from, uint32_t to, char out[HM_NAME_LEN])
{
	uint32_t more = 0;
	char more_text[24];
	size_t len;

	out[0] = '\0';
	for (uint32_t i = from; i < to; i++)
		if (!neighbour_is_hopmark(&list[i]) && !list[i].own) {
			if (!out[0])
				neighbour_text(out, &list[i]);
			else
				more++;
		}
	if (!more)
		return;
	snprintf(more_text, sizeof(more_text), " and %u more", more);
	len = strlen(out);
	if (len + strlen(more_text) >= HM_NAME_LEN)
		len = HM_NAME_LEN - 1 - strlen(more_text);
	snprintf(out + len, HM_NAME_LEN - len, "%s", more_text);
}

void neighbours_sum(const struct hm_neighbour *list, uint32_t count, char before[HM_NAME_LEN],
		    char after[HM_NAME_LEN])
{
	uint32_t own = 0;

	while (own < count && !list[own].own)
		own++;
	sum(list, 0, own, before);
	sum(list, own, count, after);
}

/* Cards, loopback ("") and the devices whose packets all come in by the usual way. */
static bool is_plain(const char *kind)
{
	static const char *const plain[] = { "", "veth", "bridge", "bond", "vlan", "tun" };

	for (size_t i = 0; i < HM_ARRAY_SIZE(plain); i++)
		if (!strcmp(kind, plain[i]))
			return true;
	return false;
}

bool neighbours_blind(const struct hm_passage *p)
{
	if (p->hop || p->device < HM_BLIND_PACKETS)
		return false;
	return p->kept || (p->in && is_plain(p->kind));
}
