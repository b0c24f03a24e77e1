/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime's guard for the checked execution: the context through its type's rows, the packet
 * between its edges as they are now, values of maps, records that are held, memory of the caller;
 * and helpers, each held to its row.
 *
 * Arrays have their values at fixed addresses; those of other kinds are granted when a lookup gives
 * them, the latest GRANTS_MAX of a run. A value that was deleted meanwhile stays granted: kinds
 * keep it valid memory as long as the map lives, because verified programs may hold it, too.
 */
#include "interp/checked.h"

#include "interp/arguments.h"

enum {
	GRANTS_MAX = 32,
	RECORDS_MAX = 16, /* as many as the verifier allows */
};

struct grant {
	uintptr_t start;
	uint32_t size;
	unsigned uses;
};

struct record {
	uintptr_t start;
	uint32_t size;
	struct skep_map *map;
};

struct run {
	struct skep_machine machine; /* first: the guard's functions get its address */
	const struct skep_checked *given;
	const struct skep_bytecode *code; /* that runs */
	const struct skep_target *target; /* of a tail call that led here, or NULL */
	struct grant grants[GRANTS_MAX];  /* a ring */
	uint32_t grant_count;             /* so far */
	struct record records[RECORDS_MAX];
	uint32_t record_count;
};

static struct run *run_of(struct skep_machine *machine)
{
	return (struct run *)(void *)machine;
}

/* ------------------------------------------------------------------------------------ memory */

/* Gives memory that the program may use with `uses`, and remembers it. */
static uint32_t allow(struct run *run, uintptr_t start, size_t size, unsigned allowed,
		      unsigned uses)
{
	allowed |= SKEP_USE_SIGNED | SKEP_USE_HELPER;
	if ((uses & ~allowed & SKEP_USE_ATOMIC) != 0)
		return SKEP_TRAP_NO_ATOMIC;
	if ((uses & ~allowed & SKEP_USE_WRITE) != 0)
		return SKEP_TRAP_READ_ONLY;
	if ((uses & ~allowed & SKEP_USE_READ) != 0)
		return SKEP_TRAP_WRITE_ONLY;
	run->machine.window = (struct skep_window){ start, size, allowed };
	return SKEP_TRAP_NONE;
}

static uint32_t find_field(const struct run *run, uint64_t offset, uint32_t size, unsigned uses,
			   struct skep_place *out)
{
	const struct skep_prog_type *type = run->code->type;
	const bool write = (uses & SKEP_USE_WRITE) != 0;
	const struct skep_ctx_field *field;
	struct skep_ctx_place place;
	uint8_t *ctx = run->machine.env->ctx;

	if ((uses & (SKEP_USE_ATOMIC | SKEP_USE_HELPER)) != 0)
		return SKEP_TRAP_NO_ATOMIC;
	if (ctx == NULL)
		return SKEP_TRAP_FIELD;
	field = skep_contracts_field(type, (int32_t)offset, size, write, &place);
	if (field == NULL && write &&
	    skep_contracts_field(type, (int32_t)offset, size, false, &place) != NULL)
		return SKEP_TRAP_FIELD_STORE;
	if (field == NULL)
		return SKEP_TRAP_FIELD;
	if (write && place.size != size)
		return SKEP_TRAP_FIELD_STORE;
	if ((uses & SKEP_USE_SIGNED) != 0 && place.size != size)
		return SKEP_TRAP_FIELD;
	*out = (struct skep_place){ ctx + place.offset, place.size };
	return SKEP_TRAP_NONE;
}

/* The address in the context's first field of a kind, or `absent`. */
static uintptr_t edge(const struct run *run, enum skep_field_kind kind, uintptr_t absent)
{
	const struct skep_prog_type *type = run->code->type;
	const uint8_t *ctx = run->machine.env->ctx;
	uintptr_t address;

	for (uint32_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].kind != kind)
			continue;
		memcpy(&address, ctx + type->fields[i].real_offset, sizeof(address));
		return address;
	}
	return absent;
}

/* The packet from its metadata on; `size` 0: there is none. */
static uintptr_t find_packet(const struct run *run, size_t *size)
{
	uintptr_t start, end;

	*size = 0;
	if (run->code->type == NULL || run->machine.env->ctx == NULL)
		return 0;
	end = edge(run, SKEP_FIELD_PKT_END, 0);
	start = edge(run, SKEP_FIELD_PKT_META, edge(run, SKEP_FIELD_PKT, end));
	if (start < end)
		*size = end - start;
	return start;
}

/* What programs may do with the values of a map. */
static unsigned uses_of(const struct skep_map_view *map)
{
	return SKEP_USE_ATOMIC | (map->read_only ? 0u : SKEP_USE_WRITE) |
	       (map->write_only ? 0u : SKEP_USE_READ);
}

/* A map whose values are in one block that holds the access. Values are as far apart as the block
 * says, and padding between them is none of the program's. */
static uint32_t find_direct(struct run *run, uint32_t index, uintptr_t address, uint32_t size,
			    unsigned uses)
{
	struct skep_map *map = &run->given->maps[index];
	size_t bytes = 0, at;
	uintptr_t start;

	if (!map->loaded || map->kind->ops->direct == NULL || map->def.max_entries == 0)
		return SKEP_TRAP_LOAD;
	start = (uintptr_t)map->kind->ops->direct(map, &bytes);
	if (!skep_machine_holds(start, bytes, address, size))
		return SKEP_TRAP_LOAD;
	at = (address - start) % (bytes / map->def.max_entries);
	if (!skep_machine_holds(0, map->def.value_size, at, size))
		return SKEP_TRAP_LOAD;
	return allow(run, address - at, map->def.value_size, uses_of(&run->code->maps[index]),
		     uses);
}

static uint32_t find_value(struct run *run, uintptr_t address, uint32_t size, unsigned uses)
{
	for (uint32_t i = 0; i < GRANTS_MAX && i < run->grant_count; i++) {
		const struct grant *grant = &run->grants[i];

		if (skep_machine_holds(grant->start, grant->size, address, size))
			return allow(run, grant->start, grant->size, grant->uses, uses);
	}
	for (uint32_t i = 0; i < run->code->map_count; i++) {
		const uint32_t cause = find_direct(run, i, address, size, uses);

		if (cause != SKEP_TRAP_LOAD)
			return cause;
	}
	return SKEP_TRAP_LOAD;
}

static uint32_t find_memory(struct run *run, uintptr_t address, uint32_t size, unsigned uses)
{
	const unsigned all = SKEP_USE_READ | SKEP_USE_WRITE | SKEP_USE_ATOMIC;
	const struct skep_checked *given = run->given;
	uintptr_t start;
	size_t bytes;

	start = find_packet(run, &bytes);
	if (skep_machine_holds(start, bytes, address, size))
		return allow(run, start, bytes,
			     SKEP_USE_READ |
				     (run->code->type->packet_writable ? SKEP_USE_WRITE : 0u),
			     uses);
	for (uint32_t i = 0; i < run->record_count; i++)
		if (skep_machine_holds(run->records[i].start, run->records[i].size, address, size))
			return allow(run, run->records[i].start, run->records[i].size, all, uses);
	start = (uintptr_t)given->memory;
	if (skep_machine_holds(start, given->memory_size, address, size))
		return allow(run, start, given->memory_size, all, uses);
	return find_value(run, address, size, uses);
}

static uint32_t find(struct skep_machine *machine, uint64_t address, uint32_t size, unsigned uses,
		     struct skep_place *out)
{
	struct run *run = run_of(machine);

	if (run->code->type != NULL && address - SKEP_HANDLE_CTX < run->code->type->ctx_size)
		return find_field(run, address - SKEP_HANDLE_CTX, size, uses, out);
	if ((uintptr_t)address != address)
		return SKEP_TRAP_LOAD;
	return find_memory(run, (uintptr_t)address, size, uses);
}

/* ---------------------------------------------------------------------------- maps, records */

static struct skep_map *map_at(const struct run *run, uint64_t index)
{
	struct skep_map *map;

	if (index >= run->code->map_count || run->given->maps == NULL)
		return NULL;
	map = &run->given->maps[index];
	return map->loaded ? map : NULL;
}

static uint32_t load_wide(struct skep_machine *machine, const struct skep_insn *insn, uint64_t *out)
{
	const struct run *run = run_of(machine);
	struct skep_map *map = map_at(run, (uint32_t)insn->imm);
	size_t bytes;

	machine->wrong = (uint32_t)insn->imm;
	if (insn->src_reg != BPF_PSEUDO_MAP_FD && insn->src_reg != BPF_PSEUDO_MAP_VALUE)
		return SKEP_TRAP_NO_ADDRESS;
	if (map == NULL)
		return SKEP_TRAP_NO_MAP;
	if (insn->src_reg == BPF_PSEUDO_MAP_FD) {
		*out = SKEP_HANDLE_MAP + (uint32_t)insn->imm;
		return SKEP_TRAP_NONE;
	}
	if (map->kind->ops->direct == NULL)
		return SKEP_TRAP_NO_VALUE;
	*out = skep_machine_address(map->kind->ops->direct(map, &bytes)) + (uint32_t)insn[1].imm;
	return SKEP_TRAP_NONE;
}

static uint32_t find_map(struct skep_machine *machine, uint64_t value,
			 struct skep_map_argument *out)
{
	const struct run *run = run_of(machine);
	struct skep_map *map = map_at(run, value - SKEP_HANDLE_MAP);

	if (map == NULL)
		return SKEP_TRAP_ARG_MAP;
	*out = (struct skep_map_argument){
		.map = map,
		.index = (uint32_t)(value - SKEP_HANDLE_MAP),
		.key_size = map->def.key_size,
		.value_size = map->def.value_size,
		.caps = map->kind->caps,
		.read_only = run->code->maps[value - SKEP_HANDLE_MAP].read_only,
	};
	return SKEP_TRAP_NONE;
}

static uint32_t find_record(struct skep_machine *machine, uint64_t value)
{
	const struct run *run = run_of(machine);

	for (uint32_t i = 0; i < run->record_count; i++)
		if (run->records[i].start == value)
			return SKEP_TRAP_NONE;
	return SKEP_TRAP_ARG_RECORD;
}

static void drop_record(struct run *run, uint64_t start)
{
	uint32_t i = 0;

	while (run->records[i].start != start)
		i++;
	run->records[i] = run->records[--run->record_count];
}

static uint32_t find_ctx(struct skep_machine *machine, uint64_t value, void **out)
{
	const struct run *run = run_of(machine);
	const bool has_type = run->code->type != NULL;

	if (value != (has_type ? SKEP_HANDLE_CTX : skep_machine_address(run->given->memory)))
		return SKEP_TRAP_ARG_CTX;
	*out = has_type ? machine->env->ctx : run->given->memory;
	return SKEP_TRAP_NONE;
}

/* -------------------------------------------------------------------------------------- calls */

static void grant(struct run *run, const struct skep_map_argument *map, uintptr_t start)
{
	for (uint32_t i = 0; i < GRANTS_MAX && i < run->grant_count; i++)
		if (run->grants[i].start == start && run->grants[i].size == map->value_size)
			return;
	run->grants[run->grant_count % GRANTS_MAX] =
		(struct grant){ start, map->value_size, uses_of(&run->code->maps[map->index]) };
	run->grant_count =
		run->grant_count + 1 < 2 * GRANTS_MAX ? run->grant_count + 1 : GRANTS_MAX;
}

/* Whether what the helper returns can be kept account of. */
static uint32_t check_result(const struct run *run, const struct skep_call *call)
{
	struct skep_map *map = call->map.map;

	switch (call->row->ret) {
	case SKEP_RET_VOID:
	case SKEP_RET_INTEGER: return SKEP_TRAP_NONE;
	case SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL:
		if (call->map.map == NULL)
			return SKEP_TRAP_CONTRACT;
		return (map->kind->caps & SKEP_CAP_MAPS) != 0 ? SKEP_TRAP_ARG_MAP_KIND
							      : SKEP_TRAP_NONE;
	case SKEP_RET_PTR_TO_RINGBUF_MEM_OR_NULL:
		if (call->map.map == NULL || map->kind->ops->commit == NULL)
			return SKEP_TRAP_CONTRACT;
		return run->record_count == RECORDS_MAX ? SKEP_TRAP_RECORDS : SKEP_TRAP_NONE;
	default: return SKEP_TRAP_CONTRACT;
	}
}

static void take_result(struct run *run, const struct skep_call *call, uint64_t result)
{
	run->machine.r[0] = call->row->ret == SKEP_RET_VOID ? 0 : result;
	if (result == 0)
		return;
	if (call->row->ret == SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL)
		grant(run, &call->map, (uintptr_t)result);
	if (call->row->ret == SKEP_RET_PTR_TO_RINGBUF_MEM_OR_NULL)
		run->records[run->record_count++] =
			(struct record){ (uintptr_t)result, call->alloc_bytes, call->map.map };
}

/* Goes on in another program of the same type, which runs on the same maps; or, as where there is
 * none, with the next instruction. */
static uint32_t tail_call(struct run *run, const struct skep_call *call)
{
	struct skep_machine *machine = &run->machine;
	const struct skep_target *target;

	if (call->map.map == NULL)
		return SKEP_TRAP_CONTRACT;
	target = skep_tail_call(machine->env, call->map.map, machine->r[3]);
	if (target == NULL || target->linked == NULL || target->linked->type != run->code->type) {
		machine->r[0] = (uint64_t)(int64_t)SKEP_ENOENT;
		return SKEP_TRAP_NONE;
	}
	run->code = target->linked;
	run->target = target;
	machine->r[1] = SKEP_HANDLE_CTX;
	skep_machine_enter(machine, run->code->insns);
	return SKEP_TRAP_NONE;
}

static uint32_t find_helper(const struct run *run, uint64_t number, const struct skep_helper **out)
{
	const struct skep_prog_type *type = run->code->type;
	const struct skep_helper *row = NULL;
	uint64_t groups;

	if (run->code->contracts != NULL && number <= UINT32_MAX)
		row = skep_contracts_helper(run->code->contracts, (uint32_t)number);
	if (row == NULL || row->fn == NULL)
		return SKEP_TRAP_NO_HELPER;
	groups = row->groups != 0 ? row->groups : SKEP_GROUP_BASE;
	if ((groups & (type != NULL ? type->groups : SKEP_GROUP_BASE)) == 0)
		return SKEP_TRAP_HELPER_TYPE;
	*out = row;
	return SKEP_TRAP_NONE;
}

static uint32_t call(struct skep_machine *machine, uint64_t number)
{
	static const struct skep_argument_source source = { find_map, find_record };
	struct run *run = run_of(machine);
	const struct skep_helper *row = NULL;
	struct skep_call call;
	const uint64_t *a = call.args;
	uint32_t cause;

	machine->wrong = number;
	cause = find_helper(run, number, &row);
	if (cause == SKEP_TRAP_NONE)
		cause = skep_arguments_check(machine, &source, row, &call);
	if (cause == SKEP_TRAP_NONE)
		cause = check_result(run, &call);
	if (cause != SKEP_TRAP_NONE)
		return cause;
	if ((row->flags & SKEP_HELPER_TAIL_CALL) != 0)
		return tail_call(run, &call);
	/* From here on it may be somebody else's; and any helper may move the packet. */
	if (call.record != 0)
		drop_record(run, call.record);
	machine->window.size = 0;
	take_result(run, &call, row->fn(a[0], a[1], a[2], a[3], a[4], machine->env));
	return SKEP_TRAP_NONE;
}

/* -------------------------------------------------------------------------------------- a run */

static const struct skep_guard GUARD = { find, load_wide, call, find_ctx };

/* What programs of a type may return. */
static uint32_t check_r0(struct run *run)
{
	const struct skep_prog_type *type = run->code->type;
	const int64_t r0 = (int64_t)run->machine.r[0];

	if (type == NULL || !type->ret_checked || (r0 >= type->ret_min && r0 <= type->ret_max))
		return SKEP_TRAP_NONE;
	run->machine.wrong = (uint64_t)r0;
	return SKEP_TRAP_RESULT;
}

int skep_checked_run(const struct skep_checked *given, struct skep_env *env, uint64_t *r0,
		     struct skep_trap *trap)
{
	struct skep_level levels[SKEP_FRAMES_MAX];
	struct run run = { .machine = {
				   .insns = given->code->insns,
				   .levels = levels,
				   .level_max = SKEP_FRAMES_MAX,
				   .insns_left = given->insns_max != 0 ? given->insns_max
								       : SKEP_RUN_INSNS_DEFAULT,
				   .guard = &GUARD,
				   .env = env,
				   .observe = given->observe,
				   .observe_ctx = given->observe_ctx,
			   } };
	struct skep_machine *machine = &run.machine;
	uint32_t cause;

	run.given = given;
	run.code = given->code;
	machine->r[1] =
		run.code->type != NULL ? SKEP_HANDLE_CTX : skep_machine_address(given->memory);
	machine->r[2] = run.code->type != NULL ? 0 : given->memory_size;
	cause = skep_machine_run(machine);
	if (cause == SKEP_TRAP_NONE)
		cause = check_r0(&run);
	for (uint32_t i = 0; i < run.record_count; i++)
		run.records[i].map->kind->ops->commit(run.records[i].map,
						      (void *)run.records[i].start, 0, true);
	if (cause == SKEP_TRAP_NONE) {
		*r0 = machine->r[0];
		return 0;
	}
	*trap = (struct skep_trap){ .cause = cause,
				    .pc = (uint32_t)(machine->insn - machine->insns),
				    .target = run.target };
	/* What the machine remembers may be of an access that was right. */
	if (skep_trap_value(cause) != SKEP_TRAP_VALUE_NONE)
		trap->value = machine->wrong;
	if (skep_trap_value(cause) == SKEP_TRAP_VALUE_ADDRESS)
		trap->size = machine->wrong_size;
	return skep_trap_err(cause);
}
