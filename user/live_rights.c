// SPDX-License-Identifier: GPL-2.0-only
/* What is missing in rights, told before anything is tried; giving them up after. See live.h. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "confine.h"
#include "host_facts.h"
#include "live.h"
#include "log.h"
#include "rights.h"

#define THREE "cap_bpf,cap_net_admin,cap_perfmon"
#define SUDO_OR(capabilities) "run it with sudo, or grant them: setcap " capabilities "+ep hopmark"

static const char *advice(int cap, const char *usual)
{
	const char *obstacle = rights_obstacle(cap);

	return obstacle ? obstacle : usual;
}

int live_check_rights(const struct hm_live *live)
{
	char names[64], without[64];
	int count = rights_missing(names, sizeof(names), without, sizeof(without));

	if (rights_are_local())
		log_error("not permitted: %s", rights_forbidden_by());
	else if (count)
		log_error("%s %s missing: %s; %s", names, count == 1 ? "is" : "are", without,
			  advice(RIGHTS_NONE, SUDO_OR(THREE)));
	else if (live->opts->netns_count && !rights_have(CAP_SYS_ADMIN))
		log_error(
			"CAP_SYS_ADMIN is missing: --netns cannot enter another namespace, but this "
			"one can be watched without it; %s",
			advice(CAP_SYS_ADMIN, SUDO_OR("cap_sys_admin," THREE)));
	else
		return 0;
	return -EPERM;
}

void live_tell_rights(struct hm_live *live)
{
	const char *blind = rights_blind_to_netns();
	char why[64];

	if (loader_janitor_fd(live->loader) >= 0 && host_is_container())
		log_warn("in a container: if it is killed as a whole, so is hm-janitor, and clsact "
			 "filters stay; then run hopmark cleanup on the host");
	if (!blind)
		return;
	snprintf(why, sizeof(why), "not counted: %s", blind);
	scene_not_watched(&live->scene, "namespaces of other users", why);
}

/*
 * What must be kept: before Linux 5.19 (c8644cd0efe7) even maps that are held cannot be read
 * without CAP_BPF, where kernel.unprivileged_bpf_disabled is set, as it mostly is. Tried, not
 * guessed.
 */
static int right_to_keep(struct hm_live *live, int *cap)
{
	struct hm_counters counters;
	int err = rights_rest();

	*cap = !err && loader_counters(live->loader, &counters) == -EPERM ? CAP_BPF : RIGHTS_NONE;
	return err;
}

int live_drop_rights(struct hm_live *live)
{
	int keep, err = right_to_keep(live, &keep);

	loader_seal(live->loader);
	live->sealed = true;
	if (keep == CAP_BPF)
		log_debug("CAP_BPF is kept: this kernel lets nobody read maps without it");
	if (!err)
		err = rights_drop_but(keep);
	if (err) {
		log_error("giving up capabilities: %s", strerror(-err));
		return err;
	}
	err = confine();
	if (err)
		log_error("limiting system calls: %s (the kernel needs CONFIG_SECCOMP_FILTER)",
			  strerror(-err));
	return err;
}
