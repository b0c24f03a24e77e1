/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JIT's driver, the same for every machine: executable instructions in, machine code and a map
 * from instructions to it out.
 *
 * The emitters are also the sizing pass. Every branch begins in its longest form; each pass over
 * the operations gives all offsets, by which branches take shorter forms. They only ever get
 * shorter, so what reaches once reaches always, and a pass that changes nothing ends it (or the
 * last allowed pass: then some branches stay longer than they need be). The last pass writes the
 * bytes, and branches are completed when all ends are known. Every pass is linear.
 */
#include "base/bytes.h"
#include "jit/backend.h"

enum { PASSES_MAX = 12 };

struct driver {
	const struct skep_backend *backend;
	struct skep_log *log;
	struct skep_ir ir;
	struct skep_frame *frames; /* of each function */
	uint32_t *entries;         /* code offset of each function */
	uint32_t *pc_map;          /* code offset of each instruction */
	struct skep_site *sites;   /* in the order of their operations */
	uint32_t site_count;
	struct skep_asm code;
};

static const struct skep_backend *const BACKENDS[] = {
#define BACKEND(name) &skep_backend_##name,
#include "jit/backends.def"
};

const struct skep_backend *skep_backend_at(uint32_t index)
{
	return index < SKEP_COUNT(BACKENDS) ? BACKENDS[index] : NULL;
}

const struct skep_backend *skep_backend_native(void)
{
	for (uint32_t i = 0; i < SKEP_COUNT(BACKENDS); i++)
		if (BACKENDS[i]->native)
			return BACKENDS[i];
	return NULL;
}

const char *skep_backend_name(const struct skep_backend *backend)
{
	return backend->name;
}

/* Called by compiled code in place of bpf_tail_call(). */
static uint64_t find_tail_entry(uint64_t ctx, uint64_t map, uint64_t index, uint64_t a4,
				uint64_t a5, struct skep_env *env)
{
	const struct skep_target *target =
		skep_tail_call(env, (struct skep_map *)(uintptr_t)map, index);

	(void)a4;
	(void)a5;
	env->scratch[0] = ctx;
	if (target == NULL || target->entry == NULL)
		return (uint64_t)(int64_t)SKEP_ENOENT;
	return (uint64_t)(uintptr_t)target->entry;
}

/* Called by compiled code for a helper whose number only the run knows. */
static uint64_t call_by_number(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			       struct skep_env *env)
{
	const struct skep_contracts *contracts =
		(const struct skep_contracts *)(uintptr_t)env->scratch[1];
	const struct skep_helper *helper = NULL;

	if (contracts != NULL && env->scratch[0] <= UINT32_MAX)
		helper = skep_contracts_helper(contracts, (uint32_t)env->scratch[0]);
	if (helper == NULL || helper->fn == NULL)
		return 0;
	return helper->fn(a1, a2, a3, a4, a5, env);
}

/* Called by compiled code for BPF_ABS and BPF_IND. */
static uint64_t load_packet(uint64_t ctx, uint64_t offset, uint64_t size, uint64_t a4, uint64_t a5,
			    struct skep_env *env)
{
	(void)a4;
	(void)a5;
	if (env->packet_load == NULL)
		return UINT64_MAX;
	return (uint64_t)env->packet_load((const void *)(uintptr_t)ctx, (int32_t)(uint32_t)offset,
					  (uint32_t)size);
}

/* The link of an operation, or SKEP_LINK_COUNT if it names no other place. */
static enum skep_link link_of(const struct skep_ir_op *op)
{
	switch (skep_ir_shape(op->op)) {
	case SKEP_SHAPE_JUMP: return SKEP_LINK_JUMP;
	case SKEP_SHAPE_BRANCH:
	case SKEP_SHAPE_COUNTDOWN: return SKEP_LINK_BRANCH;
	case SKEP_SHAPE_LOCAL: return SKEP_LINK_CALL;
	case SKEP_SHAPE_ADDRESS: return SKEP_LINK_ADDRESS;
	default: return SKEP_LINK_COUNT;
	}
}

static uint32_t machine_set(const struct skep_backend *backend, uint32_t regs)
{
	uint32_t set = 0;

	for (uint32_t r = 0; r < SKEP_IR_REG_COUNT; r++)
		if ((regs & 1u << r) != 0)
			set |= 1u << backend->regs[r];
	return set;
}

/* What the prologue of function `f` has to do. Only the program's own sets up the environment, for
 * all of them. Returns the number of sites. */
static uint32_t make_frame(struct driver *d, uint32_t f)
{
	const struct skep_ir_function *function = &d->ir.functions[f];
	struct skep_frame *frame = &d->frames[f];
	uint32_t regs = 0, sites = 0;
	bool calls = false;

	for (uint32_t i = d->ir.first[function->start]; i < d->ir.first[function->end]; i++) {
		const struct skep_ir_op *op = &d->ir.ops[i];
		const enum skep_ir_shape shape = skep_ir_shape(op->op);

		regs |= skep_ir_regs(op);
		calls |= shape == SKEP_SHAPE_CALL || shape == SKEP_SHAPE_LOCAL;
		sites += link_of(op) != SKEP_LINK_COUNT;
	}
	if (f != 0)
		regs &= ~(1u << SKEP_IR_ENV);
	*frame = (struct skep_frame){
		.used = machine_set(d->backend, regs),
		.stack_bytes = function->stack_bytes,
		.entry = f == 0,
		.indirect = f == 0 || function->address_taken,
		.calls = calls,
	};
	frame->saved = frame->used & d->backend->kept;
	return sites;
}

static void list_sites(struct driver *d)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < d->ir.op_count; i++) {
		const struct skep_ir_op *op = &d->ir.ops[i];
		const enum skep_link link = link_of(op);

		if (link == SKEP_LINK_COUNT)
			continue;
		d->sites[count++] = (struct skep_site){
			.target = op->target,
			.link = (uint8_t)link,
			.level = (uint8_t)(d->backend->forms[link].count - 1),
		};
	}
}

static int prepare(struct driver *d, struct skep_arena *arena, struct skep_arena *scratch)
{
	uint32_t site_count = 0;

	d->frames = skep_arena_array(scratch, d->ir.function_count, sizeof(*d->frames));
	d->entries = skep_arena_array(scratch, d->ir.function_count, sizeof(*d->entries));
	d->pc_map = skep_arena_array(arena, (size_t)d->ir.insn_count + 1, sizeof(*d->pc_map));
	if (d->frames == NULL || d->entries == NULL || d->pc_map == NULL)
		return skep_fail_memory(d->log, "the map of machine code");
	for (uint32_t f = 0; f < d->ir.function_count; f++)
		site_count += make_frame(d, f);
	d->sites = skep_arena_array(scratch, site_count, sizeof(*d->sites));
	if (d->sites == NULL)
		return skep_fail_memory(d->log, "the list of branches");
	d->site_count = site_count;
	list_sites(d);
	return 0;
}

static uint8_t machine_reg(const struct skep_backend *backend, uint8_t reg)
{
	return reg < SKEP_IR_REG_COUNT ? backend->regs[reg] : reg;
}

/* Emits one operation on machine registers. */
static void emit_op(struct driver *d, const struct skep_ir_op *op, const struct skep_frame *frame)
{
	struct skep_ir_op real = *op;

	real.dst = machine_reg(d->backend, op->dst);
	real.a = machine_reg(d->backend, op->a);
	real.b = machine_reg(d->backend, op->b);
	if (op->op == SKEP_IR_RETURN || op->op == SKEP_IR_TAIL)
		d->backend->leave(&d->code, frame, op->op == SKEP_IR_TAIL);
	else
		d->backend->op(&d->code, &real);
}

static void emit_function(struct driver *d, uint32_t f)
{
	const struct skep_ir_function *function = &d->ir.functions[f];
	const struct skep_frame *frame = &d->frames[f];

	d->entries[f] = d->code.size;
	d->backend->enter(&d->code, frame);
	if (function->budget)
		emit_op(d,
			&(struct skep_ir_op){ .op = SKEP_IR_STORE,
					      .bits = 64,
					      .a = BPF_REG_FP,
					      .b = SKEP_IR_IMM,
					      .off = (int16_t) - (int32_t)function->stack_bytes,
					      .imm = SKEP_MAY_GOTO_MAX },
			frame);
	for (uint32_t i = function->start; i < function->end; i++) {
		d->pc_map[i] = d->code.size;
		for (uint32_t at = d->ir.first[i]; at < d->ir.first[i + 1]; at++)
			emit_op(d, &d->ir.ops[at], frame);
		if (d->code.size > d->backend->code_max)
			d->code.err = SKEP_E2BIG;
	}
}

/* One pass over everything: offsets, and as many bytes as there is room for. */
static void emit(struct driver *d)
{
	uint32_t done = 0;

	d->code.size = 0;
	d->code.site = d->sites;
	for (uint32_t f = 0; f < d->ir.function_count && d->code.err == 0; f++) {
		for (; done < d->ir.functions[f].start; done++)
			d->pc_map[done] = d->code.size;
		emit_function(d, f);
		done = d->ir.functions[f].end;
	}
	for (; done <= d->ir.insn_count; done++)
		d->pc_map[done] = d->code.size;
}

static int32_t distance_of(const struct driver *d, const struct skep_site *site)
{
	const bool to_function = site->link == SKEP_LINK_CALL || site->link == SKEP_LINK_ADDRESS;
	const uint32_t *offsets = to_function ? d->entries : d->pc_map;

	return (int32_t)((int64_t)offsets[site->target] - site->at);
}

/* Whether a form reaches, when it replaces the present one: what is ahead then comes nearer. */
static bool reaches(const struct skep_reach *form, const struct skep_reach *present,
		    int32_t distance)
{
	if (distance > 0)
		distance -= present->size - form->size;
	return distance >= form->back && distance <= form->ahead;
}

/* Lets every branch take the shortest form that reached in the last pass. True if any changed. */
static bool shorten(struct driver *d)
{
	bool changed = false;

	for (uint32_t i = 0; i < d->site_count; i++) {
		struct skep_site *site = &d->sites[i];
		const struct skep_reach *forms = d->backend->forms[site->link].reach;
		const int32_t distance = distance_of(d, site);
		uint8_t level = 0;

		while (level < site->level &&
		       !reaches(&forms[level], &forms[site->level], distance))
			level++;
		changed |= level != site->level;
		site->level = level;
	}
	return changed;
}

static int compile(struct driver *d, struct skep_arena *arena)
{
	emit(d);
	for (int pass = 1; pass < PASSES_MAX && d->code.err == 0 && shorten(d); pass++)
		emit(d);
	if (d->code.err == 0) {
		d->code.capacity = d->code.size;
		d->code.bytes = skep_arena_alloc(arena, d->code.size);
		if (d->code.bytes == NULL)
			return skep_fail_memory(d->log, "machine code");
		emit(d);
	}
	if (d->code.err != 0)
		return skep_fail(d->log, d->code.err, SKEP_NO_INSN,
				 "the machine code is larger than %u bytes\n\n"
				 "split the program with tail calls, or interpret it",
				 (unsigned)d->backend->code_max);
	for (uint32_t i = 0; i < d->site_count; i++) {
		const struct skep_site *site = &d->sites[i];

		d->backend->fix(d->code.bytes + site->at, (enum skep_link)site->link, site->level,
				distance_of(d, site));
	}
	return 0;
}

int skep_jit_compile(const struct skep_backend *backend, const struct skep_exec *exec,
		     struct skep_arena *arena, struct skep_arena *scratch, struct skep_log *log,
		     struct skep_code *out)
{
	const struct skep_ir_runtime runtime = {
		.tail_call = (uint64_t)(uintptr_t)find_tail_entry,
		.packet_load = (uint64_t)(uintptr_t)load_packet,
		.call_number = (uint64_t)(uintptr_t)call_by_number,
	};
	struct driver d = { .backend = backend, .log = log };

	SKEP_TRY(skep_ir_build(exec, &runtime, backend->big_endian, scratch, log, &d.ir));
	SKEP_TRY(prepare(&d, arena, scratch));
	SKEP_TRY(compile(&d, arena));
	*out = (struct skep_code){
		.bytes = d.code.bytes,
		.size = d.code.size,
		.pc_map = d.pc_map,
	};
	return 0;
}
