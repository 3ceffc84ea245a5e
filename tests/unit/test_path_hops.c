// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interfaces under ever new names: the scene's table of hops is full one day, a new one takes the
 * place of one that went, and nothing that was seen there is said of the new one.
 */
#include <errno.h>

#include "path_inside.h"
#include "world.h"

static struct hm_hop hop_called(const char *name)
{
	struct hm_hop h = {.hook = HM_HOOK_TC_IN, .netns = NS_HOST, .ifindex = 7};

	snprintf(h.name, sizeof(h.name), "%s", name);
	return h;
}

/* Who went first makes room; nobody does who is there. */
static void test_who_makes_room(void **state)
{
	struct world *w = world_new(NULL);
	struct hm_hop fresh = hop_called("veth9:in");
	int in = hop(w, "eth1:in"), out = hop(w, "eth1:out");

	(void)state;
	assert_int_equal(scene_replace_hop(&w->scene, &fresh, 50), -ENOSPC);
	w->scene.hops[in].gone_ns = 20;
	w->scene.hops[out].gone_ns = 10;
	assert_int_equal(scene_replace_hop(&w->scene, &fresh, 50), out);
	assert_string_equal(w->scene.hops[out].name, "veth9:in");
	assert_int_equal(w->scene.hops[out].since_ns, 50);
	assert_int_equal(scene_hop_by_name(&w->scene, "eth1:out"), -1);
	assert_int_equal(scene_replace_hop(&w->scene, &fresh, 60), in);
	world_free(w);
}

static const struct hm_leg *leg_of(const struct world *w, uint32_t id)
{
	struct leg_state *st = engine_leg(w->paths, id);

	assert_non_null(st);
	return &st->leg;
}

/* A request came in at eth1, which then went; the silence after it is nobody's fault any more. */
static void test_rows_go_with_their_hop(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100), d = conn_new("10.0.0.5:1", SERVER, 200);
	struct hm_hop fresh = hop_called("veth9:in");
	uint32_t id, other;
	int in = hop(w, "eth1:in");

	(void)state;
	id = syn(w, &c, 0, "eth1:in");
	packet(w, &c, 1, "eth1:in", HM_WHAT_RST, 's');
	syn(w, &c, 2, "socket:in");
	other = syn(w, &d, 3, "eth0:in");
	assert_int_equal(leg_of(w, id)->row_count, 2);
	assert_int_equal(leg_of(w, id)->note_count, 1);
	w->scene.hops[in].gone_ns = T0 + 4 * MS;
	assert_int_equal(scene_replace_hop(&w->scene, &fresh, T0 + 5 * MS), in);
	tick(w, 6);
	assert_int_equal(leg_of(w, id)->row_count, 1);
	assert_int_equal(leg_of(w, id)->note_count, 0);
	assert_int_equal(leg_of(w, other)->row_count, 1);
	finish(w, 1000);
	assert_int_equal(w->count, 2);
	for (uint32_t i = 0; i < w->count; i++)
		assert_int_equal(w->results[i].lost, w->results[i].leg_ids[0] == id);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_makes_room),
		cmocka_unit_test(test_rows_go_with_their_hop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
