/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: what is known of one, what can be set before load, and running it. */
#include "base/bytes.h"
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

int skep_prog_run(const struct skep_prog *prog, void *ctx, uint64_t *r0)
{
	struct skep_runtime *runtime = prog->object->runtime;
	struct skep_env env;

	if (!prog->loaded)
		return SKEP_EPERM;
	if (prog->contract->check_ctx != NULL)
		SKEP_TRY(prog->contract->check_ctx(ctx));
	env = (struct skep_env){
		.ctx = ctx,
		.runtime = runtime,
		.port = runtime->config.port,
		.user = runtime->config.user,
		.atomic_word = &runtime->atomic_word,
	};
	*r0 = prog->target.entry != NULL ? prog->target.entry(ctx, &env, 0)
					 : skep_interp_run(&prog->exec, ctx, 0, &env);
	return 0;
}
