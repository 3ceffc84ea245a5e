/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload of tests/load/stream.c: half a megabyte of requests, answers and pages as a web
 * server has them, or of random bytes. It depends on the seed only, and holds no part of the marker
 * that could be taken for one.
 */
#ifndef HM_STREAM_CORPUS_H
#define HM_STREAM_CORPUS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CORPUS_SIZE (512 * 1024)
#define CORPUS_ROOM (CORPUS_SIZE + 65536) /* so that a frame may begin anywhere in it */

struct corpus {
	uint8_t *bytes;
	uint32_t len;
	uint64_t random;
};

/* xorshift64*: Vigna 2016 */
static inline uint32_t corpus_random(uint64_t *state)
{
	*state += !*state;
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1dULL) >> 32;
}

static const char *const corpus_words[] = {
	"the",	    "of",     "and",	 "order",      "garden", "summer",    "amazing", "delivery",
	"customer", "with",   "price",	 "gracious",   "for",	 "available", "in",	 "stock",
	"returns",  "within", "thirty",	 "days",       "we",	 "ship",      "to",	 "your",
	"door",	    "a",      "new",	 "collection", "is",	 "here",      "read",	 "more",
	"about",    "it",     "size",	 "colour",     "basket", "checkout",  "account", "sign",
	"out",	    "search", "results", "page",       "next",
};

static inline const char *corpus_word(struct corpus *c)
{
	return corpus_words[corpus_random(&c->random) %
			    (sizeof(corpus_words) / sizeof(*corpus_words))];
}

static inline void corpus_add(struct corpus *c, const char *text)
{
	uint32_t n = strlen(text);

	if (n > CORPUS_ROOM - c->len)
		n = CORPUS_ROOM - c->len;
	memcpy(c->bytes + c->len, text, n);
	c->len += n;
}

static inline void corpus_add_words(struct corpus *c, unsigned int count, const char *between)
{
	for (unsigned int i = 0; i < count; i++) {
		corpus_add(c, i ? between : "");
		corpus_add(c, corpus_word(c));
	}
}

static inline void corpus_add_hex(struct corpus *c, unsigned int digits)
{
	char digit[2] = "";

	while (digits--) {
		digit[0] = "0123456789abcdef"[corpus_random(&c->random) & 15];
		corpus_add(c, digit);
	}
}

static inline void corpus_add_request(struct corpus *c)
{
	corpus_add(c, corpus_random(&c->random) & 1 ? "GET /" : "POST /api/v2/");
	corpus_add_words(c, 3, "/");
	corpus_add(c, "?q=");
	corpus_add_words(c, 2, "+");
	corpus_add(
		c,
		" HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux "
		"x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: text/html,application/"
		"xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-GB,en;q=0.5\r\n"
		"Accept-Encoding: gzip, deflate, br, zstd\r\nReferer: https://www.example.com/");
	corpus_add_words(c, 2, "/");
	corpus_add(c, "\r\nCookie: session=");
	corpus_add_hex(c, 32);
	corpus_add(c, "; theme=light; consent=yes\r\nConnection: keep-alive\r\n\r\n");
}

static inline void corpus_add_answer(struct corpus *c)
{
	corpus_add(c,
		   "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: text/html; "
		   "charset=utf-8\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=600\r\n"
		   "ETag: \"");
	corpus_add_hex(c, 16);
	corpus_add(c, "\"\r\n\r\n<!DOCTYPE html>\n<html lang=\"en\"><head><title>");
	corpus_add_words(c, 4, " ");
	corpus_add(c, "</title></head>\n<body>\n");
	for (unsigned int i = 0; i < 12; i++) {
		corpus_add(c, "<div class=\"product\"><a href=\"/");
		corpus_add_words(c, 2, "/");
		corpus_add(c, "\">");
		corpus_add_words(c, 3, " ");
		corpus_add(c, "</a><p>");
		corpus_add_words(c, 20 + corpus_random(&c->random) % 20, " ");
		corpus_add(c, ".</p></div>\n");
	}
	corpus_add(c, "</body></html>\r\n0\r\n\r\n");
}

static inline int corpus_build(struct corpus *c, int random, uint64_t seed)
{
	*c = (struct corpus){ .bytes = malloc(CORPUS_ROOM), .random = seed * 2654435761U + 7 };
	if (!c->bytes)
		return -12;
	while (random && c->len < CORPUS_ROOM)
		c->bytes[c->len++] = corpus_random(&c->random) >> 11;
	while (c->len < CORPUS_ROOM) {
		corpus_add_request(c);
		corpus_add_answer(c);
	}
	return 0;
}

/* The payload of a frame: another one for each number, until all have had their turn. */
static inline const uint8_t *corpus_at(const struct corpus *c, uint64_t number)
{
	return c->bytes + number * 7919 % CORPUS_SIZE;
}

#endif
