// SPDX-License-Identifier: GPL-2.0-only
/*
 * FILTER to struct hm_filter: recursive descent over the grammar of pcap-filter(7) as libpcap's
 * grammar.y has it, without what looks at flags, payload or other protocols. Called by trace_args.c.
 *
 *   expr  = term { ("and" | "or") ( term | id ) }      "and" and "or" bind alike, from the left
 *   term  = "not" term | "tcp" | "ip" | "ip6" | "(" expr ")" | quals id
 *   id    = "not" id | value | "(" idlist ")"            with the qualifiers before it
 *   idlist = ( value | "not" id ) { ("and" | "or") id }
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "filter.h"

#define WORD_LEN 64
#define MAX_DEPTH 32 /* of parentheses and "not" */

struct parser {
	const char *next; /* what comes after word */
	char word[WORD_LEN]; /* the word looked at; "" at the end */
	int depth;
	struct hm_filter *out;
	char *why;
	size_t why_len;
};

static int fail(struct parser *p, const char *reason)
{
	const char *own = filter_why_not(p->word);

	if (p->word[0] && own)
		snprintf(p->why, p->why_len, "filter: \"%s\" is not supported: %s", p->word, own);
	else if (p->word[0])
		snprintf(p->why, p->why_len, "filter: at \"%s\": %s", p->word, reason);
	else
		snprintf(p->why, p->why_len, "filter: at its end: %s", reason);
	return -EINVAL;
}

/* Bytes of the word at text: a name, number or address, an operator, or one other character. */
static size_t word_length(const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || (text[len] && strchr("_.:-", text[len])))
		len++;
	if (len)
		return len;
	if (!strncmp(text, "&&", 2) || !strncmp(text, "||", 2))
		return 2;
	return text[0] ? 1 : 0;
}

static int advance(struct parser *p)
{
	size_t len;

	p->next += strspn(p->next, " \t\r\n");
	len = word_length(p->next);
	if (len >= WORD_LEN) {
		snprintf(p->word, sizeof(p->word), "%.20s...", p->next);
		return fail(p, "too long a word");
	}
	memcpy(p->word, p->next, len);
	p->word[len] = '\0';
	p->next += len;
	return 0;
}

static bool is(const struct parser *p, const char *word)
{
	return !strcmp(p->word, word);
}

static bool is_not(const struct parser *p)
{
	return is(p, "not") || is(p, "!");
}

/* HM_F_AND, HM_F_OR, or HM_F_FALSE where there is no such operator. */
static int logic(const struct parser *p)
{
	if (is(p, "and") || is(p, "&&"))
		return HM_F_AND;
	return is(p, "or") || is(p, "||") ? HM_F_OR : HM_F_FALSE;
}

struct keyword {
	const char *word;
	int value;
};

static const struct keyword protos[] = {{"tcp", HM_Q_TCP}, {"ip", HM_Q_IP}, {"ip6", HM_Q_IP6}};
static const struct keyword kinds[] = {
	{"host", HM_Q_HOST},
	{"net", HM_Q_NET},
	{"port", HM_Q_PORT},
	{"portrange", HM_Q_PORTRANGE},
};
static const struct keyword sides[] = {{"src", HM_SIDE_SRC}, {"dst", HM_SIDE_DST}};
static const struct keyword others[] = {{"and", 1}, {"or", 1}, {"not", 1}, {"mask", 1}};

static int lookup(const struct keyword *table, size_t count, const char *word)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(word, table[i].word))
			return table[i].value;
	return 0;
}
#define LOOKUP(table, word) lookup(table, HM_ARRAY_SIZE(table), word)

/* A value as far as the lexer can tell: no keyword, no operator, no parenthesis. */
static bool is_value(const struct parser *p)
{
	if (!isalnum((unsigned char)p->word[0]) && p->word[0] != ':')
		return false;
	return !LOOKUP(protos, p->word) && !LOOKUP(kinds, p->word) && !LOOKUP(sides, p->word) &&
	       !LOOKUP(others, p->word) && !filter_why_not(p->word);
}

/* After an operator: does a value come, through any parentheses and nots, rather than a term? */
static bool value_follows(const struct parser *p)
{
	struct parser ahead = *p;

	while (is(&ahead, "(") || is_not(&ahead))
		if (advance(&ahead))
			return false;
	return is_value(&ahead);
}

static int emit(struct parser *p, const struct hm_filter_op *op)
{
	if (p->out->count == HM_FILTER_OPS) {
		snprintf(p->why, p->why_len, "filter: too long: %u operations are possible",
			 HM_FILTER_OPS);
		return -EINVAL;
	}
	p->out->ops[p->out->count++] = *op;
	return 0;
}

static int emit_kind(struct parser *p, int kind, unsigned int lo)
{
	struct hm_filter_op op = {.kind = kind, .side = HM_SIDE_EITHER, .lo = lo};

	return emit(p, &op);
}

static int value(struct parser *p, const struct hm_qual *q)
{
	char text[WORD_LEN], len[WORD_LEN] = "";
	bool dotted;
	struct hm_filter_op op;
	int err;

	memcpy(text, p->word, sizeof(text));
	err = advance(p);
	dotted = is(p, "mask");
	if (!err && (dotted || is(p, "/"))) {
		err = advance(p);
		if (!err && !is_value(p))
			return fail(p, "a prefix length or mask is missing");
		memcpy(len, p->word, sizeof(len));
		if (!err)
			err = advance(p);
	}
	if (!err)
		err = filter_value(q, text, len[0] ? len : NULL, dotted, &op, p->why, p->why_len);
	if (!err)
		err = emit(p, &op);
	if (err || !filter_value_needs_ip6(&op))
		return err;
	err = emit_kind(p, HM_F_FAMILY, 6);
	return err ? err : emit_kind(p, HM_F_AND, 0);
}

static int idlist(struct parser *p, const struct hm_qual *q);

static int id(struct parser *p, const struct hm_qual *q)
{
	int err;

	if (is_value(p))
		return value(p, q);
	if (!is_not(p) && !is(p, "("))
		return fail(p, "an address, net or port is missing here");
	if (++p->depth > MAX_DEPTH)
		return fail(p, "too many parentheses");
	if (is_not(p)) {
		err = advance(p);
		err = err ? err : id(p, q);
		err = err ? err : emit_kind(p, HM_F_NOT, 0);
	} else {
		err = advance(p);
		err = err ? err : idlist(p, q);
	}
	p->depth--;
	return err;
}

static int close_paren(struct parser *p)
{
	return is(p, ")") ? advance(p) : fail(p, "\")\" or and, or expected");
}

/* A number within more parentheses: grammar.y knows ((80)), but not ((80 or 443) or 22). */
static int wrapped_number(struct parser *p, const struct hm_qual *q)
{
	int err, open = 0;

	for (err = 0; !err && is(p, "("); open++)
		err = advance(p);
	if (!err && p->word[strspn(p->word, "0123456789")])
		return fail(p, "only a number can stand in parentheses of its own here");
	err = err ? err : id(p, q);
	for (; !err && open; open--)
		err = close_paren(p);
	return err;
}

/* Values within parentheses that share their qualifiers: "port (80 or 443)". Eats the ")". */
static int idlist(struct parser *p, const struct hm_qual *q)
{
	int op, err;

	err = is(p, "(") ? wrapped_number(p, q) : id(p, q);
	while (!err && (op = logic(p))) {
		err = advance(p);
		err = err ? err : id(p, q);
		err = err ? err : emit_kind(p, op, 0);
	}
	return err ? err : close_paren(p);
}

/* [src | dst | src or dst | src and dst | ...] */
static int read_side(struct parser *p, struct hm_qual *q)
{
	struct parser ahead;
	int side = LOOKUP(sides, p->word), op, err;

	q->side = side ? (enum hm_filter_side)side : HM_SIDE_EITHER;
	if (!side)
		return 0;
	err = advance(p);
	ahead = *p;
	op = logic(p);
	if (err || !op)
		return err;
	err = advance(&ahead);
	if (err || !LOOKUP(sides, ahead.word) || LOOKUP(sides, ahead.word) == side)
		return fail(p, "src or dst needs an address, net or port before this");
	q->side = op == HM_F_OR ? HM_SIDE_EITHER : HM_SIDE_BOTH;
	*p = ahead;
	return advance(p);
}

/* A protocol alone, or qualifiers and what they qualify. *q is what later values refer to. */
static int primitive(struct parser *p, struct hm_qual *q)
{
	static const struct {
		int kind;
		unsigned int lo;
	} alone[] = {[HM_Q_TCP] = {HM_F_TRUE, 0}, [HM_Q_IP] = {HM_F_FAMILY, 4}, [HM_Q_IP6] = {HM_F_FAMILY, 6}};
	struct hm_qual own = {.valid = 1, .proto = LOOKUP(protos, p->word)};
	bool qualified = false;
	int err = 0;

	if (own.proto)
		err = advance(p);
	if (!err && LOOKUP(sides, p->word)) {
		qualified = true;
		err = read_side(p, &own);
	} else {
		own.side = HM_SIDE_EITHER;
	}
	own.kind = LOOKUP(kinds, p->word);
	if (!err && own.kind) {
		qualified = true;
		err = advance(p);
	}
	if (err)
		return err;
	if (!qualified && own.proto) {
		q->valid = 0;
		return emit_kind(p, alone[own.proto].kind, alone[own.proto].lo);
	}
	if (!qualified)
		return fail(p, "expected host, net, port, portrange, src, dst, tcp, ip or ip6");
	*q = own;
	return id(p, q);
}

static int expr(struct parser *p, struct hm_qual *q);

/* *q: in, the qualifiers before it; out, those a value behind it refers to. */
static int term(struct parser *p, struct hm_qual *q)
{
	struct hm_qual before = *q;
	int err;

	if (!is_not(p) && !is(p, "("))
		return primitive(p, q);
	if (++p->depth > MAX_DEPTH)
		return fail(p, "too many parentheses");
	if (is_not(p)) {
		err = advance(p);
		err = err ? err : term(p, q);
		err = err ? err : emit_kind(p, HM_F_NOT, 0);
	} else {
		err = advance(p);
		err = err ? err : expr(p, q);
		*q = before;
		err = err ? err : close_paren(p);
	}
	p->depth--;
	return err;
}

static int expr(struct parser *p, struct hm_qual *q)
{
	int op, err = term(p, q);

	while (!err && (op = logic(p))) {
		err = advance(p);
		if (!err)
			err = value_follows(p) ? id(p, q) : term(p, q);
		if (!err)
			err = emit_kind(p, op, 0);
	}
	return err;
}

int filter_parse(const char *text, struct hm_filter *out, char *why, size_t why_len)
{
	struct parser p = {.next = text, .out = out, .why = why, .why_len = why_len};
	struct hm_qual q = {0};
	int err;

	memset(out, 0, sizeof(*out));
	err = advance(&p);
	if (err || !p.word[0])
		return err;
	err = expr(&p, &q);
	if (!err && p.word[0])
		err = fail(&p, "and, or expected");
	return err;
}
