// SPDX-License-Identifier: GPL-2.0-only
/* The manual's page of each code, see explain.h. In the order of enum hm_code. */
#include "explain.h"

#define FIREWALL_CHECK \
	"Find the rule, and watch its counter:  nft list ruleset   or  iptables-save -c"
#define LISTENS_CHECK "See who listens:  ss -ltnp"

const struct hm_page hm_pages[HM_CODE_COUNT] = {
	[HM_DELIVERED] = {
		"none",
		"The network did its part. Whatever the status of the answer up to 499, it was made by "
		"the application: a 404 is its own.",
		"Proven where the server's process was seen to read past the marker's end; likely where "
		"only its answer, or its ACK and an answer, were seen from afar.",
		"If users still complain, look at the time line of the verdict, at the status, and into "
		"the application's log.",
		"An echo: a 404 page that repeats the URL is no delivery. A proxy's read is none either.",
	},
	[HM_ACKNOWLEDGED] = {
		"none",
		"The network carried the marker to the far host. What its application did with it was not "
		"watched.",
		"An ACK of the far side that covers the marker's last byte.",
		"Run hopmark on the far host to see whether it is read.",
		"delivered: a kernel acknowledges what its application never reads. A proxy in between "
		"acknowledges too.",
	},
	[HM_PASSED] = {
		"none",
		"This host is a router or balancer here, and it let the marker through.",
		"The marker was seen coming in at one interface and leaving at another.",
		"Look further along: run hopmark on the next box.",
		"acknowledged: nothing is said of what came after this host.",
	},
	[HM_CONNECTED] = {
		"none",
		"The connection stands. No marker was asked for, or none can be seen because it is "
		"encrypted.",
		"The handshake is complete, and the application has accepted it (proven); likely where the "
		"server's end was not watched.",
		"To see more, send a marker in clear text, or give  --answer 10s  if an answer is due.",
		"not-accepted: a kernel completes handshakes for an application that hangs.",
	},
	[HM_ABANDONED_BY_CLIENT] = {
		"application (the client's)",
		"The client ended the connection itself, before anything was due to it.",
		"A reset or FIN of the client, and no earlier fault of the server. Likely where it had asked and "
		"gave up on the answer within 0.9 s, or the time of --answer.",
		"Look at the client's own time-out and log.",
		"no-answer: a client that gives up after its time-out has waited for something. So has one that "
		"resets a SYN-ACK which came after its third request: inconclusive. So is a reset of a SYN-ACK by a "
		"host that was not watched and knows of no such connection: its address may be used by another. A "
		"reset in its name that it did not send: reset-injected. Port scanners and health checks end like this by design.",
	},
	[HM_REFUSED] = {
		"application, or beyond",
		"Nobody listens on that address and port. The network delivered the request.",
		"Proven: the TCP of a watched kernel made the reset; as that kernel said itself, where somebody "
		"listens by then. One-sided: a reset came from afar, made by that host or a device that answers "
		"for it.",
		LISTENS_CHECK "   and why the service is down:  systemctl --failed",
		"rejected-by-firewall looks the same to the client. wrong-address: the service runs, but "
		"on another address.",
	},
	[HM_WRONG_ADDRESS] = {
		"application",
		"The service runs, but it is bound to another address of this host, 127.0.0.1 say, or to "
		"IPv6 only.",
		"As refused, and a process listens on that port elsewhere in the namespace.",
		LISTENS_CHECK "   and the service's setting for its listen address.",
		"refused: there nobody listens on the port at all.",
	},
	[HM_ACCEPT_QUEUE_FULL] = {
		"application",
		"The kernel discards requests because the application does not take the connections that "
		"wait. Clients see time-outs, as if a firewall dropped them.",
		"The listener held more than its limit when the SYN or the last ACK came to it, read from "
		"the listener itself, and nothing went on; of several SYNs the last met it full.",
		"See Recv-Q and Send-Q:  ss -ltn   and what the application's threads do, and its limit of "
		"open files. A larger backlog only hides it. How often, of all listeners in the namespace:  nstat -az "
		"TcpExtListenOverflows",
		"A firewall that drops, or packet loss: the request did arrive.",
	},
	[HM_SYN_QUEUE_FULL] = {
		"host",
		"The kernel discards requests because the listener waits for the end of too many other "
		"handshakes, and SYN cookies, which need no place, are off. Clients see time-outs.",
		"Each SYN came to the listener, its queue of requests was at a limit then (its backlog, or "
		"three quarters of tcp_max_syn_backlog), tcp_syncookies was 0, and nothing went on.",
		"sysctl net.ipv4.tcp_syncookies net.ipv4.tcp_max_syn_backlog   and who does not end his "
		"handshake:  ss -tn state syn-recv. A flood of SYNs, or SYN-ACKs that do not arrive.",
		"accept-queue-full: there the application leaves whole connections unaccepted; it is said "
		"where both queues are full, as the one fills the other.",
	},
	[HM_NOT_ACCEPTED] = {
		"application",
		"The kernel made the connection; the application has not taken it.",
		"2 s after the handshake no process holds the connection, and the listener's queue is "
		"below its limit.",
		"See what the process does instead:  ss -ltnp   and  cat /proc/PID/wchan",
		"not-read: there it was accepted. accept-queue-full: there the kernel has no place for it "
		"any more.",
	},
	[HM_NOT_READ] = {
		"application",
		"The network delivered the marker to this host. It waits in the socket, and the process "
		"that holds the connection has not read it.",
		"2 s later the socket still has the marker unread, by the kernel's own count.",
		"See Recv-Q:  ss -tnp   and what the process does:  cat /proc/PID/stack",
		"no-answer: there it was read. Readers by splice or with MSG_PEEK count as what they are.",
	},
	[HM_ZERO_WINDOW] = {
		"application or proxy, or beyond",
		"The receiver's kernel has no room left, because its process reads nothing or too slowly. "
		"What the client has yet to send, the marker perhaps among it, cannot leave.",
		"The window was 0 for 2 s and did not open; the client's socket holds more, or asked twice "
		"whether there is room. Proven where the server's socket was seen full and it asks no other "
		"server; likely where it does, or is a proxy, as that one may hold it up; one-sided from afar.",
		"See Recv-Q:  ss -tnp   and what the process does:  cat /proc/PID/stack",
		"A pause that ends within 2 s. A client that reads its answer slowly is no fault. "
		"not-read: there the marker itself lies in the socket.",
	},
	[HM_NO_ANSWER] = {
		"application, proxy or beyond",
		"The request was read, or acknowledged by the far host, and the answer that was owed did "
		"not come.",
		"It is owed to an HTTP request, to a TLS handshake on a connection seen from its SYN, or by "
		"--answer TIME. The client gave up, or that time passed. Likely without --answer: whether the "
		"request was complete is not seen; and where it may wait for another that is not seen. It is a "
		"proxy's, likely, where the server behind it had answered before the client left: that may have "
		"been a part of an answer. After \"100 Continue\" nothing is owed until the client goes on, nor "
		"while it sends on: more than 64 KB behind the marker. --answer says how long after the request "
		"began, so give an upload the time that it takes. Beyond, likely, where a TLS handshake was read, "
		"and its process had asked another as soon as the client came, which does not answer.",
		"See what the application waits for: its log, its database, its upstream.",
		"Long polling and streams, which answer late by design. A protocol that owes no answer "
		"gets inconclusive, and so does a client that closed its "
		"side at once. One that gave up within 0.9 s, or the time of --answer: abandoned-by-client.",
	},
	[HM_CLOSED_BY_APPLICATION] = {
		"application, or beyond",
		"The server's side closed the connection before it had read, or before an answer that was "
		"due.",
		"A FIN or reset by the server's process, and no answer before it; or it had accepted, and its "
		"kernel reset the connection with what it had not read. Likely where it had read, "
		"without --answer: it may have waited for the rest of the request, or for another that is not seen. "
		"Beyond, likely, where a TLS handshake, or nothing, was read, and another that its process had asked "
		"in between had refused it, or had not answered.",
		"Look into the application's log at that moment: a crash, a restart, a limit, a time-out.",
		"A reset after the whole answer (SO_LINGER 0) is no fault, nor is the server's FIN on an idle "
		"connection before the marker: the client used what was closed already (keep-alive). A reset for "
		"what comes after the client closed does not tell who closed. reset-injected: there the server sent none.",
	},
	[HM_HTTP_ERROR] = {
		"application, or beyond",
		"The network carried the request; the server answered it with a status of 500 or above.",
		"The status line of the answer. Proven where it is watched and asked no other server over TCP "
		"meanwhile; a helper behind a unix socket is part of it. Likely with a filter, beside connections "
		"that are encrypted or not HTTP/1, or failed; where it asked others without the marker, or "
		"another process sent that on; behind other requests that wait; and for 502 to 504, 520 to 527 "
		"and 530, which are about others: from afar, or where its own connection failed, beyond.",
		"Look for the request in the server's error log.",
		"proxy-upstream-failed and proxy-answered: there a proxy in between made it.",
	},
	[HM_TLS_ALERT] = {
		"application",
		"The network carried the TLS handshake; one end did not like what the other offered, and "
		"ended it with a fatal alert, which is named.",
		"The alert itself, sent in clear. Proven where the kernel of its sender is watched, and no "
		"connection of its process may have brought it; else likely: a device in between can make one, "
		"and a proxy that leaves TLS to another passes it on. Where that was told the same in between, "
		"who told it is named.",
		"Compare versions, ciphers and certificates:  openssl s_client -connect HOST:PORT",
		"close_notify and user_canceled, at whatever level, end good connections. Alerts that are encrypted "
		"are not seen: the connection is then connected, or closed without an answer.",
	},
	[HM_TLS_MISMATCH] = {
		"application",
		"The network carried both: one end spoke TLS, the other did not.",
		"The connection's first bytes are a TLS handshake record and the answer is an HTTP status "
		"line; or the request begins with 5 bytes or more of no TLS record, and the first answer after it is a "
		"TLS alert. Likely where the server's host was not watched, or its process may have passed it "
		"on; where it was told the same in between, who told it is named. And likely "
		"where the first bytes are neither HTTP nor the marker: they may be no text.",
		"Use http:// or https:// as the port wants it, or change what the server speaks there.",
		"A tunnel through a proxy and STARTTLS begin in clear and are well. A server that answers "
		"clear text on its TLS port with a plain 400, as nginx does, or by closing, is not told. A "
		"handshake record whose first segment is shorter than its header, or an alert before the request. "
		"A PROXY header that the server does not expect, or a handshake refused behind one it does.",
	},
	[HM_PROXY_NOT_FORWARDED] = {
		"proxy",
		"A proxy read the marker, and did not send it on.",
		"It is a proxy here by what it did or was asked, what it sends is watched, and no "
		"connection of it carried the marker when that was due. Likely without --answer: it may have "
		"waited for the rest of the request; and where no more is known than that it was asked as a proxy.",
		"Look into the proxy's log and rules for this request.",
		"An application that keeps what it reads. Upstreams over TLS hide the marker; pooled ones "
		"outside the filter are not watched.",
	},
	[HM_PROXY_UPSTREAM_FAILED] = {
		"as the connection behind the proxy",
		"The proxy did its part; the connection it made to the server behind it failed.",
		"That connection has a fault of its own, which is told, and the proxy said so or gave up. "
		"Likely at most where it failed before it carried the marker.",
		"Read the second leg's verdict, and go on there.",
		"proxy-answered: there the proxy asked nobody. A connection that has nothing to do with the "
		"request, a health check or a log's, may fail just then.",
	},
	[HM_PROXY_ANSWERED] = {
		"proxy",
		"The error page is the proxy's own: access rules, no backend, a bad name. The server "
		"behind it was not asked, as far as was seen.",
		"A 4xx or 5xx left the proxy after it read the request, and it sent nothing on over TCP. Likely "
		"with a filter, where no more is known than that it was asked as a proxy, and where it asked "
		"others without the marker meanwhile. 404 and 410, which who serves pages says, and 401 and "
		"407, which ask who the client is, are delivered.",
		"Look into the proxy's access log and rules.",
		"http-error: a status that the proxy only passed on.",
	},
	[HM_PROXY_STALLED] = {
		"proxy",
		"The proxy read the request and sat on it before it sent it on.",
		"The time from its reading past the marker's end until it sent it on, or first opened a "
		"connection for it, is longer than --stall TIME. How long that connection took is not "
		"counted. Likely at most: whom else it asked, a resolver say, is not watched.",
		"Look at the proxy's queue and limits (maxconn, limit_req), its resolver, and what it asks "
		"before it sends on.",
		"A slow server behind it, whose connection or answer takes long; a client that takes long to "
		"send the rest of its request. "
		"proxy-not-forwarded: there nothing was sent on.",
	},
	[HM_DROPPED_BY_FIREWALL] = {
		"host",
		"A netfilter rule of this host threw a packet of this connection away.",
		"The kernel dropped it with the reason NETFILTER_DROP: each request of 3 s, or till the "
		"client gave up, or the same bytes again and again. None of it came through: where one went "
		"on and was not answered either, nobody is accused. Likely where a bridge of this host may "
		"have sent copies by other ports too.",
		FIREWALL_CHECK,
		"A rule that drops at random, or beyond a rate: what is sent again and arrives is no fault; "
		"one that took each of three requests by chance did end this connection, and others may pass. "
		"A rule for other packets; one for copies that a bridge sends where the server is not. "
		"rejected-by-firewall: there an answer was sent. "
		"conntrack-full: the same reason, and no rule.",
	},
	[HM_CONNTRACK_FULL] = {
		"host",
		"Netfilter keeps a table of connections (conntrack) on this host. It is full: packets of new "
		"connections are dropped, older ones go on as if nothing were wrong.",
		"The kernel dropped the SYN with NETFILTER_DROP, the table held its limit right after, and "
		"its counter of drops rose each time. Likely where it rose for other packets too.",
		"sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max   and  conntrack -S "
		"(drop). conntrack -L lists all that fill it, which on a full table is long.",
		"dropped-by-firewall: a rule; so it is called, too, where no table was there when the trace "
		"began. accept-queue-full: there a socket is full.",
	},
	[HM_REJECTED_BY_FIREWALL] = {
		"host",
		"A netfilter rule of this host answered with a reset or an ICMP error, as if nobody "
		"listened.",
		"Netfilter dropped the packet, and at that moment an answer left that TCP did not make.",
		FIREWALL_CHECK,
		"refused: there the kernel's TCP answered, as nobody listens.",
	},
	[HM_DROPPED_BY_ROUTING] = {
		"host",
		"The packet came in, and this host's routing discarded it: its source should have come by "
		"another way (rp_filter), or an address makes no sense there.",
		"The kernel dropped it and named such a reason: IP_RPFILTER, IP_LOCAL_SOURCE ... No other request, "
		"nor copy of it, went on.",
		"The way back to the sender:  ip route get ADDRESS   and  sysctl -a -r rp_filter",
		"A firewall. Asymmetric routes are often right, and rp_filter too strict for them.",
	},
	[HM_NO_ROUTE] = {
		"host",
		"This host has no way to the address, or a route of type unreachable, prohibit or "
		"blackhole; or it is sent what is for another and does not send on.",
		"The kernel's own answer for that route, or its drop with IP_OUTNOROUTES or IP_INNOROUTES, "
		"or in ip_error or dst_discard_out of what it was to send on, and nothing of it left later; "
		"towards the client it is likely. That it does not send on the kernel says by "
		"IP_INADDRERRORS in ip_error or ip6_forward.",
		"ip route get ADDRESS   and  ip rule , on a router  sysctl net.ipv4.ip_forward "
		"net.ipv6.conf.all.forwarding",
		"unreachable: there a router further along said so.",
	},
	[HM_PORT_EXHAUSTED] = {
		"host",
		"The client's host has used up its local ports for this server: connect(2) fails at once "
		"(EADDRNOTAVAIL), and no packet leaves.",
		"The client's own kernel gave the socket up on its way to a SYN, and it had no port. How many "
		"sockets lead to the server is counted beside it.",
		"ss -tan dst ADDRESS   and  sysctl net.ipv4.ip_local_port_range. Best is to keep connections "
		"and use them again: each that is closed stays in TIME-WAIT for a minute.",
		"no-route: there the kernel knew no way. A port that the client chose itself, by bind(2), and "
		"that is taken: inconclusive.",
	},
	[HM_DROPPED_BY_BPF] = {
		"host",
		"A BPF program of a load balancer, a container network or an agent threw a packet of this "
		"connection away.",
		"The kernel's reason is XDP or BPF_CGROUP_EGRESS, or at tc, where only programs are. "
		"Each request had it, or the same bytes three times, and nothing of it went on. Likely where a filter that is no program, or a security module, has the "
		"same reason.",
		"See who is attached:  bpftool net show   and  bpftool cgroup tree",
		"dropped-by-firewall: nft and iptables are no BPF programs here. Native XDP may drop "
		"without a word: then nothing-seen.",
	},
	[HM_DROPPED_BY_QUEUE] = {
		"host",
		"A queue of this host did not take the packet, again and again: traffic shaping, the "
		"backlog of a CPU, a ring, a buffer.",
		"The kernel dropped what was repeated at least twice, or till the client gave up, with a "
		"reason such as QDISC_DROP, and none of it was seen to pass.",
		"tc -s qdisc show   (dropped)  and, for what came in,  cat /proc/net/softnet_stat",
		"Congestion: a lost packet that is repeated and arrives is no fault; each of three lost here "
		"is, though the next connection may be luckier. A full socket whose "
		"application does not read is the application's.",
	},
	[HM_STALE_CONNECTION] = {
		"host",
		"For this host the packet belongs to another, older connection of the same addresses and "
		"ports: the client restarted, or NAT gives one port to two.",
		"The kernel dropped each request, or the marker again and again, with a reason such as "
		"TCP_INVALID_SYN or TCP_RFC7323_PAWS.",
		"See the connection that this host has:  ss -tano   and whether NAT or a firewall keeps "
		"the host's ACK, or the client's reset, from arriving.",
		"A repeated SYN or old segment is dropped too, and is harmless. Packets beyond the window "
		"of an application that does not read are its fault. Behind a handshake that was seen it is "
		"inconclusive: a device changed sequence numbers or timestamps, or the client did.",
	},
	[HM_BAD_CHECKSUM] = {
		"network, or host",
		"The packet was changed on its way, or made with a wrong sum, and the kernel threw it away.",
		"The kernel dropped it with TCP_CSUM or IP_CSUM, and each repetition. Network: it came in "
		"like that, and nobody else's program is at the interface. It is never more than likely.",
		"nstat -az TcpInCsumErrors   and the cards on the way:  ethtool -S IF",
		"Sums that tcpdump calls wrong on the sender: the card fills them in later. The kernel "
		"drops none of those.",
	},
	[HM_DROPPED_OTHER] = {
		"host",
		"This kernel dropped it for a reason that has no code of its own: IPsec policy, a TCP MD5 "
		"key, a TTL limit, a tc filter ...",
		"The kernel's own name for the reason, which is printed, and it did not come through later. Or "
		"three times the function dst_discard_out, which names none, for what began here: the route "
		"discards it, as while IPsec waits for its keys.",
		"See which counter grows:  nstat -az   and for IPsec  cat /proc/net/xfrm_stat  and  ip xfrm state",
		"Drops that are harmless, which hopmark does not count.",
	},
	[HM_NEIGHBOUR_FAILED] = {
		"network, or host",
		"This host does not learn the hardware address of the next hop: it is down, on another "
		"VLAN, or the address is wrong.",
		"The kernel dropped the packet because ARP or neighbour discovery was not answered, and none left "
		"later. Host: its own neighbour table is full.",
		"ip neigh show   and which next hop it is:  ip route get ADDRESS",
		"syn-unanswered: there the request left.",
	},
	[HM_SYN_UNANSWERED] = {
		"beyond",
		"The request left this host, repeatedly, and nothing came back. The fault is further "
		"along: the network, a firewall, or the far host.",
		"One-sided: three SYNs, or the client's own error, and no SYN-ACK, reset, ICMP error or "
		"drop here.",
		"Run hopmark on the server, or on the last box before it, and try again.",
		"accept-queue-full looks the same from here. So do a firewall on the far host, and plain loss: "
		"three of three get lost by chance once in 37 times where a third of all is lost. What this "
		"host dropped itself does not count.",
	},
	[HM_SYN_LOST] = {
		"network",
		"The connection request left one place that is watched again and again, and never came to "
		"the other, which has the server's address and is watched too.",
		"Three or more requests seen leaving, none at any place of the namespace that has the "
		"address, and somebody who listens on the port, where none can have come unseen, and no event lost.",
		"Run the trace on the boxes in between, the nearest to the client first.",
		"syn-unanswered: there the far side was not watched, or a tunnel (VXLAN, WireGuard ...) carried it, "
		"whose own packets are not: either host may have kept those. Drops that a watched kernel names.",
	},
	[HM_SYNACK_LOST] = {
		"network",
		"The request arrived; the server's SYN-ACK left it again and again and never came to the "
		"client.",
		"Three or more SYN-ACKs seen leaving the server, none at any place of the client's "
		"namespace.",
		"Look at the way back, which may be another: routes, reverse path filters, firewalls that "
		"saw no request.",
		"syn-lost: there the request did not arrive. accept-queue-full: no SYN-ACK is made then.",
	},
	[HM_MARKER_LOST] = {
		"network",
		"The connection was made; the segment with the marker left again and again and never came "
		"to the server's namespace.",
		"It was seen leaving three times or more, and at no place of the other end; no ACK covers "
		"it.",
		"Look for what takes offence at this segment: a device that looks into payload, or one "
		"that passes only short packets (ping -M do -s 1400).",
		"not-read: there it waits in the server's socket. payload-blocked, mtu-black-hole: there it is "
		"known that others pass.",
	},
	[HM_NOT_ARRIVED] = {
		"network",
		"Somebody on the way made the handshake in the server's name and then did not do what was due; "
		"the server knows nothing of it.",
		"The SYN-ACK came, and what was sent was not acknowledged, or not answered when that was due. The "
		"one watched namespace that has the server's address, on a watched interface and with a network "
		"around it, and somebody who listens, saw no packet of the connection, though an earlier one of the "
		"same client to the same port came there, and no stranger's meanwhile. Likely: the way may have changed on purpose.",
		"Look for a proxy, a SYN proxy or a load balancer on the way, and for another host with that "
		"address:  ip neigh   and  arping -D",
		"syn-lost: there nobody answered. no-answer: the address alone does not tell that the one watched "
		"is the one meant. A transparent proxy that answers is no fault.",
	},
	[HM_MTU_BLACK_HOLE] = {
		"network, or host",
		"Short packets pass, long ones do not, and their sender does not hear that they are too long: "
		"connections are made and then hang as soon as much is sent. Host: it is told and does not heed.",
		"One segment was sent again five times and never acknowledged, shorter ones behind it arrived "
		"(SACK), none as long ever did, and no ICMP error came. Proven where both ends are watched and "
		"it left one and never came to the other; else likely. Or this host's kernel dropped the same "
		"bytes again and again as too long for its next link (PKT_TOO_BIG), which their sender did not "
		"hear: likely, as who lost the ICMP error is not known. Where ICMP errors that quote the segment "
		"came in at its sender's host three times, and it was sent again as long each time, that host "
		"keeps them from its TCP: proven.",
		"Find the narrow link:  tracepath -n HOST   and who drops ICMP \"too big\" (type 3 code 4, "
		"IPv6 type 2). To clamp the MSS helps, or net.ipv4.tcp_mtu_probing=1 at the sender.",
		"A loss takes segments of any length. The receiver alone cannot tell. Where all that is sent is "
		"as long, nothing shorter arrives that could prove it.",
	},
	[HM_PAYLOAD_BLOCKED] = {
		"policy",
		"Something on the way looks into what is sent, and keeps the segment with the marker: intrusion "
		"prevention, data loss prevention, a web application firewall.",
		"The segment with the marker was sent again five times and never acknowledged; it alone is "
		"missing, and others as long, right behind it, arrived (SACK). Proven where both ends are "
		"watched and it left one and never came to the other; else likely.",
		"Send as much without the marker, and ask who runs such devices. Such filters: "
		"RFC 7754.",
		"marker-lost: there nothing tells whether others pass. mtu-black-hole: there all that is long "
		"fails. A firewall of a watched host is named by its kernel.",
	},
	[HM_UNREACHABLE] = {
		"network, or policy",
		"A router or host, which is named, sent back that it cannot or may not deliver.",
		"An ICMP error that quotes what this very connection sent, and nothing of it was answered later. "
		"\"Administratively prohibited\" is policy; so is \"port unreachable\", as TCP itself resets.",
		"Ask whoever runs the sender of the ICMP error.",
		"An error that quotes another connection, or what this one never sent. no-route: there this "
		"host has no way itself.",
	},
	[HM_RESET_INJECTED] = {
		"policy",
		"A device in between ended the connection in another's name, as some firewalls do.",
		"Proven: the host that seems to have sent the reset is watched and sent none. Likely: the "
		"reset's TTL is unlike that of its other packets, of which there are two at least, and does not tell "
		"of a server further behind, as a balancer's is.",
		"Ask who runs firewalls or intrusion prevention on the way; compare with a trace on the "
		"other host.",
		"closed-by-application: the server's own reset has its usual TTL, and beside one other packet "
		"alone that may be a SYN proxy's TTL. The default one of a kernel that knows no such connection "
		"is its own too.",
	},
	[HM_MARKER_NOT_SEEN] = {
		"unknown",
		"Connections came through, but none carried the marker.",
		"Nothing is proven. It is said once for a trace.",
		"Send the very bytes after -m, in clear text, while the trace runs.",
		"A broken connection: TLS, compression or another spelling hides a marker that arrives.",
	},
	[HM_NOTHING_SEEN] = {
		"unknown",
		"No packet inside the filter passed a place that was watched, or none that begins a connection: "
		"how many others did, the last ones of an older connection say, is told.",
		"Nothing is proven. What was watched, and how much passed there, is told.",
		"Try again without a filter, then one box nearer to the client.",
		"A drop on this host: native XDP and what is not watched may keep packets from hopmark.",
	},
	[HM_INCONCLUSIVE] = {
		"unknown",
		"The evidence does not suffice to blame anybody, and the reason is told.",
		"Events were lost, a hop was not watched, bytes were not searched (--depth), or something "
		"is not due yet.",
		"Do what \"next\" says: let it run longer, widen the filter, watch the other side.",
		"Health: it says neither that all is well nor that it is not.",
	},
};
