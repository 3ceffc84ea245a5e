// SPDX-License-Identifier: GPL-2.0-only
/*
 * A router whose next link is narrow drops what is long, and says so.
 */
#include "world.h"

#define LONG 1448

/* How often which segments come, and what then? */
struct narrow {
	uint32_t burst, again; /* segments at first; how often the first of them comes again */
	bool shorter; /* then, and it gets through */
	bool bare; /* there is no marker */
	enum hm_code code;
};

static void too_long(struct world *w, const struct conn *c, double ms, uint32_t n)
{
	struct hm_sighting s = drop(w, c, ms, 'c', "PKT_TOO_BIG", ACK);

	s.seq += n * LONG;
	s.len = LONG;
	push(w, s);
}

static struct world *narrow_link(const struct narrow *n)
{
	struct world *w = world_new(n->bare ? NULL : "amazinggrace");
	struct conn c = conn_new("10.0.0.155:40000", "10.0.0.9:80", 100);
	double ms = 1;

	syn(w, &c, 0, "eth0:in");
	syn(w, &c, 0.1, "eth1:out");
	synack(w, &c, 0.2, "eth1:in");
	synack(w, &c, 0.3, "eth0:out");
	packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	packet(w, &c, 0.5, "eth1:out", HM_WHAT_ACK, 'c');
	for (uint32_t i = 0; i < n->burst + n->again; i++) {
		bool first = !i || i >= n->burst;

		ms += i < n->burst ? 0.1 : 300;
		if (first && !n->bare)
			marker(w, &c, ms, "eth0:in", 0);
		too_long(w, &c, ms + 0.05, first ? 0 : i);
	}
	if (n->shorter) {
		data(w, &c, ms + 1, "eth0:in", 'c', HM_CLASS_HTTP_REQUEST, 0);
		data(w, &c, ms + 1.1, "eth1:out", 'c', HM_CLASS_HTTP_REQUEST, 0);
		if (!n->bare)
			marker(w, &c, ms + 1.1, "eth1:out", 0);
	}
	run(w, ms + 10, 6000);
	finish(w, 6010);
	return w;
}

static void test_here(void **state)
{
	static const struct narrow cases[] = {
		{.burst = 1, .again = 5, .code = HM_MTU_BLACK_HOLE},
		{.burst = 3, .again = 5, .code = HM_MTU_BLACK_HOLE},
		{.burst = 1, .again = 5, .bare = true, .code = HM_MTU_BLACK_HOLE},
		{.burst = 1, .again = 1, .code = HM_INCONCLUSIVE},
		{.burst = 8, .code = HM_INCONCLUSIVE},
		{.burst = 8, .bare = true, .code = HM_CONNECTED},
		{.burst = 3, .again = 2, .shorter = true, .code = HM_PASSED},
		{.burst = 8, .shorter = true, .bare = true, .code = HM_INCONCLUSIVE},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(cases); i++) {
		struct world *w = narrow_link(&cases[i]);
		const struct result *r = &w->results[0];

		assert_int_equal(w->count, 1);
		if (r->code != cases[i].code)
			fail_msg("case %zu: code %d", i, r->code);
		if (r->code == HM_MTU_BLACK_HOLE) {
			assert_int_equal(r->blame, HM_BLAME_NETWORK);
			assert_int_equal(r->confidence, HM_LIKELY);
		}
		world_free(w);
	}
}

/*
 * Slow, so that which drop was which packet's is not known; but that it came to its server is not
 * said.
 */
static void test_slow(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new("10.0.0.155:40000", "10.0.0.9:80", 100);

	(void)state;
	add_hop(w, "web/eth0:in", HM_HOOK_TC_IN, NS_WEB, 2);
	add_hop(w, "web/socket:in", HM_HOOK_SOCK_IN, NS_WEB, 0);
	syn(w, &c, 0, "eth0:in");
	syn(w, &c, 0.1, "eth1:out");
	syn(w, &c, 0.15, "web/eth0:in");
	syn(w, &c, 0.16, "web/socket:in");
	synack(w, &c, 0.2, "eth1:in");
	synack(w, &c, 0.3, "eth0:out");
	packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	for (int i = 0; i < 6; i++)
		marker(w, &c, 1 + i * 300, "eth0:in", 0);
	for (int i = 0; i < 4; i++)
		too_long(w, &c, 1 + i * 300 + 150, 0);
	run(w, 2000, 9000);
	finish(w, 9010);
	assert_int_equal(w->count, 1);
	assert_int_equal(w->results[0].code, HM_INCONCLUSIVE);
	assert_null(strstr(w->results[0].summary, " came, but"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_here),
		cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
