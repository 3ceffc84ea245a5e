// SPDX-License-Identifier: GPL-2.0-only
/* Names from BTF and kallsyms, see kernel_names.h. */
#include "kernel_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "hm_types.h"

#define REASON_MAX 512 /* core reasons; those of subsystems have bits above 16 set */
#define REREAD_SEC 10 /* kallsyms is read again at most this often */
#define FUNCTION_SPAN 0x40000 /* no function is longer: beyond this the symbol is another's */

struct symbol {
	uint64_t address;
	size_t name; /* offset in kernel.names */
};

struct reason_table {
	const char *btf_enum, *prefix;
	char *name[REASON_MAX];
};

static const char *const wanted[] = {
	"tcp_rcv_space_adjust", "kfree_skb", "tcp_send_reset", "tcp_retransmit_skb",
	"tcp_retransmit_synack", "icmp_send", "sched_process_fork",
};

/* What was read of the running kernel. */
static struct {
	int loaded;
	int args[HM_ARRAY_SIZE(wanted)]; /* -1: no such tracepoint */
	struct reason_table drop, reset;
	int kallsyms; /* opened with the rights of the start, which read_symbols() may lack later */
	struct symbol *symbol; /* functions by address */
	size_t symbols;
	char *names; /* of the symbols, each ended by NUL */
	time_t read_at; /* when it was read last */
} kernel = {
	.drop = { "skb_drop_reason", "SKB_DROP_REASON_", {} },
	.reset = { "sk_rst_reason", "SK_RST_REASON_", {} },
};

static int read_reasons(const struct btf *btf, struct reason_table *table)
{
	int id = btf__find_by_name_kind(btf, table->btf_enum, BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	size_t skip = strlen(table->prefix);

	if (!t)
		return 0; /* older kernel: numbers stay numbers */
	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_enum *e = &btf_enum(t)[i];
		const char *name = btf__name_by_offset(btf, e->name_off);

		if (e->val < 0 || e->val >= REASON_MAX || table->name[e->val])
			continue;
		table->name[e->val] = strdup(strncmp(name, table->prefix, skip) ? name : name + skip);
		if (!table->name[e->val])
			return -ENOMEM;
	}
	return 0;
}

/* typedef btf_trace_X → pointer → function prototype, whose first argument is the context. */
static int tracepoint_args(const struct btf *btf, const char *tracepoint)
{
	const struct btf_type *t;
	char name[64];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -1;
	t = btf__type_by_id(btf, id);
	t = btf__type_by_id(btf, t->type);
	t = btf__type_by_id(btf, t->type);
	return btf_is_func_proto(t) ? btf_vlen(t) - 1 : -1;
}

int kernel_tracepoint_args(const char *tracepoint)
{
	for (size_t i = 0; kernel.loaded && i < HM_ARRAY_SIZE(wanted); i++)
		if (!strcmp(wanted[i], tracepoint) && kernel.args[i] >= 0)
			return kernel.args[i];
	return -ENOENT;
}

static void reason_name(const struct reason_table *table, uint32_t reason, char *out, size_t len)
{
	if (reason < REASON_MAX && table->name[reason])
		snprintf(out, len, "%s", table->name[reason]);
	else
		snprintf(out, len, "%u", reason);
}

void kernel_drop_reason(uint32_t reason, char *out, size_t len)
{
	reason_name(&kernel.drop, reason, out, len);
}

void kernel_reset_reason(uint32_t reason, char *out, size_t len)
{
	if (reason)
		reason_name(&kernel.reset, reason, out, len);
	else
		out[0] = '\0';
}

static void forget_symbols(void)
{
	free(kernel.symbol);
	free(kernel.names);
	kernel.symbol = NULL;
	kernel.names = NULL;
	kernel.symbols = 0;
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
	*to = (struct symbol){ .address = address, .name = p + 3 - kernel.names };
	return true;
}

/* Gives back the room that the names and symbols did not take; keeping it is no fault. */
static void shrink(size_t names)
{
	struct symbol *symbol = kernel.symbols ?
		reallocarray(kernel.symbol, kernel.symbols, sizeof(*symbol)) : NULL;
	char *text = names ? realloc(kernel.names, names) : NULL;

	if (symbol)
		kernel.symbol = symbol;
	if (text)
		kernel.names = text;
}

/*
 * Reads kallsyms whole: about a tenth of a second, so it is done before anything is attached, and
 * again only when an address lies in no function known (a module that was loaded since).
 */
static void read_symbols(void)
{
	struct symbol *more;
	size_t len, room = 0, used = 0, n;
	char *end, *p, *name;

	forget_symbols();
	kernel.names = read_all(kernel.kallsyms, &len);
	for (p = kernel.names; p && (end = strchr(p, '\n')); p = end + 1) {
		if (kernel.symbols == room) {
			room = room ? room * 2 : 1 << 17;
			more = reallocarray(kernel.symbol, room, sizeof(*more));
			if (!more)
				return forget_symbols();
			kernel.symbol = more;
		}
		if (!take_line(p, end, &kernel.symbol[kernel.symbols]))
			continue;
		name = kernel.names + kernel.symbol[kernel.symbols].name;
		n = strcspn(name, "\t [\n");
		memmove(kernel.names + used, name, n); /* names alone, in front of what is unread */
		kernel.symbol[kernel.symbols++].name = used;
		kernel.names[used + n] = '\0';
		used += n + 1;
	}
	shrink(used);
	if (kernel.symbols)
		qsort(kernel.symbol, kernel.symbols, sizeof(*kernel.symbol), by_address);
}

/* The last symbol at or before address, if it is near enough to be its function; else NULL. */
static const char *find_function(uint64_t address)
{
	size_t lo = 0, hi = kernel.symbols;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (kernel.symbol[mid].address <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || address - kernel.symbol[lo - 1].address > FUNCTION_SPAN)
		return NULL;
	return kernel.names + kernel.symbol[lo - 1].name;
}

int kernel_names_load(void)
{
	struct btf *btf;
	int err;

	if (kernel.loaded)
		return 0;
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return -ENODATA;
	for (size_t i = 0; i < HM_ARRAY_SIZE(wanted); i++)
		kernel.args[i] = tracepoint_args(btf, wanted[i]);
	err = read_reasons(btf, &kernel.drop);
	if (!err)
		err = read_reasons(btf, &kernel.reset);
	btf__free(btf);
	if (err)
		return err;
	kernel.kallsyms = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	read_symbols();
	kernel.read_at = time(NULL);
	kernel.loaded = 1;
	return 0;
}

bool kernel_has_functions(void)
{
	return kernel.symbols;
}

void kernel_function(uint64_t address, char *out, size_t len)
{
	const char *name = find_function(address);
	time_t now = time(NULL);

	if (!name && now > kernel.read_at + REREAD_SEC) {
		kernel.read_at = now;
		read_symbols();
		name = find_function(address);
	}
	if (name)
		snprintf(out, len, "%s", name);
	else if (!kernel.symbols) /* what this kernel hides is not told by us either */
		snprintf(out, len, "a function whose name is hidden");
	else
		snprintf(out, len, "0x%llx", (unsigned long long)address);
}
