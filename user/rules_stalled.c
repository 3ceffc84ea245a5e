// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a proxy kept a message that it sent on in the end: --stall. Called by rules_path.c. What
 * its connections take is the server's or the network's time, and what it waited for of the
 * request's rest the client's, not its own.
 */
#include "rules.h"

static bool of_proxy(const struct hm_link *proxy, const struct hm_link *link)
{
	return link != proxy && link->c.client_pid && link->c.client_pid == proxy->c.server_pid;
}

static bool opened_since(const struct hm_link *link, uint64_t ns)
{
	return link->c.has_syn && link->c.first_ns >= ns;
}

/* When the SYN-ACK came to the proxy. */
static uint64_t connected_ns(const struct hm_case *c)
{
	uint64_t ns = 0;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_cell *cell = &c->legs[l]->rows[i].cell[HM_STEP_SYNACK];

			if (cell->count && cell->first_ns > ns)
				ns = cell->first_ns;
		}
	return ns;
}

/* The first of its connections that carried the message, or NULL. */
static const struct hm_link *carrier_of(const struct hm_link *proxy, const struct hm_link *links,
					uint32_t count)
{
	const struct hm_link *first = NULL;

	for (uint32_t i = 0; i < count; i++)
		if (of_proxy(proxy, &links[i]) && links[i].c.marked &&
		    (!first || links[i].c.marker_ns < first->c.marker_ns))
			first = &links[i];
	return first;
}

/* When it first opened a connection after that moment; UINT64_MAX: never. */
static uint64_t opened_ns(const struct hm_link *proxy, const struct hm_link *links, uint32_t count,
			  uint64_t since_ns)
{
	uint64_t ns = UINT64_MAX;

	for (uint32_t i = 0; i < count; i++)
		if (of_proxy(proxy, &links[i]) && opened_since(&links[i], since_ns) &&
		    links[i].c.first_ns < ns)
			ns = links[i].c.first_ns;
	return ns;
}

/* 0: it did not keep it, or that is not known. */
static uint64_t kept_for(const struct hm_link *proxy, const struct hm_link *links, uint32_t count)
{
	const struct hm_link *carrier = carrier_of(proxy, links, count);
	uint64_t read = proxy->c.read_ns, sent = carrier ? carrier->c.turn_ns : 0, opened,
		 connected;

	/* it waited for more, or sent before it had read */
	if (!read || !proxy->c.whole || sent <= read)
		return 0;
	opened = opened_ns(proxy, links, count, read);
	if (opened >= sent)
		return sent - read;
	connected = carrier->c.first_ns == opened ? connected_ns(&carrier->c) : sent;
	return opened - read + (connected && connected < sent ? sent - connected : 0);
}

const struct hm_link *stalled_proxy(const struct hm_link *links, uint32_t count, uint64_t *kept_ns)
{
	uint64_t allowed = links[0].c.scene->stall_ns;

	for (uint32_t i = 0; allowed && i < count; i++) {
		*kept_ns = kept_for(&links[i], links, count);
		if (*kept_ns > allowed)
			return &links[i];
	}
	return NULL;
}

void tell_stalled(const struct hm_link *proxy, uint64_t kept_ns, struct hm_verdict *out)
{
	const struct hm_case *c = &proxy->c;
	char a[HM_WHO_LEN];

	at_server(c, out);
	words_say(out,
		  "The proxy %s read the message and kept it for %s before it sent it on; --stall "
		  "allows %s.",
		  who_server(c, a), SPAN(kept_ns), SPAN(c->scene->stall_ns));
	tell_reading(c, out);
	words_why(out, "what else it waited for, a resolver say, is not watched");
	words_advise(out, "Look at the queue, the limits and the log of %s, and at its resolver.",
		     a);
}
