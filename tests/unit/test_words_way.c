// SPDX-License-Identifier: GPL-2.0-only
/* Evidence of what happened on the way: options rewritten, routers between two namespaces. */
#include "world.h"

struct seen {
	double ms;
	const char *where;
	uint16_t mss;
	uint8_t ttl;
	bool timestamps;
};

static void request(struct world *w, const struct conn *c, const struct seen *at)
{
	struct hm_sighting s = see(w, c, at->ms, at->where, HM_WHAT_SYN, 'c');

	s.seq = c->isn_c;
	s.tcp_flags = SYN;
	s.ttl = at->ttl;
	s.syn = (struct hm_sight_syn){.mss = at->mss, .wscale = 7, .sack = true, .timestamps = at->timestamps};
	push(w, s);
}

/* The one line of evidence that has these words, or NULL. */
static const char *evidence(const struct seen at[2], const char *words)
{
	static struct hm_verdict v;
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_bench bench = {.scene = &w->scene};

	request(w, &c, &at[0]);
	request(w, &c, &at[1]);
	paths_finish(w->paths, T0 + 100 * MS);
	judge_path(paths_settled(w->paths, T0 + 100 * MS), &bench, &v);
	world_free(w);
	for (uint32_t i = 0; i < v.evidence_count; i++)
		if (strstr(v.evidence[i], words))
			return v.evidence[i];
	return NULL;
}

static void test_rewritten(void **state)
{
	const struct seen clamped[] = {{0, "eth0:in", 1460, 64, true}, {0.1, "eth1:out", 1200, 63, false}};
	const struct seen same[] = {{0, "eth0:in", 1460, 64, true}, {0.1, "eth1:out", 1460, 63, true}};

	(void)state;
	assert_string_equal(evidence(clamped, "rewritten"), "SYN rewritten between eth0:in and eth1:out: "
							    "MSS 1460 became 1200, timestamps taken out");
	assert_null(evidence(same, "rewritten"));
	assert_null(evidence(same, "router")); /* it is this host */
}

static void test_routers(void **state)
{
	const struct seen two[] = {{0, "eth0:out", 1460, 64, true}, {0.1, "web/eth0:in", 1460, 62, true}};
	const struct seen none[] = {{0, "eth0:out", 1460, 64, true}, {0.1, "web/eth0:in", 1460, 64, true}};

	(void)state;
	assert_string_equal(evidence(two, "router"),
			    "2 routers between eth0:out and web/eth0:in (TTL 64, then 62)");
	assert_null(evidence(none, "router"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_routers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
