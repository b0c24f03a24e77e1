/* SPDX-License-Identifier: Apache-2.0 */
/* What a helper may ask of the run it is called in. */
#include "spec/program.h"

void *skep_env_ctx(struct skep_env *env)
{
	return env->ctx;
}

struct skep_runtime *skep_env_runtime(struct skep_env *env)
{
	return env->runtime;
}

void *skep_env_user(struct skep_env *env)
{
	return env->user;
}
