/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of which only the structure was checked, on the interpreter or the native JIT: what
 * conformance suites need, and nothing that may run code of strangers, because a wrong access ends
 * the process. Instructions go in, a prepared program comes out that runs over a piece of memory.
 * Helpers are the library's that take no pointers; every other number gives 0. Refuses what needs a
 * verifier or a kernel to mean anything: maps, BTF ids, kernel functions, packet loads, arenas.
 */
#ifndef SKEP_LAB_UNVERIFIED_H
#define SKEP_LAB_UNVERIFIED_H

#include "base/arena.h"
#include "base/bytes.h"
#include "interp/interp.h"
#include "jit/jit.h"
#include "vm/tables.h"

struct unverified {
	const struct skep_port *port;
	struct skep_log *log;
	struct skep_arena arena;
	struct skep_contracts contracts;
	struct skep_exec exec;
	struct skep_insn *insns;
	struct skep_function *functions;
	skep_helper_fn *helpers;
	void *code; /* NULL: interpreted */
	size_t code_bytes;
	skep_code_entry entry;
};

static uint64_t unverified_unknown(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
				   struct skep_env *env)
{
	(void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)env;
	return 0;
}

static bool unverified_takes_pointers(const struct skep_helper *helper)
{
	for (unsigned i = 0; i < SKEP_HELPER_ARGS_MAX; i++)
		if (helper->args[i] != SKEP_ARG_NONE && helper->args[i] != SKEP_ARG_ANYTHING &&
		    helper->args[i] != SKEP_ARG_SCALAR)
			return true;
	return false;
}

/* A table of the library's helpers that can be called with any arguments. */
static int unverified_make_contracts(struct unverified *u)
{
	struct skep_prog_type types[SKEP_OWN_PROG_COUNT];
	struct skep_contracts own = { 0 };
	struct skep_helper *rows;
	uint32_t count = 0;

	skep_vm_own_tables(&own, types);
	rows = skep_arena_array(&u->arena, own.helper_count[0], sizeof(*rows));
	if (rows == NULL)
		return skep_fail_memory(u->log, "the table of helpers");
	for (uint32_t i = 0; i < own.helper_count[0]; i++)
		if (!unverified_takes_pointers(&own.helpers[0][i]))
			rows[count++] = own.helpers[0][i];
	u->contracts.helpers[0] = rows;
	u->contracts.helper_count[0] = count;
	return 0;
}

/* Functions begin at 0 and wherever `begins` says. */
static void unverified_list_functions(struct unverified *u, const uint8_t *begins)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < u->exec.count; i++) {
		if (i != 0 && begins[i] == 0)
			continue;
		if (count > 0)
			u->functions[count - 1].end = i;
		u->functions[count++] =
			(struct skep_function){ i, u->exec.count, SKEP_STACK_BYTES };
	}
	u->exec.functions = u->functions;
	u->exec.function_count = count;
}

/* Makes one instruction executable and marks the function it calls. */
static int unverified_resolve(struct unverified *u, uint32_t at, const struct skep_op *op,
			      uint8_t *begins)
{
	const int32_t insn = (int32_t)at;
	const struct skep_helper *helper;

	switch (op->kind) {
	case SKEP_KIND_CALL_LOCAL: begins[(int64_t)at + 1 + op->jump] = 1; return 0;
	case SKEP_KIND_CALL_HELPER:
		helper = skep_contracts_helper(&u->contracts, (uint32_t)op->imm);
		u->helpers[u->exec.helper_count] = helper != NULL ? helper->fn : unverified_unknown;
		u->insns[at].imm = (int32_t)u->exec.helper_count++;
		return 0;
	case SKEP_KIND_LDDW:
		if (op->src == BPF_PSEUDO_FUNC)
			begins[(int64_t)at + 1 + (int32_t)(uint32_t)op->imm] = 1;
		else if (op->src != 0)
			return skep_fail(u->log, SKEP_EOPNOTSUPP, insn,
					 "this load needs a map or BTF\na program without them\n"
					 "run objects with maps with `skep run`");
		return 0;
	case SKEP_KIND_CALL_KFUNC:
	case SKEP_KIND_LD_ABS:
	case SKEP_KIND_LD_IND:
	case SKEP_KIND_MOV_SPACE:
		return skep_fail(u->log, SKEP_EOPNOTSUPP, insn,
				 "this instruction means something only inside a kernel\n"
				 "one without kernel functions, packet loads and arenas");
	default: return 0;
	}
}

static int unverified_make_exec(struct unverified *u, const struct skep_insn *insns, uint32_t count)
{
	uint8_t *begins = skep_arena_alloc(&u->arena, count);
	struct skep_op op;
	const char *why;

	u->insns = skep_arena_array(&u->arena, count, sizeof(*u->insns));
	u->functions = skep_arena_array(&u->arena, count, sizeof(*u->functions));
	u->helpers = skep_arena_array(&u->arena, count, sizeof(*u->helpers));
	if (begins == NULL || u->insns == NULL || u->functions == NULL || u->helpers == NULL)
		return skep_fail_memory(u->log, "the program");
	memcpy(u->insns, insns, (size_t)count * sizeof(*insns));
	u->exec = (struct skep_exec){
		.insns = u->insns, .count = count, .helpers = u->helpers, .contracts = &u->contracts
	};
	for (uint32_t at = 0; at < count; at += op.slots) {
		SKEP_TRY(skep_isa_decode(insns, count, at, &op, &why));
		SKEP_TRY(unverified_resolve(u, at, &op, begins));
	}
	unverified_list_functions(u, begins);
	return 0;
}

static int unverified_compile(struct unverified *u)
{
	const struct skep_backend *backend = skep_backend_native();
	struct skep_arena scratch;
	struct skep_code code;
	int err;

	if (backend == NULL)
		return skep_fail(u->log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
				 "there is no JIT for this machine\n\nuse the interpreter");
	skep_arena_init(&scratch, u->port, 0);
	err = skep_jit_compile(backend, &u->exec, &u->arena, &scratch, u->log, &code);
	skep_arena_free(&scratch);
	SKEP_TRY(err);
	u->code = u->port->code_alloc(u->port->ctx, code.size);
	if (u->code == NULL)
		return skep_fail_memory(u->log, "machine code");
	u->code_bytes = code.size;
	memcpy(u->code, code.bytes, code.size);
	if (u->port->code_seal(u->port->ctx, u->code, u->code_bytes) < 0)
		return skep_fail(u->log, SKEP_EPERM, SKEP_NO_INSN,
				 "this system does not allow memory to become executable\n\n"
				 "use the interpreter");
	/* C11 has no cast from an object pointer to a function pointer. */
	memcpy(&u->entry, &u->code, sizeof(u->entry));
	return 0;
}

static void unverified_close(struct unverified *u)
{
	if (u->code != NULL)
		u->port->code_free(u->port->ctx, u->code, u->code_bytes);
	skep_arena_free(&u->arena);
}

/* Prepares a program that stays in `u` until unverified_close(); after a failure there is nothing
 * to close. */
static int unverified_open(struct unverified *u, const struct skep_port *port,
			   const struct skep_insn *insns, uint32_t count, bool jit,
			   struct skep_log *log)
{
	int err;

	*u = (struct unverified){ .port = port, .log = log };
	skep_arena_init(&u->arena, port, 0);
	err = skep_isa_check(insns, count, &u->arena, log);
	if (err == 0)
		err = unverified_make_contracts(u);
	if (err == 0)
		err = unverified_make_exec(u, insns, count);
	if (err == 0 && jit)
		err = unverified_compile(u);
	if (err < 0)
		unverified_close(u);
	return err;
}

/* r1 = memory, r2 = size; returns r0. */
static uint64_t unverified_run(const struct unverified *u, void *memory, uint64_t size)
{
	uint32_t atomic_word = 0;
	struct skep_env env = { .ctx = memory, .port = u->port, .atomic_word = &atomic_word };

	if (u->code != NULL)
		return u->entry(memory, &env, size);
	return skep_interp_run(&u->exec, memory, size, &env);
}

#endif
