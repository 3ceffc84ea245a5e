// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of a table whose leg is not a plain connection: nothing sent, a reset instead of a SYN-ACK.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text_fixture.h"
#include "text_table.h"

static struct fixture f;

static char *table(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(to);
	text_table(to, &f.scene, &f.verdict);
	fclose(to);
	return text;
}

static void has(char *text, const char *want, bool is)
{
	if (!!strstr(text, want) != is)
		print_error("%s\n", text);
	assert_int_equal(!!strstr(text, want), is);
}

static void called_and_not_sent(void **state)
{
	char *text;

	(void)state;
	fixture_scene(&f, "app1");
	f.verdict.marker_id = HM_NO_MARKER;
	fixture_leg(&f, "10.0.0.4:1", "10.99.0.1:80")->code = HM_NO_ROUTE;
	f.leg[0].client.port = 0;
	f.leg[0].has_syn = false;
	f.leg[0].client_pid = 812;
	strcpy(f.leg[0].client_comm, "curl");
	text = table();
	has(text, "leg 1   curl[812] -> 10.99.0.1:80  (no packet was sent)\n", true);
	free(text);

	f.verdict.legs[0].code = HM_INCONCLUSIVE;
	text = table();
	has(text, "curl[812] -> 10.99.0.1:80  (no packet was seen)\n", true);
	free(text);

	f.leg[0].client.port = 40000; /* a packet of it was seen, but not its first */
	text = table();
	has(text, ":40000 -> 10.99.0.1:80  (older than this trace)\n", true);
	free(text);

	f.path.judged_ns = START;
	f.scene.hops[fixture_hop(&f, "eth0", ":in", HM_HOOK_TC_IN, 0)].doubt_ns = START;
	text = table(); /* its first packet may have passed unseen */
	has(text, ":40000 -> 10.99.0.1:80  (its beginning was not seen)\n", true);
	free(text);
}

static void followed(void **state)
{
	char *text;

	(void)state;
	fixture_scene(&f, "app1");
	fixture_leg(&f, "10.0.0.4:40000", "10.0.0.8:80");
	fixture_leg(&f, "10.0.0.8:50000", "10.0.0.9:8080");
	f.leg[1].outside = true;
	text = table();
	has(text, "leg 1   10.0.0.4:40000 -> 10.0.0.8:80\n", true);
	has(text, "leg 2   10.0.0.8:50000 -> 10.0.0.9:8080  (outside the filter, followed)\n",
	    true);
	free(text);
}

/* At the client: the RST came in at eth0, and never as far as its socket. */
static void refused_from_afar(void **state)
{
	struct hm_leg_verdict *leg;
	uint16_t in, out, sock;
	char *text;

	(void)state;
	fixture_scene(&f, "app1");
	out = fixture_hop(&f, "eth0", ":out", HM_HOOK_TC_OUT, 0);
	in = fixture_hop(&f, "eth0", ":in", HM_HOOK_TC_IN, 0);
	sock = fixture_hop(&f, "socket", ":out", HM_HOOK_SOCK_OUT, 0);
	f.verdict.marker_id = HM_NO_MARKER;
	leg = fixture_leg(&f, "10.0.0.4:40000", "10.0.0.8:80");
	leg->code = HM_REFUSED;
	leg->confidence = HM_ONE_SIDED;
	fixture_row(leg, sock, 0, -2, -1, -1);
	fixture_row(leg, out, 0.04, -1, -1, -1);
	fixture_row(leg, in, -1, -2, -1, -1);
	f.notes[0][0] = (struct hm_sighting){.what = HM_WHAT_RST, .hop = in};
	f.notes[0][0].src = f.leg[0].server;
	f.notes[0][0].dst = f.leg[0].client;
	f.leg[0].note_count = 1;
	text = table();
	has(text, "  socket                            0.00         no         -\n", true);
	has(text, "  eth0                              0.04        RST         -\n", true);
	free(text);

	f.leg[0].has_synack = true; /* then it was the end of a connection, not its refusal */
	text = table();
	has(text, "  eth0                              0.04         no         -\n", true);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(followed),
		cmocka_unit_test(called_and_not_sent),
		cmocka_unit_test(refused_from_afar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
