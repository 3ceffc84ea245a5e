// SPDX-License-Identifier: GPL-2.0-only
/* Somebody's program for a cgroup, which lets no packet of it pass: dropped-by-bpf.sh. */
struct context;

__attribute__((section("cgroup_skb/egress"))) int deaf(struct context *ctx)
{
	return 0;
}

char licence[] __attribute__((section("license"))) = "GPL";
