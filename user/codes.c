// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hopmark can say: codes with health and meaning, names of blame, confidence and roles.
 * Read by judge, outputs and help.
 */
#include "verdict.h"

#define HEALTHY 0
#define UNHEALTHY 1
#define UNKNOWN 4

const struct hm_code_info hm_codes[HM_CODE_COUNT] = {
	[HM_DELIVERED] = {"delivered", "the server's process read the marker, or answered it",
			  HEALTHY},
	[HM_ACKNOWLEDGED] = {"acknowledged",
			     "the far host acknowledged the marker; reading was not watched",
			     HEALTHY},
	[HM_PASSED] = {"passed", "the marker came in at one interface and left at another",
		       HEALTHY},
	[HM_CONNECTED] = {"connected", "the handshake is complete and the connection accepted",
			  HEALTHY},
	[HM_ABANDONED_BY_CLIENT] = {"abandoned-by-client",
				    "the client closed before anything was due", UNHEALTHY},
	[HM_REFUSED] = {"refused", "nobody listens on that port", UNHEALTHY},
	[HM_WRONG_ADDRESS] = {"wrong-address",
			      "nobody listens there, but the port listens on another address here",
			      UNHEALTHY},
	[HM_ACCEPT_QUEUE_FULL] = {"accept-queue-full",
				  "the application leaves its waiting connections unaccepted",
				  UNHEALTHY},
	[HM_SYN_QUEUE_FULL] = {"syn-queue-full",
			       "the listener's queue of unfinished handshakes had no room",
			       UNHEALTHY},
	[HM_NOT_ACCEPTED] = {"not-accepted", "established, and the application did not accept it",
			     UNHEALTHY},
	[HM_NOT_READ] = {"not-read",
			 "the marker waits in the socket; the application did not read it",
			 UNHEALTHY},
	[HM_ZERO_WINDOW] = {"zero-window",
			    "the receive window stays closed and more waits to be sent", UNHEALTHY},
	[HM_NO_ANSWER] = {"no-answer", "read, an answer was owed, none came", UNHEALTHY},
	[HM_CLOSED_BY_APPLICATION] = {"closed-by-application",
				      "closed by the server before reading or before a due answer",
				      UNHEALTHY},
	[HM_HTTP_ERROR] = {"http-error", "the server itself answered with a 5xx status", UNHEALTHY},
	[HM_TLS_ALERT] = {"tls-alert",
			  "an end of the connection ended the TLS handshake with a fatal alert",
			  UNHEALTHY},
	[HM_TLS_MISMATCH] = {"tls-mismatch", "one end spoke TLS and the other did not", UNHEALTHY},
	[HM_PROXY_NOT_FORWARDED] = {"proxy-not-forwarded",
				    "a proxy read the marker and did not send it on", UNHEALTHY},
	[HM_PROXY_UPSTREAM_FAILED] = {"proxy-upstream-failed",
				      "the connection behind the proxy has a fault of its own",
				      UNHEALTHY},
	[HM_PROXY_ANSWERED] = {"proxy-answered",
			       "a proxy made the error itself, without asking upstream", UNHEALTHY},
	[HM_PROXY_STALLED] = {"proxy-stalled", "a proxy sent the marker on, but later than --stall",
			      UNHEALTHY},
	[HM_DROPPED_BY_FIREWALL] = {"dropped-by-firewall", "netfilter on this host dropped it",
				    UNHEALTHY},
	[HM_CONNTRACK_FULL] = {"conntrack-full",
			       "netfilter's table of connections had no room for it", UNHEALTHY},
	[HM_REJECTED_BY_FIREWALL] = {"rejected-by-firewall",
				     "netfilter on this host answered with RST or ICMP", UNHEALTHY},
	[HM_DROPPED_BY_ROUTING] = {"dropped-by-routing", "this host's routing discarded it",
				   UNHEALTHY},
	[HM_NO_ROUTE] = {"no-route", "this host has no usable route to the address", UNHEALTHY},
	[HM_PORT_EXHAUSTED] = {"port-exhausted",
			       "this host had no free local port for the connection", UNHEALTHY},
	[HM_DROPPED_BY_BPF] = {"dropped-by-bpf", "a BPF program on this host dropped it",
			       UNHEALTHY},
	[HM_DROPPED_BY_QUEUE] = {"dropped-by-queue",
				 "a queue or buffer of this host did not take it", UNHEALTHY},
	[HM_STALE_CONNECTION] = {"stale-connection",
				 "it did not fit a connection that this host still has", UNHEALTHY},
	[HM_BAD_CHECKSUM] = {"bad-checksum", "this host's kernel found its checksum wrong",
			     UNHEALTHY},
	[HM_DROPPED_OTHER] = {"dropped-other",
			      "this host's kernel dropped it for a reason it names", UNHEALTHY},
	[HM_NEIGHBOUR_FAILED] = {"neighbour-failed", "nobody answered ARP or neighbour discovery",
				 UNHEALTHY},
	[HM_SYN_UNANSWERED] = {"syn-unanswered", "the request left here and nothing came back",
			       UNHEALTHY},
	[HM_SYN_LOST] = {"syn-lost",
			 "the request left one watched place and never came to the other",
			 UNHEALTHY},
	[HM_SYNACK_LOST] = {"synack-lost",
			    "the server's SYN-ACK left it and never came to the client", UNHEALTHY},
	[HM_MARKER_LOST] = {"marker-lost",
			    "the marker left one watched place and never came to the other",
			    UNHEALTHY},
	[HM_NOT_ARRIVED] = {"not-arrived",
			    "it was answered, but not by the one that has the address", UNHEALTHY},
	[HM_MTU_BLACK_HOLE] =
		{"mtu-black-hole",
		 "longer segments do not get through, and their sender does not hear why",
		 UNHEALTHY},
	[HM_PAYLOAD_BLOCKED] =
		{"payload-blocked",
		 "the segment with the marker does not get through, others as long do", UNHEALTHY},
	[HM_UNREACHABLE] = {"unreachable", "an ICMP error came back that quotes this connection",
			    UNHEALTHY},
	[HM_RESET_INJECTED] = {"reset-injected", "a reset that its claimed sender did not send",
			       UNHEALTHY},
	[HM_MARKER_NOT_SEEN] = {"marker-not-seen",
				"connections came through, none carried the marker", UNKNOWN},
	[HM_NOTHING_SEEN] = {"nothing-seen", "no packet inside the filter", UNKNOWN},
	[HM_INCONCLUSIVE] = {"inconclusive", "the evidence does not suffice; the reason is told",
			     UNKNOWN},
};

const char *const hm_blame_names[HM_BLAME_COUNT] = {
	[HM_BLAME_NONE] = "none",	[HM_BLAME_APPLICATION] = "application",
	[HM_BLAME_PROXY] = "proxy",	[HM_BLAME_HOST] = "host",
	[HM_BLAME_NETWORK] = "network", [HM_BLAME_POLICY] = "policy",
	[HM_BLAME_BEYOND] = "beyond",	[HM_BLAME_UNKNOWN] = "unknown",
};

const char *const hm_confidence_names[HM_CONFIDENCE_COUNT] = {
	[HM_PROVEN] = "proven", [HM_LIKELY] = "likely", [HM_ONE_SIDED] = "one-sided",
};

const char *const hm_role_names[HM_ROLE_COUNT] = {
	[HM_ROLE_NONE] = "none", [HM_ROLE_CLIENT] = "client", [HM_ROLE_PROXY] = "proxy",
	[HM_ROLE_SERVER] = "server", [HM_ROLE_ROUTER] = "router",
};

bool verdict_waited(const struct hm_verdict *v)
{
	return v->path && v->by_absence && hm_codes[v->code].health == 1;
}
