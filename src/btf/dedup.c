/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of types in, one table without repetitions out. The one idea: types are the nodes of a
 * graph, their references its edges, and two types are the same if no walk along equal edges from
 * both ever meets two nodes that differ by themselves. That is what minimising an automaton finds,
 * cycles included, in n log n (partition.c); nothing is guessed first and checked then. A forward
 * declaration is made one with the definition before, and taken apart again if the definitions turn
 * out to differ. Refuses nothing: the inputs have been checked.
 */
#include "btf/dedup.h"

#include "base/bytes.h"
#include "btf/partition.h"
#include "btf/shape.h"

/* How often declarations and definitions are matched anew, before all those that are not clear are
 * left as they are. Each time ends with fewer matches; more than two is contrived. */
enum { MATCHES_MAX = 4 };

static const uint32_t KFLAG = 1u << 31;
static const uint32_t INT_IS_CHAR = 2u << 24;

/* What a name has been defined as. */
struct definition {
	uint32_t node;  /* the first definition */
	bool ambiguous; /* there is another */
};

/* All types of all inputs, as one graph. Node 0 is void; type `id` of input `i` is node bases[i] +
 * id. */
struct graph {
	const struct skep_btf_merge *inputs;
	uint32_t input_count;
	uint32_t *bases;
	uint32_t node_count; /* with void */
	uint32_t *words;     /* of all types: names are offsets in `writer`, ids are nodes */
	uint32_t *starts;    /* by node: index in words */
	uint32_t *aliases;   /* by node: the node that it is replaced by, or itself */
	uint32_t *groups;    /* by node: equal for those that are equal by themselves */
	uint32_t group_count;
	uint32_t *classes; /* by node: the result */
	struct definition *definitions;
	uint32_t *defined; /* by node: index of the definition of its name + 1, or 0 */
	uint32_t definition_count;
	bool loose; /* what declarations may differ in means nothing */
	struct skep_btf_writer *writer;
	struct skep_arena *scratch;
	struct skep_log *log;
};

static uint32_t *numbers(const struct graph *graph, uint32_t count)
{
	return skep_arena_array(graph->scratch, count, sizeof(uint32_t));
}

static int no_memory(const struct graph *graph)
{
	return skep_fail_memory(graph->log, "comparing types");
}

static const uint32_t *words_of(const struct graph *graph, uint32_t node)
{
	return graph->words + graph->starts[node];
}

static uint32_t kind_of(const struct graph *graph, uint32_t node)
{
	return node == 0 ? SKEP_BTF_VOID : skep_btf_info_kind(words_of(graph, node)[SKEP_BTF_INFO]);
}

/* -------------------------------------------------------------------------------- one graph */

/* Copies one input's types; each of its strings is looked up once. */
static int flatten_input(struct graph *graph, uint32_t input, uint32_t *at)
{
	const struct skep_btf *btf = graph->inputs[input].btf;
	uint32_t *names = numbers(graph, btf->strings_size);

	if (names == NULL)
		return no_memory(graph);
	for (uint32_t id = 1; id <= btf->count; id++) {
		const uint32_t *words = skep_btf_words(btf, id);
		struct skep_btf_walk walk = skep_btf_walk(words);

		graph->starts[graph->bases[input] + id] = *at;
		for (; walk.index < walk.count; skep_btf_step(&walk)) {
			uint32_t word = words[walk.index];

			if (walk.role == SKEP_BTF_REF && word != 0)
				word += graph->bases[input];
			if (walk.role == SKEP_BTF_TEXT && word != 0) {
				const char *text = skep_btf_string(btf, word);

				if (names[word] == 0)
					SKEP_TRY(skep_btf_writer_string(graph->writer, text,
									skep_text_size(text),
									&names[word]));
				word = names[word];
			}
			graph->words[(*at)++] = word;
		}
	}
	return 0;
}

static int flatten(struct graph *graph)
{
	uint64_t nodes = 1, words = 0;
	uint32_t at = 0;

	graph->bases = numbers(graph, graph->input_count);
	if (graph->bases == NULL)
		return no_memory(graph);
	for (uint32_t i = 0; i < graph->input_count; i++) {
		const struct skep_btf *btf = graph->inputs[i].btf;

		graph->bases[i] = (uint32_t)(nodes - 1);
		nodes += btf->count;
		for (uint32_t id = 1; id <= btf->count; id++)
			words += skep_btf_walk(skep_btf_words(btf, id)).count;
		if (words > UINT32_MAX / 8)
			return skep_fail(graph->log, SKEP_E2BIG, SKEP_NO_INSN,
					 "there are too many types\nless than 2 GiB of them\n"
					 "leave inputs out");
	}
	graph->node_count = (uint32_t)nodes;
	graph->words = numbers(graph, (uint32_t)words);
	graph->starts = numbers(graph, graph->node_count);
	graph->aliases = numbers(graph, graph->node_count);
	graph->groups = numbers(graph, graph->node_count);
	graph->classes = numbers(graph, graph->node_count);
	graph->defined = numbers(graph, graph->node_count);
	if (graph->words == NULL || graph->starts == NULL || graph->aliases == NULL ||
	    graph->groups == NULL || graph->classes == NULL || graph->defined == NULL)
		return no_memory(graph);
	for (uint32_t node = 0; node < graph->node_count; node++)
		graph->aliases[node] = node;
	for (uint32_t i = 0; i < graph->input_count; i++)
		SKEP_TRY(flatten_input(graph, i, &at));
	return 0;
}

/* ----------------------------------------------------------------------------------- aliases */

/* Follows each node's alias to its end. */
static void follow_aliases(struct graph *graph)
{
	for (uint32_t node = 0; node < graph->node_count; node++) {
		uint32_t end = node;

		for (uint32_t step = 0; graph->aliases[end] != end && step < graph->node_count;
		     step++)
			end = graph->aliases[end];
		/* What was passed leads to the same end: shorten the way, so that long chains are
		 * walked once. */
		for (uint32_t at = node; graph->aliases[at] != end && at != end;) {
			const uint32_t next = graph->aliases[at];

			graph->aliases[at] = end;
			at = next;
		}
	}
}

static bool means_nothing(uint32_t kind)
{
	return kind == SKEP_BTF_TYPEDEF || kind == SKEP_BTF_CONST || kind == SKEP_BTF_VOLATILE ||
	       kind == SKEP_BTF_RESTRICT || kind == SKEP_BTF_TYPE_TAG;
}

/* Takes out of a type what declarations and definitions may differ in, or compilers do: names of
 * parameters, the type that counts an array's elements, what integers are called. */
static void loosen(struct graph *graph, uint32_t node)
{
	uint32_t *words = graph->words + graph->starts[node];
	struct skep_btf_walk walk = skep_btf_walk(words);

	if (means_nothing(walk.kind))
		graph->aliases[node] = words[SKEP_BTF_SIZE];
	if (walk.kind == SKEP_BTF_ARRAY)
		words[SKEP_BTF_MORE + 1] = 0;
	if (walk.kind == SKEP_BTF_INT)
		words[SKEP_BTF_MORE] &= ~INT_IS_CHAR;
	if (walk.kind != SKEP_BTF_INT && walk.kind != SKEP_BTF_FUNC_PROTO)
		return;
	for (; walk.index < walk.count; skep_btf_step(&walk))
		if (walk.role == SKEP_BTF_TEXT)
			words[walk.index] = 0;
}

/* Sets the aliases that do not depend on what types are like. Tags go where what they tag goes. */
static void set_aliases(struct graph *graph, const struct skep_btf_alias *aliases, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t from = graph->bases[aliases[i].input] + aliases[i].id;

		graph->aliases[from] = aliases[i].to_id == 0 ? 0
							     : graph->bases[aliases[i].to_input] +
								       aliases[i].to_id;
	}
	for (uint32_t node = 1; graph->loose && node < graph->node_count; node++)
		loosen(graph, node);
	follow_aliases(graph);
	for (uint32_t node = 1; node < graph->node_count; node++)
		if (kind_of(graph, node) == SKEP_BTF_DECL_TAG &&
		    graph->aliases[words_of(graph, node)[SKEP_BTF_SIZE]] == 0)
			graph->aliases[node] = 0;
}

/* ------------------------------------------------------------------------------------ groups */

static bool is_alike(const void *ctx, uint32_t node, const void *key)
{
	const struct graph *graph = ctx;
	const uint32_t *a = words_of(graph, node), *b = words_of(graph, *(const uint32_t *)key);
	struct skep_btf_walk walk = skep_btf_walk(a);

	if (a[SKEP_BTF_INFO] != b[SKEP_BTF_INFO])
		return false;
	for (; walk.index < walk.count; skep_btf_step(&walk))
		if (walk.role != SKEP_BTF_REF && a[walk.index] != b[walk.index])
			return false;
	return true;
}

static uint64_t hash_node(const struct graph *graph, uint32_t node)
{
	const uint32_t *words = words_of(graph, node);
	struct skep_btf_walk walk = skep_btf_walk(words);
	struct skep_hash hash;

	skep_hash_begin(&hash);
	for (; walk.index < walk.count; skep_btf_step(&walk))
		if (walk.role != SKEP_BTF_REF)
			skep_hash_number(&hash, words[walk.index]);
	return skep_hash_end(&hash);
}

/* Variables and sections are things, not types: each is one. */
static bool is_thing(uint32_t kind)
{
	return kind == SKEP_BTF_VAR || kind == SKEP_BTF_DATASEC;
}

static int group(struct graph *graph)
{
	struct skep_trie alike = { 0 };

	graph->group_count = 1; /* void */
	for (uint32_t node = 1; node < graph->node_count; node++) {
		const uint32_t *first = &node;

		if (!is_thing(kind_of(graph, node)) || graph->loose)
			first = skep_trie_add(&alike, graph->scratch, hash_node(graph, node),
					      is_alike, graph, &node, node, NULL);
		if (first == NULL)
			return no_memory(graph);
		graph->groups[node] = *first == node ? graph->group_count++ : graph->groups[*first];
	}
	return 0;
}

/* --------------------------------------------------------------- declarations and definitions */

/* Kinds that one declaration can stand for get one number, others 0. */
static uint32_t family(const struct graph *graph, uint32_t node)
{
	const uint32_t kind = kind_of(graph, node);

	switch (kind) {
	case SKEP_BTF_STRUCT: return 1;
	case SKEP_BTF_UNION: return 2;
	case SKEP_BTF_FWD: return (words_of(graph, node)[SKEP_BTF_INFO] & KFLAG) != 0 ? 2 : 1;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: return 3;
	default: return 0;
	}
}

static bool is_declaration(const struct graph *graph, uint32_t node)
{
	const uint32_t kind = kind_of(graph, node);

	return kind == SKEP_BTF_FWD || ((kind == SKEP_BTF_ENUM || kind == SKEP_BTF_ENUM64) &&
					(words_of(graph, node)[SKEP_BTF_INFO] & 0xffff) == 0);
}

static bool is_same_name(const void *ctx, uint32_t definition, const void *key)
{
	const struct graph *graph = ctx;
	const uint32_t a = graph->definitions[definition].node, b = *(const uint32_t *)key;

	return family(graph, a) == family(graph, b) &&
	       words_of(graph, a)[SKEP_BTF_NAME] == words_of(graph, b)[SKEP_BTF_NAME];
}

static uint64_t hash_name(const struct graph *graph, uint32_t node)
{
	struct skep_hash hash;

	skep_hash_begin(&hash);
	skep_hash_number(&hash, (uint64_t)family(graph, node) << 32 |
					words_of(graph, node)[SKEP_BTF_NAME]);
	return skep_hash_end(&hash);
}

/* Finds, for each type that can be declared without its members, the first definition of its name.
 */
static int find_definitions(struct graph *graph)
{
	struct skep_trie names = { 0 };

	graph->definitions =
		skep_arena_array(graph->scratch, graph->node_count, sizeof(struct definition));
	if (graph->definitions == NULL)
		return no_memory(graph);
	for (unsigned pass = 0; pass < 2; pass++) {
		for (uint32_t node = 1; node < graph->node_count; node++) {
			uint32_t *found;
			bool made = false;

			if (family(graph, node) == 0 || graph->aliases[node] != node ||
			    words_of(graph, node)[SKEP_BTF_NAME] == 0 ||
			    is_declaration(graph, node) != (pass == 1))
				continue;
			if (pass == 0)
				graph->definitions[graph->definition_count].node = node;
			found = pass == 0
					? skep_trie_add(&names, graph->scratch,
							hash_name(graph, node), is_same_name, graph,
							&node, graph->definition_count, &made)
					: skep_trie_find(&names, hash_name(graph, node),
							 is_same_name, graph, &node);
			if (found == NULL && pass == 0)
				return no_memory(graph);
			graph->definition_count += made;
			graph->defined[node] = found != NULL ? *found + 1 : 0;
		}
	}
	return 0;
}

/* Marks the definitions whose name means different things, by what `numbers` says of each node.
 * Returns whether there are new ones. */
static bool find_ambiguous(struct graph *graph, const uint32_t *by_node)
{
	bool found = false;

	for (uint32_t node = 1; node < graph->node_count; node++) {
		struct definition *definition;

		if (graph->defined[node] == 0 || is_declaration(graph, node))
			continue;
		definition = &graph->definitions[graph->defined[node] - 1];
		if (!definition->ambiguous && by_node[node] != by_node[definition->node])
			definition->ambiguous = found = true;
	}
	return found;
}

/* Makes each declaration stand for its definition, if that is clear. */
static void match_declarations(struct graph *graph, bool any)
{
	for (uint32_t node = 1; node < graph->node_count; node++) {
		const uint32_t index = graph->defined[node];

		if (index != 0 && is_declaration(graph, node))
			graph->aliases[node] = any && !graph->definitions[index - 1].ambiguous
						       ? graph->definitions[index - 1].node
						       : node;
	}
}

/* ---------------------------------------------------------------------------------- classes */

/* Where an edge leads: aliases of aliases come from declarations. */
static uint32_t target(const struct graph *graph, uint32_t node)
{
	return graph->aliases[graph->aliases[node]];
}

static bool list_edges(const struct graph *graph, struct skep_edges *edges)
{
	uint32_t count = 0;

	for (unsigned pass = 0; pass < 2; pass++) {
		if (pass == 1) {
			edges->tails = numbers(graph, count);
			edges->heads = numbers(graph, count);
			edges->labels = numbers(graph, count);
			if (edges->tails == NULL || edges->heads == NULL || edges->labels == NULL)
				return false;
		}
		for (uint32_t node = 1; node < graph->node_count; node++) {
			const uint32_t *words = words_of(graph, node);
			struct skep_btf_walk walk = skep_btf_walk(words);
			uint32_t label = 0;

			if (graph->aliases[node] != node)
				continue;
			for (; walk.index < walk.count; skep_btf_step(&walk)) {
				if (walk.role != SKEP_BTF_REF)
					continue;
				if (pass == 0) {
					count++;
					continue;
				}
				edges->tails[edges->count] = node;
				edges->heads[edges->count] = target(graph, words[walk.index]);
				edges->labels[edges->count++] = label++;
				if (label > edges->label_count)
					edges->label_count = label;
			}
		}
	}
	return true;
}

static int classify(struct graph *graph)
{
	const struct skep_arena_mark mark = skep_arena_mark(graph->scratch);
	struct skep_edges edges = { 0 };
	struct skep_partition nodes;

	if (!list_edges(graph, &edges) ||
	    !skep_partition_init(&nodes, graph->scratch, graph->groups, graph->node_count,
				 graph->group_count) ||
	    !skep_partition_refine(&nodes, &edges, graph->scratch))
		return no_memory(graph);
	for (uint32_t node = 0; node < graph->node_count; node++)
		graph->classes[node] = nodes.sets[node];
	skep_arena_release(graph->scratch, mark);
	return 0;
}

static int solve(struct graph *graph, const struct skep_btf_alias *aliases, uint32_t alias_count)
{
	SKEP_TRY(flatten(graph));
	set_aliases(graph, aliases, alias_count);
	SKEP_TRY(group(graph));
	SKEP_TRY(find_definitions(graph));
	find_ambiguous(graph, graph->groups);
	for (unsigned match = 0; match <= MATCHES_MAX; match++) {
		match_declarations(graph, match < MATCHES_MAX);
		SKEP_TRY(classify(graph));
		if (!find_ambiguous(graph, graph->classes))
			break;
	}
	return 0;
}

/* ----------------------------------------------------------------------------------- results */

/* Writes the first node of each class; leaves the id of each class in `ids`. */
static int write_classes(struct graph *graph, uint32_t *ids)
{
	uint32_t id = 0;

	for (uint32_t node = 1; node < graph->node_count; node++)
		if (graph->aliases[node] == node && ids[graph->classes[node]] == 0)
			ids[graph->classes[node]] = ++id;
	for (uint32_t node = 1; node < graph->node_count; node++) {
		uint32_t *words = graph->words + graph->starts[node];
		struct skep_btf_walk walk = skep_btf_walk(words);

		if (graph->aliases[node] != node ||
		    ids[graph->classes[node]] != graph->writer->count + 1)
			continue;
		for (; walk.index < walk.count; skep_btf_step(&walk)) {
			const uint32_t to =
				walk.role == SKEP_BTF_REF ? target(graph, words[walk.index]) : 0;

			if (walk.role == SKEP_BTF_REF)
				words[walk.index] = to == 0 ? 0 : ids[graph->classes[to]];
		}
		SKEP_TRY(skep_btf_writer_add(graph->writer, words, &id));
	}
	return 0;
}

/* Says of each input's types what they became; `ids` is by class, NULL: the class itself. */
static void give_ids(const struct graph *graph, struct skep_btf_merge *inputs, const uint32_t *ids)
{
	for (uint32_t i = 0; i < graph->input_count; i++) {
		inputs[i].ids[0] = 0;
		for (uint32_t id = 1; id <= inputs[i].btf->count; id++) {
			const uint32_t node = target(graph, graph->bases[i] + id);
			const uint32_t class = graph->classes[node];

			inputs[i].ids[id] = node == 0 ? 0 : ids != NULL ? ids[class] : class;
		}
	}
}

int skep_btf_dedup(struct skep_btf_merge *inputs, uint32_t count,
		   const struct skep_btf_alias *aliases, uint32_t alias_count,
		   struct skep_arena *scratch, struct skep_btf_writer *out)
{
	struct graph graph = { .inputs = inputs,
			       .input_count = count,
			       .writer = out,
			       .scratch = scratch,
			       .log = out->log };
	uint32_t *ids;

	SKEP_TRY(solve(&graph, aliases, alias_count));
	ids = numbers(&graph, graph.node_count);
	if (ids == NULL)
		return no_memory(&graph);
	SKEP_TRY(write_classes(&graph, ids));
	give_ids(&graph, inputs, ids);
	return 0;
}

int skep_btf_classify(struct skep_btf_merge *inputs, uint32_t count, struct skep_arena *scratch,
		      struct skep_log *log)
{
	struct skep_btf_writer names;
	struct graph graph = { .inputs = inputs,
			       .input_count = count,
			       .loose = true,
			       .writer = &names,
			       .scratch = scratch,
			       .log = log };

	SKEP_TRY(skep_btf_writer_init(&names, scratch, log));
	SKEP_TRY(solve(&graph, NULL, 0));
	give_ids(&graph, inputs, NULL);
	return 0;
}
