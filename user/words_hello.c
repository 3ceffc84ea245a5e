// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server name that a TLS client asks for, as evidence, where --sni asks for it. Called by
 * judge.c.
 */
#include <stdio.h>
#include <string.h>

#include "words.h"

/*
 * The first of its legs that tells; else the first that was told of. Behind NAT it is the same
 * ClientHello.
 */
static const struct hm_greeting *greeting(const struct hm_case *c)
{
	const struct hm_greeting *found = NULL;

	for (uint32_t i = 0; i < c->leg_count; i++) {
		const struct hm_greeting *one = c->legs[i]->greeting;

		if (one &&
		    (one->said.state == HM_HELLO_NAMED || one->said.state == HM_HELLO_NAMELESS))
			return one;
		if (one && !found)
			found = one;
	}
	return found;
}

void tell_hello(const struct hm_case *c, struct hm_verdict *out)
{
	static const char longest[] = ": server name begins with \"\" (128 of 65535 bytes)";
	const struct hm_greeting *first = greeting(c);
	char whose[HM_LINE / 2], name[HM_LINE], client[HM_ADDR_LEN];
	const struct hm_sight_hello *said;
	size_t len;

	if (!first)
		return;
	said = &first->said;
	len = strlen(said->name);
	snprintf(whose, sizeof(whose), "ClientHello of %s at %s",
		 safe_endpoint(client, &first->src), PLACE(c, first->hop, first->ns));
	safe_text(name, HM_LINE - strlen(whose) - strlen(longest), said->name);
	if (said->state == HM_HELLO_NAMELESS)
		words_evidence(out, "%s: no server name in it", whose);
	else if (said->state != HM_HELLO_NAMED || !len)
		words_evidence(out, "%s: its server name was not seen", whose);
	else if (len < said->len)
		words_evidence(out, "%s: server name begins with \"%s\" (%zu of %u bytes)", whose,
			       name, len, said->len);
	else
		words_evidence(out, "%s: server name \"%s\"", whose, name);
}
