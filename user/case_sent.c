// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of a request there was: who goes on sending it is owed no answer yet, and since when one
 * is due is not known where the last of it was not seen.
 */
#include "case.h"

/* A head, and a form that comes with it, are less: 64 KB are one packet of a fast sender. */
#define HEAD_BYTES (64U << 10)

/* Where the bytes begin of which it is known that they came together; false: not known. */
static bool known_until(const struct hm_leg *leg, uint32_t *seq)
{
	*seq = leg->marker_ns ? leg->marker_end_seq : leg->isn_client + 1 + leg->request_len;
	return leg->marker_ns || (leg->has_syn && leg->request_ns);
}

/* What the client's RST says: its number is that of the next byte, of which none came. */
static uint32_t sent_until(const struct hm_case *c, const struct hm_leg *leg)
{
	const struct hm_sighting *rst = c->rst;

	if (rst && !c->rst_from_server && rst->leg == leg->id && rst->seq &&
	    (int32_t)(rst->seq - leg->client_sent) > 0)
		return rst->seq;
	return leg->client_sent;
}

uint32_t case_sent_on(const struct hm_case *c)
{
	uint32_t most = 0, from;

	for (uint32_t i = 0; i < c->leg_count; i++) {
		const struct hm_leg *leg = c->legs[i];
		int32_t more;

		if (!leg->has_client_sent || !known_until(leg, &from))
			continue;
		more = (int32_t)(sent_until(c, leg) - from);
		if (more > (int32_t)most)
			most = (uint32_t)more;
	}
	return most;
}

bool case_goes_on(const struct hm_case *c)
{
	return case_sent_on(c) > HEAD_BYTES;
}
