// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of the ring buffer, through decoder, path, judge and outputs. Input: records as the
 * kernel side writes them, one behind the other; what is left over is ignored. Hop and time are
 * made to fit the scene, as the live source does with the first and the kernel with the second. The
 * name of a ClientHello's record is what stands behind it: it takes the place of the next one.
 *
 * Holds: see judged.h; and what was recorded of them is read back and judged the same.
 */
#include "judged.h"
#include "live.h"

#define RECORDS_MAX 64
#define TICK_NS 100000000ULL
#define START_NS 1000000000ULL
#define NETNS 4026531840u

struct fed_source {
	struct hm_source base;
	struct hm_scene scene;
	struct hm_rec rec[RECORDS_MAX];
	uint32_t count, next;
	uint64_t now_ns, last_ns; /* the clock; time of the last record */
};
_Static_assert(sizeof(struct hm_hello_rec) <= 2 * sizeof(struct hm_rec), "a name takes one place");

static void add_hop(struct hm_scene *scene, const char *name, const char *dev, enum hm_hook hook)
{
	struct hm_hop hop = {
		.hook = hook, .netns = NETNS, .ifindex = hook < HM_HOOK_SOCK_IN ? 2 : 0};

	snprintf(hop.name, sizeof(hop.name), "%s", name);
	snprintf(hop.dev, sizeof(hop.dev), "%s", dev);
	FUZZ_CHECK(scene_add_hop(scene, &hop) == (int)hook);
}

/* The hops in the order of enum hm_hook: a record's hook is its hop. */
static void set_scene(struct hm_scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	strcpy(scene->host, "fuzz");
	strcpy(scene->kernel, "6.12");
	strcpy(scene->boot_id, "3a5c1b0e-9d0f-4a53-9f3e-0c1d7a4b8e21");
	strcpy(scene->version, HM_VERSION);
	scene->start_mono_ns = START_NS;
	scene->start_unix_ns = 1795366800123456789ULL;
	scene->netns = NETNS;
	scene->settle_ns = 2000000000ULL;
	scene->marker_count = 2;
	scene->markers[0] = (struct hm_marker){12, "amazinggrace"};
	scene->markers[1] = (struct hm_marker){6, "\x1b[31m\xff"};
	add_hop(scene, "eth0:xdp", "eth0", HM_HOOK_XDP);
	add_hop(scene, "eth0:in", "eth0", HM_HOOK_TC_IN);
	add_hop(scene, "eth0:out", "eth0", HM_HOOK_TC_OUT);
	add_hop(scene, "socket:in", "socket", HM_HOOK_SOCK_IN);
	add_hop(scene, "socket:out", "socket", HM_HOOK_SOCK_OUT);
	add_hop(scene, "app", "app", HM_HOOK_APP);
	add_hop(scene, "drops", "drops", HM_HOOK_DROP);
	add_hop(scene, "sockets", "sockets", HM_HOOK_PROBE);
}

/* The clock goes on in steps, as it does live; what is due on the way is judged on the way. */
static bool wait_for(struct fed_source *f, uint64_t time_ns)
{
	if (time_ns - f->now_ns <= TICK_NS)
		return false;
	f->now_ns += TICK_NS;
	return true;
}

/* What the kernel side never writes: its family and markers are ours. */
static void make_possible(struct hm_rec *rec)
{
	rec->family = rec->family == 0 || rec->family == 6 ? rec->family : 4;
	if ((rec->what == HM_WHAT_MARKER || rec->what == HM_WHAT_ACKED ||
	     rec->what == HM_WHAT_READ) &&
	    rec->marker.id != HM_NO_MARKER)
		rec->marker.id %= 2;
}

/* Without a name where nothing stands behind it. */
static void take_name(struct fed_source *f, struct hm_rec *rec)
{
	rec->size = sizeof(*rec);
	if (rec->what != HM_WHAT_HELLO || f->next == f->count)
		return;
	rec->size = sizeof(struct hm_hello_rec);
	f->next++;
}

/* One record at a time; its time is taken as the time since the last one, up to about 17 s. */
static int fed_read(struct hm_source *src, hm_sighting_fn fn, void *arg, uint64_t *now_ns)
{
	struct fed_source *f = (struct fed_source *)src;
	struct hm_sighting s;
	struct hm_rec *rec;
	int err;

	if (f->next == f->count) {
		f->scene.end_mono_ns = f->now_ns;
		return -ENODATA;
	}
	rec = &f->rec[f->next];
	if (wait_for(f, f->last_ns + (rec->mono_ns & 0x3ffffffff))) {
		*now_ns = f->now_ns;
		return 1;
	}
	f->next++;
	make_possible(rec);
	take_name(f, rec);
	rec->mono_ns = f->now_ns = f->last_ns += rec->mono_ns & 0x3ffffffff;
	*now_ns = f->now_ns;
	live_sighting(rec, rec->hook % HM_HOOK_COUNT, &s);
	FUZZ_CHECK(s.what < HM_WHAT_COUNT && memchr(s.comm, '\0', sizeof(s.comm)));
	err = s.what == HM_WHAT_NONE ? 0 : fn(arg, &s);
	return err ? err : 1;
}

static const struct hm_source_ops fed_ops = {.read = fed_read};

/* The recording says what the trace said. */
static void check_recording(const struct judged *live)
{
	struct hm_source *source;
	struct judged again;
	char why[160];

	FUZZ_CHECK(!source_file_open(judged_file(live->text[JUDGED_RECORDING],
						 live->len[JUDGED_RECORDING]),
				     &source, why, sizeof(why)));
	judged_run(&again, source);
	FUZZ_CHECK(again.err == -ENODATA);
	if (again.status != live->status ||
	    strcmp(again.text[JUDGED_TEXT], live->text[JUDGED_TEXT])) {
		fprintf(stderr, "--- live\n%s--- its recording\n%s", live->text[JUDGED_TEXT],
			again.text[JUDGED_TEXT]);
		FUZZ_CHECK(!"the recording says the same");
	}
	judged_free(&again);
	source_free(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fed_source f;
	struct judged j;

	f.base = (struct hm_source){.ops = &fed_ops, .scene = &f.scene, .poll_fd = -1};
	set_scene(&f.scene);
	f.next = 0;
	f.now_ns = f.last_ns = START_NS;
	f.count = size / sizeof(f.rec[0]) < RECORDS_MAX ? size / sizeof(f.rec[0]) : RECORDS_MAX;
	memcpy(f.rec, data, f.count * sizeof(f.rec[0]));
	judged_run(&j, &f.base);
	FUZZ_CHECK(j.err == -ENODATA);
	check_recording(&j);
	judged_free(&j);
	return 0;
}
