/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: what is known of one, what can be set before load, and running it. */
#include "base/bytes.h"
#include "interp/checked.h"
#include "interp/interp.h"
#include "vm/vm.h"

void skep_prog_info(const struct skep_prog *prog, struct skep_prog_info *out)
{
	*out = (struct skep_prog_info){
		.name = prog->name,
		.section = prog->image->section,
		.type = prog->type,
		.insn_count = prog->count,
		.loaded = prog->loaded,
		.verified_insns = prog->facts.walked_insns,
		.verified_states = prog->facts.states,
		.stack_bytes = prog->facts.stack_bytes,
		.subprog_count = prog->func_count - 1,
		.verify_ns = prog->verify_ns,
		.compile_ns = prog->compile_ns,
		.code_bytes = (uint32_t)prog->code_bytes,
	};
}

static int refuse_after_load(const struct skep_prog *prog)
{
	if (prog->object->phase == SKEP_PHASE_OPEN)
		return 0;
	return skep_fail(&prog->object->log, SKEP_EPERM, SKEP_NO_INSN,
			 "program \"%s\" cannot be changed after load\n\nset it before",
			 prog->name);
}

int skep_prog_set_type(struct skep_prog *prog, uint32_t type)
{
	SKEP_TRY(refuse_after_load(prog));
	prog->type = type;
	return 0;
}

int skep_prog_set_autoload(struct skep_prog *prog, bool autoload)
{
	SKEP_TRY(refuse_after_load(prog));
	prog->autoload = autoload;
	return 0;
}

const void *skep_prog_code(const struct skep_prog *prog, size_t *size)
{
	if (!prog->loaded || prog->code == NULL)
		return NULL;
	*size = prog->code_bytes;
	return prog->code;
}

/* The program that a trap is in. Targets are parts of programs. */
static const struct skep_prog *prog_of(const struct skep_trap *trap,
				       const struct skep_prog *started)
{
	const uint8_t *target = (const uint8_t *)trap->target;

	return target == NULL ? started
			      : (const struct skep_prog *)(const void *)(target -
									 offsetof(struct skep_prog,
										  target));
}

static int report_trap(const struct skep_trap *trap, const struct skep_prog *prog)
{
	struct skep_log log = prog->object->log;
	const int err = skep_trap_err(trap->cause);
	const char *found = skep_trap_found(trap->cause), *needed = skep_trap_needed(trap->cause);
	const int32_t insn = (int32_t)trap->pc;

	log.prog = prog->name;
	log.locate = skep_vm_locate;
	log.locate_ctx = (void *)(uintptr_t)prog;
	switch (skep_trap_value(trap->cause)) {
	case SKEP_TRAP_VALUE_ADDRESS:
		return skep_fail(&log, err, insn, "%s: %u bytes at %#llx\n%s", found,
				 (unsigned)trap->size, (unsigned long long)trap->value, needed);
	case SKEP_TRAP_VALUE_NUMBER:
		return skep_fail(&log, err, insn, "%s: %lld\n%s", found, (long long)trap->value,
				 needed);
	default: return skep_fail(&log, err, insn, "%s\n%s", found, needed);
	}
}

static int run_checked(const struct skep_prog *prog, struct skep_env *env, uint64_t *r0)
{
	const struct skep_checked run = {
		.code = &prog->linked,
		.maps = prog->object->maps,
		.insns_max = prog->object->runtime->config.limits.run_insns_max,
	};
	struct skep_trap trap;
	const int err = skep_checked_run(&run, env, r0, &trap);

	return err < 0 ? report_trap(&trap, prog_of(&trap, prog)) : 0;
}

int skep_prog_run(const struct skep_prog *prog, void *ctx, uint64_t *r0)
{
	struct skep_runtime *runtime = prog->object->runtime;
	struct skep_env env;

	if (!prog->loaded)
		return SKEP_EPERM;
	if (ctx == NULL && prog->contract->ctx_size != 0)
		return SKEP_EINVAL;
	if (prog->contract->check_ctx != NULL)
		SKEP_TRY(prog->contract->check_ctx(ctx));
	env = (struct skep_env){
		.ctx = ctx,
		.packet_load = prog->contract->packet_load,
		.runtime = runtime,
		.port = runtime->config.port,
		.user = runtime->config.user,
		.atomic_word = &runtime->atomic_word,
	};
	if (prog->target.linked != NULL)
		return run_checked(prog, &env, r0);
	*r0 = prog->target.entry != NULL ? prog->target.entry(ctx, &env, 0)
					 : skep_threaded_run(&prog->exec, ctx, 0, &env);
	return 0;
}
