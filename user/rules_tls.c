// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on TLS handshakes that failed in sight: a fatal alert, sent in clear, and an end that
 * speaks TLS with one that does not. Called by rules.c. Alerts that are encrypted are not seen.
 */
#include <string.h>

#include "rules.h"

/* RFC 8446, 6 and RFC 5246, 7.2; IANA's TLS Alerts registry. */
static const char *const alerts[] = {
	[10] = "unexpected_message",
	[20] = "bad_record_mac",
	[21] = "decryption_failed",
	[22] = "record_overflow",
	[30] = "decompression_failure",
	[40] = "handshake_failure",
	[41] = "no_certificate",
	[42] = "bad_certificate",
	[43] = "unsupported_certificate",
	[44] = "certificate_revoked",
	[45] = "certificate_expired",
	[46] = "certificate_unknown",
	[47] = "illegal_parameter",
	[48] = "unknown_ca",
	[49] = "access_denied",
	[50] = "decode_error",
	[51] = "decrypt_error",
	[60] = "export_restriction",
	[70] = "protocol_version",
	[71] = "insufficient_security",
	[80] = "internal_error",
	[86] = "inappropriate_fallback",
	[109] = "missing_extension",
	[110] = "unsupported_extension",
	[111] = "certificate_unobtainable",
	[112] = "unrecognized_name",
	[113] = "bad_certificate_status_response",
	[114] = "bad_certificate_hash_value",
	[115] = "unknown_psk_identity",
	[116] = "certificate_required",
	[120] = "no_application_protocol",
	[121] = "ech_required",
};

#define TLS_RECORD_HEADER 5 /* RFC 8446, 5.1 */

const char *alert_name(uint8_t alert)
{
	return alert < HM_ARRAY_SIZE(alerts) && alerts[alert] ? alerts[alert]
							      : "an alert of no known name";
}

static bool is_alert(const struct hm_case *c)
{
	return c->alert && c->hello;
}

/* It may pass on what another says over connections of its own, as they look from here. */
static bool server_tunnels(const struct hm_case *c)
{
	return c->reader_hides == HM_HIDES_TLS || c->reader_hides == HM_HIDES_OTHER;
}

/* Without a marker nobody is followed: of its connections those inside the filter are known. */
static bool is_filtered(const struct hm_case *c)
{
	return c->scene->filter[0] != '\0';
}

/* Its kernel is watched, and so is what it may have passed on; nothing of that was lost. */
static bool server_speaks(const struct hm_case *c)
{
	return c->server_here && c->follows && !is_filtered(c) && !c->path->lost &&
	       !server_tunnels(c);
}

static bool client_speaks(const struct hm_case *c)
{
	return c->client_here && !is_filtered(c) && !c->path->lost && !c->client_tunnels;
}

static void tell_server_doubt(const struct hm_case *c, const char *did, struct hm_verdict *out)
{
	if (!c->server_here)
		words_why(out, "a device in between may have %s", did);
	else if (c->path->lost)
		words_why(out, "events were lost: it may have passed on what another said");
	else if (!c->follows)
		words_why(out, "whom it asks in turn was not watched");
	else if (is_filtered(c) && !server_tunnels(c))
		words_why(out, "it may have passed on what another said, outside of the filter");
	else if (server_tunnels(c))
		words_why(out, "it may have passed on what another said: it has connections of its "
			       "own that are encrypted, or not HTTP/1");
}

static void tell_client_doubt(const struct hm_case *c, struct hm_verdict *out)
{
	if (!c->client_here)
		words_why(out, "a device in between may have sent it");
	else if (c->path->lost)
		words_why(out, "events were lost: it may have passed on what another said");
	else if (is_filtered(c) && !c->client_tunnels)
		words_why(out, "it may have passed on what another said, outside of the filter");
	else if (c->client_tunnels)
		words_why(out, "it may have passed on what another said: it serves connections "
			       "that are encrypted, or not HTTP/1");
}

static bool alert_for_sure(const struct hm_case *c)
{
	return is_alert(c) &&
	       (c->alert->tls.alert_from_server ? server_speaks(c) : client_speaks(c));
}

void tell_alert_seen(const struct hm_case *c, struct hm_verdict *out)
{
	words_evidence(out, "TLS alert %u, %s, by the %s at %s", c->alert->tls.alert,
		       alert_name(c->alert->tls.alert),
		       c->alert->tls.alert_from_server ? "server" : "client",
		       PLACE(c, c->alert->tls.alert_hop, c->alert->tls.alert_ns));
}

static void tell_alert(const struct hm_case *c, struct hm_verdict *out)
{
	const char *name = alert_name(c->alert->tls.alert);
	char server[HM_WHO_LEN], client[HM_WHO_LEN], addr[HM_ADDR_LEN];

	who_server(c, server);
	who_client(c, client);
	if (c->alert->tls.alert_from_server) {
		at_server(c, out);
		words_say(out,
			  "The network carried the TLS handshake; %s ended it with the fatal alert "
			  "%s.",
			  server, name);
	} else {
		at_client(c, out);
		words_say(out,
			  "The network carried the TLS handshake; %s did not accept what came from "
			  "%s and ended it with the fatal alert %s.",
			  client, server, name);
	}
	tell_alert_seen(c, out);
	if (c->alert->tls.alert_from_server)
		tell_server_doubt(c, "sent it", out);
	else
		tell_client_doubt(c, out);
	words_advise(out,
		     "Compare versions, ciphers and certificates:  openssl s_client -connect %s",
		     where_server(c, addr));
}

/* A status line is sure to be no TLS; other bytes may be the midst of a record. */
bool tls_on_plain(const struct hm_case *c)
{
	return c->hello && c->hello->tls.hello_first &&
	       c->hello->answer_ns > c->hello->tls.hello_ns &&
	       c->hello->answer_class == HM_CLASS_HTTP_STATUS;
}

static bool tls_on_plain_for_sure(const struct hm_case *c)
{
	return tls_on_plain(c) && server_speaks(c);
}

void tell_both_seen(const struct hm_case *c, struct hm_verdict *out)
{
	words_evidence(out, "TLS handshake record at %s, HTTP status %u at %s",
		       PLACE(c, c->hello->tls.hello_hop, c->hello->tls.hello_ns), c->status,
		       SEEN(c, HM_WHAT_DATA, c->hello->answer_ns));
}

static void tell_tls_on_plain(const struct hm_case *c, struct hm_verdict *out)
{
	char server[HM_WHO_LEN];

	at_server(c, out);
	words_say(
		out,
		"The network carried both: the client began a TLS handshake, and %s answered it in "
		"plain HTTP.",
		who_server(c, server));
	tell_both_seen(c, out);
	tell_server_doubt(c, "answered", out);
	words_advise(out, "Use http:// for this port, or let %s speak TLS on it.", server);
}

/*
 * Without a handshake record: that none was missed is an absence. A shorter segment may begin one.
 */
bool plain_on_tls(const struct hm_case *c)
{
	return c->alert && !c->hello && !c->tls && c->alert->tls.alert_from_server &&
	       c->alert->tls.alert_first && c->alert->request_ns &&
	       c->alert->request_ns < c->alert->tls.alert_ns &&
	       c->alert->request_len >= TLS_RECORD_HEADER;
}

/* Text, and the beginning of no PROXY header; binary ones and SSLv2 begin with no letter. */
static bool is_text(const struct hm_marker *m)
{
	static const char header[] = "PROXY ";
	size_t len = m->len < sizeof(header) - 1 ? m->len : sizeof(header) - 1;

	return m->bytes[0] >= ' ' && m->bytes[0] <= '~' && memcmp(m->bytes, header, len);
}

/* The connection's first bytes are HTTP, or the marker: nothing stands before a handshake then. */
static bool begins_in_clear(const struct hm_case *c)
{
	const struct hm_leg *leg = c->alert;

	if (leg->request_class == HM_CLASS_HTTP_REQUEST ||
	    leg->request_class == HM_CLASS_HTTP_PROXY)
		return true;
	return leg->marker_ns && leg->has_syn && leg->marker_seq == leg->isn_client + 1 &&
	       leg->marker_id < c->scene->marker_count &&
	       is_text(&c->scene->markers[leg->marker_id]);
}

static bool clear_on_tls(const struct hm_case *c)
{
	return plain_on_tls(c) && begins_in_clear(c);
}

/* Clear text may be passed on by HTTP/1 connections as well. */
static bool clear_on_tls_for_sure(const struct hm_case *c)
{
	return clear_on_tls(c) && server_speaks(c) && !c->reader_hides;
}

void tell_alert_met(const struct hm_case *c, struct hm_verdict *out)
{
	words_evidence(out, "request at %s, TLS alert %u, %s, at %s",
		       PLACE(c, c->alert->request_hop, c->alert->request_ns), c->alert->tls.alert,
		       alert_name(c->alert->tls.alert),
		       PLACE(c, c->alert->tls.alert_hop, c->alert->tls.alert_ns));
}

static void tell_clear_on_tls(const struct hm_case *c, struct hm_verdict *out)
{
	char server[HM_WHO_LEN];

	at_server(c, out);
	words_say(out,
		  "The network carried both: the client spoke in clear, and %s answered with a TLS "
		  "alert.",
		  who_server(c, server));
	tell_alert_met(c, out);
	if (server_speaks(c) && c->reader_hides)
		words_why(out, "it may have passed on what another said, which it asked meanwhile");
	else
		tell_server_doubt(c, "answered", out);
	words_advise(out, "Use TLS (https://) for this port of %s.", server);
}

static void tell_other_on_tls(const struct hm_case *c, struct hm_verdict *out)
{
	char server[HM_WHO_LEN];

	at_server(c, out);
	words_say(out,
		  "The network carried both: %s answered the client's first bytes, which are no "
		  "TLS record, with the TLS alert %s.",
		  who_server(c, server), alert_name(c->alert->tls.alert));
	tell_alert_met(c, out);
	words_why(out, "what the client sent is not known: text, or a handshake in another form");
	words_advise(out,
		     "See what the client sends first. A PROXY header (send-proxy) before its TLS "
		     "handshake: does %s expect it, and accept the handshake behind it? An SSLv2 "
		     "hello: it is too old.",
		     server);
	words_advise(out, "If it speaks in clear, use TLS for this port of %s.", server);
}

static const struct hm_rule rows[] = {
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, tls_on_plain_for_sure,
	 tell_tls_on_plain},
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_SIGHT, tls_on_plain,
	 tell_tls_on_plain},
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE, clear_on_tls_for_sure,
	 tell_clear_on_tls},
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, clear_on_tls,
	 tell_clear_on_tls},
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, plain_on_tls,
	 tell_other_on_tls},
	{HM_TLS_ALERT, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, alert_for_sure, tell_alert},
	{HM_TLS_ALERT, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_SIGHT, is_alert, tell_alert},
};
const struct hm_rules rules_tls = {rows, HM_ARRAY_SIZE(rows), NULL};
