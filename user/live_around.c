// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who else is at the hooks of the watched interfaces, and which hooks see nothing. Everything here
 * works without rights: tcx and XDP programs by an iterator made before, filters and counters by
 * netlink. Only the name of an XDP program where no link of tcx is, is asked for while there are
 * rights; one that comes later has its number. Called by live_watch.c and source_live.c. See
 * live.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "live.h"
#include "neighbours.h"
#include "tc.h"

#define LOOK_EVERY_NS 100000000ULL
#define LOOK_RARELY_NS 1000000000ULL
#define LOOK_STALE_NS 3000000000ULL /* what was looked at so long ago is not known any more */
#define LOOK_SHARE 200 /* of this many parts of the time looking takes one, from LOOK_EVERY_NS on */
#define MAX_NEIGHBOURS 32 /* at one hook; further ones are not told apart */
#define TEXT_LEN (HM_NAME_LEN * 2)

struct look { /* one look at everything */
	struct hm_live *live;
	const struct hm_live_ns *in; /* the namespace under way */
	struct hm_chain_rec *chain; /* of every interface */
	int chain_count; /* -errno: they could not be read */
	struct hm_iface *ifaces; /* of the namespace under way */
	uint32_t iface_count;
	uint64_t now_ns;
};

struct row { /* of neighbours, at one hook */
	struct hm_neighbour at[MAX_NEIGHBOURS];
	uint32_t count;
	uint32_t own_prog; /* of a clsact filter of ours; 0: ours is a link */
};

static struct hm_neighbour *add(struct row *row, int kind, uint32_t id, const char *name)
{
	static struct hm_neighbour beyond;
	struct hm_neighbour *n = row->count < MAX_NEIGHBOURS ? &row->at[row->count++] : &beyond;

	*n = (struct hm_neighbour){ .kind = kind, .id = id };
	snprintf(n->name, sizeof(n->name), "%s", name);
	return n;
}

/* Who stands in the chain of a link, which may be ours, the XDP program first of all. */
static void add_chain(const struct look *look, uint32_t link_id, bool ours, struct row *row)
{
	for (int i = 0; i < look->chain_count; i++) {
		const struct hm_chain_rec *rec = &look->chain[i];
		char name[sizeof(rec->name) + 1] = "";
		struct hm_neighbour *n;

		if (rec->link_id != link_id)
			continue;
		memcpy(name, rec->name, sizeof(rec->name));
		n = add(row, rec->hook == HM_HOOK_XDP ? HM_NEIGHBOUR_XDP : HM_NEIGHBOUR_TC,
			rec->prog_id, name);
		n->own = ours && rec->own;
	}
}

/* A link of somebody in the chain of tcx that runs before a filter of ours; 0: none. */
static uint32_t link_before(const struct look *look, const struct hm_hop *hop)
{
	for (int i = 0; i < look->chain_count; i++) {
		const struct hm_chain_rec *rec = &look->chain[i];

		if (rec->hook == hop->hook && rec->ifindex == hop->ifindex &&
		    rec->netns == hop->netns)
			return rec->link_id;
	}
	return 0;
}

/* "" where it is not known any more; the iterator tells those in the chain of a link. */
static const char *name_at_start(struct hm_live *live, uint32_t id)
{
	struct hm_live_name *n = live->xdp, *end = live->xdp + live->xdp_count;

	while (n < end && n->id != id)
		n++;
	if (n < end)
		return n->name;
	if (live->sealed || n == live->xdp + HM_LIVE_NAMES || program_name(id, n->name))
		return "";
	n->id = id;
	live->xdp_count++;
	return n->name;
}

/* Those whose place is before every filter: XDP and tcx, with our link if we have one. */
static void add_programs(const struct look *look, const struct hm_iface *iface,
			 const struct hm_hop *hop, uint32_t own_link, struct row *row)
{
	uint32_t link = own_link ? own_link : link_before(look, hop);

	if (link)
		add_chain(look, link, own_link != 0, row);
	if (!row->count && iface->xdp_id && hop->hook == HM_HOOK_TC_IN)
		add(row, HM_NEIGHBOUR_XDP, iface->xdp_id,
		    name_at_start(look->live, iface->xdp_id));
}

static void on_filter(void *arg, const struct hm_tc_filter *filter)
{
	struct row *row = arg;
	const char *name = filter->name[0] ? filter->name : filter->kind;
	struct hm_neighbour *n;

	if (!filter->handle)
		return; /* the classifier; its filters follow */
	n = add(row, HM_NEIGHBOUR_FILTER, filter->prog_id, name);
	n->own = row->own_prog && filter->prog_id == row->own_prog;
}

/*
 * Fills who is before and after one hop. 0; -errno: what is known is not whole, nothing is filled.
 */
static int look_at_programs(const struct look *look, const struct hm_iface *iface,
			    struct hm_hop *hop)
{
	bool filter;
	uint32_t id = loader_device_id(look->live->loader, look->in->instance, hop->ifindex,
				       hop->hook, &filter);
	struct hm_tc_chain chain = { .ifindex = hop->ifindex, .out = hop->hook == HM_HOOK_TC_OUT };
	struct row row = { .own_prog = filter ? id : 0 };
	int err = look->chain_count < 0 ? look->chain_count : 0;

	if (!err) {
		add_programs(look, iface, hop, filter ? 0 : id, &row);
		err = tc_filters(look->in->route_fd, &chain, on_filter, &row);
	}
	if (!err)
		neighbours_sum(row.at, row.count, hop->before, hop->after);
	return err;
}

/*
 * What both have counted since the hop was first looked at. 0; -errno: not known, nothing is
 * filled.
 */
static int look_at_packets(const struct look *look, const struct hm_iface *iface, uint32_t at,
			    struct hm_hop *hop)
{
	struct hm_live_base *base = &look->live->base[at];
	bool in = hop->hook == HM_HOOK_TC_IN;
	uint64_t device = in ? iface->rx_packets : iface->tx_packets;
	struct hm_passage passage = { .kind = iface->kind, .in = in, .kept = hop->before[0] };
	uint64_t seen;
	int err = live_packets(look->live, look->in->instance, hop, &seen);

	if (err)
		return err;
	if (!base->known || device < base->device) { /* counters may be set back */
		base->known = true;
		base->device = device;
		base->hop = seen;
	}
	passage.device = device - base->device;
	passage.hop = seen - base->hop;
	hop->blind = neighbours_blind(&passage);
	if (hop->blind && !base->told)
		base->told = passage.device;
	return 0;
}

static bool is_doubtful(const struct hm_hop *hop)
{
	return hop->blind || hop->before[0] || hop->before_unknown;
}

/* Why the hop may be blind, as a line under "not watched". */
static void why(const struct hm_live *live, uint32_t at, const struct hm_hop *hop,
		char out[TEXT_LEN])
{
	unsigned long long told = live->base[at].told;

	if (!hop->blind && hop->before[0])
		snprintf(out, TEXT_LEN, "%s runs first and may keep packets from it", hop->before);
	else if (!hop->blind)
		snprintf(out, TEXT_LEN, "who runs first there is not known");
	else if (hop->before[0])
		snprintf(out, TEXT_LEN, "saw 0 of %llu packets; %s runs first", told, hop->before);
	else
		snprintf(out, TEXT_LEN, "saw 0 of %llu packets; are they offloaded to hardware?",
			 told);
}

/* What the hop was doubted for is over. */
static void clear(struct hm_live *live, uint32_t at, uint64_t now_ns)
{
	struct hm_hop *hop = &live->scene.hops[at];
	const char *what = hop->blind ? "it saw no packet" : "who runs first was not known";
	char text[TEXT_LEN];

	hop->clear_ns = now_ns;
	snprintf(text, sizeof(text), "for a time, when %s", hop->before[0] ? hop->before : what);
	scene_not_watched(&live->scene, hop->name, text);
}

/* What has changed since the last look. */
static void tell(struct hm_live *live, uint32_t at, const struct hm_hop *now, uint64_t now_ns)
{
	struct hm_scene *scene = &live->scene;
	struct hm_hop *hop = &scene->hops[at];
	bool was = is_doubtful(hop), is = is_doubtful(now);
	char text[TEXT_LEN];

	if (hop->blind == now->blind && hop->before_unknown == now->before_unknown &&
	    !strcmp(hop->before, now->before) && !strcmp(hop->after, now->after))
		return;
	if (was) {
		why(live, at, hop, text);
		scene_watched_again(scene, hop->name, text);
	}
	if (was && !is)
		clear(live, at, now_ns);
	hop->blind = now->blind;
	hop->before_unknown = now->before_unknown;
	memcpy(hop->before, now->before, sizeof(hop->before));
	memcpy(hop->after, now->after, sizeof(hop->after));
	if (is) {
		if (!hop->doubt_ns)
			hop->doubt_ns =
				live->base[at].looked_ns ? live->base[at].looked_ns : now_ns;
		hop->clear_ns = 0;
		why(live, at, hop, text);
		scene_not_watched(scene, hop->name, text);
	}
	scene->hop_changes++;
}

/* Until somebody has looked, doubt is all there is; no row tells it, the look comes soon. */
void live_not_looked_yet(struct hm_live *live, int at)
{
	struct hm_hop *hop = &live->scene.hops[at];
	uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);

	live->base[at] = (struct hm_live_base){ .attached_ns = now_ns };
	if (!hop->doubt_ns)
		hop->doubt_ns = now_ns;
	hop->clear_ns = 0;
}

/* The first look found nobody: nobody was there meanwhile either, as between any two looks. */
static void end_wait(struct hm_live *live, uint32_t at, uint64_t now_ns)
{
	struct hm_hop *hop = &live->scene.hops[at];

	if (hop->doubt_ns == live->base[at].attached_ns)
		hop->doubt_ns = 0;
	else
		hop->clear_ns = now_ns;
	live->scene.hop_changes++;
}

static void look_at_hop(const struct look *look, const struct hm_iface *iface, enum hm_hook hook)
{
	struct hm_live *live = look->live;
	int at = live_hop(live, look->in->ns.inum, hook, iface->ifindex);
	struct hm_hop now;

	if (at < 0 || live->scene.hops[at].gone_ns)
		return;
	now = live->scene.hops[at];
	if (look_at_programs(look, iface, &now) || look_at_packets(look, iface, at, &now))
		return; /* as before: a neighbour that was not seen now may still be there */
	now.before_unknown = false;
	if (!live->base[at].looked_ns && !is_doubtful(&live->scene.hops[at]) && !is_doubtful(&now))
		end_wait(live, at, look->now_ns);
	live->base[at].looked_ns = look->now_ns;
	tell(live, at, &now, look->now_ns);
}

/* Where nobody could look for a while, somebody may have come whom nobody has seen. */
static void doubt_unseen(struct hm_live *live, uint64_t now_ns)
{
	for (uint32_t i = 0; i < live->scene.hop_count; i++) {
		struct hm_hop now = live->scene.hops[i];

		if ((now.hook != HM_HOOK_TC_IN && now.hook != HM_HOOK_TC_OUT) || now.gone_ns ||
		    now_ns < live->base[i].looked_ns + LOOK_STALE_NS)
			continue;
		now.before_unknown = true;
		tell(live, i, &now, now_ns);
	}
}

static int on_iface(void *arg, const struct hm_iface *iface)
{
	struct look *look = arg;
	struct hm_iface *more = reallocarray(look->ifaces, look->iface_count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	look->ifaces = more;
	more[look->iface_count++] = *iface;
	return 0;
}

static void look_at_namespace(struct look *look)
{
	look->iface_count = 0;
	if (look->in->route_fd < 0 ||
	    netlink_interfaces_of(look->in->route_fd, on_iface, look))
		return; /* as before: what is not known now is not told anew */
	for (uint32_t i = 0; i < look->iface_count; i++) {
		look_at_hop(look, &look->ifaces[i], HM_HOOK_TC_IN);
		look_at_hop(look, &look->ifaces[i], HM_HOOK_TC_OUT);
	}
}

/* A look at a hundred interfaces takes milliseconds: then it is taken less often. */
static uint64_t pause_after(uint64_t cpu_ns)
{
	uint64_t pause = cpu_ns * LOOK_SHARE;

	if (pause < LOOK_EVERY_NS)
		return LOOK_EVERY_NS;
	return pause < LOOK_RARELY_NS ? pause : LOOK_RARELY_NS;
}

void live_look_around(struct hm_live *live)
{
	struct look look = { .live = live, .now_ns = clock_ns(CLOCK_BOOTTIME) };
	uint64_t cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	if (look.now_ns < live->look_next_ns && !live->scene.end_mono_ns)
		return;
	look.chain_count = loader_chains(live->loader, &look.chain);
	for (uint32_t i = 0; i < live->ns_count; i++) {
		look.in = &live->ns[i];
		look_at_namespace(&look);
	}
	free(look.ifaces);
	free(look.chain);
	doubt_unseen(live, look.now_ns);
	live->look_next_ns =
		look.now_ns + pause_after(clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns);
}
