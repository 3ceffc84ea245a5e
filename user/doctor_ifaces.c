// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be attached to each interface. Called by cmd_doctor.c. Works without rights, but for
 * the names of other people's programs.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "doctor.h"
#include "program_name.h"
#include "tc.h"

static void look_at_xdp(struct hm_doctor_iface *iface, int ifindex, bool loopback)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	char name[HM_PROGRAM_WORDS];
	__u32 id;
	int err;

	if (loopback) {
		snprintf(iface->xdp, sizeof(iface->xdp), "no: loopback has no native XDP");
		return;
	}
	err = bpf_xdp_query(ifindex, 0, &query);
	if (err) {
		snprintf(iface->xdp, sizeof(iface->xdp), "not known: %s", strerror(-err));
		return;
	}
	id = query.prog_id	 ? query.prog_id
	     : query.drv_prog_id ? query.drv_prog_id
				 : query.skb_prog_id;
	if (!id && query.attach_mode == XDP_ATTACHED_NONE) {
		snprintf(iface->xdp, sizeof(iface->xdp),
			 "free (native? shows when tried)");
		return;
	}
	snprintf(iface->xdp, sizeof(iface->xdp), "no: held by program %u%s", id,
		 program_words(name, id));
}

static void look_at(struct hm_doctor_iface *iface, const struct if_nameindex *entry, int fd,
		    bool tcx)
{
	struct ifreq request = {0};

	snprintf(iface->name, sizeof(iface->name), "%s", entry->if_name);
	memcpy(request.ifr_name, entry->if_name,
	       strnlen(entry->if_name, sizeof(request.ifr_name) - 1));
	if (ioctl(fd, SIOCGIFFLAGS, &request)) {
		snprintf(iface->in_out, sizeof(iface->in_out), "not known: %s", strerror(errno));
		return;
	}
	iface->up = request.ifr_flags & IFF_UP;
	snprintf(iface->in_out, sizeof(iface->in_out), "%s%s", tcx ? "tcx" : "clsact",
		 iface->up ? "" : ", once it is up");
	look_at_xdp(iface, (int)entry->if_index, request.ifr_flags & IFF_LOOPBACK);
}

/* Of every interface; what is not known is said once. */
static void look_around(struct hm_doctor *d, const struct if_nameindex *list)
{
	int fd = tc_open(), err = fd < 0 ? fd : 0;

	for (unsigned int i = 0; fd >= 0 && i < d->iface_count; i++) {
		int failed = doctor_around(&d->ifaces[i], list[i].if_index, fd, d->tcx);

		if (failed)
			err = failed;
	}
	if (err == -EPERM)
		doctor_say(d, "others at interfaces", HM_HEALTH_UNKNOWN,
			   "tcx programs are told only to CAP_NET_ADMIN");
	else if (err)
		doctor_say(d, "others at interfaces", HM_HEALTH_UNKNOWN, "not all are known: %s",
			   strerror(-err));
	if (fd >= 0)
		close(fd);
}

int doctor_ifaces(struct hm_doctor *d)
{
	struct if_nameindex *list = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;
	unsigned int count = 0, i;

	if (!list || fd < 0) {
		err = -errno;
		goto out;
	}
	while (list[count].if_index)
		count++;
	d->ifaces = calloc(count ? count : 1, sizeof(*d->ifaces));
	if (!d->ifaces) {
		err = -ENOMEM;
		goto out;
	}
	d->iface_count = count;
	for (i = 0; i < count; i++)
		look_at(&d->ifaces[i], &list[i], fd, d->tcx);
	look_around(d, list);
out:
	if (list)
		if_freenameindex(list);
	if (fd >= 0)
		close(fd);
	return err;
}
