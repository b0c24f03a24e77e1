/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers and a helper's row in, the arguments for its function out. Holds numbers to what the
 * verifier holds abstract values to (verify/call.c): a map that has the operation, memory of the
 * whole size, sizes in their range, the context itself, a record that is still held.
 */
#include "interp/arguments.h"

/* Sizes above this are refused by the verifier, too. */
enum { SIZE_BYTES_MAX = 1 << 29 };

struct check {
	struct skep_machine *machine;
	const struct skep_argument_source *source;
	struct skep_call *call;
};

/* Whether a helper may change the map it is given; as the verifier has it. */
static bool changes_map(const struct skep_helper *row)
{
	bool takes = false;

	for (unsigned i = 0; i < SKEP_HELPER_ARGS_MAX; i++)
		takes |= row->args[i] == SKEP_ARG_PTR_TO_MAP_KEY ||
			 row->args[i] == SKEP_ARG_PTR_TO_MAP_VALUE ||
			 row->args[i] == SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE;
	return takes && row->ret != SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL;
}

static uint32_t check_map(const struct check *check, uint64_t *arg)
{
	struct skep_call *call = check->call;
	struct skep_map_argument map;
	const uint32_t cause = check->source->find_map(check->machine, *arg, &map);

	if (cause != SKEP_TRAP_NONE)
		return cause;
	if ((map.caps & call->row->caps) != call->row->caps)
		return SKEP_TRAP_ARG_MAP_KIND;
	if (map.read_only && changes_map(call->row))
		return SKEP_TRAP_ARG_MAP_READ_ONLY;
	if (call->map.map == NULL)
		call->map = map;
	*arg = skep_machine_address(map.map);
	return SKEP_TRAP_NONE;
}

static uint32_t check_memory(const struct check *check, uint64_t *arg, uint32_t size, bool write)
{
	struct skep_place place;
	const uint32_t cause = skep_machine_find(
		check->machine, *arg, size,
		SKEP_USE_HELPER | (write ? SKEP_USE_WRITE : SKEP_USE_READ), &place);

	if (cause != SKEP_TRAP_NONE)
		return SKEP_TRAP_ARG_MEMORY;
	*arg = skep_machine_address(place.at);
	return SKEP_TRAP_NONE;
}

static uint32_t check_map_memory(const struct check *check, uint64_t *arg, enum skep_arg kind)
{
	const struct skep_map_argument *map = &check->call->map;
	const uint32_t size = kind == SKEP_ARG_PTR_TO_MAP_KEY ? map->key_size : map->value_size;

	if (map->map == NULL || size == 0)
		return SKEP_TRAP_CONTRACT;
	return check_memory(check, arg, size, kind == SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE);
}

/* Memory whose size is the argument at `index` + 1. */
static uint32_t check_sized_memory(const struct check *check, unsigned index, enum skep_arg kind)
{
	const struct skep_helper *row = check->call->row;
	uint64_t *args = check->call->args, size;
	enum skep_arg size_kind = SKEP_ARG_NONE;

	if (index + 1 < SKEP_HELPER_ARGS_MAX)
		size_kind = row->args[index + 1];
	if (size_kind != SKEP_ARG_CONST_SIZE && size_kind != SKEP_ARG_CONST_SIZE_OR_ZERO)
		return SKEP_TRAP_CONTRACT;
	size = args[index + 1];
	if (size > SIZE_BYTES_MAX || (size == 0 && size_kind == SKEP_ARG_CONST_SIZE)) {
		check->machine->wrong = size;
		return SKEP_TRAP_ARG_SIZE;
	}
	if (kind == SKEP_ARG_PTR_TO_MEM_OR_NULL && size == 0 && args[index] == 0)
		return SKEP_TRAP_NONE;
	return check_memory(check, &args[index], (uint32_t)size,
			    kind == SKEP_ARG_PTR_TO_UNINIT_MEM);
}

static uint32_t check_record(const struct check *check, uint64_t value)
{
	const uint32_t cause = check->source->find_record(check->machine, value);

	if (cause != SKEP_TRAP_NONE)
		return cause;
	if (check->call->record != 0)
		return SKEP_TRAP_CONTRACT;
	check->call->record = value;
	return SKEP_TRAP_NONE;
}

static uint32_t check_ctx(const struct check *check, uint64_t *arg)
{
	void *ctx;
	const uint32_t cause = check->machine->guard->find_ctx(check->machine, *arg, &ctx);

	if (cause == SKEP_TRAP_NONE)
		*arg = skep_machine_address(ctx);
	return cause;
}

static uint32_t check_argument(const struct check *check, unsigned index)
{
	const enum skep_arg kind = check->call->row->args[index];
	uint64_t *arg = &check->call->args[index];

	check->machine->wrong = *arg;
	switch (kind) {
	case SKEP_ARG_ANYTHING:
	case SKEP_ARG_SCALAR: return SKEP_TRAP_NONE;
	case SKEP_ARG_CONST_MAP_PTR: return check_map(check, arg);
	case SKEP_ARG_PTR_TO_MAP_KEY:
	case SKEP_ARG_PTR_TO_MAP_VALUE:
	case SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE: return check_map_memory(check, arg, kind);
	case SKEP_ARG_PTR_TO_MEM:
	case SKEP_ARG_PTR_TO_MEM_OR_NULL:
	case SKEP_ARG_PTR_TO_UNINIT_MEM: return check_sized_memory(check, index, kind);
	case SKEP_ARG_CONST_SIZE: /* checked with the memory before it */
	case SKEP_ARG_CONST_SIZE_OR_ZERO: return index > 0 ? SKEP_TRAP_NONE : SKEP_TRAP_CONTRACT;
	case SKEP_ARG_CONST_ALLOC_SIZE:
		check->call->alloc_bytes = (uint32_t)*arg;
		return *arg <= SIZE_BYTES_MAX ? SKEP_TRAP_NONE : SKEP_TRAP_ARG_SIZE;
	case SKEP_ARG_PTR_TO_RINGBUF_MEM: return check_record(check, *arg);
	case SKEP_ARG_PTR_TO_CTX: return check_ctx(check, arg);
	default: return SKEP_TRAP_CONTRACT;
	}
}

uint32_t skep_arguments_check(struct skep_machine *machine,
			      const struct skep_argument_source *source,
			      const struct skep_helper *row, struct skep_call *call)
{
	const struct check check = { machine, source, call };

	*call = (struct skep_call){ .row = row };
	for (unsigned i = 0; i < SKEP_HELPER_ARGS_MAX; i++)
		call->args[i] = machine->r[1 + i];
	for (unsigned i = 0; i < SKEP_HELPER_ARGS_MAX && row->args[i] != SKEP_ARG_NONE; i++) {
		const uint32_t cause = check_argument(&check, i);

		if (cause != SKEP_TRAP_NONE)
			return cause;
	}
	return SKEP_TRAP_NONE;
}
