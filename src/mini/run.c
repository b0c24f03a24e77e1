/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MINI profile's guard for the checked execution: the context, which is plain memory, and the
 * values of maps. Helpers are held to their rows. Refuses what the profile does not have: ring
 * buffers, tail calls, BTF.
 */
#include "base/bytes.h"
#include "interp/arguments.h"
#include "mini/mini.h"

_Static_assert(sizeof(struct skep_level) <= SKEP_MINI_LEVEL_BYTES, "skep.h says how much it takes");

struct run {
	struct skep_machine machine; /* first: the guard's functions get its address */
	const struct skep_mini *mini;
};

static const struct skep_mini *mini_of(const struct skep_machine *machine)
{
	return ((const struct run *)(const void *)machine)->mini;
}

static uint32_t allow(struct skep_machine *machine, uintptr_t start, size_t size, bool read_only,
		      unsigned uses)
{
	unsigned allowed = SKEP_USE_READ | SKEP_USE_ATOMIC | SKEP_USE_SIGNED | SKEP_USE_HELPER;

	if (!read_only)
		allowed |= SKEP_USE_WRITE;
	if ((uses & ~allowed) != 0)
		return SKEP_TRAP_READ_ONLY;
	machine->window = (struct skep_window){ start, size, allowed };
	return SKEP_TRAP_NONE;
}

/* Padding between values is none of the program's. */
static uint32_t find_value(struct skep_machine *machine, const struct skep_mini_map *map,
			   uintptr_t address, uint32_t size, unsigned uses)
{
	const size_t stride = skep_mini_stride(map);
	const uintptr_t start = (uintptr_t)map->values;
	size_t at;

	if (!skep_machine_holds(start, stride * map->max_entries, address, size))
		return SKEP_TRAP_LOAD;
	at = (address - start) % stride;
	if (!skep_machine_holds(0, map->value_size, at, size))
		return SKEP_TRAP_LOAD;
	return allow(machine, address - at, map->value_size, map->read_only, uses);
}

static uint32_t find(struct skep_machine *machine, uint64_t address, uint32_t size, unsigned uses,
		     struct skep_place *out)
{
	const struct skep_mini *mini = mini_of(machine);
	const uintptr_t at = (uintptr_t)address, ctx = (uintptr_t)machine->env->ctx;
	uint32_t cause = SKEP_TRAP_LOAD;

	(void)out;
	if (at != address)
		return SKEP_TRAP_LOAD;
	if (skep_machine_holds(ctx, mini->ctx_size, at, size))
		return allow(machine, ctx, mini->ctx_size, mini->ctx_read_only, uses);
	for (uint32_t i = 0; cause == SKEP_TRAP_LOAD && i < mini->map_count; i++)
		cause = find_value(machine, &mini->maps[i], at, size, uses);
	return cause;
}

static uint32_t load_wide(struct skep_machine *machine, const struct skep_insn *insn, uint64_t *out)
{
	const struct skep_mini_map *map = skep_mini_map(mini_of(machine), (uint32_t)insn->imm);

	machine->wrong = (uint32_t)insn->imm;
	if (map == NULL)
		return SKEP_TRAP_NO_MAP;
	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD: *out = SKEP_HANDLE_MAP + (uint32_t)insn->imm; break;
	case BPF_PSEUDO_MAP_VALUE:
		*out = skep_machine_address(map->values) + (uint32_t)insn[1].imm;
		break;
	default: return SKEP_TRAP_NO_ADDRESS;
	}
	return SKEP_TRAP_NONE;
}

static uint32_t find_map(struct skep_machine *machine, uint64_t value,
			 struct skep_map_argument *out)
{
	const struct skep_mini_map *map = skep_mini_map(mini_of(machine), value - SKEP_HANDLE_MAP);

	if (map == NULL)
		return SKEP_TRAP_ARG_MAP;
	*out = (struct skep_map_argument){
		.map = (void *)(uintptr_t)map,
		.key_size = sizeof(uint32_t),
		.value_size = map->value_size,
		.caps = SKEP_CAP_KEYED | SKEP_CAP_ARRAY | SKEP_CAP_DIRECT,
		.read_only = map->read_only,
	};
	return SKEP_TRAP_NONE;
}

static uint32_t find_record(struct skep_machine *machine, uint64_t value)
{
	(void)machine;
	(void)value;
	return SKEP_TRAP_ARG_RECORD;
}

static uint32_t find_ctx(struct skep_machine *machine, uint64_t value, void **out)
{
	*out = machine->env->ctx;
	return value == skep_machine_address(machine->env->ctx) ? SKEP_TRAP_NONE
								: SKEP_TRAP_ARG_CTX;
}

static uint32_t call(struct skep_machine *machine, uint64_t number)
{
	static const struct skep_argument_source source = { find_map, find_record };
	const struct skep_helper *row = skep_mini_helper(mini_of(machine), number);
	struct skep_call call;
	const uint64_t *a = call.args;
	uint32_t cause;

	machine->wrong = number;
	if (row == NULL)
		return SKEP_TRAP_NO_HELPER;
	cause = skep_arguments_check(machine, &source, row, &call);
	if (cause == SKEP_TRAP_NONE && row->ret > SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL)
		cause = SKEP_TRAP_CONTRACT;
	if (cause == SKEP_TRAP_NONE)
		machine->r[0] = row->fn(a[0], a[1], a[2], a[3], a[4], machine->env);
	return cause;
}

static const struct skep_guard GUARD = { find, load_wide, call, find_ctx };

int skep_mini_run(const struct skep_mini *mini, void *ctx, void *stack, size_t stack_bytes,
		  uint64_t *r0, struct skep_mini_stop *stop)
{
	uint32_t word = 0, cause;
	struct skep_env env = skep_mini_env(mini, ctx, &word);
	struct run run = { .machine = {
				   .insns = mini->insns,
				   .levels = stack,
				   .level_max = (uint32_t)(stack_bytes / sizeof(struct skep_level)),
				   .insns_left = mini->insns_max,
				   .guard = &GUARD,
				   .env = &env,
			   } };
	struct skep_machine *machine = &run.machine;

	run.mini = mini;
	machine->r[1] = skep_machine_address(ctx);
	if (machine->level_max > SKEP_FRAMES_MAX)
		machine->level_max = SKEP_FRAMES_MAX;
	if (machine->level_max == 0)
		return SKEP_ENOSPC;
	cause = skep_machine_run(machine);
	if (cause == SKEP_TRAP_NONE) {
		*r0 = machine->r[0];
		return 0;
	}
	*stop = (struct skep_mini_stop){ .insn = (uint32_t)(machine->insn - machine->insns),
					 .cause = cause,
					 .value = machine->wrong };
	return SKEP_EFAULT;
}
