// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sequence numbers of a leg: how far each side is known to be, and whether a RST fits that. One
 * that fits nothing is ignored by whom it is sent to, and the connection goes on (RFC 9293,
 * 3.10.7.3 and 3.10.7.4): it is of an older connection of the same two ends, or forged. Called by
 * path.c and leg.c.
 *
 * Few segments are told of. So a side may be as far on as its link can have carried since, and a
 * window further; where that is all numbers, every RST fits.
 */
#include "leg.h"

#define WINDOW (1 << 25) /* net.ipv4.tcp_rmem lets no more wait by default, since Linux 6.16 */
#define BYTES_IN_8_NS 100ULL /* 100 Gbit/s */
#define SYN_DATA 65536 /* a SYN may carry bytes: RFC 7413 */

/* How far beyond the place where a side was known to be it may be at that time. */
static uint64_t reach(const struct hm_sent *sent, uint64_t ns)
{
	return WINDOW + (ns > sent->ns ? (ns - sent->ns) / 8 * BYTES_IN_8_NS : 0);
}

/*
 * This side had sent so far. A little before that is what was sent again, or before another thing;
 * numbers that do not go together are of two who count apart.
 */
static void reaches(struct hm_sent *sent, uint32_t next, uint64_t ns)
{
	uint32_t on = next - sent->next;

	if (sent->known && on && -on <= WINDOW)
		return;
	if (sent->known && on > reach(sent, ns)) {
		sent->apart = true;
		return;
	}
	sent->known = true;
	sent->next = next;
	sent->ns = ns;
}

/* The other side has all before that, or nothing before that is for it. */
static void arrived(struct hm_sent *sent, uint32_t ack, uint64_t ns)
{
	reaches(sent, ack, ns);
	if (sent->acked && (int32_t)(ack - sent->ack) < 0)
		return;
	sent->acked = true;
	sent->ack = ack;
}

/* What the judge is to know of it. */
static void show(struct leg_state *st)
{
	st->leg.has_client_sent = st->sent[0].known;
	st->leg.client_sent = st->sent[0].next;
}

void numbers_received(struct leg_state *st, uint32_t next, uint64_t ns)
{
	reaches(&st->sent[0], next, ns);
	show(st);
}

void numbers_take(struct leg_state *st, const struct hm_sighting *s)
{
	int side = leg_from_client(&st->leg, s) ? 0 : 1;
	bool begins = s->what == HM_WHAT_SYN || s->what == HM_WHAT_SYNACK;

	if (begins)
		arrived(&st->sent[side], s->seq + 1, s->mono_ns);
	reaches(&st->sent[side], s->seq + s->len + (begins || s->what == HM_WHAT_FIN), s->mono_ns);
	if (s->what != HM_WHAT_SYN)
		arrived(&st->sent[!side], s->ack, s->mono_ns);
	show(st);
}

/* Of what the client sent nothing but the SYN has to be there yet. */
static bool acknowledges_syn(const struct hm_leg *leg, const struct hm_sighting *s)
{
	return s->ack - leg->isn_client - 1 < SYN_DATA;
}

/* Where the numbers of a side begin that its peer takes; one before is a keep-alive's. */
static uint32_t first_taken(const struct hm_sent *sent)
{
	return sent->acked ? sent->ack - 1 : sent->next - WINDOW;
}

bool numbers_fit(const struct leg_state *st, const struct hm_sighting *s)
{
	const struct hm_leg *leg = &st->leg;
	int side = leg_from_client(leg, s) ? 0 : 1;
	const struct hm_sent *sent = &st->sent[side];
	bool answers_syn = leg->has_syn && side == 1;
	uint32_t from = first_taken(sent);

	if (sent->apart || leg->renumbered.seen || leg->synack_strange)
		return true;
	if (answers_syn && acknowledges_syn(leg, s) && (!sent->known || !s->seq))
		return true;
	if (!sent->known)
		return !answers_syn;
	return s->seq - from <= sent->next - from + reach(sent, s->mono_ns);
}
