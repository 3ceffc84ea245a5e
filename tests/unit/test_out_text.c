// SPDX-License-Identifier: GPL-2.0-only
/* The text for people, compared whole; and that no line of it passes 80 columns of plain ASCII. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text_fixture.h"

static struct fixture f;

struct capture {
	char *text;
	size_t len;
	FILE *to;
	struct hm_out *out;
};

static void capture_open(struct capture *c, bool color, bool all)
{
	c->to = open_memstream(&c->text, &c->len);
	c->out = out_text_new(c->to, color, all);
	assert_non_null(c->out);
}

static void tell(struct capture *c)
{
	assert_int_equal(c->out->ops->verdict(c->out, &f.scene, &f.verdict), 0);
}

static char *capture_close(struct capture *c)
{
	out_free(c->out);
	fclose(c->to);
	return c->text;
}

static void delivered_over_two_legs(void **state)
{
	struct capture c;
	struct hm_tally tally = {.paths = 1, .by_code = {[HM_DELIVERED] = 1}};

	(void)state;
	capture_open(&c, false, false);
	fixture_delivered(&f);
	assert_int_equal(c.out->ops->host(c.out, &f.scene), 0);
	assert_int_equal(c.out->ops->host(c.out, &f.scene), 0); /* told once */
	tell(&c);
	assert_int_equal(c.out->ops->end(c.out, &f.scene, &tally), 0);
	assert_string_equal(
		capture_close(&c),
		"hopmark 0.1.0 on proxy1, Linux 6.12.117, 2026-11-22 17:00:00.123 UTC\n"
		"\n"
		"DELIVERED    blame: none    likely (the web server's host was not watched)\n"
		"The network carried the connection and the marker over both legs; the 404 was\n"
		"made by the web server 10.0.0.156:80, not by the network or by squid.\n"
		"\n"
		"path 1  marker \"amazinggrace\"      SYN->  <-SYN-ACK  marker->  <-answer   ms\n"
		"leg 1   10.0.0.4:40887 -> 10.0.0.155:80\n"
		"  eth0                              0.00       0.06      0.93      4.31\n"
		"  socket                            0.01       0.05      0.94      4.29\n"
		"  squid[812]                           -   accepted      0.97         -\n"
		"leg 2   10.0.0.155:52466 -> 10.0.0.156:80\n"
		"  eth1                              1.13       1.40      1.46      4.05\n"
		"  10.0.0.156                           ?          ?     acked       404\n"
		"time         connect 0.06 ms, then 0.27 ms; marker to answer 3.38 ms:\n"
		"             squid[812] 0.79, beyond eth1 2.59\n"
		"watched      eth0 eth1, sockets, reads, drops; 0 events lost\n"
		"not watched  10.0.0.156 (server), XDP (no --xdp), 3 other network namespaces\n"
		"\n"
		"1 path: 1 delivered                                                   exit 0\n");
	free(c.text);
}

/* The same with only the first leg: this host serves it. */
static void time_is_told_in_parts(void **state)
{
	struct capture c;

	(void)state;
	capture_open(&c, false, false);
	fixture_delivered(&f);
	f.verdict.leg_count = 1;
	tell(&c);
	assert_non_null(strstr(
		capture_close(&c),
		"\n  squid[812]                           -   accepted      0.97       404\n"
		"time         connect 0.06 ms; marker to answer 3.38 ms: 0.04 until squid[812]\n"
		"             read it, 3.34 until it answered\n"));
	free(c.text);
	capture_open(&c, false, false);
	f.leg[0].answer_ns = 0;
	tell(&c);
	assert_non_null(
		strstr(capture_close(&c),
		       "\ntime         connect 0.06 ms; squid[812] read it after 0.04 ms\n"));
	free(c.text);
}

static void queue_full(void)
{
	struct hm_leg_verdict *leg;
	struct hm_row *row;
	uint16_t in, out, sock;

	fixture_scene(&f, "app1");
	in = fixture_hop(&f, "eth0", ":in", HM_HOOK_TC_IN, 1);
	out = fixture_hop(&f, "eth0", ":out", HM_HOOK_TC_OUT, 1);
	sock = fixture_hop(&f, "socket", ":in", HM_HOOK_SOCK_IN, 0);
	leg = fixture_leg(&f, "10.0.0.4:40912", "10.0.0.8:8443");
	leg->code = f.verdict.code = HM_ACCEPT_QUEUE_FULL;
	f.verdict.marker_id = HM_NO_MARKER;
	f.verdict.blame = HM_BLAME_APPLICATION;
	f.verdict.at = (struct hm_at){.host = "app1", .pid = 2210, .comm = "java"};
	f.leg[0].server_pid = 2210;
	strcpy(f.leg[0].server_comm, "java");
	row = fixture_row(leg, in, 0, -1, -1, -1);
	row->cell[HM_STEP_SYN].count = 3;
	fixture_row(leg, sock, 0.01, -1, -1, -1);
	fixture_row(leg, out, -1, -2, -1, -1);
	fixture_say(&f, "app1 discarded it.", "listener 0.0.0.0:8443: 129 waiting, limit 128",
		    "See why java[2210] does not accept.  ss -ltn 'sport = :8443'");
}

static void accept_queue_full(void **state)
{
	struct capture c;

	(void)state;
	capture_open(&c, true, false);
	queue_full();
	tell(&c);
	assert_string_equal(
		capture_close(&c),
		"\n"
		"\033[1;31mACCEPT-QUEUE-FULL\033[0m    blame: application java[2210] on app1    "
		"proven\n"
		"app1 discarded it.\n"
		"\n"
		"path 1                             SYN->  <-SYN-ACK  <-answer   ms\n"
		"leg 1   10.0.0.4:40912 -> 10.0.0.8:8443\n"
		"  eth0                           0.00 x3         no         -\n"
		"  socket                            0.01          -         -\n"
		"  java[2210] listener                  -       FULL         -\n"
		"evidence     listener 0.0.0.0:8443: 129 waiting, limit 128\n"
		"watched      eth0, sockets; 0 events lost\n"
		"next         See why java[2210] does not accept.  ss -ltn 'sport = :8443'\n");
	free(c.text);
}

static void nothing_seen(void **state)
{
	struct capture c;
	struct hm_tally tally = {.paths = 1, .by_code = {[HM_NOTHING_SEEN] = 1}, .exit_status = 4};

	(void)state;
	capture_open(&c, false, false);
	fixture_scene(&f, "app1");
	fixture_hop(&f, "eth0", ":xdp", HM_HOOK_XDP, 1204000);
	fixture_hop(&f, "eth0", ":in", HM_HOOK_TC_IN, 1204000);
	fixture_hop(&f, "eth0", ":out", HM_HOOK_TC_OUT, 331);
	fixture_hop(&f, "eth1", ":in", HM_HOOK_TC_IN, 0);
	fixture_hop(&f, "app", "", HM_HOOK_APP, 0);
	f.scene.other_netns = 1;
	f.scene.counters[HM_CNT_LOST_RING] = 1234;
	f.scene.has_command = true;
	f.scene.command_pid = 77;
	f.scene.command_exit = 6;
	strcpy(f.scene.command, "curl");
	f.verdict.code = HM_NOTHING_SEEN;
	f.verdict.blame = HM_BLAME_UNKNOWN;
	fixture_say(&f, "In 30 s no packet passed.", NULL, "Send it now.");
	tell(&c);
	assert_int_equal(c.out->ops->end(c.out, &f.scene, &tally), 0);
	assert_string_equal(
		capture_close(&c),
		"\n"
		"NOTHING-SEEN    blame: unknown (nobody is accused)\n"
		"In 30 s no packet passed.\n"
		"watched      eth0 1,204,331 packets, eth1 0; reads; 1,234 events lost\n"
		"not watched  1 other network namespace\n"
		"next         Send it now.\n"
		"\n"
		"command      curl exited 6\n"
		"0 paths                                                               exit 4\n");
	free(c.text);
}

/* One interface in and not out again: the rows are told apart. */
static void one_armed_router_drops(void **state)
{
	struct capture c;
	struct hm_leg_verdict *leg;
	uint16_t in, out;

	(void)state;
	capture_open(&c, false, false);
	fixture_scene(&f, "fw");
	in = fixture_hop(&f, "eth0", ":in", HM_HOOK_TC_IN, 1);
	out = fixture_hop(&f, "eth0", ":out", HM_HOOK_TC_OUT, 1);
	leg = fixture_leg(&f, "10.0.0.4:1", "10.0.1.8:80");
	leg->code = f.verdict.code = HM_DROPPED_BY_FIREWALL;
	f.verdict.blame = HM_BLAME_HOST;
	f.verdict.marker_id = HM_NO_MARKER;
	fixture_row(leg, in, 0, -1, -1, -1);
	fixture_row(leg, out, -2, -3, -1, -4);
	f.notes[0][0].what = HM_WHAT_DROP;
	f.notes[0][0].drop.flags = 2;
	strcpy(f.notes[0][0].drop.reason, "NETFILTER_DROP");
	f.leg[0].note_count = 1;
	fixture_say(&f, "Dropped.", NULL, NULL);
	tell(&c);
	assert_string_equal(capture_close(&c),
			    "\n"
			    "DROPPED-BY-FIREWALL    blame: host    proven\n"
			    "Dropped.\n"
			    "\n"
			    "path 1                             SYN->  <-SYN-ACK  <-answer   ms\n"
			    "leg 1   10.0.0.4:1 -> 10.0.1.8:80\n"
			    "  eth0:in                           0.00          -         -\n"
			    "  eth0:out                            no          ?       old\n"
			    "  kernel: NETFILTER_DROP            DROP          -         -\n"
			    "  10.0.1.8                             ?          ?         ?\n"
			    "watched      eth0; 0 events lost\n"
			    "not watched  10.0.1.8 (server)\n");
	free(c.text);
}

static unsigned int count_of(const char *text, const char *part)
{
	unsigned int n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static void alike_are_printed_ten_times(void **state)
{
	struct capture c, all;
	struct hm_tally tally = {.by_code = {[HM_ACCEPT_QUEUE_FULL] = 25, [HM_CONNECTED] = 5}};

	(void)state;
	capture_open(&c, false, false);
	capture_open(&all, false, true);
	queue_full();
	for (int i = 0; i < 25; i++) {
		tell(&c);
		tell(&all);
	}
	f.leg[0].server.port = 9; /* another server is another row */
	tell(&c);
	f.verdict.code = HM_CONNECTED;
	f.verdict.blame = HM_BLAME_NONE;
	for (int i = 0; i < 5; i++)
		tell(&c);
	assert_int_equal(c.out->ops->end(c.out, &f.scene, &tally), 0);
	capture_close(&c);
	capture_close(&all);
	assert_int_equal(count_of(c.text, "ACCEPT-QUEUE-FULL"), 11);
	assert_int_equal(count_of(all.text, "ACCEPT-QUEUE-FULL"), 25);
	assert_int_equal(count_of(c.text, "CONNECTED"), 0);
	assert_non_null(strstr(c.text, "\nnot printed  15 more accept-queue-full at 10.0.0.8:8443 "
				       "(--all prints them)\n"));
	assert_non_null(strstr(c.text, "\n30 paths: 5 connected, 25 accept-queue-full "));
	free(c.text);
	free(all.text);
}

static void commands_own_paths_are_printed(void **state)
{
	struct capture c;

	(void)state;
	capture_open(&c, false, false);
	queue_full();
	f.verdict.code = HM_CONNECTED;
	f.leg[0].in_tree = true;
	tell(&c);
	assert_int_equal(count_of(capture_close(&c), "CONNECTED"), 1);
	free(c.text);
}

/* Everything from outside is hostile and as long as it can be. */
static void hostile_fixture(void)
{
	struct hm_leg_verdict *leg;
	uint16_t in, sock;
	char dev[HM_NAME_LEN], word[HM_LINE];

	memset(dev, '\x1b', sizeof(dev) - 1);
	dev[sizeof(dev) - 1] = '\0';
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	fixture_scene(&f, "");
	memset(f.scene.host, '\x9b', sizeof(f.scene.host) - 1);
	memset(f.scene.kernel, '\n', sizeof(f.scene.kernel) - 1);
	f.scene.markers[0].len = HM_MARKER_MAX;
	memset(f.scene.markers[0].bytes, 0x1b, HM_MARKER_MAX);
	for (int i = 0; i < 60; i++) {
		dev[0] = (char)('0' + i);
		in = fixture_hop(&f, dev, "", HM_HOOK_TC_IN, UINT64_MAX / 100);
		scene_not_watched(&f.scene, dev, word);
	}
	sock = fixture_hop(&f, "socket", ":in", HM_HOOK_SOCK_IN, 0);
	leg = fixture_leg(&f, "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff%4294967295]:40912",
			  "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1%4294967295]:65535");
	f.leg[0].direction_known = f.leg[0].has_syn = false;
	f.leg[0].server_pid = UINT32_MAX;
	memset(f.leg[0].server_comm, '\x1b', sizeof(f.leg[0].server_comm));
	f.leg[0].rows_lost = UINT32_MAX;
	fixture_row(leg, in, 1e12, 1e8, 99999.99, 0)->cell[0].count = UINT16_MAX;
	fixture_row(leg, sock, 100000, 99999999, 12345.67, -1)->cell[1].count = 1000;
	leg->rtt_us = INT64_MAX;
	f.verdict.at.pid = UINT32_MAX;
	memset(f.verdict.at.comm, '\t', sizeof(f.verdict.at.comm));
	memset(f.verdict.at.host, '\x7f', sizeof(f.verdict.at.host) - 1);
	f.verdict.blame = HM_BLAME_APPLICATION;
	f.verdict.code = HM_ACCEPT_QUEUE_FULL;
	f.verdict.confidence = HM_ONE_SIDED;
	strcpy(f.verdict.confidence_why, word);
	for (int i = 0; i < HM_MAX_EVIDENCE; i++)
		fixture_say(&f, "a \x1b[31m \xe2\x80\xae b\nc", i % 2 ? word : dev, NULL);
	fixture_say(&f, word, NULL, "\r\n\x1b]0;title\x07");
}

static void assert_plain_and_narrow(const char *text)
{
	unsigned int col = 0;

	for (; *text; text++) {
		col = *text == '\n' ? 0 : col + 1;
		assert_true(*text == '\n' || (*text >= 0x20 && *text <= 0x7e));
		assert_in_range(col, 0, 80);
	}
}

static void hostile_input_stays_plain_and_narrow(void **state)
{
	struct capture c;
	struct hm_tally tally = {.evicted = UINT64_MAX, .exit_status = 4};

	(void)state;
	capture_open(&c, false, true);
	hostile_fixture();
	for (int i = 0; i < HM_CODE_COUNT; i++)
		tally.by_code[i] = UINT32_MAX;
	assert_int_equal(c.out->ops->host(c.out, &f.scene), 0);
	tell(&c);
	for (int i = 0; i < HM_CODE_COUNT; i++) {
		f.verdict.code = f.verdict.legs[0].code = (uint8_t)i;
		f.leg[0].server_pid = i % 2;
		tell(&c);
	}
	f.verdict.path = NULL;
	tell(&c);
	f.scene.has_command = true;
	f.scene.command_exit = 137;
	memset(f.scene.command, '\x1b', sizeof(f.scene.command) - 1);
	assert_int_equal(c.out->ops->end(c.out, &f.scene, &tally), 0);
	assert_plain_and_narrow(capture_close(&c));
	free(c.text);
}

static void a_full_disk_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct hm_out *out = out_text_new(full, false, false);

	(void)state;
	fixture_delivered(&f);
	assert_int_equal(out->ops->host(out, &f.scene), -ENOSPC);
	out_free(out);
	out_free(NULL);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivered_over_two_legs),
		cmocka_unit_test(time_is_told_in_parts),
		cmocka_unit_test(accept_queue_full),
		cmocka_unit_test(nothing_seen),
		cmocka_unit_test(one_armed_router_drops),
		cmocka_unit_test(alike_are_printed_ten_times),
		cmocka_unit_test(commands_own_paths_are_printed),
		cmocka_unit_test(hostile_input_stays_plain_and_narrow),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
