// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who dropped a packet that the kernel says was dropped by a program or a filter: a BPF program, or
 * something beside it that gets the same reason. Called by case_drop.c and rules_dropped.c.
 */
#include <string.h>

#include "case.h"

static bool at_tc(const struct hm_sighting *s, enum hm_hook *hook)
{
	*hook = !strcmp(s->drop.reason, "TC_INGRESS") ? HM_HOOK_TC_IN : HM_HOOK_TC_OUT;
	return *hook == HM_HOOK_TC_IN || !strcmp(s->drop.reason, "TC_EGRESS");
}

/*
 * "tc program lb #12": a filter that is no BPF program (flower, u32 ...) has no number; nor has one
 * in the old bytecode, which has no name of its own either.
 */
static bool is_program(const char *neighbour)
{
	return (strchr(neighbour, '#') || !strcmp(neighbour, "filter bpf")) &&
	       !strstr(neighbour, " more");
}

static bool is_xdp(const char *neighbour)
{
	return !strncmp(neighbour, "XDP ", 4) && !strstr(neighbour, " more");
}

static void take_neighbour(const struct hm_hop *hop, const char *neighbour, struct hm_dropper *who)
{
	if (!neighbour[0] || is_xdp(neighbour)) /* which has a reason of its own */
		return;
	if (is_program(neighbour))
		who->programs++;
	else
		who->others++;
	who->mixed |= strstr(neighbour, " more") != NULL;
	who->hop = hop;
	who->name = neighbour;
}

struct hm_dropper dropper_of(const struct hm_case *c, const struct hm_sighting *s)
{
	struct hm_dropper who = {0};
	const struct hm_scene *scene = c->scene;
	enum hm_hook hook;

	if (!at_tc(s, &hook)) {
		who.certain = strcmp(s->drop.reason, "SOCKET_FILTER") != 0;
		return who;
	}
	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].hook == hook &&
		    scene->hops[i].netns == scene->hops[s->hop].netns) {
			take_neighbour(&scene->hops[i], scene->hops[i].before, &who);
			take_neighbour(&scene->hops[i], scene->hops[i].after, &who);
		}
	who.certain = who.programs && !who.others;
	who.no_program = who.others && !who.programs && !who.mixed;
	return who;
}
