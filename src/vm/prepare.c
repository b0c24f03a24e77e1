/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a linked program to one that runs: verify, make executable, compile. The verifier sees the
 * instructions as they were linked; what engines run is a copy in which addresses are final,
 * context fields stand at their real offsets, helpers are called by index, and dead instructions
 * are jumps to themselves. Nothing is ever executed that was not verified in the same call, unless
 * the configuration asks for the checked execution, which runs the linked instructions themselves.
 */
#include "base/bytes.h"
#include "interp/interp.h"
#include "vm/vm.h"

/* A jump to itself: dead instructions never run, and if a bug let one run, it must do nothing. */
static const struct skep_insn DEAD = { .code = BPF_JMP | BPF_JA, .off = -1 };

static uint64_t now(const struct skep_port *port)
{
	return port->clock_ns != NULL ? port->clock_ns(port->ctx) : 0;
}

static uint64_t address(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

/* Tail calls hand the context on, so all programs of a prog_array, and all that use it, are of one
 * type. */
static int claim_map(const struct skep_prog *prog, struct skep_map *map, uint32_t insn,
		     struct skep_log *log)
{
	if ((map->kind->caps & SKEP_CAP_PROGS) == 0)
		return 0;
	if (map->prog_type != 0 && map->prog_type != prog->type)
		return skep_fail(
			log, SKEP_EINVAL, (int32_t)insn,
			"map \"%s\" is used by programs of type %u, this one is of type %u\n"
			"programs of one type\ngive each type a prog_array of its own",
			map->name, (unsigned)map->prog_type, (unsigned)prog->type);
	map->prog_type = prog->type;
	return 0;
}

/* What stands in for the verifier when the configuration asks for none: structure, and that tail
 * calls stay among programs of one type. */
static int check_structure(struct skep_prog *prog, struct skep_log *log)
{
	struct skep_arena scratch;
	int err;

	skep_arena_init(&scratch, prog->object->runtime->config.port, 0);
	err = skep_isa_check(prog->insns, prog->count, &scratch, log);
	skep_arena_free(&scratch);
	for (uint32_t at = 0; err == 0 && at < prog->count; at++) {
		const struct skep_insn *insn = &prog->insns[at];

		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insn->src_reg == BPF_PSEUDO_MAP_FD &&
		    (uint32_t)insn->imm < prog->linked.map_count &&
		    prog->object->maps[insn->imm].loaded)
			err = claim_map(prog, &prog->object->maps[insn->imm], at, log);
		at++;
	}
	return err;
}

/* Replaces a map reference by the address it stands for. */
static int resolve_lddw(struct skep_prog *prog, struct skep_insn *insn, struct skep_log *log)
{
	struct skep_map *map;
	uint64_t value;
	size_t size;

	if (insn[0].src_reg != BPF_PSEUDO_MAP_FD && insn[0].src_reg != BPF_PSEUDO_MAP_VALUE)
		return 0;
	map = &prog->object->maps[insn[0].imm];
	SKEP_TRY(claim_map(prog, map, (uint32_t)(insn - prog->exec.insns), log));
	value = insn[0].src_reg == BPF_PSEUDO_MAP_FD
			? address(map)
			: address(map->kind->ops->direct(map, &size)) + (uint32_t)insn[1].imm;
	insn[0].src_reg = 0;
	insn[0].imm = (int32_t)(uint32_t)value;
	insn[1].imm = (int32_t)(uint32_t)(value >> 32);
	return 0;
}

static uint8_t size_code(uint32_t bytes)
{
	switch (bytes) {
	case 1: return BPF_B;
	case 2: return BPF_H;
	case 4: return BPF_W;
	default: return BPF_DW;
	}
}

static uint32_t bytes_of(uint8_t code)
{
	switch (code & BPF_DW) {
	case BPF_B: return 1;
	case BPF_H: return 2;
	case BPF_W: return 4;
	default: return 8;
	}
}

/* Moves a context access to where the field really is. The verifier has matched it with exactly
 * this field. */
static void resolve_field(const struct skep_prog_type *type, struct skep_insn *insn)
{
	const bool write = (insn->code & 7) != BPF_LDX;
	struct skep_ctx_place place;

	if (skep_contracts_field(type, insn->off, bytes_of(insn->code), write, &place) == NULL)
		return;
	insn->off = (int16_t)place.offset;
	insn->code = (uint8_t)((insn->code & ~BPF_DW) | size_code(place.size));
}

/* Gives the helper called its place in `fns`, of which `count` are taken. */
static int resolve_call(struct skep_prog *prog, struct skep_insn *insn, skep_helper_fn *fns,
			uint32_t *count, struct skep_log *log)
{
	const struct skep_helper *helper =
		skep_contracts_helper(&prog->object->runtime->contracts, (uint32_t)insn->imm);
	uint32_t index = 0;

	if (helper == NULL)
		return skep_fail(log, SKEP_EINVAL, (int32_t)(insn - prog->exec.insns),
				 "helper %d is unknown\na helper of this runtime\n"
				 "add it to the configuration",
				 (int)insn->imm);
	if ((helper->flags & SKEP_HELPER_TAIL_CALL) != 0) {
		insn->imm = SKEP_CALL_TAIL;
		return 0;
	}
	while (index < *count && fns[index] != helper->fn)
		index++;
	if (index == *count)
		fns[(*count)++] = helper->fn;
	insn->imm = (int32_t)index;
	return 0;
}

/* Makes one reached instruction executable; returns the slots it takes. */
static int resolve(struct skep_prog *prog, struct skep_insn *insn, skep_helper_fn *fns,
		   uint32_t *fn_count, struct skep_log *log)
{
	const uint8_t facts = prog->facts.insns[insn - prog->exec.insns];

	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW)) {
		SKEP_TRY(resolve_lddw(prog, insn, log));
		return 2;
	}
	if ((facts & SKEP_FACT_CTX) != 0)
		resolve_field(prog->contract, insn);
	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == 0)
		SKEP_TRY(resolve_call(prog, insn, fns, fn_count, log));
	return 1;
}

/* `scratch` holds what a backend or the interpreter makes its own form of. */
static int make_executable(struct skep_prog *prog, struct skep_arena *scratch, struct skep_log *log)
{
	struct skep_arena *arena = &prog->object->arena;
	const struct skep_contracts *contracts = &prog->object->runtime->contracts;
	const size_t helper_max = (size_t)contracts->helper_count[0] + contracts->helper_count[1];
	struct skep_insn *insns = skep_arena_array(scratch, prog->count, sizeof(*insns));
	skep_helper_fn *fns = skep_arena_array(arena, helper_max, sizeof(*fns));
	uint32_t fn_count = 0;

	if (insns == NULL || fns == NULL)
		return skep_fail_memory(log, "the executable program");
	memcpy(insns, prog->insns, prog->count * sizeof(*insns));
	prog->exec = (struct skep_exec){
		.insns = insns,
		.count = prog->count,
		.helpers = fns,
		.functions = prog->facts.functions,
		.function_count = prog->facts.function_count,
		.stack_known = true,
		.contracts = contracts,
	};
	for (uint32_t at = 0; at < prog->count;) {
		int slots = 1;

		if ((prog->facts.insns[at] & SKEP_FACT_REACHED) != 0)
			slots = resolve(prog, &insns[at], fns, &fn_count, log);
		else
			insns[at] = DEAD;
		SKEP_TRY(slots);
		at += (uint32_t)slots;
	}
	prog->exec.helper_count = fn_count;
	if (prog->object->runtime->backend == NULL && skep_threaded_prepare(&prog->exec, arena) < 0)
		return skep_fail_memory(log, "the executable program");
	return 0;
}

/* Copies the code into memory of its own, which is sealed before anything can call it. */
static int install(struct skep_prog *prog, const struct skep_code *code, struct skep_log *log)
{
	const struct skep_port *port = prog->object->runtime->config.port;
	void *memory = port->code_alloc(port->ctx, code->size);

	if (memory == NULL)
		return skep_fail_memory(log, "machine code");
	memcpy(memory, code->bytes, code->size);
	prog->code = memory;
	prog->code_bytes = code->size;
	if (port->code_seal(port->ctx, memory, code->size) < 0)
		return skep_fail(log, SKEP_EPERM, SKEP_NO_INSN,
				 "this system does not allow memory to become executable\n\n"
				 "allow it, or choose the interpreter");
	/* An object pointer becomes a function pointer: C11 has no cast for it, POSIX and every
	 * board give both one representation. */
	memcpy(&prog->target.entry, &memory, sizeof(memory));
	return 0;
}

static int compile(struct skep_prog *prog, struct skep_log *log)
{
	const struct skep_runtime *runtime = prog->object->runtime;
	const uint64_t start = now(runtime->config.port);
	struct skep_arena out, scratch;
	struct skep_code code;
	int err;

	skep_arena_init(&out, runtime->config.port, 0);
	skep_arena_init(&scratch, runtime->config.port, 0);
	err = skep_jit_compile(runtime->backend, &prog->exec, &out, &scratch, log, &code);
	if (err == 0)
		err = install(prog, &code, log);
	skep_arena_free(&scratch);
	skep_arena_free(&out);
	prog->compile_ns = now(runtime->config.port) - start;
	return err;
}

void skep_vm_discard_code(struct skep_prog *prog)
{
	const struct skep_port *port = prog->object->runtime->config.port;

	if (prog->code != NULL)
		port->code_free(port->ctx, prog->code, prog->code_bytes);
	prog->code = NULL;
}

int skep_vm_prepare(struct skep_prog *prog, const struct skep_map_view *views)
{
	struct skep_log log = prog->object->log;
	struct skep_arena scratch;
	int err;

	log.prog = prog->name;
	log.locate = skep_vm_locate;
	log.locate_ctx = prog;
	SKEP_TRY(skep_vm_begin_verify(prog, &prog->object->runtime->contracts, views, &log));
	if (prog->object->runtime->config.unverified) {
		SKEP_TRY(check_structure(prog, &log));
		prog->target.linked = &prog->linked;
		prog->loaded = true;
		return 0;
	}
	SKEP_TRY(skep_vm_verify(prog, &log));
	skep_arena_init(&scratch, prog->object->runtime->config.port, 0);
	err = make_executable(prog, &scratch, &log);
	if (err == 0 && prog->object->runtime->backend != NULL)
		err = compile(prog, &log);
	skep_arena_free(&scratch);
	prog->exec.insns = NULL;
	if (err < 0) {
		skep_vm_discard_code(prog);
		return err;
	}
	prog->target.exec = &prog->exec;
	prog->loaded = true;
	return 0;
}
