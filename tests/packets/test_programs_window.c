// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hopmark's own programs tell of a receive window that closes and opens again. Each test with
 * every program and shape of packet.
 */
#include <unistd.h>

#include "old_kernel.h"
#include "programs_tell.h"

#define NOT_THERE "windows are not looked at"

static struct segment from_server(bool shut, const char *payload)
{
	return (struct segment){ .seq = SERVER_ISN + 1, .ack = CLIENT_ISN + 1, .answer = true,
				 .flags = HM_TCP_ACK, .payload = payload, .shut = shut };
}

static void one_window(void)
{
	struct segment shut = from_server(true, NULL), open = from_server(false, NULL);

	handshake();
	assert_int_equal(tell(&open), 0); /* it is open: nothing new */
	check_common(tell_one(&shut, HM_WHAT_WINDOW), &shut);
	assert_int_equal(tell(&shut), 0); /* the same ACK at another hop */
	check_common(tell_one(&open, HM_WHAT_WINDOW), &open);
	assert_int_equal(tell(&open), 0);
	tell_one(&shut, HM_WHAT_WINDOW); /* and closed again, however soon */
}

static void test_window(void **state)
{
	(void)state;
	if (old_kernel(NOT_THERE))
		skip();
	everywhere(one_window);
}

/* Asked again after a while it says so again; bytes of its own, which nobody asked for, do not. */
static void test_asked_again(void **state)
{
	struct segment shut = from_server(true, NULL), bytes = from_server(true, "x");

	(void)state;
	if (old_kernel(NOT_THERE))
		skip();
	begin(0, &shapes[0]);
	handshake();
	tell_one(&shut, HM_WHAT_WINDOW);
	usleep(130000);
	tell(&bytes);
	assert_null(told(HM_WHAT_WINDOW));
	tell_one(&shut, HM_WHAT_WINDOW);
	end();
}

/* A client reads its answer as it likes; and a RST's window says nothing. */
static void one_untold(void)
{
	struct segment client = ack, rst = from_server(true, NULL);

	handshake();
	client.shut = true;
	assert_int_equal(tell(&client), 0);
	rst.flags = HM_TCP_RST;
	tell_one(&rst, HM_WHAT_RST);
}

static void test_untold(void **state)
{
	(void)state;
	if (old_kernel(NOT_THERE))
		skip();
	everywhere(one_untold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_asked_again),
		cmocka_unit_test(test_untold),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
