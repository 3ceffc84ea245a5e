/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends frames around the queueing discipline and with it around tc egress, as fast senders do
 * (PACKET_QDISC_BYPASS, packet(7)). For the lab.
 *
 *   bypass INTERFACE NUMBER
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ETHERTYPE 0x88b5 /* for experiments: IEEE 802, 9.2.3 */

int main(int argc, char **argv)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE)};
	unsigned char frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1,
				   ETHERTYPE >> 8, ETHERTYPE & 0xff};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;

	if (argc != 3 || fd < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one))) {
		perror("bypass INTERFACE NUMBER");
		return 1;
	}
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	for (int i = atoi(argv[2]); i > 0; i--)
		if (sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
			perror(argv[1]);
			return 1;
		}
	return 0;
}
