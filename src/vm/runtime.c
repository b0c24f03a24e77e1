/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runtimes: a configuration goes in; with the limits' defaults filled in and its tables joined to
 * skep's own it serves every object opened later. Refuses a port that lacks a function the core
 * cannot do without, a number that stands in two rows, and the JIT where there is none.
 */
#include "base/bytes.h"
#include "interp/checked.h"
#include "vm/vm.h"

enum {
	INSNS_DEFAULT = 1000000,
	OBJECT_BYTES_DEFAULT = 256 << 20,
	COUNT_DEFAULT = 4096,
};

static void fill_limits(struct skep_limits *limits)
{
	const uint64_t gibi = (uint64_t)1 << 30;

	if (limits->insns_max == 0)
		limits->insns_max = INSNS_DEFAULT;
	if (limits->progs_max == 0)
		limits->progs_max = COUNT_DEFAULT;
	if (limits->maps_max == 0)
		limits->maps_max = COUNT_DEFAULT;
	if (limits->map_bytes_max == 0)
		limits->map_bytes_max = 4 * gibi;
	if (limits->map_bytes_max > SIZE_MAX)
		limits->map_bytes_max = SIZE_MAX;
	if (limits->object_bytes_max == 0)
		limits->object_bytes_max = OBJECT_BYTES_DEFAULT;
	if (limits->verify_insns_max == 0)
		limits->verify_insns_max = INSNS_DEFAULT;
	if (limits->verify_bytes_max == 0)
		limits->verify_bytes_max = gibi / 4;
	if (limits->run_insns_max == 0)
		limits->run_insns_max = SKEP_RUN_INSNS_DEFAULT;
}

static int check_port(const struct skep_port *port, struct skep_log *log)
{
	const char *lacking = NULL;

	if (port == NULL)
		return skep_fail(log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the configuration has no port\na struct skep_port\n"
				 "use skep_port_posix() or fill in one for this machine");
	if (port->alloc == NULL || port->free == NULL)
		lacking = "alloc and free";
	else if (port->lock == NULL || port->unlock == NULL)
		lacking = "lock and unlock";
	else if (port->protect != NULL &&
		 (port->page_bytes == 0 || (port->page_bytes & (port->page_bytes - 1)) != 0))
		lacking = "page_bytes, a power of two, beside protect";
	else if (port->code_alloc != NULL && (port->code_seal == NULL || port->code_free == NULL))
		lacking = "code_seal and code_free beside code_alloc";
	if (lacking == NULL)
		return 0;
	return skep_fail(log, SKEP_EINVAL, SKEP_NO_INSN, "the port lacks functions\n%s\nset them",
			 lacking);
}

static int refuse_twice(struct skep_log *log, const char *what, uint32_t number, const char *name)
{
	return skep_fail(log, SKEP_EEXIST, SKEP_NO_INSN,
			 "the configuration's %s \"%s\" has number %u, which is taken\n"
			 "a number of its own\nuse one of 0x10000 and above",
			 what, name, (unsigned)number);
}

static int check_helpers(const struct skep_config *config, const struct skep_contracts *contracts,
			 struct skep_log *log)
{
	for (uint32_t i = 0; i < config->helper_count; i++) {
		const struct skep_helper *row = &config->helpers[i];

		if (row->name == NULL || row->fn == NULL)
			return skep_fail(
				log, SKEP_EINVAL, SKEP_NO_INSN,
				"helper %u of the configuration has no name or no function\nboth",
				(unsigned)row->id);
		if (skep_contracts_helper(contracts, row->id) != row)
			return refuse_twice(log, "helper", row->id, row->name);
	}
	return 0;
}

static int check_fields(const struct skep_prog_type *type, struct skep_log *log)
{
	for (uint32_t i = 0; i < type->field_count; i++) {
		const struct skep_ctx_field *field = &type->fields[i];
		const bool packet = field->kind == SKEP_FIELD_PKT ||
				    field->kind == SKEP_FIELD_PKT_END ||
				    field->kind == SKEP_FIELD_PKT_META;
		const uint32_t size = field->size;
		/* Parts are as aligned in memory as they look to the program. */
		const uint32_t align = field->kind == SKEP_FIELD_BYTES ? 8 : size;

		if (field->kind <= SKEP_FIELD_BYTES &&
		    (size == 1 || size == 2 || size == 4 || size == 8 ||
		     field->kind == SKEP_FIELD_BYTES) &&
		    align != 0 && field->offset % align == 0 &&
		    field->offset + size <= type->ctx_size &&
		    field->real_offset + size <= INT16_MAX &&
		    field->real_size == (packet ? sizeof(void *) : size) &&
		    (!packet || !field->writable))
			continue;
		return skep_fail(
			log, SKEP_EINVAL, SKEP_NO_INSN,
			"field \"%s\" of program type \"%s\" is not sound\n"
			"a size of 1, 2, 4 or 8 (plain memory: any), an aligned offset (plain "
			"memory: to 8) inside the context, the same real size for a number and a "
			"pointer's for packet data, which is not writable",
			field->name != NULL ? field->name : "", type->name);
	}
	return 0;
}

static int check_prog_types(const struct skep_config *config,
			    const struct skep_contracts *contracts, struct skep_log *log)
{
	for (uint32_t i = 0; i < config->prog_type_count; i++) {
		const struct skep_prog_type *row = &config->prog_types[i];

		if (row->name == NULL || row->section == NULL || row->type == 0)
			return skep_fail(
				log, SKEP_EINVAL, SKEP_NO_INSN,
				"program type %u of the configuration has no number, name or "
				"section\nall three",
				(unsigned)row->type);
		if (skep_contracts_prog_type(contracts, row->type) != row)
			return refuse_twice(log, "program type", row->type, row->name);
		SKEP_TRY(check_fields(row, log));
	}
	return 0;
}

static int check_map_kinds(const struct skep_config *config, const struct skep_contracts *contracts,
			   struct skep_log *log)
{
	for (uint32_t i = 0; i < config->map_kind_count; i++) {
		const struct skep_map_kind *row = &config->map_kinds[i];

		if (row->name == NULL || row->ops == NULL || row->ops->create == NULL ||
		    row->ops->destroy == NULL)
			return skep_fail(
				log, SKEP_EINVAL, SKEP_NO_INSN,
				"map kind %u of the configuration has no name, or no create or "
				"destroy function\nall three",
				(unsigned)row->type);
		if (skep_contracts_map_kind(contracts, row->type) != row)
			return refuse_twice(log, "map kind", row->type, row->name);
	}
	return 0;
}

/* The engine that is asked for, if the port and the machine have it. */
static int choose_engine(struct skep_runtime *runtime)
{
	const enum skep_engine engine = runtime->config.engine;

	if (runtime->config.unverified && engine == SKEP_ENGINE_JIT)
		return skep_fail(&runtime->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the configuration asks for the JIT and for programs that nobody "
				 "verifies\none of the two\nmachine code is made of verified "
				 "programs only: choose SKEP_ENGINE_AUTO or SKEP_ENGINE_INTERP");
	if (runtime->config.unverified && runtime->config.unprivileged)
		return skep_fail(&runtime->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the configuration is for unprivileged programs and does not "
				 "verify them\none of the two\nonly the verifier keeps programs "
				 "from learning addresses");
	if (runtime->config.unverified)
		return 0;
	if (engine != SKEP_ENGINE_INTERP && runtime->config.port->code_alloc != NULL)
		runtime->backend = skep_backend_native();
	if (engine != SKEP_ENGINE_JIT || runtime->backend != NULL)
		return 0;
	return skep_fail(
		&runtime->log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
		"there is no JIT here: %s\n\nchoose SKEP_ENGINE_AUTO or SKEP_ENGINE_INTERP",
		runtime->config.port->code_alloc == NULL ? "the port has no code memory"
							 : "no backend for this machine");
}

static int set_up(struct skep_runtime *runtime)
{
	const struct skep_config *config = &runtime->config;
	struct skep_contracts *contracts = &runtime->contracts;

	skep_vm_own_tables(contracts, runtime->own_types);
	contracts->helpers[1] = config->helpers;
	contracts->helper_count[1] = config->helper_count;
	contracts->prog_types[1] = config->prog_types;
	contracts->prog_type_count[1] = config->prog_type_count;
	contracts->map_kinds[1] = config->map_kinds;
	contracts->map_kind_count[1] = config->map_kind_count;
	SKEP_TRY(check_helpers(config, contracts, &runtime->log));
	SKEP_TRY(check_prog_types(config, contracts, &runtime->log));
	SKEP_TRY(check_map_kinds(config, contracts, &runtime->log));
	return choose_engine(runtime);
}

int skep_runtime_open(const struct skep_config *config, struct skep_runtime **out)
{
	struct skep_log log = { .sink = config->log, .sink_ctx = config->log_ctx };
	const struct skep_port *port = config->port;
	struct skep_runtime *runtime;
	int err;

	SKEP_TRY(check_port(port, &log));
	runtime = port->alloc(port->ctx, sizeof(*runtime), _Alignof(struct skep_runtime));
	if (runtime == NULL)
		return skep_fail_memory(&log, "the runtime");
	runtime->config = *config;
	runtime->log = log;
	fill_limits(&runtime->config.limits);
	err = set_up(runtime);
	if (err < 0) {
		skep_runtime_close(runtime);
		return err;
	}
	*out = runtime;
	return 0;
}

void skep_runtime_close(struct skep_runtime *runtime)
{
	const struct skep_port *port;

	if (runtime == NULL)
		return;
	port = runtime->config.port;
	port->free(port->ctx, runtime, sizeof(*runtime), _Alignof(struct skep_runtime));
}

enum skep_engine skep_runtime_engine(const struct skep_runtime *runtime)
{
	return runtime->backend != NULL ? SKEP_ENGINE_JIT : SKEP_ENGINE_INTERP;
}

const struct skep_helper *skep_runtime_helper(const struct skep_runtime *runtime, uint32_t index)
{
	const struct skep_contracts *contracts = &runtime->contracts;

	if (index < contracts->helper_count[0])
		return &contracts->helpers[0][index];
	index -= contracts->helper_count[0];
	return index < contracts->helper_count[1] ? &contracts->helpers[1][index] : NULL;
}

const struct skep_map_kind *skep_runtime_map_kind(const struct skep_runtime *runtime,
						  uint32_t index)
{
	const struct skep_contracts *contracts = &runtime->contracts;

	if (index < contracts->map_kind_count[0])
		return &contracts->map_kinds[0][index];
	index -= contracts->map_kind_count[0];
	return index < contracts->map_kind_count[1] ? &contracts->map_kinds[1][index] : NULL;
}

const struct skep_prog_type *skep_runtime_prog_type(const struct skep_runtime *runtime,
						    uint32_t index)
{
	const struct skep_contracts *contracts = &runtime->contracts;

	if (index < contracts->prog_type_count[0])
		return &contracts->prog_types[0][index];
	index -= contracts->prog_type_count[0];
	return index < contracts->prog_type_count[1] ? &contracts->prog_types[1][index] : NULL;
}

const char *skep_prog_type_name(uint32_t type)
{
	return skep_spec_prog_name(type);
}

const char *skep_map_type_name(uint32_t type)
{
	return skep_spec_map_name(type);
}

const char *skep_helper_name(uint32_t id)
{
	return skep_spec_helper_name(id);
}

uint32_t skep_prog_type_by_name(const char *name)
{
	return skep_spec_prog_number(name);
}

int skep_backend_info(uint32_t index, const char **name, bool *native)
{
	const struct skep_backend *backend = skep_backend_at(index);

	if (backend == NULL)
		return SKEP_ENOENT;
	*name = skep_backend_name(backend);
	*native = backend == skep_backend_native();
	return 0;
}
