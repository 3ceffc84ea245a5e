// SPDX-License-Identifier: GPL-2.0-only
/* A 5xx: whose it is, as far as can be known. */
#include "world.h"

/* Whose error it is: what lies outside the filter, or in a unix socket, may have made a proxy's. */
static void test_whose_error(void **state)
{
	static const struct {
		const char *filter;
		uint16_t status;
		uint8_t confidence;
		const char *why;
	} rounds[] = {
		{"", 500, HM_PROVEN, ""},
		{"port 80", 500, HM_LIKELY, "outside of the filter"},
		{"port 80", 502, HM_LIKELY, "outside of the filter"},
		{"", 503, HM_LIKELY, "unix sockets"},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		snprintf(w->scene.filter, sizeof(w->scene.filter), "%s", rounds[i].filter);
		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "nginx");
		answer_server(w, &c, 3, rounds[i].status);
		close_both(w, &c, 4);
		run(w, 10, 400);
		r = only(w, HM_HTTP_ERROR);
		assert_int_equal(r->blame, HM_BLAME_APPLICATION);
		assert_int_equal(r->confidence, rounds[i].confidence);
		assert_non_null(strstr(r->why, rounds[i].why));
		assert_int_equal(!strstr(r->summary, "asked no other server"), r->confidence != HM_PROVEN);
		world_free(w);
	}
}

/* From afar a gateway's error is beyond, and nobody's own. */
static void test_error_afar(void **state)
{
	(void)state;
	for (int gateway = 0; gateway < 2; gateway++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		shake_client(w, &c, 0);
		ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		answer_client(w, &c, 3, gateway ? 504 : 500);
		close_both(w, &c, 4);
		run(w, 10, 400);
		r = only(w, HM_HTTP_ERROR);
		assert_int_equal(r->blame, gateway ? HM_BLAME_BEYOND : HM_BLAME_APPLICATION);
		assert_int_equal(r->confidence, gateway ? HM_ONE_SIDED : HM_LIKELY);
		assert_null(strstr(r->summary, "asked no other server"));
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_error),
		cmocka_unit_test(test_error_afar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
