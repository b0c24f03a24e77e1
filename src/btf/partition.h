/* SPDX-License-Identifier: Apache-2.0 */
/* A set of numbers cut into ever smaller sets: what is needed to tell apart the nodes of a graph.
 */
#ifndef SKEP_BTF_PARTITION_H
#define SKEP_BTF_PARTITION_H

#include "base/arena.h"

/* Elements 0 to count - 1. elements[firsts[s] .. pasts[s] - 1] are those of set s. */
struct skep_partition {
	uint32_t *elements, *places; /* each other's inverse */
	uint32_t *sets;              /* by element */
	uint32_t *firsts, *pasts;    /* by set */
	uint32_t *marked;            /* by set: how many of its first elements are marked */
	uint32_t *touched;           /* sets with marked elements */
	uint32_t count, set_count, touched_count;
};

/* Begins with the sets that `sets` says by element: numbers below `set_count`, each of which is
 * there. False: no memory. */
bool skep_partition_init(struct skep_partition *partition, struct skep_arena *arena,
			 const uint32_t *sets, uint32_t count, uint32_t set_count);

/* Marks an element that is not marked. */
void skep_partition_mark(struct skep_partition *partition, uint32_t element);

/* Cuts each set that has marked and unmarked elements in two; the smaller part becomes a new set,
 * with the next number. Nothing is marked then. */
void skep_partition_split(struct skep_partition *partition);

/* Edges of a graph: from tails[i] to heads[i], with a label. No node has two edges of one label. */
struct skep_edges {
	uint32_t *tails, *heads, *labels;
	uint32_t count, label_count;
};

/* Splits the sets of nodes until nodes of one set have edges with the same labels to nodes of the
 * same sets: the coarsest such partition. Time is proportional to (nodes + edges) times the
 * logarithm of the edges. False: no memory. */
bool skep_partition_refine(struct skep_partition *nodes, const struct skep_edges *edges,
			   struct skep_arena *scratch);

#endif
