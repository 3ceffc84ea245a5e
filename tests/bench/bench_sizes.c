// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nanoseconds of the search against the size of the payload, beside a search that looks at every
 * byte; what the empty program takes is taken away. As bench_programs.c otherwise.
 */
#include "measure.h"

static const uint32_t sizes[] = { 64, 128, 256, 512, 768, 1024, 1280, 1460 };

struct searches {
	struct yardstick_bpf *yard;
	struct scan_bpf *one12, *one20, *eight20;
};

static struct scan_bpf *load_search(unsigned int count, uint32_t len)
{
	struct scan_bpf *skel = scan_bpf__open();

	if (skel &&
	    !build_needles((struct hm_needles *)&skel->rodata->hm_cfg.needles, count, len) &&
	    !scan_bpf__load(skel))
		return skel;
	scan_bpf__destroy(skel);
	return NULL;
}

static int bench(const struct searches *s, uint32_t size)
{
	struct frame f = { .len = HM_ETH_LEN + size };
	const char *raw = getenv("BENCH_RAW");
	FILE *to = raw ? fopen(raw, "a") : NULL;
	double empty, by_byte, one12, one20, eight20;

	http_text(f.data + HM_ETH_LEN, size);
	empty = measure(s->yard->progs.empty, &f, REPEAT, NULL);
	by_byte = measure(s->yard->progs.by_byte, &f, REPEAT / 4, NULL) - empty;
	one12 = measure(s->one12->progs.scan_tc, &f, REPEAT, NULL) - empty;
	one20 = measure(s->one20->progs.scan_tc, &f, REPEAT, NULL) - empty;
	eight20 = measure(s->eight20->progs.scan_tc, &f, REPEAT, NULL) - empty;
	printf("  %5u bytes %12.0f %12.0f %12.0f %12.0f\n", size, by_byte, one12, one20, eight20);
	if (to) {
		fprintf(to, "{\"what\":\"size\",\"bytes\":%u,\"by_byte\":%.0f,\"one12\":%.0f,"
			    "\"one20\":%.0f,\"eight20\":%.0f}\n",
			size, by_byte, one12, one20, eight20);
		fclose(to);
	}
	return empty < 0 ? -1 : 0;
}

int main(void)
{
	struct searches s = { yardstick_bpf__open(), load_search(1, 12), load_search(1, 20),
			      load_search(HM_MAX_MARKERS, 20) };
	int err = -1;

	if (s.yard && s.one12 && s.one20 && s.eight20 &&
	    !build_needles((struct hm_needles *)&s.yard->rodata->hm_cfg.needles, 1, 12) &&
	    !yardstick_bpf__load(s.yard)) {
		printf("\n  %-11s %12s %12s %12s %12s\n", "search of", "byte by byte", "12 bytes",
		       "20 bytes", "8 x 20 bytes");
		err = 0;
		for (size_t i = 0; i < HM_ARRAY_SIZE(sizes); i++)
			err |= bench(&s, sizes[i]);
	} else {
		fprintf(stderr, "bench_sizes: cannot load the searches: %s\n", strerror(errno));
	}
	yardstick_bpf__destroy(s.yard);
	scan_bpf__destroy(s.one12);
	scan_bpf__destroy(s.one20);
	scan_bpf__destroy(s.eight20);
	return err ? 1 : 0;
}
