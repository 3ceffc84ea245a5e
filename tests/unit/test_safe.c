// SPDX-License-Identifier: GPL-2.0-only
/* The sanitiser: what may reach a terminal, where it cuts, and addresses there and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "hm_types.h"
#include "safe.h"

static void escapes(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} t[] = {
		{"amazinggrace", 12, "amazinggrace"},
		{"", 0, ""},
		{" ~", 2, " ~"},
		{"a\\b", 3, "a\\\\b"},
		/* a sentence's end */
		{"x\" (128 of 255 bytes)\\", 22, "x\\\" (128 of 255 bytes)\\\\"},
		{"a\0b", 3, "a\\x00b"},
		{"\t\r\n\x7f", 4, "\\x09\\x0d\\x0a\\x7f"},
		{"\x1b[31mred\x1b[0m", 12, "\\x1b[31mred\\x1b[0m"},
		{"\x1b]0;title\x07", 10, "\\x1b]0;title\\x07"},
		{"\x9b" "2J", 3, "\\x9b2J"}, /* C1 CSI */
		{"\xc2\x9b" "2J", 4, "\\xc2\\x9b2J"}, /* the same in UTF-8 */
		{"\xe2\x80\xae" "evil", 7, "\\xe2\\x80\\xaeevil"}, /* right-to-left override */
		{"\xff\xfe\xc0\x80", 4, "\\xff\\xfe\\xc0\\x80"}, /* invalid and overlong UTF-8 */
	};
	char out[128];

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++)
		assert_string_equal(safe_bytes(out, sizeof(out), t[i].in, t[i].len), t[i].out);
	assert_string_equal(safe_text(out, sizeof(out), "ngin\x08x"), "ngin\\x08x");
}

/*
 * In sentences of ours quotes are ours, and where names went through here before, so are
 * backslashes.
 */
static void sentences(void **state)
{
	char out[32], small[8];

	(void)state;
	assert_string_equal(safe_message(out, sizeof(out), "a\\b: \"c\"\x1b"),
			    "a\\\\b: \"c\"\\x1b");
	assert_string_equal(safe_sentence(out, sizeof(out), "a\\\"b \"c\"\x1b"),
			    "a\\\"b \"c\"\\x1b");
	assert_string_equal(safe_sentence(small, sizeof(small), "1234567"), "1234567");
	assert_string_equal(safe_sentence(small, sizeof(small), "12345678"), "1234...");
}

/* Every byte in every buffer size: only printable ASCII, always ended, nothing behind the end. */
static void hostile_bytes_in_every_size(void **state)
{
	uint8_t all[256];
	char out[1100];

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (size_t size = 1; size < sizeof(out); size++) {
		memset(out, 0x55, sizeof(out));
		safe_bytes(out, size, all, sizeof(all));
		assert_non_null(memchr(out, 0, size));
		for (const char *p = out; *p; p++)
			assert_in_range((uint8_t)*p, 0x20, 0x7e);
		for (size_t i = size; i < sizeof(out); i++)
			assert_int_equal(out[i], 0x55);
	}
	out[0] = 'x';
	safe_bytes(out, 0, all, sizeof(all));
	assert_int_equal(out[0], 'x');
}

static void cut_at_a_whole_escape(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(safe_text(out, 7, "abcdef"), "abcdef");
	assert_string_equal(safe_text(out, 6, "abcdef"), "ab...");
	assert_string_equal(safe_text(out, 8, "a\x01" "bcdef"), "a...");
	assert_string_equal(safe_text(out, 9, "a\x01" "bcdef"), "a\\x01...");
	assert_string_equal(safe_text(out, 10, "\x01\x02"), "\\x01\\x02");
	assert_string_equal(safe_text(out, 9, "\x01\x02"), "\\x01\\x02");
	assert_string_equal(safe_text(out, 8, "\x01\x02"), "\\x01...");
	assert_string_equal(safe_text(out, 6, "\\\\\\"), "\\\\...");
	assert_string_equal(safe_text(out, 3, "abcdef"), "..");
	assert_string_equal(safe_text(out, 1, "abcdef"), "");
}

static struct hm_endpoint endpoint(const char *addr, uint16_t port, uint32_t scope)
{
	struct hm_endpoint e = {.port = port, .scope = scope};

	if (strchr(addr, ':')) {
		assert_int_equal(inet_pton(AF_INET6, addr, e.addr), 1);
	} else {
		e.addr[10] = e.addr[11] = 0xff;
		assert_int_equal(inet_pton(AF_INET, addr, e.addr + 12), 1);
	}
	return e;
}

static void endpoints_there_and_back(void **state)
{
	static const struct {
		const char *addr;
		uint16_t port;
		uint32_t scope;
		const char *text;
	} t[] = {
		{"10.0.0.8", 80, 0, "10.0.0.8:80"},
		{"0.0.0.0", 65535, 0, "0.0.0.0:65535"},
		{"255.255.255.255", 0, 0, "255.255.255.255:?"},
		{"::ffff:192.0.2.1", 1, 0, "192.0.2.1:1"},
		{"::", 443, 0, "[::]:443"},
		{"::1", 0, 0, "[::1]:?"},
		/* RFC 5952: 4.1 leading zeros, 4.2.1 as short as can be, 4.2.2 no single group,
		 * 4.2.3 the longest run and the first of equals, 4.3 lower case, 6 brackets */
		{"2001:0db8::0001", 80, 0, "[2001:db8::1]:80"},
		{"2001:db8:0:0:0:0:2:1", 80, 0, "[2001:db8::2:1]:80"},
		{"2001:db8:0:1:1:1:1:1", 80, 0, "[2001:db8:0:1:1:1:1:1]:80"},
		{"2001:0:0:1:0:0:0:1", 80, 0, "[2001:0:0:1::1]:80"},
		{"2001:db8:0:0:1:0:0:1", 80, 0, "[2001:db8::1:0:0:1]:80"},
		{"2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:1", 80, 0,
		 "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1]:80"},
		{"fe80::1", 80, 3, "[fe80::1%3]:80"},
		{"fe80::ffff:ffff:ffff:ffff", 65535, UINT32_MAX,
		 "[fe80::ffff:ffff:ffff:ffff%4294967295]:65535"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 65535, UINT32_MAX,
		 "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535"},
	};
	char out[HM_ADDR_LEN];

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++) {
		struct hm_endpoint e = endpoint(t[i].addr, t[i].port, t[i].scope), back;

		assert_string_equal(safe_endpoint(out, &e), t[i].text);
		assert_int_equal(safe_parse_endpoint(t[i].text, &back), 0);
		assert_memory_equal(&back, &e, sizeof(e));
	}
	struct hm_endpoint local = endpoint("fe80::1", 80, 3);

	assert_string_equal(safe_addr(out, local.addr, 3), "fe80::1%3");
	assert_string_equal(safe_addr(out, endpoint("10.0.0.8", 0, 0).addr, 0), "10.0.0.8");
}

static void bad_endpoints_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		":",
		":80",
		"10.0.0.8",
		"10.0.0.8:",
		"10.0.0.8:0",
		"10.0.0.8:080",
		"10.0.0.8:65536",
		"10.0.0.8:99999999999999999999",
		"10.0.0.8:+80",
		"10.0.0.8: 80",
		"10.0.0.8:80 ",
		"10.0.0:80",
		"10.0.0.256:80",
		"010.0.0.8:80",
		"localhost:80",
		"::1:80",
		"[::1]",
		"[::1]80",
		"[::1:80",
		"[]:80",
		"[",
		"]:80",
		"[:80",
		"[::1%]:80",
		"[::1%eth0]:80",
		"[::1%0]:80",
		"[::1%4294967296]:80",
		"[::g]:80",
		"[10.0.0.8]:80",
		"[::1]]:80",
		"[::1]:80\n",
		"[1:2:3:4:5:6:7:8:9]:80",
		"10.0.0.8:??",
		"[::1%11111111111111111111111111111111111111111111111111111111111111111111111111]:80",
	};
	struct hm_endpoint e = {.port = 77};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(bad); i++) {
		assert_int_equal(safe_parse_endpoint(bad[i], &e), -EINVAL);
		assert_int_equal(e.port, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(sentences),
		cmocka_unit_test(hostile_bytes_in_every_size),
		cmocka_unit_test(cut_at_a_whole_escape),
		cmocka_unit_test(endpoints_there_and_back),
		cmocka_unit_test(bad_endpoints_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
