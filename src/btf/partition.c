/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A graph and a first guess of which nodes are alike in, the coarsest partition that its edges bear
 * out out. Two partitions refine each other, of the nodes and of the edges, and whatever is split
 * off is the smaller part: the algorithm of Valmari, "Fast brief practical DFA minimization"
 * (2012), after Hopcroft. No graph makes it quadratic.
 */
#include "btf/partition.h"

static uint32_t *numbers(struct skep_arena *arena, uint32_t count)
{
	return skep_arena_array(arena, count, sizeof(uint32_t));
}

/* Counting sort: order[starts[k] .. starts[k + 1] - 1] become the indices whose key is k, in
 * ascending order. `starts` has key_count + 2 elements, all 0. */
static void sort(const uint32_t *keys, uint32_t count, uint32_t key_count, uint32_t *starts,
		 uint32_t *order)
{
	for (uint32_t i = 0; i < count; i++)
		starts[keys[i] + 2]++;
	for (uint32_t k = 2; k <= key_count; k++)
		starts[k] += starts[k - 1];
	for (uint32_t i = 0; i < count; i++)
		order[starts[keys[i] + 1]++] = i;
}

bool skep_partition_init(struct skep_partition *partition, struct skep_arena *arena,
			 const uint32_t *sets, uint32_t count, uint32_t set_count)
{
	uint32_t *starts = numbers(arena, set_count + 2);
	struct skep_partition made = {
		.elements = numbers(arena, count),
		.places = numbers(arena, count),
		.sets = numbers(arena, count),
		.firsts = numbers(arena, count),
		.pasts = numbers(arena, count),
		.marked = numbers(arena, count),
		.touched = numbers(arena, count),
		.count = count,
		.set_count = set_count,
	};

	if (starts == NULL || made.elements == NULL || made.places == NULL || made.sets == NULL ||
	    made.firsts == NULL || made.pasts == NULL || made.marked == NULL ||
	    made.touched == NULL)
		return false;
	sort(sets, count, set_count, starts, made.elements);
	for (uint32_t s = 0; s < set_count; s++) {
		made.firsts[s] = starts[s];
		made.pasts[s] = starts[s + 1];
	}
	for (uint32_t i = 0; i < count; i++) {
		made.sets[i] = sets[i];
		made.places[made.elements[i]] = i;
	}
	*partition = made;
	return true;
}

void skep_partition_mark(struct skep_partition *partition, uint32_t element)
{
	const uint32_t set = partition->sets[element], from = partition->places[element],
		       to = partition->firsts[set] + partition->marked[set],
		       other = partition->elements[to];

	partition->elements[from] = other;
	partition->places[other] = from;
	partition->elements[to] = element;
	partition->places[element] = to;
	if (partition->marked[set]++ == 0)
		partition->touched[partition->touched_count++] = set;
}

void skep_partition_split(struct skep_partition *partition)
{
	while (partition->touched_count > 0) {
		const uint32_t set = partition->touched[--partition->touched_count],
			       middle = partition->firsts[set] + partition->marked[set],
			       added = partition->set_count;
		const bool is_smaller = partition->marked[set] <= partition->pasts[set] - middle;

		partition->marked[set] = 0;
		if (middle == partition->pasts[set])
			continue;
		partition->firsts[added] = is_smaller ? partition->firsts[set] : middle;
		partition->pasts[added] = is_smaller ? middle : partition->pasts[set];
		if (is_smaller)
			partition->firsts[set] = middle;
		else
			partition->pasts[set] = middle;
		for (uint32_t i = partition->firsts[added]; i < partition->pasts[added]; i++)
			partition->sets[partition->elements[i]] = added;
		partition->set_count++;
	}
}

/* Numbers the labels that there are from 0 on. */
static bool pack_labels(const struct skep_edges *edges, struct skep_arena *arena, uint32_t *labels,
			uint32_t *count)
{
	uint32_t *packed = numbers(arena, edges->label_count);

	if (packed == NULL)
		return false;
	*count = 0;
	for (uint32_t i = 0; i < edges->count; i++) {
		if (packed[edges->labels[i]] == 0)
			packed[edges->labels[i]] = ++*count;
		labels[i] = packed[edges->labels[i]] - 1;
	}
	return true;
}

bool skep_partition_refine(struct skep_partition *nodes, const struct skep_edges *edges,
			   struct skep_arena *scratch)
{
	uint32_t *labels = numbers(scratch, edges->count), *into = numbers(scratch, edges->count),
		 *starts = numbers(scratch, nodes->count + 2);
	struct skep_partition cords;
	uint32_t label_count, next_node_set = 0;

	if (labels == NULL || into == NULL || starts == NULL ||
	    !pack_labels(edges, scratch, labels, &label_count) ||
	    !skep_partition_init(&cords, scratch, labels, edges->count, label_count))
		return false;
	sort(edges->heads, edges->count, nodes->count, starts, into);
	for (uint32_t cord = 0;; cord++) {
		/* Edges are told apart by the sets they lead to ... */
		for (; next_node_set < nodes->set_count; next_node_set++) {
			for (uint32_t i = nodes->firsts[next_node_set];
			     i < nodes->pasts[next_node_set]; i++) {
				const uint32_t head = nodes->elements[i];

				for (uint32_t k = starts[head]; k < starts[head + 1]; k++)
					skep_partition_mark(&cords, into[k]);
			}
			skep_partition_split(&cords);
		}
		if (cord == cords.set_count)
			return true;
		/* ... and nodes by the edges they have. */
		for (uint32_t i = cords.firsts[cord]; i < cords.pasts[cord]; i++)
			skep_partition_mark(nodes, edges->tails[cords.elements[i]]);
		skep_partition_split(nodes);
	}
}
