/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of what kernels before 5.12 do not have (bpf/verifier.bpf.h) skip themselves there, with
 * the reason as tests/run prints it.
 */
#ifndef HM_TEST_OLD_KERNEL_H
#define HM_TEST_OLD_KERNEL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>

static inline bool old_kernel(const char *why)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return false;
	if (major > 5 || (major == 5 && minor >= 12))
		return false;
	printf("SKIP: Linux %u.%u: %s\n", major, minor, why);
	return true;
}

#endif
