// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of functions in modules that come and go while hopmark runs: never that of a neighbour.
 * The files are copies of what /proc/kallsyms and /proc/modules look like.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel_symbols.h"

#define KERNEL "ffffffff81000000 T _stext\nffffffff81a00000 T nf_hook_slow\n" \
	       "ffffffff81b00000 T kfree_skb_reason\nffffffff82000000 T _etext\n"
#define VETH "ffffffffc0a00000 t veth_open\t[veth]\nffffffffc0a01000 t cleanup_module\t[veth]\n"
#define TABLES "ffffffffc0a02000 t nft_do_chain\t[nf_tables]\n"
#define VETH_LOADED "veth 40960 %u - Live 0xffffffffc0a00000\n"
#define IN_KERNEL 0xffffffff81a00042ULL
#define IN_VETH 0xffffffffc0a00042ULL
#define IN_TABLES 0xffffffffc0a02042ULL

static char kallsyms[] = "/tmp/hopmark-kallsyms.XXXXXX", modules[] = "/tmp/hopmark-modules.XXXXXX";

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void loaded(unsigned int users, const char *more)
{
	char text[256];

	snprintf(text, sizeof(text), VETH_LOADED "%s", users, more);
	write_file(modules, text);
}

static void expect(uint64_t address, const char *name)
{
	char got[64];

	kernel_function(address, got, sizeof(got));
	assert_string_equal(got, name);
}

static int start(void **state)
{
	(void)state;
	write_file(kallsyms, KERNEL VETH);
	loaded(0, "");
	kernel_symbols_load(kallsyms, modules);
	return 0;
}

static void test_names(void **state)
{
	(void)state;
	expect(IN_KERNEL, "nf_hook_slow");
	expect(IN_VETH, "veth_open");
	expect(0xffffffffc0f00000ULL, "0xffffffffc0f00000"); /* far behind the last */
	expect(0x1000, "0x1000");
}

/* Its first function lies right behind the last one that was known before. */
static void test_loaded_later(void **state)
{
	(void)state;
	write_file(kallsyms, KERNEL VETH TABLES);
	loaded(2, "nf_tables 303104 0 - Live 0xffffffffc0a02000\n");
	expect(IN_TABLES, "nft_do_chain");
	expect(IN_KERNEL, "nf_hook_slow");
	expect(IN_VETH, "veth_open");
}

/* The same address is another module's now. */
static void test_replaced(void **state)
{
	(void)state;
	write_file(kallsyms, KERNEL "ffffffffc0a00000 t br_forward\t[bridge]\n");
	write_file(modules, "bridge 40960 0 - Live 0xffffffffc0a00000\n");
	expect(IN_VETH + 4, "br_forward");
}

/* kallsyms is large: it is not read again because somebody uses a module. */
static void test_users_change(void **state)
{
	(void)state;
	write_file(kallsyms, KERNEL "ffffffffc0a00000 t wrong\t[veth]\n");
	loaded(7, "");
	expect(IN_VETH, "veth_open");
}

/* Which modules there are is not known: the kernel's own text has names, nothing else. */
static void test_modules_hidden(void **state)
{
	(void)state;
	kernel_symbols_load(kallsyms, "/nonexistent/modules");
	expect(IN_KERNEL, "nf_hook_slow");
	expect(IN_VETH, "0xffffffffc0a00042");
}

/* Without rights every address in kallsyms is 0. */
static void test_kallsyms_hidden(void **state)
{
	(void)state;
	write_file(kallsyms, "0000000000000000 T _stext\n0000000000000000 T nf_hook_slow\n");
	kernel_symbols_load(kallsyms, modules);
	expect(IN_KERNEL, "a function whose name is hidden");
	assert_false(kernel_has_functions());
	kernel_symbols_load("/nonexistent/kallsyms", modules);
	expect(IN_KERNEL, "a function whose name is hidden");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_names, start),
		cmocka_unit_test_setup(test_loaded_later, start),
		cmocka_unit_test_setup(test_replaced, start),
		cmocka_unit_test_setup(test_users_change, start),
		cmocka_unit_test_setup(test_modules_hidden, start),
		cmocka_unit_test_setup(test_kallsyms_hidden, start),
	};
	int kallsyms_fd = mkstemp(kallsyms), modules_fd = mkstemp(modules), rc;

	if (kallsyms_fd < 0 || modules_fd < 0)
		return 1;
	close(kallsyms_fd);
	close(modules_fd);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(kallsyms);
	unlink(modules);
	return rc;
}
