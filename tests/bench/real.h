/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hopmark's own program at an interface, loaded alone, and packets for it. Included by
 * tests/bench/bench_*.c after measure.h.
 */
#ifndef HM_BENCH_REAL_H
#define HM_BENCH_REAL_H

#include "filter.h"
#include "hopmark.skel.h"
#include "objects.h"

/* Takes what the programs sent; the bench is only interested in there being room again. */
static int ignore(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

static struct frame build_frame(uint16_t dport, uint8_t flags, uint32_t payload)
{
	struct corpus_packet *c;
	struct frame f = {};

	corpus_count = 0;
	c = corpus_add("bench", HM_PKT_TCP);
	put16(c, HM_ETH_IP4);
	put_ip4(c, 6, 20 + payload + (flags & HM_TCP_SYN ? 20 : 0), 0, 0x4000);
	put_tcp(c, flags, flags & HM_TCP_SYN ? 20 : 0);
	if (flags & HM_TCP_SYN)
		put_syn_options(c);
	memcpy(f.data, c->data, c->len);
	f.data[HM_ETH_LEN + 22] = dport >> 8;
	f.data[HM_ETH_LEN + 23] = dport & 255;
	http_text(f.data + c->len, payload);
	f.len = c->len + payload;
	return f;
}

/*
 * The programs with hm_tc_in alone to be loaded, this filter and count markers of len
 * bytes; NULL: not to be had.
 */
static struct hopmark_bpf *open_real(const char *text, unsigned int count, uint32_t len)
{
	struct hopmark_bpf *skel = calloc(1, sizeof(*skel));
	struct hm_filter *filter = calloc(1, sizeof(*filter));
	char why[HM_FILTER_WHY];
	struct bpf_program *prog;
	void *linked = NULL;
	size_t size = 0;
	uint8_t *elf = object_unpack(false, &size);
	int err = -1;

	if (elf && skel && filter && !filter_compile(text, filter, why, sizeof(why)))
		linked = filter_link(elf, size, filter);
	if (linked && !hopmark_bpf__create_skeleton(skel)) {
		skel->skeleton->data = linked;
		skel->skeleton->data_sz = size;
		err = bpf_object__open_skeleton(skel->skeleton, NULL);
	}
	free(elf);
	free(linked);
	free(filter);
	if (err || build_needles((struct hm_needles *)&skel->rodata->hm_cfg.needles, count, len)) {
		hopmark_bpf__destroy(skel);
		return NULL;
	}
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, prog == skel->progs.hm_tc_in);
	return skel;
}

#endif
