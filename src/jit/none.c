/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of jit.c in a library for machines that have no backend: there are none, and programs
 * are interpreted. Refuses to compile. What this file does not name is not linked into firmware:
 * backends, the representation they compile and what makes it.
 */
#include "jit/jit.h"

#include "base/log.h"

const struct skep_backend *skep_backend_at(uint32_t index)
{
	(void)index;
	return NULL;
}

const struct skep_backend *skep_backend_native(void)
{
	return NULL;
}

const char *skep_backend_name(const struct skep_backend *backend)
{
	(void)backend;
	return "";
}

int skep_jit_compile(const struct skep_backend *backend, const struct skep_exec *exec,
		     struct skep_arena *arena, struct skep_arena *scratch, struct skep_log *log,
		     struct skep_code *out)
{
	(void)backend, (void)exec, (void)arena, (void)scratch, (void)out;
	return skep_fail(log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
			 "this library compiles for no machine\none that was built with backends\n"
			 "ask for the interpreter");
}
