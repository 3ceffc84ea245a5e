/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * services(5) read directly. getservbyname(3) would load name-service modules, which a static
 * binary cannot, and could ask over the network. Used by no_network.c.
 */
#ifndef HM_SERVICES_H
#define HM_SERVICES_H

/*
 * Port of a service, 0 to 65535, by its name or an alias and its protocol ("tcp"). -ENOENT: it is
 * not there, or there is no file; other -errno of reading it.
 */
int services_port(const char *name, const char *protocol);

#endif
