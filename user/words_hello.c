// SPDX-License-Identifier: GPL-2.0-only
/* The server name that a TLS client asks for, as evidence, where --sni asks for it. Called by judge.c. */
#include <string.h>

#include "words.h"

/* The first of its legs that one was told of: behind NAT it is the same. */
static const struct hm_leg *greeter(const struct hm_case *c)
{
	for (uint32_t i = 0; i < c->leg_count; i++)
		if (c->legs[i]->hello.state != HM_HELLO_NONE)
			return c->legs[i];
	return NULL;
}

void tell_hello(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_leg *leg = greeter(c);
	char name[HM_SNI_MAX + 1], client[HM_ADDR_LEN];
	size_t len;

	if (!leg)
		return;
	safe_endpoint(client, &leg->client);
	len = strlen(leg->hello.name);
	if (leg->hello.state == HM_HELLO_NAMELESS)
		words_evidence(out, "ClientHello of %s: no server name in it", client);
	else if (leg->hello.state != HM_HELLO_NAMED || !len)
		words_evidence(out, "ClientHello of %s: its server name was not seen", client);
	else if (len < leg->hello.len)
		words_evidence(out, "ClientHello of %s: server name begins with \"%s\" (%zu of %u bytes)", client,
			       safe_text(name, sizeof(name), leg->hello.name), len, leg->hello.len);
	else
		words_evidence(out, "ClientHello of %s: server name \"%s\"", client,
			       safe_text(name, sizeof(name), leg->hello.name));
}
