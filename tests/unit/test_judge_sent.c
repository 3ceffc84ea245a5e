// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who goes on sending a request is owed no answer yet, nor is who closes its side at once; each
 * with the twin to whom one is owed.
 */
#include "world.h"

#define MB 1000000

/* A request that is read, and that its client goes on with for so many bytes; then it resets it. */
static const struct result *aborted(struct world *w, uint32_t more, enum hm_code code)
{
	struct conn c = conn_new(CLIENT, SERVER, UINT32_MAX - MB); /* its numbers wrap */
	struct hm_sighting rst;

	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	rst = see(w, &c, 10000, "eth0:in", HM_WHAT_RST, 'c');
	rst.seq += more;
	push(w, rst);
	run(w, 10010, 12000);
	return only(w, code);
}

static void test_aborted_upload(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	assert_non_null(strstr(aborted(w, 5 * MB, HM_INCONCLUSIVE)->summary, "4882 KB more"));
	world_free(w);
	w = world_new("amazinggrace");
	aborted(w, 2000, HM_NO_ANSWER);
	world_free(w);
}

/* An upload that is under way when its answer would be due: what came by then is in the socket. */
static void test_upload_under_way(void **state)
{
	static const uint16_t proxy_ports[] = {0, 80};

	(void)state;
	for (size_t i = 0; i < 2 * HM_ARRAY_SIZE(proxy_ports); i++) {
		uint16_t proxy = proxy_ports[i / 2];
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->scene.answer_ns = 3000 * MS;
		w->scene.proxy_ports[0] = proxy;
		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "nginx");
		w->answers = (struct answers){.on = true,
					      .server_state = 1,
					      .accepted = true,
					      .has_seq = true,
					      .copied_seq = c.next + (i % 2 ? 3 * MB : 0),
					      .pid = 812};
		run(w, 10, 6000);
		only(w, i % 2	? HM_INCONCLUSIVE
			: proxy ? HM_PROXY_NOT_FORWARDED
				: HM_NO_ANSWER);
		world_free(w);
	}
}

/* Its FIN, and then the server's: at once it is no sign that an answer was waited for. */
static void test_closed_early(void **state)
{
	static const struct {
		double ms;
		enum hm_code code;
	} rounds[] = {{50, HM_INCONCLUSIVE}, {996, HM_NO_ANSWER}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "java");
		packet(w, &c, rounds[i].ms, "eth0:in", HM_WHAT_FIN, 'c');
		packet(w, &c, rounds[i].ms + 1, "eth0:out", HM_WHAT_FIN, 's');
		run(w, rounds[i].ms + 10, rounds[i].ms + 4000);
		only(w, rounds[i].code);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aborted_upload),
		cmocka_unit_test(test_upload_under_way),
		cmocka_unit_test(test_closed_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
