// SPDX-License-Identifier: GPL-2.0-only
/* Functions from kallsyms, see kernel_symbols.h. */
#include "kernel_symbols.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hm_types.h"

#define FUNCTION_SPAN 0x40000 /* no function is longer: beyond this the symbol is another's */
#define PLACES 64 /* addresses outside the kernel's own text that are remembered; a power of two */

struct symbol {
	uint64_t address;
	size_t name; /* offset in symbols.names */
};

/* What was read of the running kernel. */
static struct {
	int kallsyms, modules;
	struct symbol *function; /* by address */
	size_t count;
	char *names; /* of the functions, each ended by NUL */
	uint64_t text, text_end; /* the kernel's own, without modules; 0: not known */
	uint64_t loaded; /* which modules there were, see which_modules() */
	uint64_t place[PLACES]; /* addresses that were looked up among these modules */
} symbols = { .kallsyms = -1, .modules = -1 };

static void forget_symbols(void)
{
	free(symbols.function);
	free(symbols.names);
	symbols.function = NULL;
	symbols.names = NULL;
	symbols.count = 0;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* The whole of a file in /proc, from its start, with a NUL; the caller frees it. */
static char *read_all(int fd, size_t *len)
{
	size_t room = 8 << 20, used = 0;
	char *text = malloc(room), *more;
	ssize_t n = -1;

	if (lseek(fd, 0, SEEK_SET)) {
		free(text);
		return NULL;
	}
	while (text && (n = read(fd, text + used, room - used - 1)) > 0) {
		used += n;
		if (room - used > 4096)
			continue;
		more = realloc(text, room *= 2);
		if (!more)
			break;
		text = more;
	}
	if (n) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	*len = used;
	return text;
}

/* "ffffffff81000000 T _text [module]" to a symbol; false: not a function, or hidden (address 0). */
static bool take_line(const char *line, const char *end, struct symbol *to)
{
	uint64_t address = 0;
	const char *p = line;

	for (; p < end && *p != ' '; p++)
		address = address << 4 | ((*p & 15) + (*p > '9' ? 9 : 0));
	if (end - p < 4 || !strchr("tTwW", p[1]) || !address)
		return false;
	*to = (struct symbol){ .address = address, .name = p + 3 - symbols.names };
	return true;
}

/* Gives back the room that the names and symbols did not take; keeping it is no fault. */
static void shrink(size_t names)
{
	struct symbol *symbol = symbols.count ?
		reallocarray(symbols.function, symbols.count, sizeof(*symbol)) : NULL;
	char *text = names ? realloc(symbols.names, names) : NULL;

	if (symbol)
		symbols.function = symbol;
	if (text)
		symbols.names = text;
}

/*
 * Reads kallsyms whole: about a tenth of a second, so it is done before anything is attached, and
 * again only when other modules are there than were.
 */
static void read_symbols(void)
{
	struct symbol *more;
	size_t len, room = 0, used = 0, n;
	char *end, *p, *name;

	forget_symbols();
	symbols.names = read_all(symbols.kallsyms, &len);
	for (p = symbols.names; p && (end = strchr(p, '\n')); p = end + 1) {
		if (symbols.count == room) {
			room = room ? room * 2 : 1 << 17;
			more = reallocarray(symbols.function, room, sizeof(*more));
			if (!more)
				return forget_symbols();
			symbols.function = more;
		}
		if (!take_line(p, end, &symbols.function[symbols.count]))
			continue;
		name = symbols.names + symbols.function[symbols.count].name;
		n = strcspn(name, "\t [\n");
		memmove(symbols.names + used, name, n); /* names alone, in front of what is unread */
		symbols.function[symbols.count++].name = used;
		symbols.names[used + n] = '\0';
		used += n + 1;
	}
	shrink(used);
	if (symbols.count)
		qsort(symbols.function, symbols.count, sizeof(*symbols.function), by_address);
}

/* The last symbol at or before address, if it is near enough to be its function; else NULL. */
static const char *find_function(uint64_t address)
{
	size_t lo = 0, hi = symbols.count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (symbols.function[mid].address <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || address - symbols.function[lo - 1].address > FUNCTION_SPAN)
		return NULL;
	return symbols.names + symbols.function[lo - 1].name;
}

/* The kernel's own text does not move. */
static void find_text(void)
{
	static const struct {
		const char *name;
		uint64_t *to;
	} ends[] = { { "_stext", &symbols.text }, { "_etext", &symbols.text_end } };

	symbols.text = symbols.text_end = 0;
	for (size_t i = 0; i < symbols.count; i++)
		for (size_t k = 0; k < HM_ARRAY_SIZE(ends); k++)
			if (!strcmp(symbols.names + symbols.function[i].name, ends[k].name))
				*ends[k].to = symbols.function[i].address;
}

/*
 * Which modules are loaded where: a hash (FNV-1a) of names, sizes and addresses of /proc/modules.
 * Its other fields change all the time. 0: not known.
 */
static uint64_t which_modules(void)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	size_t len;
	char *text = read_all(symbols.modules, &len), *save = NULL, *line;

	if (!text)
		return 0;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		int field = 0;

		for (const char *p = line; *p; p++) {
			field += *p == ' ';
			if (field < 2 || field == 5) /* name size refs users state address taints */
				hash = (hash ^ (unsigned char)*p) * 0x100000001b3ULL;
		}
	}
	free(text);
	return hash;
}

/*
 * Makes sure that the symbols were read after the module that holds address was loaded. An address
 * that was looked up before was in its module then, and costs nothing. False: it cannot be known.
 */
static bool keep_up(uint64_t address)
{
	uint64_t *known = &symbols.place[address % PLACES], now;

	if (*known == address || (address >= symbols.text && address < symbols.text_end))
		return true;
	now = which_modules();
	if (!now)
		return false;
	if (now != symbols.loaded) {
		read_symbols();
		memset(symbols.place, 0, sizeof(symbols.place));
		symbols.loaded = now;
	}
	*known = address;
	return true;
}

static void reopen(int *fd, const char *path)
{
	if (*fd >= 0)
		close(*fd);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
}

void kernel_symbols_load(const char *kallsyms, const char *modules)
{
	reopen(&symbols.kallsyms, kallsyms);
	reopen(&symbols.modules, modules);
	symbols.loaded = which_modules();
	memset(symbols.place, 0, sizeof(symbols.place));
	read_symbols();
	find_text();
}

bool kernel_has_functions(void)
{
	return symbols.count;
}

void kernel_function(uint64_t address, char *out, size_t len)
{
	const char *name = keep_up(address) ? find_function(address) : NULL;

	if (name)
		snprintf(out, len, "%s", name);
	else if (!symbols.count)
		snprintf(out, len, "a function whose name is hidden");
	else
		snprintf(out, len, "0x%llx", (unsigned long long)address);
}
