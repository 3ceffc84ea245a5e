// SPDX-License-Identifier: GPL-2.0-only
/*
 * The option parser. Called by cmd_begin() with each command's table.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "hm_types.h"
#include "opts.h"

#define NSEC_PER_SEC UINT64_C(1000000000)
#define HELP_COLUMN 22 /* where the explanations start */
#define HELP_WIDTH 79

struct parse {
	void *args;
	char *why;
	size_t why_len;
};

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit time_units[] = {{"", NSEC_PER_SEC},	    {"s", NSEC_PER_SEC},
					 {"ms", NSEC_PER_SEC / 1000}, {"m", 60 * NSEC_PER_SEC},
					 {"h", 3600 * NSEC_PER_SEC}};
static const struct unit size_units[] = {
	{"", 1}, {"k", 1024}, {"K", 1024}, {"m", 1024 * 1024}, {"M", 1024 * 1024}};
static const struct unit no_units[] = {{"", 1}};

static int scaled(const char *text, const struct unit *units, size_t count, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789"), i;
	uint64_t n = 0;

	if (!digits)
		return -EINVAL;
	for (i = 0; i < digits; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, text[i] - '0', &n))
			return -EINVAL;
	for (i = 0; i < count; i++)
		if (!strcmp(text + digits, units[i].name))
			return __builtin_mul_overflow(n, units[i].factor, out) ? -EINVAL : 0;
	return -EINVAL;
}

int opts_time(const char *text, uint64_t *ns)
{
	return scaled(text, time_units, HM_ARRAY_SIZE(time_units), ns);
}

int opts_size(const char *text, uint64_t *bytes)
{
	return scaled(text, size_units, HM_ARRAY_SIZE(size_units), bytes);
}

int opts_number(const char *text, uint64_t *number)
{
	return scaled(text, no_units, HM_ARRAY_SIZE(no_units), number);
}

static bool takes_argument(const struct hm_opt *opt)
{
	return opt->type != HM_OPT_FLAG && opt->type != HM_OPT_IGNORED;
}

/* "-m" or "--marker", as it is spelled best. */
static const char *spelled(const struct hm_opt *opt, char out[32])
{
	if (opt->letter)
		snprintf(out, 32, "-%c", opt->letter);
	else
		snprintf(out, 32, "--%s", opt->name);
	return out;
}

static int refuse(const struct parse *p, const struct hm_opt *opt, const char *value,
		  const char *reason)
{
	char name[32];

	snprintf(p->why, p->why_len, "%s %.60s: %s", spelled(opt, name), value, reason);
	return -EINVAL;
}

static void out_of_range(const struct hm_opt *opt, char *reason, size_t len)
{
	switch (opt->type) {
	case HM_OPT_TIME:
		snprintf(reason, len,
			 "not a time of %" PRIu64 " ms to %" PRIu64
			 " h: write 30, 30s, 2m, 1h or 500ms",
			 opt->min / 1000000, opt->max / (3600 * NSEC_PER_SEC));
		break;
	case HM_OPT_SIZE:
		snprintf(reason, len, "not a size of %" PRIu64 "k to %" PRIu64 "k: write 64k or 1m",
			 opt->min / 1024, opt->max / 1024);
		break;
	default:
		snprintf(reason, len, "not a number from %" PRIu64 " to %" PRIu64, opt->min,
			 opt->max);
	}
}

static int read_number(const struct parse *p, const struct hm_opt *opt, const char *value,
		       uint64_t *n)
{
	char reason[100];
	int err;

	if (opt->type == HM_OPT_TIME)
		err = opts_time(value, n);
	else if (opt->type == HM_OPT_SIZE)
		err = opts_size(value, n);
	else
		err = opts_number(value, n);
	if (!err && *n >= opt->min && *n <= opt->max)
		return 0;
	out_of_range(opt, reason, sizeof(reason));
	return refuse(p, opt, value, reason);
}

/* Takes the next place of a repeated option, or says that there are too many. */
static int next_index(const struct parse *p, const struct hm_opt *opt, const char *value,
		      uint32_t *index)
{
	uint32_t *count = (uint32_t *)((char *)p->args + opt->count_offset);
	char reason[64];

	if (*count == opt->most) {
		snprintf(reason, sizeof(reason), "at most %" PRIu64 " are possible", opt->most);
		return refuse(p, opt, value, reason);
	}
	*index = (*count)++;
	return 0;
}

static int store(const struct parse *p, const struct hm_opt *opt, const char *value)
{
	char *field = (char *)p->args + opt->offset;
	uint32_t index = 0;
	uint64_t n = 0;
	int err = 0;

	if (opt->type >= HM_OPT_NUMBER)
		err = read_number(p, opt, value, &n);
	if (!err && (opt->type == HM_OPT_STRINGS || opt->type == HM_OPT_NUMBERS16))
		err = next_index(p, opt, value, &index);
	if (err)
		return err;

	switch (opt->type) {
	case HM_OPT_FLAG:
		*(bool *)field = true;
		break;
	case HM_OPT_STRING:
	case HM_OPT_STRINGS:
		((const char **)field)[index] = value;
		break;
	case HM_OPT_NUMBER:
	case HM_OPT_SIZE:
		*(uint32_t *)field = n;
		break;
	case HM_OPT_NUMBERS16:
		((uint16_t *)field)[index] = n;
		break;
	case HM_OPT_TIME:
		*(uint64_t *)field = n;
		break;
	case HM_OPT_IGNORED:
		break;
	}
	return 0;
}

static const struct hm_opt *find(const struct hm_opt *opts, size_t count, const char *name,
				 size_t len, char letter)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (letter ? opts[i].letter == letter :
			     opts[i].name && strlen(opts[i].name) == len &&
				     !memcmp(opts[i].name, name, len))
			return &opts[i];
	}
	return NULL;
}

static int unknown(const struct parse *p, const char *option, int len)
{
	snprintf(p->why, p->why_len, "%.*s: no such option (--help lists them)",
		 len < 60 ? len : 60, option);
	return -EINVAL;
}

static int missing(const struct parse *p, const struct hm_opt *opt)
{
	char name[32];

	snprintf(p->why, p->why_len, "%s needs %s behind it", spelled(opt, name), opt->arg);
	return -EINVAL;
}

/* "--name", "--name=value" or "--name value". *used: words of argv taken. */
static int long_option(const struct parse *p, const struct hm_opt *opts, size_t count, char **argv,
		       int *used)
{
	const char *name = argv[0] + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct hm_opt *opt = find(opts, count, name, len, 0);

	*used = 1;
	if (!opt)
		return len == 4 && !memcmp(name, "help", 4) ? HM_OPTS_HELP :
							       unknown(p, argv[0], (int)len + 2);
	if (!takes_argument(opt))
		return equals ? refuse(p, opt, equals + 1, "takes no value") : store(p, opt, NULL);
	if (!equals && !argv[1])
		return missing(p, opt);
	*used = equals ? 1 : 2;
	return store(p, opt, equals ? equals + 1 : argv[1]);
}

/* "-x", "-xvalue", "-x value", and flags together: "-nv". */
static int short_options(const struct parse *p, const struct hm_opt *opts, size_t count,
			 char **argv, int *used)
{
	const char *at;

	*used = 1;
	for (at = argv[0] + 1; *at; at++) {
		const struct hm_opt *opt = find(opts, count, NULL, 0, *at);
		char name[3] = {'-', *at, '\0'};
		int err;

		if (!opt)
			return *at == 'h' ? HM_OPTS_HELP : unknown(p, name, 2);
		if (takes_argument(opt)) {
			if (!at[1] && !argv[1])
				return missing(p, opt);
			*used = at[1] ? 1 : 2;
			return store(p, opt, at[1] ? at + 1 : argv[1]);
		}
		err = store(p, opt, NULL);
		if (err)
			return err;
	}
	return 0;
}

int opts_parse(const struct hm_opt *opts, size_t count, int argc, char **argv, void *args,
	       struct hm_words *words, char *why, size_t why_len)
{
	struct parse p = {.args = args, .why = why, .why_len = why_len};
	int i, used, err;

	*words = (struct hm_words){.word = argv + 1};
	for (i = 1; i < argc; i += used) {
		used = 1;
		if (!strcmp(argv[i], "--")) {
			words->command = argv + i + 1;
			return 0;
		}
		if (argv[i][0] != '-' || !argv[i][1]) {
			words->word[words->count++] = argv[i];
			continue;
		}
		if (argv[i][1] == '-')
			err = long_option(&p, opts, count, argv + i, &used);
		else
			err = short_options(&p, opts, count, argv + i, &used);
		if (err)
			return err;
	}
	return 0;
}

/* Writes text from the help column on, broken between words. */
static void wrapped(const char *text, int column, FILE *to)
{
	while (*text) {
		int len = (int)strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + len > HELP_WIDTH) {
			fprintf(to, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', to);
			column++;
		}
		fprintf(to, "%.*s", len, text);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', to);
}

void opts_help(const struct hm_opt *opts, size_t count, FILE *to)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct hm_opt *opt = &opts[i];
		char left[64];
		int n;

		n = snprintf(left, sizeof(left), "  %c%c%s%s%s%s%s", opt->letter ? '-' : ' ',
			     opt->letter ? opt->letter : ' ',
			     opt->letter && opt->name ? ", " : opt->name ? "  " : "",
			     opt->name ? "--" : "", opt->name ? opt->name : "", opt->arg ? " " : "",
			     opt->arg ? opt->arg : "");
		if (n >= HELP_COLUMN - 1)
			fprintf(to, "%s\n%*s", left, HELP_COLUMN, "");
		else
			fprintf(to, "%-*s", HELP_COLUMN, left);
		wrapped(opt->help, HELP_COLUMN, to);
	}
	fprintf(to, "  %-*s%s\n", HELP_COLUMN - 2, "-h, --help", "this text");
}
