// SPDX-License-Identifier: GPL-2.0-only
/*
 * Services by name: what getservbyname(3) says of this machine's own file, alias and protocol too.
 */
#include <errno.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "services.h"

static void same(const char *name, const char *protocol)
{
	const struct servent *want = getservbyname(name, protocol);
	int port = services_port(name, protocol);

	if (port != (want ? ntohs((uint16_t)want->s_port) : -ENOENT))
		fail_msg("%s/%s: %d", name, protocol, port);
}

static void as_libc_says(void **state)
{
	const struct servent *each;
	int count = 0;

	(void)state;
	setservent(1);
	while ((each = getservent())) {
		char name[256], protocol[16];

		snprintf(name, sizeof(name), "%s", each->s_name);
		snprintf(protocol, sizeof(protocol), "%s", each->s_proto);
		same(name, protocol);
		count++;
	}
	endservent();
	if (!count)
		skip(); /* no /etc/services here */
	same("www", "tcp"); /* an alias */
	same("http", "sctp");
}

static void not_there(void **state)
{
	(void)state;
	assert_int_equal(services_port("no-such-service", "tcp"), -ENOENT);
	assert_int_equal(services_port("", "tcp"), -ENOENT);
	assert_int_equal(services_port("#", "tcp"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_libc_says),
		cmocka_unit_test(not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
