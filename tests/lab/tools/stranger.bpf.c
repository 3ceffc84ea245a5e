// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other people's programs: they do nothing, and one has the name of one of hopmark's.
 */
struct context;

__attribute__((section("other"))) int stranger(struct context *ctx)
{
	return -1; /* TC_ACT_UNSPEC */
}

__attribute__((section("impostor"))) int hm_tc_in(struct context *ctx)
{
	return -1;
}

__attribute__((section("xdp"))) int stranger_xdp(struct context *ctx)
{
	return 2; /* XDP_PASS */
}

__attribute__((section("xdp_drop"))) int stranger_drops(struct context *ctx)
{
	return 1; /* XDP_DROP */
}

char licence[] __attribute__((section("license"))) = "GPL";
