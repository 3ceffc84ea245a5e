/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `hopmark doctor` found. The doctor_*.c files look, out_doctor.c prints, cmd_doctor.c calls.
 */
#ifndef HM_DOCTOR_H
#define HM_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "sighting.h"

#define HM_DOCTOR_CHECKS 32
#define HM_DOCTOR_SAYS 256

enum hm_health {
	HM_HEALTH_OK,
	HM_HEALTH_WARN, /* something is watched less well */
	HM_HEALTH_MISSING, /* nothing can be attached without it */
	HM_HEALTH_UNKNOWN, /* could not be seen from here; says why */
};

struct hm_check {
	const char *name;
	enum hm_health health;
	char says[HM_DOCTOR_SAYS]; /* raw: sanitise when printing */
};

struct hm_doctor_iface {
	char name[HM_NAME_LEN];
	bool up;
	char in_out[HM_DOCTOR_SAYS]; /* what would attach, or why nothing can */
	char xdp[HM_DOCTOR_SAYS]; /* the same for --xdp */
	char others_in[HM_DOCTOR_SAYS], others_out[HM_DOCTOR_SAYS]; /* who is there; "" nobody */
};

struct hm_doctor {
	struct hm_check checks[HM_DOCTOR_CHECKS];
	unsigned int check_count;
	bool tcx; /* the kernel has tcx; else clsact serves */
	struct hm_doctor_iface *ifaces; /* owned */
	unsigned int iface_count;
};

/* Adds one finding. There is room for every check of the doctor_*.c files. */
void doctor_say(struct hm_doctor *d, const char *name, enum hm_health health, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* release, /proc, /sys, BTF, tcx, tracepoints, lockdown, cgroup2 */
void doctor_kernel(struct hm_doctor *d);
/* capabilities, and whether a program loads and attaches */
void doctor_rights(struct hm_doctor *d);
int doctor_ifaces(struct hm_doctor *d); /* 0 or -errno; needs doctor_kernel() before it */

/*
 * Who else is at the tc hooks of an interface: tcx programs, then filters, in their order. tc_fd:
 * of tc_open(). 0; -EPERM: tcx programs are not known, for want of CAP_NET_ADMIN; other -errno.
 */
int doctor_around(struct hm_doctor_iface *iface, uint32_t ifindex, int tc_fd, bool tcx);

/* Name in text and JSON: "ok", "warning", "missing", "unknown". */
const char *doctor_health_name(enum hm_health health);

/* 0 or -errno of the write. */
int out_doctor_text(FILE *to, const struct hm_doctor *d);
int out_doctor_json(FILE *to, const struct hm_doctor *d);

#endif
