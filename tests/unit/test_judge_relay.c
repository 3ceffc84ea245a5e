// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS that a process only passes on, to a server behind it, as HAProxy does in `mode tcp`: it is
 * not to blame for what others say through it. Each with the twin that speaks for itself.
 */
#include "world_proxy.h"

#define HANDSHAKE 22
#define ALERT 21
#define UNKNOWN_CA 48

static void record(struct world *w, const struct conn *c, double ms, const char *where, char dir,
		   uint8_t type, uint8_t alert)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_DATA, dir);

	s.len = 7;
	s.data = (struct hm_sight_data){.class = HM_CLASS_TLS,
					.tls_type = type,
					.alert = alert,
					.alert_level = alert ? 2 : 0};
	push(w, s);
}

/* Leg 1: a client that the process serves, which has read its first bytes. */
static struct world *begin(struct conn *a, enum hm_class class)
{
	struct world *w = world_new(NULL);

	*a = client_conn(1);
	shake_server(w, a, 0);
	if (class == HM_CLASS_TLS)
		record(w, a, 1, "eth0:in", 'c', HANDSHAKE, 0);
	else
		data(w, a, 1, "eth0:in", 'c', class, 0);
	reads(w, a, 1.2, PID, "haproxy");
	return w;
}

/* Leg 2: the process asks another in turn. */
static struct conn upstream(struct world *w, enum hm_class class)
{
	struct conn b = upstream_conn(1);
	struct hm_sighting s = see(w, &b, 1.3, "app", HM_WHAT_CONNECT, 'c');

	s.pid = PID;
	snprintf(s.comm, sizeof(s.comm), "haproxy");
	push(w, s);
	shake_client(w, &b, 1.4);
	if (class == HM_CLASS_TLS)
		record(w, &b, 2, "socket:out", 'c', HANDSHAKE, 0);
	else
		data(w, &b, 2, "socket:out", 'c', class, 0);
	return b;
}

/* What is said of that leg once all is over. */
static const struct result *verdict(struct world *w, uint32_t leg, enum hm_code code)
{
	const struct result *r = NULL;

	run(w, 20, 3000);
	for (uint32_t i = 0; i < w->count; i++)
		if (w->results[i].leg_ids[0] == leg)
			r = &w->results[i];
	assert_non_null(r);
	assert_string_equal(hm_codes[r->code].name, hm_codes[code].name);
	return r;
}

static const struct result *verdict_on(struct world *w, uint32_t leg, const struct conn *a,
				       const struct conn *b, enum hm_code code)
{
	close_both(w, a, 10);
	close_both(w, b, 12);
	return verdict(w, leg, code);
}

/* The same alert came from the server behind it; twins: another one, a server that asks HTTP. */
static void test_alert_of_server(void **state)
{
	static const struct {
		enum hm_class class;
		uint8_t alert, confidence;
		const char *says;
	} rounds[] = {
		{HM_CLASS_TLS, 40, HM_LIKELY, "; 10.0.0.156:80 ended it"},
		{HM_CLASS_OTHER, 40, HM_LIKELY, "; 10.0.0.156:80 ended it"},
		{HM_CLASS_TLS, 70, HM_LIKELY, "; haproxy[812] ended it"},
		{HM_CLASS_HTTP_REQUEST, 0, HM_PROVEN, "; haproxy[812] ended it"},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct conn a, b;
		struct world *w = begin(&a, HM_CLASS_TLS);
		const struct result *r;

		b = upstream(w, rounds[i].class);
		if (rounds[i].alert)
			record(w, &b, 3, "eth0:in", 's', ALERT, rounds[i].alert);
		record(w, &a, 3.2, "socket:out", 's', ALERT, 40);
		r = verdict_on(w, 1, &a, &b, HM_TLS_ALERT);
		assert_int_equal(r->confidence, rounds[i].confidence);
		assert_non_null(strstr(r->summary, rounds[i].says));
		assert_int_equal(r->confidence == HM_LIKELY, r->why[0] != 0);
		world_free(w);
	}
}

/* What was lost may have been the connection that it was passed on by. */
static void test_alert_amid_losses(void **state)
{
	struct conn a;
	struct world *w = begin(&a, HM_CLASS_TLS);

	(void)state;
	record(w, &a, 3.2, "socket:out", 's', ALERT, 40);
	w->scene.counters[HM_CNT_LOST_RING] = 1;
	close_both(w, &a, 10);
	assert_int_equal(verdict(w, 1, HM_TLS_ALERT)->confidence, HM_LIKELY);
	world_free(w);
}

/* The other way round; twins: who serves TLS and may hide it there, and who serves HTTP. */
static void test_alert_of_client(void **state)
{
	static const struct {
		enum hm_class class;
		bool alert;
		uint8_t confidence;
		const char *says;
	} rounds[] = {
		{HM_CLASS_TLS, true, HM_LIKELY, "; 10.0.0.4:20001 ended it"},
		{HM_CLASS_HTTP_PROXY, true, HM_LIKELY, "; 10.0.0.4:20001 ended it"},
		{HM_CLASS_TLS, false, HM_LIKELY, "; haproxy[812] did not accept"},
		{HM_CLASS_HTTP_REQUEST, false, HM_PROVEN, "; haproxy[812] did not accept"},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct conn a, b;
		struct world *w = begin(&a, rounds[i].class);
		const struct result *r;

		b = upstream(w, HM_CLASS_TLS);
		if (rounds[i].alert)
			record(w, &a, 3, "eth0:in", 'c', ALERT, UNKNOWN_CA);
		record(w, &b, 3.2, "socket:out", 'c', ALERT, UNKNOWN_CA);
		r = verdict_on(w, 2, &a, &b, HM_TLS_ALERT);
		assert_int_equal(r->confidence, rounds[i].confidence);
		assert_int_equal(r->role, HM_ROLE_CLIENT);
		assert_non_null(strstr(r->summary, rounds[i].says));
		world_free(w);
	}
}

/* Plain HTTP of the server behind it; twin: its own, beside a connection in HTTP. */
static void test_plain_of_server(void **state)
{
	(void)state;
	for (int own = 0; own < 2; own++) {
		struct conn a, b;
		struct world *w = begin(&a, HM_CLASS_TLS);
		const struct result *r;

		b = upstream(w, own ? HM_CLASS_HTTP_REQUEST : HM_CLASS_TLS);
		answer_client(w, &b, 3, 400);
		answer_server(w, &a, 3.2, 400);
		r = verdict_on(w, 1, &a, &b, HM_TLS_MISMATCH);
		assert_int_equal(r->confidence, own ? HM_PROVEN : HM_LIKELY);
		assert_non_null(strstr(r->summary, own ? "haproxy[812] answered it"
						       : "10.0.0.156:80 answered it"));
		world_free(w);
	}
}

/* Clear text, sent on to a server that speaks TLS; twin: sent on by nobody. */
static void test_clear_text(void **state)
{
	(void)state;
	for (int own = 0; own < 2; own++) {
		struct conn a, b;
		struct world *w = begin(&a, HM_CLASS_HTTP_REQUEST);
		const struct result *r;

		if (!own) {
			b = upstream(w, HM_CLASS_HTTP_REQUEST);
			record(w, &b, 3, "eth0:in", 's', ALERT, 10);
			close_both(w, &b, 12);
		}
		record(w, &a, 3.2, "socket:out", 's', ALERT, 10);
		close_both(w, &a, 10);
		r = verdict(w, 1, HM_TLS_MISMATCH);
		assert_int_equal(r->confidence, own ? HM_PROVEN : HM_LIKELY);
		assert_non_null(strstr(r->summary, own ? "haproxy[812] answered with"
						       : "10.0.0.156:80 answered with"));
		world_free(w);
	}
}

/* It closes because the server behind it refused; twin: that was refused before the client came. */
static void test_refused_behind(void **state)
{
	(void)state;
	for (int before = 0; before < 2; before++) {
		struct conn a, b = upstream_conn(1);
		struct world *w = begin(&a, HM_CLASS_TLS);
		double ms = before ? 0.8 : 2;
		const struct result *r;

		syn(w, &b, ms, "socket:out");
		refuses(w, &b, ms + 0.1);
		packet(w, &a, 4, "socket:out", HM_WHAT_FIN, 's');
		packet(w, &a, 5, "eth0:in", HM_WHAT_FIN, 'c');
		r = verdict(w, 1, HM_CLOSED_BY_APPLICATION);
		assert_int_equal(r->confidence, HM_LIKELY);
		assert_int_equal(r->blame, before ? HM_BLAME_APPLICATION : HM_BLAME_BEYOND);
		assert_int_equal(strstr(r->summary, "10.0.0.156:80, which refused") != NULL,
				 !before);
		world_free(w);
	}
}

static void refused(struct world *w, const struct conn *c, double ms, uint32_t pid)
{
	begins(w, c, ms, pid);
	refuses(w, c, ms + 0.1);
}

/*
 * The same, asked before the client sent anything, which nobody read. Whose that was is told by who
 * listens: the process, or its worker beside it, whoever else was refused; twins: another process,
 * one refused before the client came, and after it was closed, and long before that. Where that one
 * listens elsewhere, or nobody was found who does, it is not for sure.
 */
static void test_refused_unread(void **state)
{
	enum { BEYOND, LIKELY, PROVEN };
	static const struct {
		uint32_t listener, worker, other, elsewhere;
		double ms, late;
		int told;
	} rounds[] = {
		{PID, 0, 0, 0, 1, 0, BEYOND},
		{PID - 1, PID, 0, 0, 1, 0, BEYOND},
		{PID - 1, 0, 0, 0, 1, 0, PROVEN},
		{PID, 0, PID + 1, 0, 1, 0, BEYOND},
		{PID, PID + 1, PID + 1, 0, 1, 0, BEYOND},
		{PID - 1, 0, PID + 1, 0, 1, 0, PROVEN},
		{PID, 0, 0, 0, -1, 0, PROVEN},
		{PID, 0, 0, 0, 5, 0, PROVEN},
		{PID, PID + 1, 0, 0, 1, 0, BEYOND},
		{PID, 0, 0, 0, 1, 200, PROVEN},
		{PID - 1, 0, 0, PID, 1, 0, LIKELY},
		{0, 0, 0, 0, 1, 0, LIKELY},
	};
	static const char perhaps[] = "that may be because of 10.0.0.156:80";

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct conn a = client_conn(1), b = upstream_conn(1), other = upstream_conn(2);
		struct world *w = world_new(NULL);
		uint64_t ns = T0 + (uint64_t)((70 + rounds[i].late) * 1e6);
		const struct result *r;

		if (rounds[i].ms < 0)
			refused(w, &b, rounds[i].ms, PID);
		shake_server(w, &a, 0);
		if (rounds[i].ms > 0 && rounds[i].ms < 4)
			refused(w, &b, 1, PID);
		if (rounds[i].other)
			refused(w, &other, 1.5, rounds[i].other);
		data(w, &a, 2, "eth0:in", 'c', HM_CLASS_OTHER, 0);
		packet(w, &a, 4 + rounds[i].late, "socket:out", HM_WHAT_RST, 's');
		if (rounds[i].ms > 4)
			refused(w, &b, rounds[i].ms, PID);
		if (rounds[i].listener)
			answer_listener(w, ns, PROXY, rounds[i].listener);
		if (rounds[i].elsewhere) {
			w->answers.listener_netns = NS_HOST + 1;
			answer_listener(w, ns, PROXY, rounds[i].elsewhere);
		}
		if (rounds[i].worker)
			answer_listener(w, ns, PROXY, rounds[i].worker);
		r = verdict(w, rounds[i].ms < 0 ? 2 : 1, HM_CLOSED_BY_APPLICATION);
		assert_int_equal(r->blame,
				 rounds[i].told == BEYOND ? HM_BLAME_BEYOND : HM_BLAME_APPLICATION);
		assert_int_equal(r->confidence, rounds[i].told == PROVEN ? HM_PROVEN : HM_LIKELY);
		assert_int_equal(strstr(r->why, perhaps) != NULL, rounds[i].told == LIKELY);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alert_of_server),	  cmocka_unit_test(test_alert_of_client),
		cmocka_unit_test(test_alert_amid_losses), cmocka_unit_test(test_plain_of_server),
		cmocka_unit_test(test_clear_text),	  cmocka_unit_test(test_refused_behind),
		cmocka_unit_test(test_refused_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
