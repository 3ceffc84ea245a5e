// SPDX-License-Identifier: GPL-2.0-only
/* What the rows of "not watched" say of interfaces that nobody looks at. */
#include "world_scene.h"

#define BUSY "Device or resource busy"

static void test_not_attached(void **state)
{
	static const struct {
		const char *hop, *why;
		bool lacks;
	} rows[] = {
		{"eth2:in", BUSY, true},
		{"eth2:out", BUSY, true},
		{"db/eth0:in", BUSY, true},
		{"ib0", "link type 32 is not parsed", true},
		{"eth2:xdp", BUSY, false},
		{"eth0:in", "for a time, when it saw no packet", false}, /* it has its hop */
		{"web/eth0:in", "for a time, when it saw no packet", false},
		{"socket:in", "no cgroup2 is mounted", false},
		{"eth9", "it went during the trace", false},
		{"XDP", "no --xdp", false},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rows); i++) {
		struct world *w = world_new(NULL);

		scene_not_watched(&w->scene, rows[i].hop, rows[i].why);
		assert_int_equal(scene_lacks_interface(&w->scene), rows[i].lacks);
		world_free(w);
	}
}

/* Many containers end: those rows are counted, and hide neither that one nor make one up. */
static void test_among_others(void **state)
{
	(void)state;
	for (int lacks = 0; lacks < 2; lacks++)
		for (uint32_t at = 30; at < 50; at++) {
			struct world *w = world_new(NULL);
			char dev[16];

			for (uint32_t i = 0; i < 50; i++) {
				snprintf(dev, sizeof(dev), "veth%u%s", i,
					 lacks && i == at ? ":in" : "");
				scene_not_watched(&w->scene, dev, "gone");
			}
			assert_int_equal(scene_lacks_interface(&w->scene), lacks);
			world_free(w);
		}
}

/* An interface goes to which nobody could attach, and one of a longer name stays. */
static void test_gone(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	scene_not_watched(&w->scene, "eth2:in", BUSY);
	scene_not_watched(&w->scene, "eth22:in", BUSY);
	scene_forget_interface(&w->scene, "eth2");
	assert_int_equal(w->scene.not_watched_count, 1);
	assert_true(scene_lacks_interface(&w->scene));
	scene_forget_interface(&w->scene, "eth22");
	assert_false(scene_lacks_interface(&w->scene));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_attached),
		cmocka_unit_test(test_among_others),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
