// SPDX-License-Identifier: GPL-2.0-only
/* FILTER to classic BPF, see filter_pcap.h. */
#include "filter_pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#define SNAPLEN 65535

static int copy(const struct bpf_program *prog, struct hm_classic **out, uint32_t *count)
{
	struct hm_classic *to = calloc(prog->bf_len, sizeof(*to));

	if (!to)
		return -ENOMEM;
	for (uint32_t i = 0; i < prog->bf_len; i++)
		to[i] = (struct hm_classic){prog->bf_insns[i].code, prog->bf_insns[i].jt,
					    prog->bf_insns[i].jf, prog->bf_insns[i].k};
	*out = to;
	*count = prog->bf_len;
	return 0;
}

int filter_classic(const char *text, struct hm_classic **out, uint32_t *count, char *why,
		   size_t why_len)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program prog;
	int err = 0;

	if (!pcap)
		return -ENOMEM;
	if (pcap_compile(pcap, &prog, text, 1, PCAP_NETMASK_UNKNOWN)) {
		snprintf(why, why_len, "%s", pcap_geterr(pcap));
		err = strstr(why, "rejects all packets") ? -ENOENT : -EINVAL;
	} else {
		err = copy(&prog, out, count);
		pcap_freecode(&prog);
	}
	pcap_close(pcap);
	return err;
}
