/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --sni: the server name of a ClientHello, the one piece of payload that leaves the kernel, and
 * only where it is asked for. Without it the verifier takes out the call. Not in the old object:
 * see verifier.bpf.h.
 */
#ifndef HELLO_BPF_H
#define HELLO_BPF_H

#include "emit.bpf.h"
#include "hm_hello.h"

#ifdef HM_OLD_KERNEL

static __always_inline void hm_tell_hello(struct hm_here *here, const struct hm_bytes *b,
					  const struct hm_packet *p)
{
}

#else

__noinline __u64 hm_hello_skb(struct __sk_buff *skb, __u32 off, __u32 len)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB };

	return hm_find_name(&b, off, len);
}

__noinline __u64 hm_hello_xdp(struct xdp_md *xdp, __u32 off, __u32 len)
{
	const struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP };

	return hm_find_name(&b, off, len);
}

/* The name in the payload of p, if a ClientHello begins it; or that it has none, or not here. */
static __always_inline void hm_tell_hello(struct hm_here *here, const struct hm_bytes *b,
					  const struct hm_packet *p)
{
	__u64 found = b->kind == HM_CTX_XDP ? hm_hello_xdp(b->ctx, p->payload_off, p->payload_len) :
					      hm_hello_skb(b->ctx, p->payload_off, p->payload_len);
	__u32 len = HM_HELLO_LEN(found), state = HM_HELLO_STATE(found);
	struct hm_hello_rec *r;

	if (state == HM_HELLO_NONE)
		return;
	r = hm_start_sized(HM_WHAT_HELLO, here, p, sizeof(*r));
	if (!r)
		return;
	__builtin_memset(r->name, 0, sizeof(r->name));
	r->rec.hello.len = len;
	if (len > sizeof(r->name))
		len = sizeof(r->name);
	if (state == HM_HELLO_NAMED &&
	    hm_get(b, HM_HELLO_OFF(found), r->name, hm_bound(len, sizeof(r->name))))
		state = HM_HELLO_UNSEEN;
	r->rec.hello.state = state;
	hm_send(&r->rec);
}

#endif

#endif
