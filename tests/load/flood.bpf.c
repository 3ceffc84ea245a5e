/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes each frame of a flood another one. Loaded by flood.c only, and run by BPF_PROG_TEST_RUN
 * with live frames: what it passes is received by the interface that the call names. Frames are
 * used again as the last run left them, so every field that differs is written each time.
 */
#include "hm_types.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "flood.h"

char LICENSE[] SEC("license") = "GPL";

/* Set by flood.c before each burst. */
struct flood_shape shape = {};
/* Frames made so far with this shape; what differs is computed from it. */
__u64 made = 0;

static __always_inline __u32 mix(__u64 n)
{
	n = (n + 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;
	return (n ^ (n >> 31)) >> 16;
}

/* One's complement sum of what differs, and what stays: RFC 1071. */
static __always_inline __u16 checksum(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline __u64 halves(__u32 n)
{
	return (n & 0xffff) + (n >> 16);
}

SEC("xdp")
int flood_frame(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u64 n = made++;
	__u32 random = mix(n + shape.seed), saddr, seq;
	__u16 sport;

	if (data + FLOOD_TCP_CSUM + 2 > end)
		return XDP_ABORTED;
	saddr = bpf_htonl(shape.saddr + (shape.vary_addr ? random & shape.addr_mask : 0));
	sport = bpf_htons(shape.sport + (shape.vary_port ? (n * 7919) & 0x7fff : 0));
	seq = bpf_htonl(shape.seq +
			(shape.random_seq ? random * 2654435761U : (__u32)n * shape.seq_step));
	*(__u32 *)(data + FLOOD_SADDR) = saddr;
	*(__u16 *)(data + FLOOD_IP_CSUM) = checksum(shape.ip_sum + halves(saddr));
	if (!shape.tcp)
		return XDP_PASS;
	*(__u16 *)(data + FLOOD_SPORT) = sport;
	*(__u32 *)(data + FLOOD_SEQ) = seq;
	*(__u16 *)(data + FLOOD_TCP_CSUM) =
		checksum(shape.tcp_sum + halves(saddr) + sport + halves(seq));
	return XDP_PASS;
}
