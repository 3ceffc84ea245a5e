// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hopmark's own programs tell of ClientHellos with --sni, and that they tell nothing without
 * it. Each with every program and shape of packet.
 */
#include "programs_tell.h"

#include "../unit/hello.h"
#include "old_kernel.h"

#define NAME "www.example.org"

static struct hm_loader *asked, *not_asked;
static struct hm_hello_rec got;
static int hellos;

static int take_hello(void *arg, const struct hm_rec *rec)
{
	(void)arg;
	if (rec->what == HM_WHAT_HELLO) {
		hellos++;
		memcpy(&got, rec, sizeof(got));
	}
	return 0;
}

/* Sends the first len bytes of h as the client's first. */
static void send_hello(const struct hello *h, uint32_t len)
{
	struct segment s = data(0, (const char *)h->bytes);

	s.payload_len = len;
	handshake();
	run_segment(&s);
	hellos = 0;
	assert_true(loader_consume(t.loader, take_hello, NULL, MAX_RECORDS) >= 0);
}

static void check_name(const char *name, uint32_t told)
{
	static const uint8_t none[HM_SNI_MAX];

	assert_int_equal(hellos, 1);
	assert_int_equal(got.rec.size, sizeof(got));
	assert_int_equal(got.rec.hello.state, HM_HELLO_NAMED);
	assert_int_equal(got.rec.hello.len, strlen(name));
	assert_memory_equal(got.name, name, told);
	assert_memory_equal(got.name + told, none, sizeof(none) - told);
}

static void one_named(void)
{
	struct hello h;

	hello_make(&h, NAME, 200);
	send_hello(&h, h.len);
	check_name(NAME, sizeof(NAME) - 1);
}

static void one_long(void)
{
	struct hello h;
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	name[HM_SNI_MAX - 1] = 'l';
	hello_make(&h, name, 0);
	send_hello(&h, h.len);
	check_name(name, HM_SNI_MAX);
}

static void one_without(void)
{
	struct hello h;

	hello_make(&h, NULL, 200);
	send_hello(&h, h.len);
	assert_int_equal(hellos, 1);
	assert_int_equal(got.rec.hello.state, HM_HELLO_NAMELESS);
}

/* In two segments, cut in the name's middle; the second one is no ClientHello. */
static void one_in_two(void)
{
	struct hello h;
	struct segment rest;

	hello_make(&h, NAME, 200);
	send_hello(&h, HELLO_EXTENSIONS + 4 + 4 + 200 + 9 + 4);
	assert_int_equal(hellos, 1);
	assert_int_equal(got.rec.hello.state, HM_HELLO_UNSEEN);
	rest = data(HELLO_EXTENSIONS + 4 + 4 + 200 + 9 + 4,
		    (const char *)h.bytes + HELLO_EXTENSIONS + 221);
	rest.payload_len = h.len - HELLO_EXTENSIONS - 221;
	run_segment(&rest);
	hellos = 0;
	assert_true(loader_consume(t.loader, take_hello, NULL, MAX_RECORDS) >= 0);
	assert_int_equal(hellos, 0);
}

static void one_not_asked(void)
{
	struct hello h;

	hello_make(&h, NAME, 200);
	send_hello(&h, h.len);
	assert_int_equal(hellos, 0);
}

static void test_asked(void **state)
{
	(void)state;
	t.loader = asked;
	everywhere(one_named);
	everywhere(one_long);
	everywhere(one_without);
	everywhere(one_in_two);
}

static void test_not_asked(void **state)
{
	(void)state;
	t.loader = not_asked;
	everywhere(one_not_asked);
}

static int open_both(void **state)
{
	(void)state;
	t.sport = 40000;
	not_asked = open_loader(0, 0);
	opens_sni = true;
	asked = open_loader(0, 0);
	return 0;
}

static int close_both(void **state)
{
	(void)state;
	loader_free(asked);
	loader_free(not_asked);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_not_asked),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	if (old_kernel("ClientHellos are not looked at before Linux 5.12"))
		return 77;
	return cmocka_run_group_tests(tests, open_both, close_both);
}
