// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLS handshakes that fail in sight: fatal alerts in clear, TLS met by plain text and the reverse,
 * each with what looks like it.
 */
#include "world.h"

#define UNKNOWN_CA 48
#define HANDSHAKE 22
#define ALERT 21

static void record(struct world *w, const struct conn *c, double ms, char dir, uint8_t type,
		   uint8_t alert, uint8_t level)
{
	struct hm_sighting s =
		see(w, c, ms, dir == 'c' ? "eth0:in" : "eth0:out", HM_WHAT_DATA, dir);

	s.len = 7;
	s.data = (struct hm_sight_data){.class = HM_CLASS_TLS, .tls_type = type, .alert = alert,
					.alert_level = level};
	push(w, s);
}

/* A server that was reached and has read; the client begins with a handshake record. */
static struct world *begin(struct conn *c)
{
	struct world *w = world_new("amazinggrace");

	*c = conn_new(CLIENT, SERVER, 100);
	shake_server(w, c, 0);
	record(w, c, 1, 'c', HANDSHAKE, 0, 0);
	reads(w, c, 1.5, 812, "nginx");
	return w;
}

static void end(struct world *w, struct conn *c)
{
	close_both(w, c, 10);
	run(w, 20, 3000);
}

static void test_alert_by_server(void **state)
{
	struct conn c;
	struct world *w = begin(&c);
	const struct result *r;

	(void)state;
	record(w, &c, 2, 's', ALERT, 70, 2);
	end(w, &c);
	r = only(w, HM_TLS_ALERT);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_int_equal(r->role, HM_ROLE_SERVER);
	assert_true(r->judged);
	assert_non_null(
		strstr(r->summary, "nginx[812] ended it with the fatal alert protocol_version"));
	world_free(w);
}

/* The client is elsewhere: something in between may have spoken in its name. */
static void test_alert_by_client(void **state)
{
	struct conn c;
	struct world *w = begin(&c);
	const struct result *r;

	(void)state;
	record(w, &c, 2, 's', HANDSHAKE, 0, 0);
	record(w, &c, 3, 'c', ALERT, UNKNOWN_CA, 2);
	end(w, &c);
	r = only(w, HM_TLS_ALERT);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_int_equal(r->role, HM_ROLE_CLIENT);
	assert_non_null(strstr(r->summary, "unknown_ca"));
	world_free(w);
}

/* It may ask whether the certificate was revoked before it refuses it: the handshake goes on. */
static void test_alert_takes_time(void **state)
{
	(void)state;
	for (int refuses = 0; refuses < 2; refuses++) {
		struct conn c;
		struct world *w = begin(&c);

		record(w, &c, 2, 's', HANDSHAKE, 0, 0);
		run(w, 10, 3500);
		assert_int_equal(w->count, 0);
		if (refuses) {
			record(w, &c, 3510, 'c', ALERT, UNKNOWN_CA, 2);
			close_both(w, &c, 3511);
		}
		run(w, 3520, 12000);
		only(w, refuses ? HM_TLS_ALERT : HM_CONNECTED);
		world_free(w);
	}
}

/* Warnings, encrypted alerts, and a handshake that goes well. */
static void test_alert_twins(void **state)
{
	static const struct {
		uint8_t alert, level;
	} rounds[] = {{0, 1}, {100, 1}, {0, 0}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct conn c;
		struct world *w = begin(&c);

		record(w, &c, 2, 's', HANDSHAKE, 0, 0);
		record(w, &c, 3, 'c', 20, 0, 0);
		record(w, &c, 4, 's', ALERT, rounds[i].alert, rounds[i].level);
		end(w, &c);
		only(w, HM_CONNECTED);
		world_free(w);
	}
}

static void test_tls_on_plain(void **state)
{
	struct conn c;
	struct world *w = begin(&c);
	const struct result *r;

	(void)state;
	answer_server(w, &c, 2, 400);
	end(w, &c);
	r = only(w, HM_TLS_MISMATCH);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_true(r->judged);
	assert_non_null(strstr(r->summary, "in plain HTTP"));
	world_free(w);
}

/* A proxy's tunnel: asked for and granted in clear, then TLS. And one that refuses the tunnel. */
static void test_tls_in_tunnel(void **state)
{
	(void)state;
	for (int refused = 0; refused < 2; refused++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_server(w, &c, 0);
		data(w, &c, 1, "eth0:in", 'c', HM_CLASS_HTTP_PROXY, 0);
		reads(w, &c, 1.5, 812, "squid");
		answer_server(w, &c, 2, refused ? 403 : 200);
		if (!refused)
			record(w, &c, 3, 'c', HANDSHAKE, 0, 0);
		end(w, &c);
		assert_int_equal(w->count, 1);
		assert_int_not_equal(w->results[0].code, HM_TLS_MISMATCH);
		assert_int_not_equal(w->results[0].code, HM_TLS_ALERT);
		world_free(w);
	}
}

/* Its answer may be to what was sent before the trace began. */
static void test_tls_older(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	record(w, &c, 1, 'c', HANDSHAKE, 0, 0);
	answer_server(w, &c, 2, 400);
	end(w, &c);
	assert_int_equal(w->count, 1);
	assert_int_not_equal(w->results[0].code, HM_TLS_MISMATCH);
	world_free(w);
}

/* With a marker that was read, and after a loss, which may have been of a handshake record. */
static void test_plain_on_tls(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 1.5, 812, "haproxy");
		record(w, &c, 2, 's', ALERT, 10, 2);
		w->scene.counters[HM_CNT_LOST_RING] = (uint64_t)lost;
		end(w, &c);
		r = only(w, lost ? HM_INCONCLUSIVE : HM_TLS_MISMATCH);
		assert_int_equal(strstr(r->summary, "answered with a TLS alert") != NULL, !lost);
		if (!lost)
			assert_string_equal(r->evidence[0],
					    "request at eth0:in, 1.00 ms, TLS alert 10, "
					    "unexpected_message, at eth0:out, 2.00 ms");
		world_free(w);
	}
}

/*
 * Bytes of no known kind may be a PROXY header and a handshake behind it, or an SSLv2 hello; the
 * marker as the very first is text, if it is not such a header itself.
 */
static void test_other_on_tls(void **state)
{
	static const struct {
		const char *marker;
		int at; /* where the marker is; -1: nowhere */
		uint8_t confidence;
	} rounds[] = {{"amazinggrace", -1, HM_LIKELY},
		      {"amazinggrace", 28, HM_LIKELY},
		      {"amazinggrace", 0, HM_PROVEN},
		      {"PROXY TCP4 10", 0, HM_LIKELY},
		      {"\x80\x69\x01\x03\x01\x01", 0, HM_LIKELY}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new(rounds[i].marker);
		struct conn c = conn_new(CLIENT, SERVER, 100);
		bool clear = rounds[i].confidence == HM_PROVEN;
		const struct result *r;

		shake_server(w, &c, 0);
		data(w, &c, 1, "eth0:in", 'c', HM_CLASS_OTHER, 0);
		if (rounds[i].at >= 0) {
			c.next += (uint32_t)rounds[i].at;
			marker(w, &c, 1, "eth0:in", 0);
			c.next += 12;
		}
		reads(w, &c, 1.5, 812, "nginx");
		record(w, &c, 2, 's', ALERT, 112, 2);
		end(w, &c);
		r = only(w, HM_TLS_MISMATCH);
		assert_int_equal(r->confidence, rounds[i].confidence);
		assert_int_equal(strstr(r->summary, "spoke in clear") != NULL, clear);
		assert_int_equal(strstr(r->summary, "which are no TLS record") != NULL, !clear);
		world_free(w);
	}
}

/* STARTTLS: spoken in clear first, answered in clear, and then an alert. */
static void test_starttls(void **state)
{
	for (int hello = 0; hello < 2; hello++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		(void)state;
		shake_server(w, &c, 0);
		data(w, &c, 1, "eth0:in", 'c', HM_CLASS_OTHER, 0);
		reads(w, &c, 1.5, 812, "smtpd");
		data(w, &c, 2, "eth0:out", 's', HM_CLASS_OTHER, 0);
		if (hello)
			record(w, &c, 3, 'c', HANDSHAKE, 0, 0);
		record(w, &c, 4, 's', ALERT, 40, 2);
		end(w, &c);
		only(w, hello ? HM_TLS_ALERT : HM_CONNECTED);
		world_free(w);
	}
}

/*
 * A connection older than the trace: what one side pushes, or says as it closes, nobody has to
 * answer; how it ends accuses nobody.
 */
static void test_older_owes_nothing(void **state)
{
	static const struct {
		enum hm_what end;
		char by;
	} rounds[] = {{HM_WHAT_RST, 'c'}, {HM_WHAT_FIN, 's'}, {HM_WHAT_FIN, 'c'}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		record(w, &c, 1, 'c', 23, 0, 0);
		c.next += 7;
		reads(w, &c, 1.5, 812, "nginx");
		packet(w, &c, 4000, rounds[i].by == 'c' ? "eth0:in" : "eth0:out", rounds[i].end,
		       rounds[i].by);
		if (rounds[i].end == HM_WHAT_FIN)
			close_both(w, &c, 4001);
		run(w, 4010, 8000);
		only(w, HM_CONNECTED);
		world_free(w);
	}
}

/* Half a record is no clear text, nor is what comes after the alert; some alerts only close. */
static void test_mismatch_twins(void **state)
{
	static const struct {
		uint32_t len;
		double ms;
		uint8_t class, alert;
	} rounds[] = {{2, 1, HM_CLASS_OTHER, 10},
		      {50, 3, HM_CLASS_OTHER, 10},
		      {50, 1, HM_CLASS_TLS, 10},
		      {50, 1, HM_CLASS_OTHER, 0},
		      {50, 1, HM_CLASS_OTHER, 90}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s = see(w, &c, rounds[i].ms, "eth0:in", HM_WHAT_DATA, 'c');

		shake_server(w, &c, 0);
		s.len = rounds[i].len;
		s.data = (struct hm_sight_data){.class = rounds[i].class};
		if (rounds[i].ms < 2)
			push(w, s);
		reads(w, &c, 1.5, 812, "nginx");
		record(w, &c, 2, 's', ALERT, rounds[i].alert, 2);
		if (rounds[i].ms > 2)
			push(w, s);
		end(w, &c);
		only(w, HM_CONNECTED);
		world_free(w);
	}
}

/* close_notify at level 2, as some send it. */
static void test_fatal_close(void **state)
{
	struct conn c;
	struct world *w = begin(&c);

	(void)state;
	record(w, &c, 2, 's', HANDSHAKE, 0, 0);
	record(w, &c, 3, 'c', ALERT, 0, 2);
	end(w, &c);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* The same after a handshake that was seen: there an answer is owed. */
static void test_hello_is_owed(void **state)
{
	struct conn c;
	struct world *w = begin(&c);

	(void)state;
	packet(w, &c, 4000, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 4010, 8000);
	only(w, HM_NO_ANSWER);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alert_by_server),
		cmocka_unit_test(test_alert_by_client),
		cmocka_unit_test(test_alert_takes_time),
		cmocka_unit_test(test_alert_twins),
		cmocka_unit_test(test_tls_on_plain),
		cmocka_unit_test(test_tls_in_tunnel),
		cmocka_unit_test(test_tls_older),
		cmocka_unit_test(test_plain_on_tls),
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_older_owes_nothing),
		cmocka_unit_test(test_hello_is_owed),
		cmocka_unit_test(test_other_on_tls),
		cmocka_unit_test(test_mismatch_twins),
		cmocka_unit_test(test_fatal_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
