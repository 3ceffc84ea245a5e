// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server name in ClientHellos made by hand: there, not there, cut off, and with lengths that
 * lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hello.h"
#include "hm_hello.h"

#define NAME "www.example.org"

/* In len bytes of h, somewhere in a packet that ends with them. */
static __u64 find(const struct hello *h, uint32_t len)
{
	static uint8_t packet[sizeof(h->bytes) + 66];
	struct hm_bytes b = {.data = packet, .len = 66 + len};

	memcpy(packet + 66, h->bytes, len);
	return hm_find_name(&b, 66, len);
}

static void is(const struct hello *h, enum hm_hello_state state, const char *name)
{
	__u64 found = find(h, h->len);

	assert_int_equal(HM_HELLO_STATE(found), state);
	assert_int_equal(HM_HELLO_LEN(found), name ? strlen(name) : 0);
	if (name)
		assert_memory_equal(h->bytes + HM_HELLO_OFF(found) - 66, name, strlen(name));
}

static void test_named(void **state)
{
	struct hello h;
	char longest[256];

	(void)state;
	hello_make(&h, NAME, 32);
	is(&h, HM_HELLO_NAMED, NAME);
	hello_make(&h, "x", 1200);
	is(&h, HM_HELLO_NAMED, "x");
	memset(longest, 'n', 255);
	longest[255] = '\0';
	hello_make(&h, longest, 0);
	is(&h, HM_HELLO_NAMED, longest);
}

static void test_nameless(void **state)
{
	struct hello h;

	(void)state;
	hello_make(&h, NULL, 32);
	is(&h, HM_HELLO_NAMELESS, NULL);
	hello_begin(&h);
	h.len = HELLO_EXTENSIONS - 2; /* no extensions at all: RFC 5246, 7.4.1.2 */
	hello_set16(&h, 3, h.len - 5);
	hello_set16(&h, 7, h.len - 9);
	is(&h, HM_HELLO_NAMELESS, NULL);
}

static void test_another_kind(void **state)
{
	struct hello h;

	(void)state;
	hello_make(&h, NAME, 32);
	h.bytes[0] = 23;
	is(&h, HM_HELLO_NONE, NULL);
	hello_make(&h, NAME, 32);
	h.bytes[5] = 2; /* ServerHello */
	is(&h, HM_HELLO_NONE, NULL);
}

/* Every place to cut it off: until the name is whole it is not seen, and never another one. */
static void test_cut_off(void **state)
{
	struct hello h;
	uint32_t whole;

	(void)state;
	hello_make(&h, NAME, 700);
	whole = HM_HELLO_OFF(find(&h, h.len)) - 66 + sizeof(NAME) - 1;
	for (uint32_t len = 0; len <= h.len; len++) {
		uint32_t want = len < 6	      ? HM_HELLO_NONE
				: len < whole ? HM_HELLO_UNSEEN
					      : HM_HELLO_NAMED;

		assert_int_equal(HM_HELLO_STATE(find(&h, len)), want);
	}
	/* that it has none is known with the type of the last one, of 1 byte */
	hello_make(&h, NULL, 700);
	for (uint32_t len = 6; len < h.len - 1; len++)
		assert_int_equal(HM_HELLO_STATE(find(&h, len)), HM_HELLO_UNSEEN);
	hello_make(&h, NAME, 700);
	hello_set16(&h, 3, 600); /* of two records: the second one's header is not part of it */
	is(&h, HM_HELLO_UNSEEN, NULL);
}

/* A length that is not what it should be, anywhere, gives no name. */
static void lies(uint32_t at, int by)
{
	struct hello h;

	hello_make(&h, NAME, 32);
	hello_set16(&h, at, (uint32_t)((h.bytes[at] << 8 | h.bytes[at + 1]) + by));
	is(&h, HM_HELLO_UNSEEN, NULL);
}

static void test_lying_lengths(void **state)
{
	const uint32_t name = HELLO_EXTENSIONS + 4 + 4 + 32 + 4; /* the list's length */

	(void)state;
	for (int by = -3; by <= 3; by++) {
		if (!by)
			continue;
		lies(7, by * 100); /* handshake */
		lies(HELLO_EXTENSIONS - 2, by); /* of all extensions */
		lies(name - 2, by); /* of this one */
		lies(name, by); /* of the list */
	}
	lies(name + 3, 1); /* of the name: beyond its list */
	lies(name + 3, 60000);
	lies(name + 3, -(int)sizeof(NAME) + 1); /* none */
}

static void test_strange(void **state)
{
	const uint32_t name = HELLO_EXTENSIONS + 4 + 4 + 32 + 4;
	struct hello h;

	(void)state;
	hello_make(&h, NAME, 32);
	h.bytes[name + 2] = 1; /* no host_name */
	is(&h, HM_HELLO_UNSEEN, NULL);
	hello_make(&h, NAME, 32);
	h.bytes[6] = 1; /* more than 64 KB */
	is(&h, HM_HELLO_UNSEEN, NULL);
	hello_begin(&h);
	for (uint32_t i = 0; i < HM_HELLO_EXTENSIONS; i++)
		hello_extension(&h, 0x0a0a, "", 0);
	hello_name(&h, NAME, sizeof(NAME) - 1);
	hello_end(&h);
	is(&h, HM_HELLO_UNSEEN, NULL); /* behind more than are looked at */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),	 cmocka_unit_test(test_nameless),
		cmocka_unit_test(test_another_kind), cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_lying_lengths), cmocka_unit_test(test_strange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
