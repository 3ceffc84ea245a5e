// SPDX-License-Identifier: GPL-2.0-only
/*
 * What real traffic showed the rules to get wrong: each fault with the twin that must not get it.
 */
#include "world.h"

#define CLIENT "10.0.0.4:40887"
#define SERVER "10.0.0.8:80"
#define CLIENT6 "[fd77:1::1]:46422"
#define SERVER6 "[fd77:1::2]:80"

static void listens(struct world *w, double ms, const char *where, uint32_t netns, uint32_t pid)
{
	struct hm_sighting l = {.mono_ns = T0 + (uint64_t)(ms * 1e6),
				.hop = (uint16_t)hop(w, "sockets"),
				.what = HM_WHAT_LISTENER,
				.pid = pid};

	l.src = ep(where);
	l.listener.netns = netns;
	snprintf(l.comm, sizeof(l.comm), "java");
	push(w, l);
}

static void syn_at_full(struct world *w, const struct conn *c, double ms)
{
	struct hm_sighting s = see(w, c, ms, "socket:in", HM_WHAT_SYN, 'c');

	syn(w, c, ms, "eth0:in");
	s.seq = c->isn_c;
	memset(&s.syn, 0, sizeof(s.syn));
	s.syn.has_listener = true;
	s.syn.backlog = 129;
	s.syn.backlog_max = 128;
	push(w, s);
}

/* Who leaves the queue full is who listens: of a server and its workers the lowest pid. */
static void test_full_queue_has_owner(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn_at_full(w, &c, 0);
	syn_at_full(w, &c, 1000);
	syn_at_full(w, &c, 3000);
	w->answers = (struct answers){.on = true};
	run(w, 3010, 3190);
	assert_int_equal(w->answers.asked, 1);
	listens(w, 3191, "0.0.0.0:80", NS_HOST, 7);
	listens(w, 3191, "10.0.0.8:80", NS_HOST, 2211);
	listens(w, 3191, "10.0.0.8:80", NS_HOST, 2210);
	listens(w, 3191, "10.0.0.8:80", NS_WEB, 2);
	listens(w, 3191, "10.0.0.8:81", NS_HOST, 3);
	listens(w, 3191, "127.0.0.1:80", NS_HOST, 4);
	run(w, 3200, 3500);
	r = only(w, HM_ACCEPT_QUEUE_FULL);
	assert_int_equal(r->pid, 2210);
	assert_string_equal(r->comm, "java");
	assert_int_equal(r->first.at.pid, 2210);
	assert_non_null(strstr(r->summary, "java[2210] leaves"));
	world_free(w);
}

static void test_not_accepted_has_owner(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){
		.on = true, .server_state = 1, .unread = 12, .listener = "0.0.0.0:80"};
	run(w, 10, 2100);
	r = only(w, HM_NOT_ACCEPTED);
	assert_int_equal(r->pid, 77);
	assert_string_equal(r->comm, "nginx");
	assert_non_null(strstr(r->summary, "nginx[77] has not accepted"));
	world_free(w);
}

/* The same port of this host is no business of a connection to another one. */
static void test_far_server_has_no_owner(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	acked(w, &c, 2, "eth0:in");
	w->answers = (struct answers){.on = true, .listener = "0.0.0.0:80"};
	run(w, 10, 5000);
	assert_int_equal(only(w, HM_ACKNOWLEDGED)->pid, 0);
	world_free(w);
}

/* Refused, and somebody listens by the time of the probe: that one is not who refused. */
static void test_refused_has_no_owner(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 0.1, "socket:out", HM_WHAT_RST, 's');

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, s);
	w->answers = (struct answers){.on = true, .listener = "10.0.0.8:80"};
	run(w, 10, 300);
	assert_int_equal(only(w, HM_REFUSED)->pid, 0);
	world_free(w);
}

static void test_wrong_address_has_owner(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 0.1, "socket:out", HM_WHAT_RST, 's');

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, s);
	w->answers = (struct answers){.on = true, .listener = "127.0.0.1:80"};
	run(w, 10, 300);
	assert_int_equal(only(w, HM_WRONG_ADDRESS)->pid, 77);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_queue_has_owner),
		cmocka_unit_test(test_not_accepted_has_owner),
		cmocka_unit_test(test_far_server_has_no_owner),
		cmocka_unit_test(test_refused_has_no_owner),
		cmocka_unit_test(test_wrong_address_has_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
