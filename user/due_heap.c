// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs in the order in which something is due on them: binary heaps in fixed arrays, one for
 * judging and one for probing. Called by path.c.
 */
#include "path_inside.h"

static bool sooner(const struct due_heap *heap, const struct leg_state *a,
		   const struct leg_state *b)
{
	uint64_t at = a->due[heap->kind].ns, bt = b->due[heap->kind].ns;

	return at < bt || (at == bt && a->leg.id < b->leg.id);
}

static void put(struct due_heap *heap, uint32_t place, struct leg_state *leg)
{
	heap->at[place] = leg;
	leg->due[heap->kind].place = place;
}

static void rise(struct due_heap *heap, uint32_t place)
{
	struct leg_state *leg = heap->at[place];

	for (; place > 1 && sooner(heap, leg, heap->at[place / 2]); place /= 2)
		put(heap, place, heap->at[place / 2]);
	put(heap, place, leg);
}

static void sink(struct due_heap *heap, uint32_t place)
{
	struct leg_state *leg = heap->at[place];
	uint32_t below;

	for (; (below = 2 * place) <= heap->count; place = below) {
		if (below < heap->count && sooner(heap, heap->at[below + 1], heap->at[below]))
			below++;
		if (!sooner(heap, heap->at[below], leg))
			break;
		put(heap, place, heap->at[below]);
	}
	put(heap, place, leg);
}

static void take_out(struct due_heap *heap, struct leg_state *leg)
{
	uint32_t place = leg->due[heap->kind].place;
	struct leg_state *last = heap->at[heap->count--];

	leg->due[heap->kind].place = 0;
	if (last == leg)
		return;
	put(heap, place, last);
	rise(heap, place);
	sink(heap, last->due[heap->kind].place);
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
	put(heap, ++heap->count, leg);
	rise(heap, heap->count);
}

struct leg_state *due_first(const struct due_heap *heap, uint64_t now_ns)
{
	struct leg_state *leg = heap->count ? heap->at[1] : NULL;

	return leg && leg->due[heap->kind].ns <= now_ns ? leg : NULL;
}
