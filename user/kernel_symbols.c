// SPDX-License-Identifier: GPL-2.0-only
/* Functions of the kernel by their addresses, see kernel_symbols.h. */
#include "kernel_symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "clock.h"
#include "iter_read.h"
#include "sighting.h"

#define PLACES 64 /* that are remembered: a power of two */
#define VALID_NS 1000000000ULL /* for so long: the module may be another one afterwards */

struct place {
	uint64_t address, asked_ns;
	char name[HM_NAME_LEN];
};

static struct {
	int link, map;
	struct place place[PLACES];
} symbols = { .link = -1, .map = -1 };

void kernel_symbols_use(int link_fd, int map_fd)
{
	symbols.link = link_fd;
	symbols.map = map_fd;
	memset(symbols.place, 0, sizeof(symbols.place));
}

/* What the kernel writes of it, "nft_do_chain+0x1f0/0x3c0 [nf_tables]": bytes, or -errno. */
static ssize_t ask(uint64_t address, void **text)
{
	uint32_t zero = 0;
	int err = symbols.link < 0 ? -ENOENT :
				     bpf_map_update_elem(symbols.map, &zero, &address, BPF_ANY);

	return err ? err : iter_read(symbols.link, text);
}

static void find_name(uint64_t address, char name[HM_NAME_LEN])
{
	void *text = NULL;
	ssize_t len = ask(address, &text);
	const char *end = len > 0 ? memchr(text, '+', len) : NULL;

	if (end) /* none is behind a mere address */
		snprintf(name, HM_NAME_LEN, "%.*s", (int)(end - (char *)text), (char *)text);
	else
		snprintf(name, HM_NAME_LEN, "a function whose name is not known");
	free(text);
}

void kernel_function(uint64_t address, char *out, size_t len)
{
	struct place *place = &symbols.place[address % PLACES];
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (place->address != address || now - place->asked_ns > VALID_NS) {
		find_name(address, place->name);
		place->address = address;
		place->asked_ns = now;
	}
	snprintf(out, len, "%s", place->name);
}
