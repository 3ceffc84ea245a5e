/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SSH session that this process was started from, also through sudo and su, which take
 * SSH_CONNECTION out of the environment: an ancestor still has it. Used by live_xdp.c.
 */
#ifndef HM_SSH_SESSION_H
#define HM_SSH_SESSION_H

#include <stdbool.h>
#include <stdint.h>

struct hm_ssh_session { /* addresses in network order, IPv4 as ::ffff:a.b.c.d */
	uint8_t client[16], server[16];
};

/*
 * Takes SSH_CONNECTION ("10.0.0.4 40887 10.0.0.8 22", sshd(8)) apart. 0 or -EINVAL.
 */
int ssh_session_parse(const char *value, struct hm_ssh_session *out);

/*
 * Looks for it from process pid upwards, the nearest first. proc: where proc(5) is mounted.
 * 1: found; 0: no SSH session; -EACCES: there is one (an ancestor is sshd), but its addresses are
 * not known.
 */
int ssh_session_find(const char *proc, uint32_t pid, struct hm_ssh_session *out);

#endif
