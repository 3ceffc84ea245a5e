// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of drop reasons from the running kernel's BTF, whose numbers move between versions: the
 * expected ones are looked up here by their own way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/btf.h>

#include "kernel_names.h"

/* Value of an enumerator, or -1. */
static int64_t value_of(const char *type, const char *enumerator)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id = btf ? btf__find_by_name_kind(btf, type, BTF_KIND_ENUM) : -1;
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	int64_t value = -1;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), enumerator))
			value = btf_enum(t)[i].val;
	btf__free(btf);
	return value;
}

static void expect(uint32_t reason, const char *name)
{
	char got[64];

	kernel_drop_reason(reason, got, sizeof(got));
	assert_string_equal(got, name);
}

static void test_core(void **state)
{
	int64_t value = value_of("skb_drop_reason", "SKB_DROP_REASON_NETFILTER_DROP");

	(void)state;
	if (kernel_names_load(NULL) || value < 0)
		skip();
	expect((uint32_t)value, "NETFILTER_DROP");
	expect((uint32_t)value_of("skb_drop_reason", "SKB_DROP_REASON_NO_SOCKET"), "NO_SOCKET");
	expect(511, "511");
	expect(60000, "60000");
}

static void test_subsystem(void **state)
{
	int64_t value = value_of("skb_drop_reason_subsys", "SKB_DROP_REASON_SUBSYS_OPENVSWITCH");
	char number[16];

	(void)state;
	if (kernel_names_load(NULL) || value < 0)
		skip();
	expect((uint32_t)value << 16 | 3, "OPENVSWITCH_3");
	snprintf(number, sizeof(number), "%u", 0xfff0003U);
	expect(0xfff0003U, number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_core),
		cmocka_unit_test(test_subsystem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
