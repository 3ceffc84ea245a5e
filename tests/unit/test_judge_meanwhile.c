// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose an error is where something was seen meanwhile that may be the request, sent on without its
 * marker or by another; each with the twin that keeps its verdict.
 */
#include "world_proxy.h"

enum how {
	NOTHING,
	STRIPPED,
	STRIPPED_BEFORE, /* it asked before it read the marker */
	STRIPPED_LATER, /* and after it had answered */
	BY_ANOTHER, /* another process asked without the marker */
	REFUSED,
	REFUSED_BEFORE,
	HANDED_OVER, /* another process sent the marker on */
	NEXT_CLIENT, /* another process sent the marker to the same server */
	PIPED
};

static double upstream_at(enum how how)
{
	return how == STRIPPED_BEFORE || how == REFUSED_BEFORE ? 0 :
	       how == STRIPPED_LATER ? 1005 : 1001;
}

static void goes_upstream(struct world *w, enum how how)
{
	double ms = upstream_at(how);
	struct conn b = upstream_conn(1);

	if (how == BY_ANOTHER || how == HANDED_OVER || how == NEXT_CLIENT)
		b.pid = PID + 1;
	if (how == NEXT_CLIENT)
		b.s = ep(PROXY);
	if (how == REFUSED || how == REFUSED_BEFORE) {
		syn(w, &b, ms + 0.1, "socket:out");
		packet(w, &b, ms + 0.3, "eth0:in", HM_WHAT_RST, 's');
		return;
	}
	shake_client(w, &b, ms);
	if (how == HANDED_OVER || how == NEXT_CLIENT)
		ask_client(w, &b, ms + 1, HM_CLASS_HTTP_REQUEST, 0);
	else
		data(w, &b, ms + 1, "socket:out", 'c', HM_CLASS_HTTP_REQUEST, 0);
}

static void tell_round(struct world *w, enum how how, uint16_t status)
{
	struct conn a = client_conn(1);

	w->answers.on = true;
	if (how != NOTHING && how != PIPED && upstream_at(how) < 1000)
		goes_upstream(w, how);
	shake_server(w, &a, 1000);
	if (how == PIPED) {
		data(w, &a, 1000.3, "eth0:in", 'c', HM_CLASS_HTTP_REQUEST, 0);
		a.next += 100;
	}
	ask_server(w, &a, 1000.6, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &a, 1000.9, PID, "nginx");
	if (how != NOTHING && how != PIPED && upstream_at(how) == 1001)
		goes_upstream(w, how);
	client_gets(w, &a, 1004, status);
	if (how == STRIPPED_LATER)
		goes_upstream(w, how);
	run(w, 1010, 1500);
	finish(w, 9000);
}

static const struct result *of_client(const struct world *w)
{
	const struct result *r = NULL;

	for (uint32_t i = 0; i < w->count; i++)
		if (!strncmp(w->results[i].summary, "The ", 4) &&
		    strstr(w->results[i].summary, "nginx"))
			r = &w->results[i];
	assert_non_null(r);
	return r;
}

static const struct {
	enum how how;
	const char *why; /* NULL: proven */
} rounds[] = {
	{NOTHING, NULL},
	{STRIPPED, "without its marker"},
	{STRIPPED_BEFORE, NULL},
	{STRIPPED_LATER, NULL},
	{BY_ANOTHER, NULL},
	{REFUSED, "carried nothing"},
	{REFUSED_BEFORE, NULL},
	{HANDED_OVER, "another process"},
	{NEXT_CLIENT, NULL},
	{PIPED, "which of them got this one"},
};

static void test_error_meanwhile(void **state)
{
	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");
		const struct result *r;

		tell_round(w, rounds[i].how, 500);
		r = of_client(w);
		assert_int_equal(r->code, HM_HTTP_ERROR);
		assert_int_equal(r->confidence, rounds[i].why ? HM_LIKELY : HM_PROVEN);
		assert_int_equal(!strstr(r->summary, "asked no other server"), rounds[i].why != NULL);
		assert_non_null(strstr(r->why, rounds[i].why ? rounds[i].why : ""));
		world_free(w);
	}
}

/* The same of one that --proxy names: it may have passed on what another server answered. */
static void test_proxy_meanwhile(void **state)
{
	static const enum how hows[] = {NOTHING, STRIPPED, STRIPPED_LATER};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(hows); i++) {
		struct world *w = world_new("amazinggrace");
		const struct result *r;
		bool opened = false;

		w->scene.proxy_ports[0] = 3128;
		tell_round(w, hows[i], 503);
		r = of_client(w);
		assert_int_equal(r->code, HM_PROXY_ANSWERED);
		assert_int_equal(r->confidence, hows[i] == STRIPPED ? HM_LIKELY : HM_PROVEN);
		for (uint32_t n = 0; n < r->evidence_count && n < 4; n++)
			opened |= strstr(r->evidence[n], "opened no connection") != NULL;
		assert_int_equal(opened, hows[i] != STRIPPED);
		world_free(w);
	}
}

/* Who says that a page is not there, or asks who one is, is no culprit, proxy or not. */
static void test_proxy_no_fault(void **state)
{
	static const uint16_t status[] = {401, 403, 404, 407, 410};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(status); i++) {
		struct world *w = world_new("amazinggrace");

		w->scene.proxy_ports[0] = 3128;
		tell_round(w, NOTHING, status[i]);
		assert_int_equal(of_client(w)->code,
				 status[i] == 403 ? HM_PROXY_ANSWERED : HM_DELIVERED);
		world_free(w);
	}
}

/* 520 and the like are a CDN's word on an origin; 529 and 599 are not. */
static void test_cdn_error(void **state)
{
	static const uint16_t status[] = {520, 522, 527, 530, 529, 599};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(status); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_client(w, &c, 0);
		ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		answer_client(w, &c, 3, status[i]);
		close_both(w, &c, 4);
		run(w, 10, 400);
		assert_int_equal(only(w, HM_HTTP_ERROR)->blame,
				 i < 4 ? HM_BLAME_BEYOND : HM_BLAME_APPLICATION);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_meanwhile),
		cmocka_unit_test(test_proxy_meanwhile),
		cmocka_unit_test(test_proxy_no_fault),
		cmocka_unit_test(test_cdn_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
