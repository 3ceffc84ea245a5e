// SPDX-License-Identifier: GPL-2.0-only
/* Evidence of what happened on the way: options rewritten, routers between two namespaces. */
#include "world.h"

struct seen {
	double ms;
	const char *where;
	uint16_t mss;
	uint8_t ttl;
	bool timestamps;
	uint8_t dscp;
	uint32_t isn; /* beside the connection's own */
	uint16_t ip_id;
	uint8_t family; /* 0: IPv4 */
};

static void request(struct world *w, const struct conn *c, const struct seen *at)
{
	struct hm_sighting s = see(w, c, at->ms, at->where, HM_WHAT_SYN, 'c');

	s.seq = c->isn_c + at->isn;
	s.ip_id = at->ip_id;
	s.family = at->family ? at->family : 4;
	s.tcp_flags = SYN;
	s.ttl = at->ttl;
	s.syn = (struct hm_sight_syn){.mss = at->mss,
				      .wscale = 7,
				      .sack = true,
				      .timestamps = at->timestamps,
				      .dscp = at->dscp};
	push(w, s);
}

/* The one line of evidence that has these words, or NULL. count: times that the SYN was seen. */
static const char *evidence_of(const struct seen *at, uint32_t count, const char *words)
{
	static char line[HM_LINE];
	struct hm_verdict *v = malloc(sizeof(*v));
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_bench bench = {.scene = &w->scene};
	struct hm_path *path;
	uint32_t found = 0;

	assert_non_null(v);
	for (uint32_t i = 0; i < count; i++)
		request(w, &c, &at[i]);
	paths_finish(w->paths, T0 + 100 * MS);
	while ((path = paths_settled(w->paths, T0 + 100 * MS))) {
		judge_path(path, &bench, v);
		for (uint32_t i = 0; i < v->evidence_count; i++)
			if (strstr(v->evidence[i], words) && ++found)
				memcpy(line, v->evidence[i], sizeof(line));
		paths_release(w->paths, path);
	}
	world_free(w);
	free(v);
	assert_true(found <= 1);
	return found ? line : NULL;
}

static const char *evidence(const struct seen at[2], const char *words)
{
	return evidence_of(at, 2, words);
}

static void test_rewritten(void **state)
{
	const struct seen clamped[] = {{0, "eth0:in", 1460, 64, .timestamps = true},
				       {0.1, "eth1:out", 1200, 63, .timestamps = false}};
	const struct seen same[] = {{0, "eth0:in", 1460, 64, .timestamps = true},
				    {0.1, "eth1:out", 1460, 63, .timestamps = true}};

	(void)state;
	assert_string_equal(evidence(clamped, "rewritten"),
			    "SYN rewritten between eth0:in and eth1:out: "
			    "MSS 1460 became 1200, timestamps taken out");
	assert_null(evidence(same, "rewritten"));
	assert_null(evidence(same, "router")); /* it is this host */
}

static void test_dscp(void **state)
{
	struct seen at[] = {{0, "eth0:in", 1460, 64, .timestamps = true, .dscp = 46},
			    {0.1, "eth1:out", 1460, 63, .timestamps = true}};

	(void)state;
	assert_string_equal(evidence(at, "rewritten"),
			    "SYN rewritten between eth0:in and eth1:out: DSCP 46 became 0");
	at[1].dscp = HM_NO_DSCP; /* not read there */
	assert_null(evidence(at, "rewritten"));
	at[1].dscp = 46;
	assert_null(evidence(at, "rewritten"));
}

/* Another sequence number: the same packet by its identification, or, without one, by its TTL. */
static void test_renumbered(void **state)
{
	struct seen at[] = {{0, "eth0:in", 1460, 64, .timestamps = true, .ip_id = 7},
			    {0.1, "eth1:out", 1460, 63, .timestamps = true, .ip_id = 7, .isn = 900},
			    {0.2, "eth0:in", 1460, 64, .timestamps = true, .ip_id = 7, .isn = 900}};

	(void)state;
	assert_string_equal(
		evidence(at, "rewritten"),
		"SYN rewritten between eth0:in and eth1:out: sequence number 100 became 1000");
	assert_null(evidence_of(at, 3, "rewritten")); /* it was sent like that */
	at[1].ip_id = 8;
	assert_null(evidence(at, "rewritten")); /* another packet */
	at[1].ip_id = 7;
	at[1].ttl = 65;
	assert_null(evidence(at, "rewritten")); /* before, not behind */
	at[1].ttl = 63;
	at[1].where = "eth0:in";
	assert_null(evidence(at, "rewritten")); /* another connection from the same port */
}

static void test_renumbered_ipv6(void **state)
{
	struct seen at[] = {
		{0, "eth0:in", 1460, 64, .timestamps = true, .family = 6},
		{0.1, "eth1:out", 1460, 63, .timestamps = true, .isn = 900, .family = 6}};

	(void)state;
	assert_string_equal(
		evidence(at, "rewritten"),
		"SYN rewritten between eth0:in and eth1:out: sequence number 100 became 1000");
	at[1].ttl = 64;
	assert_null(evidence(at, "rewritten"));
}

static void test_routers(void **state)
{
	const struct seen two[] = {{0, "eth0:out", 1460, 64, .timestamps = true},
				   {0.1, "web/eth0:in", 1460, 62, .timestamps = true}};
	const struct seen none[] = {{0, "eth0:out", 1460, 64, .timestamps = true},
				    {0.1, "web/eth0:in", 1460, 64, .timestamps = true}};

	(void)state;
	assert_string_equal(evidence(two, "router"),
			    "2 routers between eth0:out and web/eth0:in (TTL 64, then 62)");
	assert_null(evidence(none, "router"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_dscp),
		cmocka_unit_test(test_renumbered),
		cmocka_unit_test(test_renumbered_ipv6),
		cmocka_unit_test(test_routers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
