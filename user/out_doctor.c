// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the doctor found, for people and as one JSON object. Called by cmd_doctor.c.
 */
#include <errno.h>

#include "doctor.h"
#include "json_write.h"
#include "safe.h"
#include "text_wrap.h"

#define CHECK_HANG 32 /* where what a check says begins */
#define OTHERS_HANG 17 /* where others' programs begin */
#define XDP_HANG 46 /* where what stands in the way of --xdp begins */

const char *doctor_health_name(enum hm_health health)
{
	static const char *const names[] = {[HM_HEALTH_OK] = "ok",
					    [HM_HEALTH_WARN] = "warning",
					    [HM_HEALTH_MISSING] = "missing",
					    [HM_HEALTH_UNKNOWN] = "unknown"};

	return names[health];
}

/* The rest of a line that stands at column col. */
static void put(FILE *to, int col, unsigned int hang, const char *text)
{
	text_wrap(to, col < 0 ? 0 : (unsigned int)col, hang, text);
	putc('\n', to);
}

static void print_others(FILE *to, const struct hm_doctor_iface *iface)
{
	char name[2 * HM_NAME_LEN], in[2 * HM_DOCTOR_SAYS], out[2 * HM_DOCTOR_SAYS];
	char line[sizeof(in) + sizeof(out) + 16];

	safe_text(in, sizeof(in), iface->others_in);
	safe_text(out, sizeof(out), iface->others_out);
	snprintf(line, sizeof(line), "%s%s%s%s%s", in[0] ? "in: " : "", in,
		 in[0] && out[0] ? "; " : "", out[0] ? "out: " : "", out);
	put(to, fprintf(to, "%-16s ", safe_text(name, sizeof(name), iface->name)), OTHERS_HANG,
	    line);
}

/* One line for each interface where somebody is. */
static void list_others(FILE *to, const struct hm_doctor *d)
{
	bool any = false;

	for (unsigned int i = 0; i < d->iface_count; i++) {
		const struct hm_doctor_iface *iface = &d->ifaces[i];

		if (!iface->others_in[0] && !iface->others_out[0])
			continue;
		if (!any)
			fprintf(to, "\n%-16s %s\n", "interface",
				"has others' programs, which stay");
		any = true;
		print_others(to, iface);
	}
}

int out_doctor_text(FILE *to, const struct hm_doctor *d)
{
	char name[2 * HM_NAME_LEN], says[2 * HM_DOCTOR_SAYS];
	unsigned int i;

	for (i = 0; i < d->check_count; i++)
		put(to, fprintf(to, "%-22s %-8s ", d->checks[i].name,
				doctor_health_name(d->checks[i].health)), CHECK_HANG,
		    safe_text(says, sizeof(says), d->checks[i].says));
	fprintf(to, "\n%-16s %-5s %-22s %s\n", "interface", "is", "in and out", "--xdp");
	for (i = 0; i < d->iface_count; i++)
		put(to, fprintf(to, "%-16s %-5s %-22s ",
				safe_text(name, sizeof(name), d->ifaces[i].name),
				d->ifaces[i].up ? "up" : "down", d->ifaces[i].in_out), XDP_HANG,
		    safe_text(says, sizeof(says), d->ifaces[i].xdp));
	list_others(to, d);
	return fflush(to) ? -errno : 0;
}

int out_doctor_json(FILE *to, const struct hm_doctor *d)
{
	struct json_writer w;
	unsigned int i;

	jw_line(&w, to);
	jw_uint(&w, "v", 1);
	jw_text(&w, "type", "doctor");
	jw_array(&w, "checks");
	for (i = 0; i < d->check_count; i++) {
		jw_object(&w, NULL);
		jw_text(&w, "check", d->checks[i].name);
		jw_text(&w, "health", doctor_health_name(d->checks[i].health));
		jw_text(&w, "says", d->checks[i].says);
		jw_close(&w);
	}
	jw_close(&w);
	jw_array(&w, "interfaces");
	for (i = 0; i < d->iface_count; i++) {
		jw_object(&w, NULL);
		jw_text(&w, "name", d->ifaces[i].name);
		jw_text(&w, "state", d->ifaces[i].up ? "up" : "down");
		jw_text(&w, "in_out", d->ifaces[i].in_out);
		jw_text(&w, "xdp", d->ifaces[i].xdp);
		jw_text(&w, "others_in", d->ifaces[i].others_in);
		jw_text(&w, "others_out", d->ifaces[i].others_out);
		jw_close(&w);
	}
	jw_close(&w);
	return jw_line_end(&w);
}
