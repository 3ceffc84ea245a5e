// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs in the order in which something is due on them: binary heaps in arrays that do not grow, one
 * for judging and one for probing. What is compared stands in them: a leg is seldom in a cache.
 * Called by path.c.
 */
#include "path_inside.h"

static bool sooner(struct due a, struct due b)
{
	return a.ns < b.ns || (a.ns == b.ns && a.id < b.id);
}

static void put(struct due_heap *heap, uint32_t place, struct due due)
{
	heap->at[place] = due;
	due.leg->due[heap->kind].place = place;
}

static void rise(struct due_heap *heap, uint32_t place)
{
	struct due due = heap->at[place];

	for (; place > 1 && sooner(due, heap->at[place / 2]); place /= 2)
		put(heap, place, heap->at[place / 2]);
	put(heap, place, due);
}

static void sink(struct due_heap *heap, uint32_t place)
{
	struct due due = heap->at[place];
	uint32_t below;

	for (; (below = 2 * place) <= heap->count; place = below) {
		if (below < heap->count && sooner(heap->at[below + 1], heap->at[below]))
			below++;
		if (!sooner(heap->at[below], due))
			break;
		put(heap, place, heap->at[below]);
	}
	put(heap, place, due);
}

static void take_out(struct due_heap *heap, struct leg_state *leg)
{
	uint32_t place = leg->due[heap->kind].place;
	struct due last = heap->at[heap->count--];

	leg->due[heap->kind].place = 0;
	if (last.leg == leg)
		return;
	put(heap, place, last);
	rise(heap, place);
	sink(heap, last.leg->due[heap->kind].place);
}

void due_set(struct due_heap *heap, struct leg_state *leg, uint64_t ns)
{
	uint32_t place = leg->due[heap->kind].place;

	if (place && ns == leg->due[heap->kind].ns)
		return;
	if (place)
		take_out(heap, leg);
	if (ns == HM_NEVER)
		return;
	leg->due[heap->kind].ns = ns;
	put(heap, ++heap->count, (struct due){ns, leg, leg->leg.id});
	rise(heap, heap->count);
}

struct leg_state *due_first(const struct due_heap *heap, uint64_t now_ns)
{
	return heap->count && heap->at[1].ns <= now_ns ? heap->at[1].leg : NULL;
}
