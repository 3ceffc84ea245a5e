/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Small facts about one packet that a sighting carries besides its headers: the options of a SYN
 * and what the first bytes of a payload are. Included through hm_packet.h.
 */
#ifndef HM_FACTS_H
#define HM_FACTS_H

#include "hm_wire.h"

#define HM_TCP_OPTIONS_MAX 40
#define HM_FIRST_BYTES 24 /* of a payload, what hm_classify_first() looks at */

/*
 * A function of its own in BPF, checked by the verifier once and for any argument; inlined, each
 * of its callers' states would be followed through it. Pointers may be NULL for what it knows.
 */
#if defined(__bpf__) && defined(HM_OLD_KERNEL) /* bpf/verifier.bpf.h */
#define HM_SUBPROG static __attribute__((noinline))
#elif defined(__bpf__)
#define HM_SUBPROG __attribute__((noinline))
#else
#define HM_SUBPROG static inline
#endif

/*
 * x, of which the verifier shall forget what it knows, so that ways that differ in nothing else are
 * one to it. Only where HM_SUBPROG does not do that.
 */
static __always_inline __u32 hm_forget(__u32 x)
{
#if defined(__bpf__) && defined(HM_OLD_KERNEL)
	__u32 any = bpf_get_prandom_u32();

	x ^= any;
	asm volatile("" : "+r"(x));
	x ^= any;
#endif
	return x;
}

/*
 * n is 1 to max, a power of two. The verifier of 6.1 loses the lower bound with every other way
 * to write this ("invalid access, size=0").
 */
static __always_inline __u32 hm_bound(__u32 n, __u32 max)
{
	n -= 1;
#ifdef __bpf__
	asm volatile("" : "+r"(n));
#endif
	n &= max - 1;
	return n + 1;
}

enum hm_tcp_option {
	HM_TCPOPT_END = 0,
	HM_TCPOPT_NOP = 1,
	HM_TCPOPT_MSS = 2,
	HM_TCPOPT_WSCALE = 3,
	HM_TCPOPT_SACK = 4,
	HM_TCPOPT_TIMESTAMPS = 8,
};

/* One option of len bytes, its kind and length included; o points behind these two. */
static __always_inline void hm_take_option(__u8 kind, __u8 len, const __u8 *o,
					   struct hm_rec_syn *syn)
{
	if (kind == HM_TCPOPT_MSS && len == 4)
		syn->mss = (__u16)(o[0] << 8 | o[1]);
	else if (kind == HM_TCPOPT_WSCALE && len == 3)
		syn->wscale = o[0];
	else if (kind == HM_TCPOPT_SACK && len == 2)
		syn->sack = 1;
	else if (kind == HM_TCPOPT_TIMESTAMPS && len == 10)
		syn->timestamps = 1;
}

/* Options of a TCP header: 40 bytes, room for hm_bound() and for reading past a last option. */
struct hm_options {
	__u32 len; /* 0 to 40 */
	__u8 bytes[72];
};

/*
 * Takes the option at offset at. Returns its length, 0 at the end of the options, -EBADMSG for one
 * that runs past it. A subprogram, so that not every sequence of options is followed.
 */
HM_SUBPROG int hm_option_at(const struct hm_options *o, __u32 at, struct hm_rec_syn *syn)
{
	const __u8 *p;
	__u32 len;

	if (!o || !syn || at >= o->len || o->bytes[at & 63] == HM_TCPOPT_END)
		return 0;
	p = &o->bytes[at & 63];
	if (p[0] == HM_TCPOPT_NOP)
		return 1;
	len = at + 1 < o->len ? p[1] : 0;
	if (len < 2 || len > o->len - at)
		return -EBADMSG;
	hm_take_option(p[0], len, p + 2, syn);
	return len;
}

/*
 * The options of the TCP header that hm_parse() found; the listener's fields of syn become 0.
 * 0, or -EBADMSG when the header cannot be read or an option runs past its end (what was read
 * before it stands).
 */
static __always_inline int hm_parse_syn_options(const struct hm_bytes *b,
						const struct hm_packet *p, struct hm_rec_syn *syn)
{
	struct hm_options o = { .len = p->tcp_len - sizeof(struct hm_tcp_hdr) };
	__u32 at = 0;

	*syn = (struct hm_rec_syn){ .wscale = 255 };
	if (o.len == 0 || o.len > HM_TCP_OPTIONS_MAX)
		return o.len ? -EBADMSG : 0;
	if (hm_get(b, p->tcp_off + sizeof(struct hm_tcp_hdr), o.bytes, hm_bound(o.len, 64)))
		return -EBADMSG;
	for (int k = 0; k < HM_TCP_OPTIONS_MAX; k++) {
		int len = hm_option_at(&o, at, syn);

		if (len <= 0)
			return len;
		at = hm_forget(at + len);
	}
	return 0;
}

/*
 * The DSCP of the IP header right before the TCP header at tcp_off; family and ttl are the
 * packet's. Where IP options or extension headers stand between, HM_NO_DSCP.
 */
static __always_inline __u8 hm_dscp(const struct hm_bytes *b, __u32 tcp_off, __u32 family,
				    __u32 ttl)
{
	const __u32 len = family == 4 ? sizeof(struct hm_ip4_hdr) : sizeof(struct hm_ip6_hdr);
	__u8 h[12];

	if (tcp_off < len || hm_get(b, tcp_off - len, h, sizeof(h)))
		return HM_NO_DSCP;
	if (family == 4)
		return h[0] == 0x45 && h[8] == ttl && h[9] == HM_IPPROTO_TCP ? h[1] >> 2
									     : HM_NO_DSCP;
	return h[0] >> 4 == 6 && h[6] == HM_IPPROTO_TCP && h[7] == ttl
		       ? (h[0] & 15) << 2 | h[1] >> 6
		       : HM_NO_DSCP;
}

/* Does text, at most 8 bytes, stand at the start of first? */
static __always_inline int hm_starts(const __u8 *first, __u32 n, const char *text, __u32 len)
{
	int differs = n < len;

	for (__u32 i = 0; i < 8; i++)
		if (i < len)
			differs |= first[i] ^ (__u8)text[i];
	return !differs;
}

#define HM_STARTS(first, n, text) hm_starts(first, n, text, sizeof(text) - 1)

/* RFC 9110, 9.3, and PATCH. Returns the length of method and space, 0 when it is none of these. */
static __always_inline __u32 hm_http_method(const __u8 *first, __u32 n)
{
	if (HM_STARTS(first, n, "GET ") || HM_STARTS(first, n, "PUT "))
		return 4;
	if (HM_STARTS(first, n, "POST ") || HM_STARTS(first, n, "HEAD "))
		return 5;
	if (HM_STARTS(first, n, "PATCH ") || HM_STARTS(first, n, "TRACE "))
		return 6;
	if (HM_STARTS(first, n, "DELETE "))
		return 7;
	if (HM_STARTS(first, n, "OPTIONS "))
		return 8;
	return 0;
}

/* RFC 9112, 3.2: origin-form, absolute-form, authority-form (CONNECT), asterisk-form (OPTIONS). */
static __always_inline __u8 hm_http_request(const __u8 *first, __u32 n)
{
	__u32 at = hm_http_method(first, n);

	/*
	 * A host, and no JSON as NATS has it. One comparison: each is a way more to the verifier.
	 */
	if (HM_STARTS(first, n, "CONNECT "))
		return n > 8 && (__u8)(first[8] - '!') < '{' - '!' ? HM_CLASS_HTTP_PROXY
								   : HM_CLASS_OTHER;
	if (!at || n <= at)
		return HM_CLASS_OTHER;
	at &= 15;
	if (first[at] == '/' || (at == 8 && first[at] == '*'))
		return HM_CLASS_HTTP_REQUEST;
	if (HM_STARTS(first + at, n - at, "http://") || HM_STARTS(first + at, n - at, "https://"))
		return HM_CLASS_HTTP_PROXY;
	return HM_CLASS_OTHER;
}

/* RFC 9112, 4: HTTP/1.x SP and three digits. 0: it is none. */
static __always_inline __u16 hm_http_status(const __u8 *first, __u32 n)
{
	__u32 a = first[9] - '0', c = first[10] - '0', d = first[11] - '0';

	if (n < 12 || !HM_STARTS(first, n, "HTTP/1.") || first[8] != ' ')
		return 0;
	if (first[7] < '0' || first[7] > '9' || a < 1 || a > 5 || c > 9 || d > 9)
		return 0;
	return (__u16)(a * 100 + c * 10 + d);
}

/* RFC 8446, 5.1 and 6: a TLS record, and an alert when it is not encrypted. */
static __always_inline int hm_tls_record(const __u8 *first, __u32 n, struct hm_rec_data *out)
{
	__u32 len = (__u32)first[3] << 8 | first[4];

	if (n < 5 || first[0] < 20 || first[0] > 23 || first[1] != 3 || first[2] > 4)
		return 0;
	if (!len || len > 16384 + 2048)
		return 0;
	out->tls_type = first[0];
	if (first[0] == 21 && len == 2 && n >= 7 && (first[5] == 1 || first[5] == 2)) {
		out->alert_level = first[5];
		out->alert = first[6];
	}
	return 1;
}

/* The first bytes of a payload, zeros behind them; 24, and room for hm_bound(). */
struct hm_first {
	__u32 len; /* 0 to 24 */
	__u8 bytes[32];
};

/*
 * What a payload begins with. Writes all of out. What is too short to be told is HM_CLASS_OTHER;
 * .len 0 is HM_CLASS_NONE. Returns the class.
 */
HM_SUBPROG int hm_classify_first(const struct hm_first *first, struct hm_rec_data *out)
{
	if (!first || !out)
		return HM_CLASS_NONE;
	*out = (struct hm_rec_data){};
	if (!first->len)
		return HM_CLASS_NONE;
	out->class = HM_CLASS_TLS;
	if (hm_tls_record(first->bytes, first->len, out))
		return HM_CLASS_TLS;
	out->status = hm_http_status(first->bytes, first->len);
	out->class = out->status ? HM_CLASS_HTTP_STATUS :
				   hm_http_request(first->bytes, first->len);
	return out->class;
}

/* The same for the payload of p. 0, or -EBADMSG when it cannot be read; out is written anyway. */
static __always_inline int hm_classify_payload(const struct hm_bytes *b, const struct hm_packet *p,
					       struct hm_rec_data *out)
{
	__u32 n = p->payload_len < HM_FIRST_BYTES ? p->payload_len : HM_FIRST_BYTES;
	struct hm_first first = {};
	int err = 0;

	if (n && hm_get(b, p->payload_off, first.bytes, hm_bound(n, sizeof(first.bytes))))
		err = -EBADMSG;
	first.len = err ? 0 : n;
	hm_classify_first(&first, out);
	return err;
}

#endif
