// SPDX-License-Identifier: GPL-2.0-only
/*
 * conntrack-full: netfilter dropped the SYNs because its table of connections was full; and what
 * looks alike, where a rule may have been it.
 */
#include "world.h"

#define LIMIT 262144

struct drops { /* of the SYN at 0 and 1.01 s */
	const char *where;
	uint32_t entries, no_room[2]; /* the table after each of them; entries 0: not asked */
};

static struct hm_sighting taken(struct world *w, const struct conn *c, double ms,
				const struct drops *d, int i)
{
	struct hm_sighting s = drop(w, c, ms, 'c', "NETFILTER_DROP", SYN);

	snprintf(s.drop.where, sizeof(s.drop.where), "%s", d->where);
	s.drop.tracked = d->entries;
	s.drop.tracked_max = d->entries ? LIMIT : 0;
	s.drop.no_room = d->no_room[i];
	return s;
}

static const struct result *judged(struct world *w, const struct drops *d, enum hm_code code)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	push(w, taken(w, &c, 0.1, d, 0));
	run(w, 10, 1000);
	syn(w, &c, 1010, "eth0:in");
	push(w, taken(w, &c, 1010.1, d, 1));
	run(w, 1020, 5500);
	return only(w, code);
}

/* The table counted just these two. */
static void test_full(void **state)
{
	struct world *w = world_new("amazinggrace");
	const struct drops d = {"nf_hook_slow", LIMIT, {7, 8}};
	const struct result *r = judged(w, &d, HM_CONNTRACK_FULL);

	(void)state;
	assert_int_equal(r->blame, HM_BLAME_HOST);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_non_null(strstr(r->evidence[0], "2 times"));
	assert_string_equal(r->evidence[1],
			    "conntrack held 262144 connections, limit 262144, at 1.01 s; 8 dropped "
			    "for want of room since the trace began");
	assert_int_equal(w->exit_status, 1);
	world_free(w);
}

/* Of many drops of one SYN not each is kept, but each is counted. */
static void test_full_again_and_again(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct drops d = {"nf_hook_slow", LIMIT, {0}};
	const struct result *r;

	(void)state;
	w->answers.on = true;
	for (uint32_t i = 0; i < 5; i++) {
		d.no_room[0] = 3 + i;
		syn(w, &c, i * 900, "eth0:in");
		push(w, taken(w, &c, i * 900 + 0.1, &d, 0));
		run(w, i * 900 + 10, i * 900 + 800);
	}
	run(w, 4500, 6000);
	r = only(w, HM_CONNTRACK_FULL);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_non_null(strstr(r->evidence[0], "5 times"));
	world_free(w);
}

/* It dropped others meanwhile: that it was not a rule is likely. */
static void test_full_for_others_too(void **state)
{
	struct world *w = world_new("amazinggrace");
	const struct drops d = {"nf_hook_slow", LIMIT, {7, 80}};

	(void)state;
	assert_int_equal(judged(w, &d, HM_CONNTRACK_FULL)->confidence, HM_LIKELY);
	world_free(w);
}

/* A rule has the same reason; and these look alike. */
static void test_rules(void **state)
{
	static const struct drops t[] = {
		{"nf_hook_slow", LIMIT, {0, 0}}, /* full, and it dropped nothing */
		{"nf_hook_slow", LIMIT, {7, 7}}, /* full, and these it did not count */
		/* it counted, but had room: an entry that clashed */
		{"nf_hook_slow", LIMIT - 1, {7, 8}},
		{"nf_hook_slow", LIMIT, {0, 1}}, /* full by the second only */
		{"nft_do_chain", LIMIT, {7, 8}}, /* the kernel says that it was a rule */
		{"nf_hook_slow", 0, {0, 0}}, /* nobody could ask */
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++) {
		struct world *w = world_new("amazinggrace");
		const struct result *r = judged(w, &t[i], HM_DROPPED_BY_FIREWALL);

		assert_int_equal(r->confidence, HM_PROVEN);
		assert_int_equal(r->evidence_count > 1 &&
					 strstr(r->evidence[1], "could not be asked"),
				 !t[i].entries);
		world_free(w);
	}
}

/* A place became free before the SYN was repeated: overcome. */
static void test_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct drops d = {"nf_hook_slow", LIMIT, {1, 1}};

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	push(w, taken(w, &c, 0.1, &d, 0));
	shake_server(w, &c, 1010);
	ask_server(w, &c, 1011, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 1012, 812, "nginx");
	answer_server(w, &c, 1013, 200);
	run(w, 1020, 4000);
	only(w, HM_DELIVERED);
	world_free(w);
}

/*
 * One request, of a client that gave up: one drop, counted, of which the table says nothing
 * certain.
 */
static void test_one(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct drops d = {"nf_hook_slow", LIMIT, {1, 1}};

	(void)state;
	w->answers.on = true;
	c.pid = 55;
	push(w, connect_call(w, &c, 0));
	push(w, taken(w, &c, 0.1, &d, 0));
	run(w, 10, 4500);
	assert_int_equal(only(w, HM_CONNTRACK_FULL)->confidence, HM_LIKELY);
	assert_int_equal(w->results[0].pid, 55);
	world_free(w);
}

/* That an answer was made by netfilter stands above it. */
static void test_rejected(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct drops d = {"nf_hook_slow", LIMIT, {1, 1}};

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	packet(w, &c, 0.1, "eth0:out", HM_WHAT_RST, 's');
	push(w, taken(w, &c, 0.2, &d, 0));
	run(w, 10, 300);
	only(w, HM_REJECTED_BY_FIREWALL);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_full_again_and_again),
		cmocka_unit_test(test_full_for_others_too),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_overcome),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
