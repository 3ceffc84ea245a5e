// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nanoseconds in hopmark's program at an interface for packets none of which is like the last one:
 * a SYN flood, SYN-ACKs, a stream whose payload is all searched, or beyond --depth. As
 * bench_programs.c otherwise.
 */
#include "measure.h"
#include "packets/varied.skel.h"
#include "real.h"

struct kind {
	const char *name;
	unsigned int markers;
	uint32_t len; /* of each */
	uint8_t flags;
	bool marked; /* the payload holds the marker */
	bool records; /* each packet makes one */
	uint32_t rate_per_ms;
	bool room; /* the tables do not become full */
	uint32_t depth;
};

#define REPEAT_ROOM 3000
#define ROOM ((RUNS + 2) * REPEAT_ROOM)

static const struct kind kinds[] = {
	{"hm_tc_in, SYN of a new connection, record sent", 1, 12, HM_TCP_SYN, false, true, 0, true,
	 0},
	{"hm_tc_in, SYN-ACK to that, record sent", 1, 12, HM_TCP_SYN | HM_TCP_ACK, false, true, 0,
	 true, 0},
	{"hm_tc_in, SYN flood, tables full, record sent", 1, 12, HM_TCP_SYN, false, true, 0, false,
	 0},
	{"hm_tc_in, SYN flood, 500 records a ms", 1, 12, HM_TCP_SYN, false, false, 500, false, 0},
	{"hm_tc_in, 1460 bytes, one marker of 12, not there", 1, 12, HM_TCP_ACK, false, false, 0,
	 false, 0},
	{"hm_tc_in, 1460 bytes beyond --depth 16k", 1, 12, HM_TCP_ACK, false, false, 0, false,
	 16384},
	{"hm_tc_in, 1460 bytes, one marker of 20, not there", 1, 20, HM_TCP_ACK, false, false, 0,
	 false, 0},
	{"hm_tc_in, 1460 bytes, eight of 20, not there", 8, 20, HM_TCP_ACK, false, false, 0, false,
	 0},
	{"hm_tc_in, 1460 bytes, one of 12, there, record sent", 1, 12, HM_TCP_ACK, true, true, 0,
	 false, 0},
};

/* The packet made another one, and then that program. */
static double measure_next(struct varied_bpf *vary, const struct bpf_program *prog,
			   const struct frame *f, int repeat, struct ring_buffer *ring)
{
	__u32 zero = 0, fd = bpf_program__fd(prog);

	if (bpf_map_update_elem(bpf_map__fd(vary->maps.next), &zero, &fd, BPF_ANY))
		return -1;
	return measure(vary->progs.vary, f, repeat, ring);
}

/* From the server to the client: both ends of a frame in each other's place. */
static void turn_round(struct frame *f)
{
	uint8_t *addr = f->data + HM_ETH_LEN + 12, *port = f->data + HM_ETH_LEN + 20, kept[4];

	memcpy(kept, addr, 4);
	memcpy(addr, addr + 4, 4);
	memcpy(addr + 4, kept, 4);
	memcpy(kept, port, 2);
	memcpy(port, port + 2, 2);
	memcpy(port + 2, kept, 2);
}

/* The SYNs of as many connections as there is room for, so that their SYN-ACKs can be measured. */
static int let_ask(struct varied_bpf *vary, const struct hopmark_bpf *real)
{
	struct frame f = build_frame(80, HM_TCP_SYN, 0);
	__u32 zero = 0, fd = bpf_program__fd(real->progs.hm_tc_in);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f.data, .data_size_in = f.len,
		    .repeat = ROOM);

	vary->bss->vary_saddr = 1;
	vary->bss->vary_daddr = 0;
	if (bpf_map_update_elem(bpf_map__fd(vary->maps.next), &zero, &fd, BPF_ANY))
		return -1;
	return bpf_prog_test_run_opts(bpf_program__fd(vary->progs.vary), &opts);
}

/* Of a kind, with the program that is loaded for it; *empty: the same with the empty one. */
static double measure_kind(struct varied_bpf *vary, const struct yardstick_bpf *yard,
			   struct hopmark_bpf *real, const struct kind *k, double *empty)
{
	struct frame f = build_frame(80, k->flags, k->flags & HM_TCP_SYN ? 0 : PAYLOAD);
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(real->maps.hm_ring), ignore, NULL, NULL);
	int repeat = k->room ? REPEAT_ROOM : k->records ? REPEAT_RECORDS : REPEAT;
	bool answer = k->flags == (HM_TCP_SYN | HM_TCP_ACK);
	double ns = -1;

	vary->bss->seq_step = k->flags & HM_TCP_SYN ? 7919 : PAYLOAD;
	if (answer && let_ask(vary, real)) {
		ring_buffer__free(ring);
		return -1;
	}
	if (answer)
		turn_round(&f);
	vary->bss->vary_saddr = k->flags == HM_TCP_SYN;
	vary->bss->vary_daddr = answer;
	if (k->marked)
		memcpy(f.data + f.len - 100, WORDS, k->len);
	*empty = measure_next(vary, yard->progs.empty, &f, repeat, NULL);
	vary->bss->runs = 0; /* the same connections again */
	if (ring)
		ns = measure_next(vary, real->progs.hm_tc_in, &f, repeat, ring);
	ring_buffer__free(ring);
	return ns;
}

static int bench(const struct yardstick_bpf *yard, const struct kind *k)
{
	struct varied_bpf *vary = varied_bpf__open_and_load();
	struct hopmark_bpf *real = open_real("port 80", k->markers, k->len);
	double ns = -1, empty = -1;

	if (real) {
		real->rodata->hm_cfg.rate_per_ms = k->rate_per_ms;
		real->rodata->hm_cfg.depth = k->depth;
	}
	if (real && k->room) {
		bpf_map__set_max_entries(real->maps.hm_tracks, ROOM);
		bpf_map__set_max_entries(real->maps.hm_once, ROOM);
	}
	if (vary && real && !hopmark_bpf__load(real))
		ns = measure_kind(vary, yard, real, k, &empty);
	row(k->name, ns, empty);
	hopmark_bpf__destroy(real);
	varied_bpf__destroy(vary);
	return ns < 0 || empty < 0 ? -1 : 0;
}

/*
 * What one insertion into a table like that of connections takes: a new connection's SYN makes one.
 * With room each entry is in memory that no cache holds; without, the idlest one is thrown out. And
 * what one lookup of those takes.
 */
static int bench_insertion(const struct yardstick_bpf *yard, bool room)
{
	struct hopmark_bpf *real = open_real("port 80", 1, 12);
	struct varied_bpf *vary = varied_bpf__open();
	struct frame f = build_frame(80, HM_TCP_SYN, 0);
	double ns = -1, empty = measure(yard->progs.empty, &f, REPEAT, NULL);

	if (vary && real) {
		bpf_map__set_key_size(vary->maps.table, bpf_map__key_size(real->maps.hm_tracks));
		bpf_map__set_value_size(vary->maps.table,
					bpf_map__value_size(real->maps.hm_tracks));
		if (room)
			bpf_map__set_max_entries(vary->maps.table, ROOM);
		if (!varied_bpf__load(vary))
			ns = measure(vary->progs.insert, &f,
				     room ? REPEAT_ROOM : REPEAT_RECORDS, NULL);
	}
	row(room ? "one insertion into an LRU table with room" :
		   "one insertion into a full LRU table",
	    ns, empty);
	if (room && ns >= 0) {
		vary->bss->runs = 0;
		ns = measure(vary->progs.look_up, &f, REPEAT_ROOM, NULL);
		row("one lookup in that table", ns, empty);
	}
	varied_bpf__destroy(vary);
	hopmark_bpf__destroy(real);
	return ns < 0 ? -1 : 0;
}

int main(void)
{
	struct yardstick_bpf *yard = yardstick_bpf__open_and_load();
	int err = yard ? 0 : -1;

	if (!yard)
		fprintf(stderr, "bench_packets: cannot load the yardsticks: %s\n", strerror(errno));
	for (size_t i = 0; yard && i < HM_ARRAY_SIZE(kinds); i++)
		err |= bench(yard, &kinds[i]);
	if (yard) {
		err |= bench_insertion(yard, true);
		err |= bench_insertion(yard, false);
	}
	yardstick_bpf__destroy(yard);
	return err ? 1 : 0;
}
