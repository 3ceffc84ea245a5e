// SPDX-License-Identifier: GPL-2.0-only
/* FILTER from text to instructions, and what is said of one that cannot be. See filter.h. */
#include "filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_inside.h"
#include "hm_types.h"

#define WORD_LEN 64
#define TEXT_LEN 1100

struct refusal {
	const char *word, *why;
};

#define TAKEN_OFF "tags and extension headers are taken off before the filter looks: leave it out"
#define LENGTH "a filter picks connections, not packets by their length: leave it out"
#define BOTH_WAYS "both directions of a connection are watched: write src or dst"
#define NOT_INSIDE "what is inside such packets is not watched"
#define NAMED "interfaces are named with -i"

/* What would not mean here what it says. */
static const struct refusal refusals[] = {
	{"vlan", TAKEN_OFF},	 {"protochain", TAKEN_OFF}, {"mpls", NOT_INSIDE},
	{"pppoed", NOT_INSIDE},	 {"pppoes", NOT_INSIDE},    {"geneve", NOT_INSIDE},
	{"less", LENGTH},	 {"greater", LENGTH},	    {"len", LENGTH},
	{"inbound", BOTH_WAYS},	 {"outbound", BOTH_WAYS},   {"ifname", NAMED},
	{"ifindex", NAMED},	 {"on", NAMED},
};

/* What no TCP connection is, to say why nothing can be inside. */
static const char *const others[] = {
	"udp", "icmp", "icmp6", "sctp", "igmp", "arp", "rarp", "ah", "esp", "pim", "vrrp", "carp",
	"igrp", "proto", "atalk", "aarp", "decnet", "iso", "stp", "ipx", "netbeui", "llc",
};

/* What looks at the Ethernet header without brackets. */
static const char *const links[] = {"ether", "link", "broadcast", "multicast", "gateway"};

static int say(char *why, size_t why_len, const char *word, const char *reason)
{
	if (word)
		snprintf(why, why_len, "filter: \"%.60s\": %s", word, reason);
	else
		snprintf(why, why_len, "filter: %s", reason);
	return -EINVAL;
}

/*
 * Copies the next word of *text, without what is escaped, and steps over it. False: there is none.
 */
static bool next_word(const char **text, char word[WORD_LEN])
{
	static const char joints[] = "_.:-";
	const char *at = *text;
	size_t len = 0;

	while (*at && !isalnum((unsigned char)*at))
		at += *at == '\\' && at[1] ? 2 : 1;
	while (isalnum((unsigned char)at[len]) || (at[len] && strchr(joints, at[len])))
		len++;
	*text = at + len;
	snprintf(word, WORD_LEN, "%.*s", len < WORD_LEN ? (int)len : WORD_LEN - 1, at);
	return len;
}

/* The first of the words that stands in text, or NULL. */
static const char *find_word(const char *text, const char *const *words, size_t count)
{
	char word[WORD_LEN];

	while (next_word(&text, word))
		for (size_t i = 0; i < count; i++)
			if (!strcmp(word, words[i]))
				return words[i];
	return NULL;
}

static int refuse_words(const char *text, char *why, size_t why_len)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(refusals); i++)
		if (find_word(text, &refusals[i].word, 1))
			return say(why, why_len, refusals[i].word, refusals[i].why);
	return 0;
}

static int nothing_inside(const char *text, char *why, size_t why_len)
{
	const char *word = find_word(text, others, HM_ARRAY_SIZE(others));

	if (word)
		return say(why, why_len, word,
			   "hopmark follows TCP connections, and none can match");
	return say(why, why_len, NULL,
		   "no connection can match: its parts exclude each other, or TCP");
}

/* Both views of one family. *all: every connection of it is inside. */
static int compile_family(const struct hm_classic *prog, uint32_t count, int family,
			  struct hm_code *code, bool *all, char *why, size_t why_len)
{
	struct hm_step *steps = calloc(count, sizeof(*steps));
	int err = steps ? 0 : -ENOMEM;

	for (int mirror = 0; !err && mirror < 2 && !*all; mirror++) {
		const struct hm_view view = {.family = family, .mirror = mirror};
		uint32_t start;

		err = filter_fold(prog, count, &view, steps, &start, why, why_len);
		if (!err)
			err = filter_emit(steps, count, start, code);
		*all = !err && start == FILTER_INSIDE;
	}
	free(steps);
	return err;
}

static int compile_classic(const struct hm_classic *prog, uint32_t count, struct hm_filter *out,
			   char *why, size_t why_len)
{
	struct hm_code *code = calloc(2, sizeof(*code));
	bool all4 = false, all6 = false;
	int err = code ? 0 : -ENOMEM;

	if (!err)
		err = compile_family(prog, count, 4, &code[0], &all4, why, why_len);
	if (!err)
		err = compile_family(prog, count, 6, &code[1], &all6, why, why_len);
	if (!err && !(all4 && all6))
		err = filter_finish(&code[0], &code[1], out);
	free(code);
	return err;
}

/* As filter_compile(), with what is wrong as the parts say it. */
static int compile(const char *text, struct hm_filter *out, char *why, size_t why_len)
{
	struct hm_classic *prog = NULL;
	uint32_t count = 0;
	int err = filter_classic(text, &prog, &count, why, why_len);

	out->count = 0;
	if (!err)
		err = compile_classic(prog, count, out, why, why_len);
	free(prog);
	return err;
}

/* True if text has a part with brackets, "tcp[13]", at *at or later; *len: its bytes. */
static bool next_part(const char **at, size_t *len)
{
	const char *open = strchr(*at, '['), *begin = open;
	int depth = 0;

	if (!open)
		return false;
	while (begin > *at && isalnum((unsigned char)begin[-1]))
		begin--;
	*at = begin;
	do {
		depth += *open == '[';
		depth -= *open == ']';
	} while (*open++ && depth);
	*len = (size_t)(open - begin);
	return depth == 0;
}

/* The part with brackets that cannot be, into part; false: it is none of them. */
static bool find_part(const char *text, struct hm_filter *scratch, char *part, size_t part_len)
{
	char alone[TEXT_LEN], why[HM_FILTER_WHY];
	size_t len;

	for (; next_part(&text, &len); text += len) {
		snprintf(alone, sizeof(alone), "%.*s = 0", (int)len, text);
		snprintf(part, part_len, "%.*s", (int)len, text);
		if (compile(alone, scratch, why, sizeof(why)) == -EINVAL)
			return true;
	}
	return false;
}

/* Which part of a filter that libpcap understands cannot be: reason is the fold's. */
static int tell_part(const char *text, struct hm_filter *scratch, const char *reason, char *why,
		     size_t why_len)
{
	char part[WORD_LEN];
	const char *word;

	if (find_part(text, scratch, part, sizeof(part)))
		return say(why, why_len, part, reason);
	word = find_word(text, links, HM_ARRAY_SIZE(links));
	return say(why, why_len, word, reason);
}

/* The longest beginning of text that libpcap takes: what is wrong is behind it. */
static size_t good_bytes(const char *text, struct hm_filter *scratch)
{
	char begin[TEXT_LEN], word[WORD_LEN], why[HM_FILTER_WHY];
	const char *at = text;
	size_t good = 0;

	while (next_word(&at, word)) {
		snprintf(begin, sizeof(begin), "%.*s", (int)(at - text), text);
		if (compile(begin, scratch, why, sizeof(why)) != -EINVAL ||
		    !strstr(why, "syntax error"))
			good = (size_t)(at - text);
	}
	return good;
}

/* What libpcap says, made more of where it says little. */
static int tell_libpcap(const char *text, struct hm_filter *scratch, const char *says, char *why,
			size_t why_len)
{
	char at[WORD_LEN];
	size_t good;

	if (strstr(says, "unknown host") || strstr(says, "unknown network")) {
		snprintf(why, why_len,
			 "filter: %.100s: names are never resolved, write the address", says);
		return -EINVAL;
	}
	if (!strstr(says, "syntax error"))
		return say(why, why_len, NULL, says);
	good = good_bytes(text, scratch);
	snprintf(at, sizeof(at), "%s", text + good + strspn(text + good, " "));
	return say(why, why_len, at, good ? "not understood from here on" :
		   "not understood; write it as for tcpdump, as in \"port 80 and host 10.0.0.8\"");
}

int filter_compile(const char *text, struct hm_filter *out, char *why, size_t why_len)
{
	struct hm_classic *prog = NULL;
	char says[HM_FILTER_WHY] = "";
	uint32_t count = 0;
	int err;

	out->count = 0;
	if (!text[strspn(text, " \t\r\n")])
		return 0;
	err = refuse_words(text, why, why_len);
	if (err)
		return err;
	err = filter_classic(text, &prog, &count, says, sizeof(says));
	if (err == -EINVAL) {
		err = tell_libpcap(text, out, says, why, why_len);
		out->count = 0;
		return err;
	}
	if (!err)
		err = compile_classic(prog, count, out, says, sizeof(says));
	free(prog);
	if (err == -EINVAL)
		tell_part(text, out, says, why, why_len);
	else if (err == -ENOENT)
		err = nothing_inside(text, why, why_len);
	else if (err == -E2BIG)
		err = say(why, why_len, NULL, "too long; use nets and port ranges");
	else if (err == -ENOSR)
		err = say(why, why_len, NULL,
			  "too many calculations within each other; take it apart");
	if (err)
		out->count = 0;
	return err;
}
