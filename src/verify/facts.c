/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of registers before each instruction, over all paths: states of the walk go in, one
 * fact per instruction and register comes out. Kept only where it is asked for, and only for
 * registers that are read there or later; nothing is refused here.
 *
 * A fact is true of every run that comes to its instruction, though not every state that a run goes
 * through was walked. Each state that comes to an instruction is added to the facts of that
 * instruction, before anything of it is forgotten and before it is looked for among those kept. A
 * run begins in the first state. Where the walk of a path goes on, the next state contains what the
 * run then has: that is what the verifier is sound by, and forgetting only makes states larger.
 * Where it stops, because a kept state S contains the current one, S contains what the run has, and
 * S itself was walked from: the run goes on inside the states walked from there. At least one
 * instruction lies between two such stops, so by induction over the length of the run all of it
 * lies inside states that were added. Two things might look like holes:
 *
 *   - A register that nothing reads is dropped from states, and S contains every value of it. Such
 *     a register is SKEP_VALUE_NONE, of which a fact says nothing, and makes ANY of whatever
 *     other paths say of it. A register that an instruction reads is never NONE before it, since
 *     reading nothing is refused.
 *   - Containment compares kind, map, offset, sizes, frame and nullness of pointers, and asks that
 *     at least as many bytes of a packet are proven: all that a fact is made of.
 *
 * A walk that fails leaves facts of no use; the one after it begins anew, since instructions are
 * marked as reached anew. A walk that forgets proves as much as one that does not, and knows less:
 * so a second one that forgets no numbers follows it where facts are wanted, and what the first
 * knew is saved for the case that the second finds no end within its limits.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "verify/verifier.h"

static const uint16_t REGS = (1u << BPF_REG_FP) - 1;

static unsigned count_bits(uint16_t bits)
{
	unsigned count = 0;

	for (; bits != 0; bits &= (uint16_t)(bits - 1))
		count++;
	return count;
}

int skep_facts_make(struct skep_verifier *v)
{
	const uint32_t count = v->code->count;
	uint32_t *first = skep_arena_array(&v->arena, (size_t)count + 1, sizeof(*first));
	uint16_t *live = skep_arena_array(&v->arena, count, sizeof(*live));
	uint32_t total = 0;

	if (first == NULL || live == NULL)
		return skep_explain_memory(v);
	for (uint32_t pc = 0; pc < count; pc++) {
		first[pc] = total;
		if (!(v->marks[pc] & SKEP_MARK_INSN))
			continue;
		live[pc] = v->needs[pc].read & REGS;
		total += count_bits(live[pc]);
	}
	first[count] = total;
	v->facts.regs_first = first;
	v->facts.regs_live = live;
	v->regs = skep_arena_array(&v->arena, total, sizeof(*v->regs));
	v->saved_regs = skep_arena_array(&v->arena, total, sizeof(*v->saved_regs));
	v->saved.insns = skep_arena_array(&v->arena, count, sizeof(*v->saved.insns));
	v->saved.functions =
		skep_arena_array(&v->arena, v->facts.function_count, sizeof(*v->saved.functions));
	if (v->regs == NULL || v->saved_regs == NULL || v->saved.insns == NULL ||
	    v->saved.functions == NULL)
		return skep_explain_memory(v);
	return 0;
}

/* Facts of one walk from one place to another. */
static void copy_facts(const struct skep_verifier *v, struct skep_facts *to,
		       struct skep_fact *to_regs, const struct skep_facts *from,
		       const struct skep_fact *from_regs)
{
	memcpy(to->insns, from->insns, v->code->count * sizeof(*to->insns));
	memcpy(to->functions, from->functions, v->facts.function_count * sizeof(*to->functions));
	memcpy(to_regs, from_regs, v->facts.regs_first[v->code->count] * sizeof(*to_regs));
	to->stack_bytes = from->stack_bytes;
	to->walked_insns = from->walked_insns;
	to->states = from->states;
}

void skep_facts_save(struct skep_verifier *v)
{
	copy_facts(v, &v->saved, v->saved_regs, &v->facts, v->regs);
}

void skep_facts_restore(struct skep_verifier *v)
{
	copy_facts(v, &v->facts, v->regs, &v->saved, v->saved_regs);
}

/* ------------------------------------------------------------------------- from states to facts */

static void set_bounds(struct skep_fact *fact, const struct skep_scalar *number)
{
	fact->umin = number->full.umin;
	fact->umax = number->full.umax;
	fact->smin = number->full.smin;
	fact->smax = number->full.smax;
	fact->bits = number->bits.value;
	fact->unknown = number->bits.mask;
}

/* Bytes of a packet that are proven to be there from the pointer on. */
static uint32_t packet_bytes(const struct skep_value *pointer)
{
	/* With a variable part, nothing proven means not even that the part itself is inside. */
	if ((pointer->id != 0 && pointer->reach == 0) ||
	    pointer->var.full.smin + pointer->off < 0 || pointer->reach <= pointer->off)
		return 0;
	return (uint32_t)(pointer->reach - pointer->off);
}

static struct skep_fact fact_of(const struct skep_verifier *v, const struct skep_value *value)
{
	struct skep_fact fact = { .kind = (enum skep_value_kind)value->kind };
	struct skep_scalar distance = value->var;

	if (fact.kind == SKEP_VALUE_NONE)
		return fact;
	if (skep_value_is_pointer(value) && value->off != 0) {
		const struct skep_scalar off =
			skep_scalar_const((uint64_t)(int64_t)value->off, SKEP_WIDTH);

		skep_scalar_alu(&distance, &off, SKEP_ALU_ADD, false, SKEP_WIDTH);
	}
	set_bounds(&fact, &distance);
	fact.maybe_null = value->maybe_null;
	switch (fact.kind) {
	case SKEP_VALUE_PKT:
	case SKEP_VALUE_PKT_META: fact.size = packet_bytes(value); break;
	case SKEP_VALUE_STACK: fact.frames_up = v->state.frame_count - 1u - value->frame; break;
	case SKEP_VALUE_MAP: fact.map = value->map; break;
	case SKEP_VALUE_MAP_VALUE:
		fact.map = value->map;
		fact.size = v->code->maps[value->map].def.value_size;
		break;
	case SKEP_VALUE_RECORD: fact.size = value->size; break;
	default: break;
	}
	return fact;
}

/* ----------------------------------------------------------------------------------------- join */

static bool is_null(const struct skep_fact *fact)
{
	return fact->kind == SKEP_VALUE_NUMBER && fact->umax == 0;
}

static bool is_pointer(const struct skep_fact *fact)
{
	return fact->kind > SKEP_VALUE_NUMBER && fact->kind != SKEP_VALUE_ANY;
}

static void join_bounds(struct skep_fact *to, const struct skep_fact *from)
{
	if (to->umin > from->umin)
		to->umin = from->umin;
	if (to->umax < from->umax)
		to->umax = from->umax;
	if (to->smin > from->smin)
		to->smin = from->smin;
	if (to->smax < from->smax)
		to->smax = from->smax;
	to->unknown |= from->unknown | (to->bits ^ from->bits);
	to->bits &= ~to->unknown;
}

/* Makes *to true of all that either was true of. */
static void join(struct skep_fact *to, const struct skep_fact *from)
{
	if (is_null(to) && is_pointer(from)) {
		*to = *from;
		to->maybe_null = true;
		return;
	}
	if (is_pointer(to) && is_null(from)) {
		to->maybe_null = true;
		return;
	}
	if (to->kind != from->kind) {
		*to = (struct skep_fact){ .kind = SKEP_VALUE_ANY };
		return;
	}
	join_bounds(to, from);
	to->maybe_null |= from->maybe_null;
	if (to->frames_up != from->frames_up)
		to->frames_up = SKEP_FACT_VARIES;
	if (to->map != from->map)
		to->map = SKEP_FACT_VARIES;
	if (to->size > from->size)
		to->size = from->size;
}

void skep_facts_note(struct skep_verifier *v)
{
	const uint32_t pc = v->state.pc;
	const struct skep_frame *frame = skep_state_frame(&v->state);
	const bool first = !(v->facts.insns[pc] & SKEP_FACT_REACHED);
	struct skep_fact *to = v->regs + v->facts.regs_first[pc];

	for (unsigned reg = 0; reg < BPF_REG_FP; reg++) {
		struct skep_fact fact;

		if (!(v->facts.regs_live[pc] >> reg & 1))
			continue;
		fact = fact_of(v, &frame->regs[reg]);
		if (first)
			*to = fact;
		else
			join(to, &fact);
		to++;
	}
}

int skep_facts_give(struct skep_verifier *v, struct skep_arena *arena, struct skep_facts *out)
{
	const uint32_t count = v->code->count, total = v->facts.regs_first[count];
	uint32_t *first = skep_arena_array(arena, (size_t)count + 1, sizeof(*first));
	uint16_t *live = skep_arena_array(arena, count, sizeof(*live));
	struct skep_fact *regs = skep_arena_array(arena, total, sizeof(*regs));

	if (first == NULL || live == NULL || regs == NULL)
		return skep_fail_memory(v->log, "what was proven of registers");
	memcpy(first, v->facts.regs_first, ((size_t)count + 1) * sizeof(*first));
	memcpy(live, v->facts.regs_live, count * sizeof(*live));
	memcpy(regs, v->regs, total * sizeof(*regs));
	for (uint32_t pc = 0; pc < count; pc++) {
		struct skep_fact *fact = regs + first[pc];

		for (unsigned reg = 0; reg < BPF_REG_FP; reg++)
			if (live[pc] >> reg & 1)
				(fact++)->read = (v->reads[pc] >> reg & 1) != 0;
	}
	out->regs = regs;
	out->regs_first = first;
	out->regs_live = live;
	return 0;
}

/* ------------------------------------------------------------------------------------- in words */

struct words {
	char *text;
	size_t size, used;
};

static void say(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *words, const char *format, ...)
{
	va_list list;

	if (words->used >= words->size)
		return;
	va_start(list, format);
	words->used += skep_format_list(words->text + words->used, words->size - words->used,
					format, list);
	va_end(list);
}

/* Bounds in the pair that says more; both where neither says it all. Bits where they say more than
 * the bounds. */
static void say_bounds(struct words *words, const struct skep_fact *fact)
{
	const struct skep_tnum implied = skep_tnum_range(fact->umin, fact->umax);
	const bool has_unsigned = fact->umin != 0 || fact->umax != UINT64_MAX;
	const bool has_signed = fact->smin != INT64_MIN || fact->smax != INT64_MAX;

	if (fact->smin >= 0 || (has_unsigned && !has_signed))
		say(words, "[%llu, %llu]", (unsigned long long)fact->umin,
		    (unsigned long long)fact->umax);
	else if (has_signed)
		say(words, "[%lld, %lld]", (long long)fact->smin, (long long)fact->smax);
	if (has_unsigned && has_signed && fact->smin < 0 && fact->smax >= 0)
		say(words, " and [%llu, %llu] unsigned", (unsigned long long)fact->umin,
		    (unsigned long long)fact->umax);
	if (fact->unknown != implied.mask && (has_unsigned || has_signed))
		say(words, " ");
	if (fact->unknown != implied.mask)
		say(words, "(%#llx; %#llx)", (unsigned long long)fact->bits,
		    (unsigned long long)fact->unknown);
	else if (!has_unsigned && !has_signed)
		say(words, "any number");
}

static void say_distance(struct words *words, const struct skep_fact *fact)
{
	if (fact->smin == fact->smax && fact->smin == 0)
		return;
	if (fact->smin == fact->smax) {
		say(words, " %+lld", (long long)fact->smin);
		return;
	}
	say(words, " +");
	say_bounds(words, fact);
}

static void say_pointer(struct words *words, const struct skep_fact *fact, const char *map)
{
	switch (fact->kind) {
	case SKEP_VALUE_CTX: say(words, "context"); break;
	case SKEP_VALUE_PKT: say(words, "packet"); break;
	case SKEP_VALUE_PKT_META: say(words, "packet metadata"); break;
	case SKEP_VALUE_PKT_END: say(words, "packet end"); break;
	case SKEP_VALUE_MAP: say(words, "map %s", map != NULL ? map : "(one of several)"); break;
	case SKEP_VALUE_MAP_VALUE:
		say(words, "value of %s", map != NULL ? map : "one of several maps");
		break;
	case SKEP_VALUE_RECORD: say(words, "record of %u", (unsigned)fact->size); break;
	case SKEP_VALUE_FUNC: say(words, "function"); return;
	case SKEP_VALUE_SOCK: say(words, "socket"); break;
	case SKEP_VALUE_KERNEL: say(words, "kernel structure"); break;
	case SKEP_VALUE_STACK:
		if (fact->frames_up == SKEP_FACT_VARIES)
			say(words, "some stack");
		else if (fact->frames_up > 1)
			say(words, "stack of caller %u", (unsigned)fact->frames_up);
		else
			say(words, fact->frames_up == 1 ? "caller's stack" : "stack");
		break;
	default: break;
	}
	say_distance(words, fact);
	if (fact->size > 0 && (fact->kind == SKEP_VALUE_PKT || fact->kind == SKEP_VALUE_PKT_META))
		say(words, ", %u bytes", (unsigned)fact->size);
	if (fact->maybe_null)
		say(words, " or null");
}

void skep_facts_text(const struct skep_fact *fact, const char *map, char *text, size_t size)
{
	struct words words = { text, size, 0 };

	text[0] = '\0';
	if (fact->kind == SKEP_VALUE_NUMBER)
		say_bounds(&words, fact);
	else if (is_pointer(fact))
		say_pointer(&words, fact, map);
	else
		say(&words, fact->kind == SKEP_VALUE_NONE ? "nothing" : "anything");
}
