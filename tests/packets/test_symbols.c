// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of kernel functions as hopmark asks for them, against /proc/kallsyms: the kernel's own, and
 * of every module that is loaded.
 */
#include "programs.h"

#include <string.h>

#include "kernel_symbols.h"
#include "sighting.h"

#define STEP 97 /* of the kernel's own functions each 97th is asked for */
#define LEAST 300

/* A line of /proc/kallsyms. */
struct line {
	unsigned long long address;
	char type, name[256], module[64];
};

static FILE *open_kallsyms(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");

	assert_non_null(f);
	return f;
}

static bool next(FILE *f, struct line *l)
{
	char text[512];

	if (!fgets(text, sizeof(text), f))
		return false;
	l->module[0] = '\0';
	assert_true(sscanf(text, "%llx %c %255s [%63[^]]", &l->address, &l->type, l->name,
			   l->module) >= 3);
	return true;
}

/* The name, or another one of the same address. */
static bool is_called(unsigned long long address, const char *name)
{
	FILE *f = open_kallsyms();
	bool found = false;
	struct line l;

	while (!found && next(f, &l))
		found = l.address == address && !strncmp(l.name, name, HM_NAME_LEN - 1);
	fclose(f);
	return found;
}

/* A return address is behind the call, and may be the first byte of the next function. */
static void expect(const struct line *l)
{
	char name[HM_NAME_LEN];

	kernel_function(l->address + 1, name, sizeof(name));
	if (strncmp(name, l->name, HM_NAME_LEN - 1) && !is_called(l->address, name))
		fail_msg("%llx is %s, not %s", l->address, l->name, name);
}

static void test_names(void **state)
{
	int of_kernel = 0, of_modules = 0, asked = 0;
	FILE *f = open_kallsyms();
	struct line l;

	(void)state;
	while (next(f, &l)) {
		if (!strchr("tT", l.type))
			continue;
		if (!l.address)
			skip(); /* kernel.kptr_restrict hides the oracle's addresses */
		if (!strcmp(l.module, "bpf") || !strncmp(l.module, "__builtin__", 11))
			continue; /* made at run time: they go while we ask */
		if (l.module[0] ? of_modules++ % 7 == 0 :
				  of_kernel++ % STEP == 0) {
			expect(&l);
			asked++;
		}
	}
	fclose(f);
	assert_true(asked > LEAST);
}

static void test_no_name(void **state)
{
	char name[HM_NAME_LEN];

	(void)state;
	for (uint64_t address = 0; address < 3; address++) {
		kernel_function(address, name, sizeof(name));
		assert_string_equal(name, "a function whose name is not known");
	}
	kernel_function(0x1122334455667788, name, sizeof(name));
	assert_string_equal(name, "a function whose name is not known");
}

/* Where the iterator could not be loaded. Last: what is remembered goes with who was asked. */
static void test_nobody_to_ask(void **state)
{
	char name[HM_NAME_LEN];

	(void)state;
	kernel_symbols_use(-1, -1);
	kernel_function(0xffffffff81000001, name, sizeof(name));
	assert_string_equal(name, "a function whose name is not known");
}

static int start(void **state)
{
	(void)state;
	t.loader = open_loader(0, 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	loader_free(t.loader);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_nobody_to_ask),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
