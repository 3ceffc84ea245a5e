// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors that quote this connection and accuse nobody: overcome, or forged. */
#include "world.h"

/* The first request met one, the second was answered: what fails after that is another matter. */
static void test_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0.1, "eth0:out");
	push(w, icmp(w, &c, 1, "eth0:in", 3, 1));
	shake_client(w, &c, 1000);
	ask_client(w, &c, 1100, HM_CLASS_HTTP_REQUEST, 0);
	packet(w, &c, 9000, "eth0:out", HM_WHAT_RST, 'c');
	run(w, 1110, 10000);
	finish(w, 10100);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* Of an established connection it must quote what may have been sent. */
static void quotes(bool older, uint32_t seq, enum hm_code code)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	w->answers.on = true;
	if (!older)
		shake_client(w, &c, 0);
	ask_client(w, &c, 100, HM_CLASS_OTHER, 0);
	s = icmp(w, &c, 300, "eth0:in", 3, 1);
	s.seq = seq;
	push(w, s);
	run(w, 310, 5000);
	finish(w, 5100);
	only(w, code);
	world_free(w);
}

static void test_forged(void **state)
{
	(void)state;
	for (int older = 0; older < 2; older++) {
		quotes(older, 99999999, HM_INCONCLUSIVE);
		quotes(older, 50, HM_INCONCLUSIVE);
		quotes(older, 101, HM_UNREACHABLE); /* twin: the marker's own segment */
		quotes(older, 101 + 14600, HM_UNREACHABLE); /* and one of those behind it */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overcome),
		cmocka_unit_test(test_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
