// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities, given up. capabilities(7), prctl(2). */
#include "rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int rights_drop(void)
{
	return rights_drop_but(RIGHTS_NONE);
}

int rights_drop_but(int cap)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct keep[_LINUX_CAPABILITY_U32S_3] = {};

	if (cap != RIGHTS_NONE)
		keep[CAP_TO_INDEX(cap)].effective = keep[CAP_TO_INDEX(cap)].permitted =
			CAP_TO_MASK(cap);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -errno;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -errno;
	return syscall(SYS_capset, &head, keep) ? -errno : 0;
}
