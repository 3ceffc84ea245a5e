// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evidence of the server name in a ClientHello: as several hops saw it, and whatever bytes it is
 * of.
 */
#include "world.h"

static struct hm_sight_hello hello(enum hm_hello_state state, const char *name, uint16_t len)
{
	struct hm_sight_hello h = {.state = (uint8_t)state, .len = len};

	snprintf(h.name, sizeof(h.name), "%s", name);
	return h;
}

static struct hm_sight_hello named(const char *name)
{
	return hello(HM_HELLO_NAMED, name, (uint16_t)strlen(name));
}

/*
 * What is said of it where the first hop saw one and the second one, 1 ms later, the other; NULL:
 * nothing.
 */
static const char *said_by(char end, struct hm_sight_hello first, struct hm_sight_hello second)
{
	static char line[HM_LINE];
	struct hm_verdict *v = malloc(sizeof(*v));
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_bench bench = {.scene = &w->scene};
	struct hm_sighting s = see(w, &c, 0, "eth0:in", HM_WHAT_HELLO, end);
	bool found = false;

	assert_non_null(v);
	shake_server(w, &c, 0);
	s.mono_ns += 5 * MS;
	s.hello = first;
	push(w, s);
	s.hop = (uint16_t)hop(w, "socket:in");
	s.mono_ns += MS;
	s.hello = second;
	push(w, s);
	paths_finish(w->paths, T0 + 100 * MS);
	judge_path(paths_settled(w->paths, T0 + 100 * MS), &bench, v);
	for (uint32_t i = 0; i < v->evidence_count && !found; i++) {
		found = !strncmp(v->evidence[i], "ClientHello", 11);
		memcpy(line, v->evidence[i], sizeof(line));
	}
	world_free(w);
	free(v);
	return found ? strchr(line, ' ') + 1 : NULL;
}

static const char *said(struct hm_sight_hello first, struct hm_sight_hello second)
{
	return said_by('c', first, second);
}

static void test_said(void **state)
{
	const struct hm_sight_hello unseen = hello(HM_HELLO_UNSEEN, "", 0),
				    nameless = hello(HM_HELLO_NAMELESS, "", 0);

	(void)state;
	assert_string_equal(
		said(named("www.example.org"), unseen),
		"of 10.0.0.4:40887 at eth0:in, 5.00 ms: server name \"www.example.org\"");
	assert_string_equal(
		said(unseen, named("www.example.org")),
		"of 10.0.0.4:40887 at socket:in, 6.00 ms: server name \"www.example.org\"");
	assert_string_equal(
		said(named("www.example.org"), named("else.example.org")),
		"of 10.0.0.4:40887 at eth0:in, 5.00 ms: server name \"www.example.org\"");
	assert_string_equal(said(nameless, unseen),
			    "of 10.0.0.4:40887 at eth0:in, 5.00 ms: no server name in it");
	assert_string_equal(said(unseen, unseen),
			    "of 10.0.0.4:40887 at eth0:in, 5.00 ms: its server name was not seen");
}

/* Who connects may be asked to speak TLS as the server, as in FTP. */
static void test_other_end(void **state)
{
	(void)state;
	assert_string_equal(said_by('s', named("www.example.org"), named("x")),
			    "of 10.0.0.8:80 at eth0:in, 5.00 ms: server name \"www.example.org\"");
}

static void test_strange_bytes(void **state)
{
	char many[HM_SNI_MAX + 1];

	(void)state;
	assert_string_equal(
		said(named("a\033[2J\xff\"\\"), named("x")),
		"of 10.0.0.4:40887 at eth0:in, 5.00 ms: server name \"a\\x1b[2J\\xff\\\"\\\\\"");
	memset(many, 'n', sizeof(many) - 1);
	many[HM_SNI_MAX] = '\0';
	assert_non_null(strstr(said(hello(HM_HELLO_NAMED, many, 255), named("x")),
			       "nnn\" (128 of 255 bytes)"));
	memset(many, '\1', sizeof(many) - 1); /* four to one */
	assert_non_null(strstr(said(hello(HM_HELLO_NAMED, many, 255), named("x")),
			       "x01...\" (128 of 255 bytes)"));
	assert_non_null(strstr(said(hello(HM_HELLO_NAMED, many, 128), named("x")), "x01...\""));
	assert_string_equal(
		said(hello(HM_HELLO_NAMED, "cut", 9), named("x")), /* at a NUL */
		"of 10.0.0.4:40887 at eth0:in, 5.00 ms: server name begins with \"cut\" (3 of 9 bytes)");
	assert_string_equal(said(hello(HM_HELLO_NAMED, "", 9), named("x")),
			    "of 10.0.0.4:40887 at eth0:in, 5.00 ms: its server name was not seen");
}

static bool names(const struct result *r, const char *name)
{
	for (uint32_t i = 0; i < r->evidence_count && i < 4; i++)
		if (strstr(r->evidence[i], name))
			return true;
	return false;
}

/* A connection keeps it as long as it is known: each path that it belongs to tells it. */
static void test_pooled(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 0.5, "eth0:in", HM_WHAT_HELLO, 'c');

	(void)state;
	s.hello = named("www.example.org");
	shake_server(w, &c, 0);
	push(w, s);
	for (int i = 0; i < 2; i++) {
		ask_server(w, &c, 1 + 5000 * i, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2 + 5000 * i, 812, "nginx");
		answer_server(w, &c, 3 + 5000 * i, 200);
		run(w, 4000 + 5000 * i, 4500 + 5000 * i);
	}
	assert_int_equal(w->count, 2);
	assert_true(names(&w->results[0], "www.example.org"));
	assert_true(names(&w->results[1], "www.example.org"));
	world_free(w);
}

/* It goes with its connection, be it for want of room. */
static void test_forgotten(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	paths_free(w->paths);
	w->scene.max_legs = 256;
	w->paths = paths_new(&w->scene);
	assert_non_null(w->paths);
	for (uint16_t i = 0; i < 300; i++) {
		struct conn c = conn_new(CLIENT, SERVER, 100 + i * 1000);
		struct hm_sighting s;

		c.c.port = (uint16_t)(20000 + i);
		syn(w, &c, i, "eth0:in");
		s = see(w, &c, i, "eth0:in", HM_WHAT_HELLO, 'c');
		s.hello = named("www.example.org");
		push(w, s);
	}
	assert_int_equal(paths_stats(w->paths).evicted, 300 - 256);
	finish(w, 400);
	assert_true(names(&w->results[0], "www.example.org"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_other_end),
		cmocka_unit_test(test_strange_bytes),
		cmocka_unit_test(test_pooled),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
