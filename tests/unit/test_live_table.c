// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is full, asked for at once: what was counted since the trace began, and where that is not
 * known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "live.h"

#define NETNS 7

static void put(struct hm_live_ns *in, enum hm_net_file which, const char *text)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	if (in->files.fd[which] >= 0)
		close(in->files.fd[which]);
	in->files.fd[which] = fd;
}

static void fill(struct hm_live_ns *in, unsigned int discarded, unsigned int overflows,
		 unsigned int no_room)
{
	char text[160];

	put(in, HM_NET_COOKIES, "0\n");
	put(in, HM_NET_SYN_BACKLOG, "128\n");
	snprintf(text, sizeof(text), "TcpExt: ListenOverflows ListenDrops\nTcpExt: %u %u\n",
		 overflows, discarded);
	put(in, HM_NET_COUNTERS, text);
	put(in, HM_NET_CT_COUNT, "64\n");
	put(in, HM_NET_CT_MAX, "64\n");
	snprintf(text, sizeof(text), "entries  drop\n00000040 %08x\n", no_room);
	put(in, HM_NET_CT_STAT, text);
}

static struct hm_live *new_live(void)
{
	struct hm_live *live = calloc(1, sizeof(*live));

	assert_non_null(live);
	live->ns_count = 1;
	live->ns[0].ns.inum = NETNS;
	net_files_init(&live->ns[0].files);
	return live;
}

static void free_live(struct hm_live *live)
{
	net_files_close(&live->ns[0].files);
	free(live);
}

/* A SYN that met a full accept queue, and one that netfilter dropped. */
static void ask(struct hm_live *live, struct hm_sighting *syn, struct hm_sighting *drop)
{
	*syn = (struct hm_sighting){.what = HM_WHAT_SYN, .syn = {.has_listener = true, .backlog = 3,
								 .backlog_max = 2, .requests = 1}};
	*drop = (struct hm_sighting){.what = HM_WHAT_DROP,
				     .drop = {.reason = "NETFILTER_DROP", .flags = HM_TCP_SYN}};
	live_ask_table(live, NETNS, syn);
	live_ask_table(live, NETNS, drop);
}

static void test_since_the_trace_began(void **state)
{
	struct hm_live *live = new_live();
	struct hm_sighting syn, drop;

	(void)state;
	fill(&live->ns[0], 1000, 900, 800);
	live_count_before(&live->ns[0]);
	fill(&live->ns[0], 1003, 902, 801);
	ask(live, &syn, &drop);
	assert_int_equal(syn.syn.discarded, 3);
	assert_int_equal(syn.syn.overflows, 2);
	assert_int_equal(syn.syn.requests_max, 128);
	assert_int_equal(drop.drop.no_room, 1);
	assert_int_equal(drop.drop.tracked_max, 64);
	free_live(live);
}

/* It could not be read then: what this host counted in all its life is not told as of the trace. */
static void test_not_read_then(void **state)
{
	struct hm_live *live = new_live();
	struct hm_sighting syn, drop;

	(void)state;
	live_count_before(&live->ns[0]);
	fill(&live->ns[0], 1003, 902, 801);
	ask(live, &syn, &drop);
	assert_int_equal(syn.syn.discarded, 0);
	assert_int_equal(syn.syn.overflows, 0);
	assert_int_equal(syn.syn.requests_max, 128); /* of this moment all the same */
	assert_int_equal(drop.drop.no_room, 0);
	/* not asked: whether it is full alone proves nothing */
	assert_int_equal(drop.drop.tracked_max, 0);
	free_live(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_since_the_trace_began),
		cmocka_unit_test(test_not_read_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
