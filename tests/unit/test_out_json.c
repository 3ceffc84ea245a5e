// SPDX-License-Identifier: GPL-2.0-only
/* The JSON lines: verdicts as an independent parser reads them; recordings there and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "source.h"
#include "text_fixture.h"

static struct fixture f;

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

static json_int_t number_of(const json_t *object, const char *key)
{
	assert_true(json_is_integer(json_object_get(object, key)));
	return json_integer_value(json_object_get(object, key));
}

/* The lines of text as a JSON array. */
static json_t *lines_of(char *text)
{
	json_t *lines = json_array();
	char *rest, *line;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *object = json_loads(line, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);

		assert_non_null(object);
		assert_int_equal(number_of(object, "v"), 1);
		json_array_append_new(lines, object);
	}
	return lines;
}

static json_t *verdict_lines(void)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	struct hm_out *out = out_json_new(to, false, true);
	json_t *lines;

	assert_non_null(out);
	assert_int_equal(out->ops->host(out, &f.scene), 0);
	assert_int_equal(out->ops->verdict(out, &f.scene, &f.verdict), 0);
	out_free(out);
	fclose(to);
	lines = lines_of(text);
	free(text);
	return lines;
}

static void verdicts_have_the_promised_keys(void **state)
{
	const json_t *path, *leg, *hops, *hop;
	json_t *lines;

	(void)state;
	fixture_delivered(&f);
	f.path.judged_ns = START + 2000 * MS;
	strcpy(f.verdict.at.host, "proxy1");
	f.verdict.at.role = HM_ROLE_SERVER;
	lines = verdict_lines();
	assert_int_equal(json_array_size(lines), 4); /* host, two legs, path */
	leg = json_array_get(lines, 1);
	assert_string_equal(text_of(leg, "scope"), "leg");
	assert_int_equal(number_of(leg, "leg"), 1);
	assert_int_equal(number_of(leg, "rtt_us"), 60);
	assert_string_equal(text_of(leg, "src"), "10.0.0.4:40887");
	path = json_array_get(lines, 3);
	assert_string_equal(text_of(path, "scope"), "path");
	assert_string_equal(text_of(path, "code"), "delivered");
	assert_string_equal(text_of(path, "blame"), "none");
	assert_string_equal(text_of(path, "confidence"), "likely");
	assert_string_equal(text_of(path, "ts"), "2026-11-22T17:00:02.123456789Z");
	assert_string_equal(text_of(path, "marker"), "amazinggrace");
	assert_string_equal(text_of(path, "marker_hex"), "616d617a696e676772616365");
	assert_string_equal(text_of(path, "dst"), "10.0.0.155:80");
	assert_string_equal(text_of(json_object_get(path, "at"), "role"), "server");
	assert_int_equal(number_of(path, "status"), 404);
	assert_int_equal(number_of(path, "lost"), 0);
	assert_int_equal(json_array_size(json_object_get(path, "legs")), 2);
	hops = json_object_get(json_array_get(json_object_get(path, "legs"), 0), "hops");
	assert_int_equal(json_array_size(hops), 5);
	hop = json_array_get(hops, 0);
	assert_string_equal(text_of(hop, "hop"), "eth0:in");
	assert_int_equal(number_of(json_object_get(hop, "marker"), "t_us"), 930);
	assert_string_equal(text_of(json_object_get(hop, "answer"), "state"), "not-due");
	json_decref(lines);
}

static void a_verdict_on_no_path_has_no_legs(void **state)
{
	const json_t *path;
	json_t *lines;

	(void)state;
	fixture_scene(&f, "app1");
	f.scene.has_command = true;
	f.scene.command_exit = -1;
	strcpy(f.scene.command, "curl");
	f.verdict.code = HM_NOTHING_SEEN;
	f.verdict.blame = HM_BLAME_UNKNOWN;
	f.verdict.marker_id = HM_NO_MARKER;
	lines = verdict_lines();
	assert_int_equal(json_array_size(lines), 2);
	path = json_array_get(lines, 1);
	assert_string_equal(text_of(path, "code"), "nothing-seen");
	assert_int_equal(json_array_size(json_object_get(path, "legs")), 0);
	assert_true(json_is_array(json_object_get(path, "legs")));
	assert_null(json_object_get(path, "marker"));
	assert_true(json_is_null(json_object_get(json_object_get(path, "command"), "exit")));
	json_decref(lines);
}

/* Sightings of every kind, every member different from what absence would give. */
#define SIGHTINGS 40
static struct hm_sighting made[SIGHTINGS], back[SIGHTINGS];
static uint32_t made_count, back_count;

static struct hm_sighting *make(enum hm_what what)
{
	struct hm_sighting *s = &made[made_count];

	memset(s, 0, sizeof(*s));
	assert_int_equal(safe_parse_endpoint("[fe80::1%3]:40887", &s->src), 0);
	assert_int_equal(safe_parse_endpoint("10.0.0.8:80", &s->dst), 0);
	s->what = (uint8_t)what;
	s->mono_ns = START + made_count * 7;
	s->hop = (uint16_t)(made_count % f.scene.hop_count);
	s->leg = made_count;
	s->ttl = 255;
	s->tcp_flags = 0xff;
	s->family = 6;
	s->window = 65535;
	s->ip_id = 65535;
	s->seq = UINT32_MAX;
	s->ack = 2718281828u;
	s->len = 65226;
	s->pid = UINT32_MAX;
	s->in_tree = true;
	memcpy(s->comm, "\x1b[31m\"\\\xff\x80name", 13);
	made_count++;
	return s;
}

static void make_reports(void)
{
	struct hm_sighting *s = make(HM_WHAT_DROP);

	s->drop = (struct hm_sight_drop){
		.flags = 18, .has_listener = true, .backlog = 129, .backlog_max = 128,
		.tracked = 262144, .tracked_max = 262143, .no_room = UINT32_MAX};
	memset(s->drop.reason, 'R', HM_NAME_LEN - 1);
	strcpy(s->drop.where, "nft_do_chain");
	make(HM_WHAT_RESET);
	s = make(HM_WHAT_ICMP);
	s->icmp = (struct hm_sight_icmp){.type = 3, .code = 13, .family = 4, .mtu = 1400};
	memcpy(s->icmp.sender, s->dst.addr, 16);
	s = make(HM_WHAT_ICMP);
	s->icmp = (struct hm_sight_icmp){.sender = {0x20, 1, 0xd, 0xb8}, .type = 1, .family = 6};
	s = make(HM_WHAT_RETRANS);
	s->retrans = (struct hm_sight_retrans){
		.sk_state = 200, .synack = true, .backlog = 1, .backlog_max = 2};
	s = make(HM_WHAT_SOCKET);
	s->socket = (struct hm_sight_socket){
		.state = 1, .accepted = true, .has_seq = true, .unread = 82, .copied_seq = 7};
	s = make(HM_WHAT_LISTENER);
	s->listener = (struct hm_sight_listener){
		.netns = 4026531840u, .v6only = true, .backlog = 3, .backlog_max = 4096};
	s = make(HM_WHAT_ROUTE);
	s->route.error = ENETUNREACH;
	s = make(HM_WHAT_ROUTE);
	s->route.error = INT32_MIN;
	s = make(HM_WHAT_PORTS);
	s->ports = (struct hm_sight_ports){28232, 28000, 32768, 60999};
}

static void make_packets(void)
{
	static const enum hm_what plain[] = {HM_WHAT_ACK, HM_WHAT_RST, HM_WHAT_FIN,
					     HM_WHAT_CONNECT, HM_WHAT_UNSEARCHED,
					     HM_WHAT_WINDOW, HM_WHAT_NO_PORT};
	static const enum hm_what marked[] = {HM_WHAT_MARKER, HM_WHAT_ECHO, HM_WHAT_ACKED,
					      HM_WHAT_READ};
	struct hm_sighting *s = make(HM_WHAT_SYN);

	s->syn = (struct hm_sight_syn){.mss = 1460, .wscale = 255, .sack = true};
	s = make(HM_WHAT_SYNACK);
	s->syn = (struct hm_sight_syn){.wscale = 7,
				       .timestamps = true,
				       .has_listener = true,
				       .backlog = 1,
				       .backlog_max = 2,
				       .requests = 3,
				       .requests_max = 4096,
				       .discarded = UINT32_MAX,
				       .cookies = true};
	s = make(HM_WHAT_HELLO);
	s->hello = (struct hm_sight_hello){HM_HELLO_NAMED, 300, "a\x80\xff\"\\\n.example"};
	for (size_t i = 0; i < HM_ARRAY_SIZE(plain); i++)
		make(plain[i]);
	for (size_t i = 0; i < HM_ARRAY_SIZE(marked); i++) {
		s = make(marked[i]);
		s->marker = (struct hm_sight_marker){.id = (uint8_t)(i % 2),
						     .split = i % 2,
						     .seq = 1,
						     .end_seq = 13,
						     .offset = 5,
						     .word = 9};
		s = make(marked[i]);
		s->marker = (struct hm_sight_marker){.id = HM_NO_MARKER, .offset = UINT32_MAX};
	}
	s = make(HM_WHAT_DATA);
	s->data = (struct hm_sight_data){.class = HM_CLASS_TLS,
					 .tls_type = 21,
					 .alert = 40,
					 .alert_level = 2,
					 .status = 999};
	make(HM_WHAT_DATA);
	/* and one with as little as can be */
	s = make(HM_WHAT_ACK);
	*s = (struct hm_sighting){.what = HM_WHAT_ACK, .mono_ns = s->mono_ns};
	memset(s->src.addr, 0, 16);
}

static void make_scene(void)
{
	fixture_delivered(&f);
	memset(f.scene.host, '\xfe', sizeof(f.scene.host) - 1);
	strcpy(f.scene.boot_id, "12345678-1234-1234-1234-123456789abc");
	strcpy(f.scene.filter, "port 80 and \"host\"\t\\");
	f.scene.marker_count = 2;
	f.scene.markers[1].len = 64;
	for (int i = 0; i < 64; i++)
		f.scene.markers[1].bytes[i] = (uint8_t)(i * 5);
	f.scene.named_interfaces = f.scene.all = f.scene.has_command = true;
	f.scene.command_pid = 812;
	f.scene.command_exit = -1;
	strcpy(f.scene.command, "/usr/bin/curl");
	f.scene.settle_ns = 2000 * MS;
	f.scene.answer_ns = 1;
	f.scene.proxy_ports[0] = 3128;
	f.scene.proxy_ports[2] = 65535;
	f.scene.hops[1].ifindex = 7;
}

static int take(void *arg, struct hm_sighting *s)
{
	(void)arg;
	assert_in_range(back_count, 0, SIGHTINGS - 1);
	back[back_count++] = *s;
	return 0;
}

/* Writes scene and sightings; the scene grows on the way as it does live. */
static void record(const char *path)
{
	FILE *to = fopen(path, "w");
	struct hm_out *out = out_json_new(to, true, false);
	struct hm_tally tally = {0};

	assert_int_equal(out->ops->host(out, &f.scene), 0);
	for (uint32_t i = 0; i < made_count; i++) {
		if (i == 10) {
			/* the same name again: an interface that went and came back */
			made[i].hop = fixture_hop(&f, "eth0", ":in", HM_HOOK_TC_IN, 0);
			scene_not_watched(&f.scene, "eth9", "no such type");
		}
		if (i == 20)
			assert_int_equal(out->ops->stats(out, &f.scene, START + 20 * 7), 0);
		assert_int_equal(out->ops->sighting(out, &f.scene, &made[i]), 0);
	}
	for (int i = 0; i < HM_CNT_COUNT; i++)
		f.scene.counters[i] = 1000u + (uint64_t)i;
	f.scene.end_mono_ns = START + 3000 * MS;
	f.scene.command_exit = 28;
	f.scene.hops[0].packets = INT64_MAX;
	assert_int_equal(out->ops->verdict(out, &f.scene, &f.verdict), 0); /* not in a recording */
	assert_int_equal(out->ops->end(out, &f.scene, &tally), 0);
	out_free(out);
	fclose(to);
}

static void a_recording_comes_back_whole(void **state)
{
	char path[] = "/tmp/hopmark-test-XXXXXX", why[160] = "";
	struct hm_source *src = NULL;
	uint64_t now_ns = 0;
	int err;

	(void)state;
	close(mkstemp(path));
	make_scene();
	make_packets();
	make_reports();
	record(path);
	assert_int_equal(source_file_open(path, &src, why, sizeof(why)), 0);
	assert_int_equal(src->poll_fd, -1);
	assert_null(src->ops->probe);
	while ((err = src->ops->read(src, take, NULL, &now_ns)) == 1)
		;
	assert_int_equal(err, -ENODATA);
	assert_int_equal(now_ns, f.scene.end_mono_ns);
	assert_int_equal(back_count, made_count);
	for (uint32_t i = 0; i < made_count; i++)
		assert_memory_equal(&back[i], &made[i], sizeof(made[i]));
	f.scene.hop_changes = src->scene->hop_changes; /* each side counts its own */
	assert_memory_equal(src->scene, &f.scene, sizeof(f.scene));
	assert_int_equal(src->ops->refresh(src), 0);
	source_free(src);
	source_free(NULL);
	unlink(path);
}

static void every_kind_was_made(void **state)
{
	bool have[HM_WHAT_COUNT] = {[HM_WHAT_NONE] = true};

	(void)state;
	for (uint32_t i = 0; i < made_count; i++)
		have[made[i].what] = true;
	for (int i = 0; i < HM_WHAT_COUNT; i++)
		assert_true(have[i]);
}

static void a_full_disk_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct hm_out *out = out_json_new(full, true, true);

	(void)state;
	fixture_delivered(&f);
	assert_int_equal(out->ops->host(out, &f.scene), -ENOSPC);
	assert_int_equal(out->ops->verdict(out, &f.scene, &f.verdict), -ENOSPC);
	assert_int_equal(out->ops->stats(out, &f.scene, START), -ENOSPC);
	out_free(out);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_have_the_promised_keys),
		cmocka_unit_test(a_verdict_on_no_path_has_no_legs),
		cmocka_unit_test(a_recording_comes_back_whole),
		cmocka_unit_test(every_kind_was_made),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
