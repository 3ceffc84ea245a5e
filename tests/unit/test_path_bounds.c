// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds of paths and scene: more connections than fit, nonsense, and that a replay gives the same.
 */
#include "path_inside.h"
#include "world.h"

/* One marked leg among more than the engine holds: the unmarked go, and are counted. */
static void test_eviction(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 1);
	struct hm_paths_stats stats;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 0.6, HM_CLASS_HTTP_REQUEST, 0);
	for (uint32_t i = 0; i < 5000; i++) {
		char text[32];
		struct conn d;

		snprintf(text, sizeof(text), "10.1.%u.%u:4000", i / 250, i % 250 + 1);
		d = conn_new(text, SERVER, 1000 + i * 7);
		syn(w, &d, 1 + i * 0.01, "eth0:in");
	}
	reads(w, &c, 60, 812, "nginx");
	answer_server(w, &c, 61, 200);
	stats = paths_stats(w->paths);
	assert_int_equal(stats.legs, 5001);
	assert_int_equal(stats.evicted, 5001 - 4096);
	finish(w, 100);
	assert_int_equal(w->count, 4096);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[0].leg_ids[0], 1);
	world_free(w);
}

/* --legs: as many are held as were asked for, and what the kernel side may forget follows it. */
static void test_legs(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	assert_int_equal(scene_sure_tracks(&w->scene), 3072);
	paths_free(w->paths);
	w->scene.max_legs = 256;
	assert_int_equal(scene_sure_tracks(&w->scene), 192);
	w->paths = paths_new(&w->scene);
	assert_non_null(w->paths);
	for (uint32_t i = 0; i < 300; i++) {
		char text[32];
		struct conn d;

		snprintf(text, sizeof(text), "10.1.%u.%u:4000", i / 250, i % 250 + 1);
		d = conn_new(text, SERVER, 1000 + i * 7);
		syn(w, &d, 1 + i * 0.01, "eth0:in");
	}
	assert_int_equal(paths_stats(w->paths).evicted, 300 - 256);
	finish(w, 100);
	assert_int_equal(w->count, 256);
	world_free(w);
}

/* Thousands of judged connections leave no more than a bounded memory behind. */
static void test_many_judged(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_paths_stats stats;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		char text[32];
		struct conn d;

		snprintf(text, sizeof(text), "10.1.%u.%u:4000", i / 250, i % 250 + 1);
		d = conn_new(text, SERVER, 1000 + i * 7);
		shake_server(w, &d, i);
		ask_server(w, &d, i + 0.6, HM_CLASS_OTHER, 0);
		reads(w, &d, i + 0.7, 9, "nc");
		packet(w, &d, i + 0.8, "eth0:in", HM_WHAT_FIN, 'c');
		packet(w, &d, i + 0.9, "eth0:out", HM_WHAT_FIN, 's');
		tick(w, i + 0.9);
	}
	finish(w, 10000);
	stats = paths_stats(w->paths);
	assert_int_equal(stats.evicted, 0);
	assert_int_equal(w->count, 3000);
	for (uint32_t i = 0; i < 3000; i++)
		assert_int_equal(w->results[i].code, HM_DELIVERED);
	world_free(w);
}

/*
 * Connections with many markers each that nobody reads: what they take is bounded over all, not by
 * connections times markers. Each keeps one at least, and none is left out of the count.
 */
static void test_messages(void **state)
{
	const uint32_t conns = 1000, each = 20;
	struct world *w = world_new("amazinggrace");
	uint64_t count = 0;

	(void)state;
	for (uint32_t i = 0; i < conns; i++) {
		char text[32];
		struct conn d;

		snprintf(text, sizeof(text), "10.1.%u.%u:4000", i / 250, i % 250 + 1);
		d = conn_new(text, SERVER, 1000 + i * 7000);
		syn(w, &d, i * 0.01, "eth0:in");
		for (uint32_t n = 0; n < each; n++) {
			marker(w, &d, i * 0.01, "eth0:in", 0);
			d.next += 12;
		}
		assert_true(w->paths->messages <= HM_MAX_MESSAGES + i + 1);
	}
	assert_true(w->paths->messages >= HM_MAX_MESSAGES);
	assert_int_equal(paths_stats(w->paths).evicted, 0);
	finish(w, 10000);
	assert_int_equal(w->count, conns);
	for (uint32_t i = 0; i < conns; i++)
		count += w->results[i].count;
	assert_int_equal(count, conns * each);
	world_free(w);
}

/* The numbers of legs begin anew after 4 billion; one that still lives keeps its own. */
static void test_numbers_of_legs(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new("10.0.0.9:1", SERVER, 1), old = conn_new(CLIENT, SERVER, 2);
	uint32_t last = UINT32_MAX - 1, id;

	(void)state;
	assert_int_equal(syn(w, &old, 0, "eth0:in"), 1);
	w->paths->last_leg = last;
	w->paths->last_path = UINT32_MAX;
	for (uint16_t i = 0; i < 3; i++) {
		c.c.port++;
		id = syn(w, &c, 1 + i, "eth0:in");
		assert_int_equal(id, i ? i + 1U : UINT32_MAX); /* 0 and 1 are left out */
		assert_ptr_not_equal(engine_leg(w->paths, id), NULL);
	}
	assert_int_equal(engine_leg(w->paths, 1)->leg.client.port, old.c.port);
	finish(w, 100);
	assert_int_equal(w->count, 4);
	assert_int_equal(w->paths->last_path, 4);
	world_free(w);
}

/* Judged by the sightings' clock: whether ticks come often or late makes no difference. */
static void test_same_when_replayed(void **state)
{
	uint64_t at_ms[2];

	(void)state;
	for (int often = 0; often < 2; often++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100),
			    d = conn_new("10.0.0.5:1", SERVER, 101);

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "nginx");
		answer_server(w, &c, 3, 200);
		close_both(w, &c, 4);
		if (often)
			run(w, 5, 700);
		syn(w, &d, 800, "eth0:in");
		tick(w, 900);
		at_ms[often] = only(w, HM_DELIVERED)->at_ms;
		world_free(w);
	}
	assert_int_equal(at_ms[0], at_ms[1]);
}

/* Nonsense from a recording moves nothing. */
static void test_nonsense(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 0, "eth0:in", HM_WHAT_RST, 's');

	(void)state;
	push(w, s); /* a RST of nobody's connection */
	s.hop = 999;
	s.what = HM_WHAT_SYN;
	push(w, s);
	s.hop = 0;
	s.what = 200;
	push(w, s);
	finish(w, 100);
	assert_int_equal(w->count, 0);
	assert_int_equal(paths_stats(w->paths).legs, 0);
	world_free(w);
}

static void test_scene(void **state)
{
	struct world *w = world_new(NULL);
	char why[16];

	(void)state;
	assert_int_equal(scene_hop_by_name(&w->scene, "nowhere"), -1);
	assert_true(scene_watches(&w->scene, HM_HOOK_TC_IN, NS_WEB));
	assert_false(scene_watches(&w->scene, HM_HOOK_APP, NS_WEB));
	assert_false(scene_watches(&w->scene, HM_HOOK_XDP, 0));
	scene_not_watched(&w->scene, "xdp", "no --xdp");
	scene_not_watched(&w->scene, "xdp", "no --xdp");
	assert_int_equal(w->scene.not_watched_count, 1);
	for (int i = 0; i < 40; i++) {
		snprintf(why, sizeof(why), "reason %d", i);
		scene_not_watched(&w->scene, "x", why);
	}
	assert_int_equal(w->scene.not_watched_count, HM_MAX_NOT_WATCHED);
	assert_string_equal(w->scene.not_watched[HM_MAX_NOT_WATCHED - 1].why, "10 more");
	w->scene.counters[HM_CNT_LOST_RING] = 1;
	w->scene.counters[HM_CNT_LOST_MAP] = 2;
	w->scene.counters[HM_CNT_LIMITED] = 4;
	w->scene.counters[HM_CNT_SEEN] = 8;
	assert_int_equal(scene_lost(&w->scene), 7);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_eviction),
		cmocka_unit_test(test_legs),
		cmocka_unit_test(test_many_judged),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_numbers_of_legs),
		cmocka_unit_test(test_same_when_replayed),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
