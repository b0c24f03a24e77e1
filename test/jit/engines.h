/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the engines: a program from instructions or text, run by the interpreter and, where
 * this machine has a backend, by compiled code. */
#ifndef SKEP_TEST_ENGINES_H
#define SKEP_TEST_ENGINES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "harness.h"
#include "interp/interp.h"
#include "isa/isa.h"
#include "jit/jit.h"

struct program {
	struct skep_insn insns[512]; /* of programs from text */
	struct skep_exec exec;
	struct skep_arena arena, scratch;
	struct skep_code code;
	void *memory; /* executable */
	struct skep_target target;
};

static inline void print_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

static inline struct skep_env make_env(void)
{
	static uint32_t word;

	return (struct skep_env){ .port = skep_port_posix(), .atomic_word = &word };
}

/* Compiles `program->exec`. True also where there is no backend: then the entry is NULL. */
static inline bool compile_program(struct program *program)
{
	const struct skep_port *port = skep_port_posix();
	const struct skep_backend *backend = skep_backend_native();
	struct skep_log log = { .sink = print_report };

	program->target.exec = &program->exec;
	skep_arena_init(&program->arena, port, 0);
	skep_arena_init(&program->scratch, port, 0);
	if (backend == NULL)
		return true;
	if (skep_jit_compile(backend, &program->exec, &program->arena, &program->scratch, &log,
			     &program->code) < 0)
		return false;
	program->memory = port->code_alloc(port->ctx, program->code.size);
	if (program->memory == NULL)
		return false;
	memcpy(program->memory, program->code.bytes, program->code.size);
	if (port->code_seal(port->ctx, program->memory, program->code.size) < 0)
		return false;
	memcpy(&program->target.entry, &program->memory, sizeof(program->memory));
	return true;
}

/* A program of instructions, which stay the caller's. */
static inline bool open_insns(struct program *program, const struct skep_insn *insns,
			      uint32_t count)
{
	program->memory = NULL;
	program->target.entry = NULL;
	program->exec = (struct skep_exec){ .insns = insns, .count = count };
	return compile_program(program);
}

enum { HELPER_TAIL_CALL = 12 };

/* A program in the kernel's syntax. Calls are of `helpers` by index; 12 is a tail call. */
static inline bool open_text(struct program *program, const char *text,
			     const skep_helper_fn *helpers, uint32_t helper_count)
{
	struct skep_log log = { .sink = print_report };
	uint32_t count;

	program->memory = NULL;
	program->target.entry = NULL;
	if (skep_isa_assemble(text, strlen(text), program->insns,
			      sizeof(program->insns) / sizeof(program->insns[0]), &count, &log) < 0)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct skep_insn *insn = &program->insns[i];

		if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == 0 &&
		    insn->imm == HELPER_TAIL_CALL)
			insn->imm = SKEP_CALL_TAIL;
	}
	program->exec = (struct skep_exec){ .insns = program->insns,
					    .count = count,
					    .helpers = helpers,
					    .helper_count = helper_count };
	return compile_program(program);
}

static inline void close_program(struct program *program)
{
	const struct skep_port *port = skep_port_posix();

	if (program->memory != NULL)
		port->code_free(port->ctx, program->memory, program->code.size);
	skep_arena_free(&program->arena);
	skep_arena_free(&program->scratch);
}

static inline uint64_t run_interp(const struct program *program, void *ctx, uint64_t r2)
{
	struct skep_env env = make_env();

	env.ctx = ctx;
	return skep_interp_run(&program->exec, ctx, r2, &env);
}

/* Compiled code; the interpreter where there is none. */
static inline uint64_t run_jit(const struct program *program, void *ctx, uint64_t r2)
{
	struct skep_env env = make_env();

	if (program->target.entry == NULL)
		return run_interp(program, ctx, r2);
	env.ctx = ctx;
	return program->target.entry(ctx, &env, r2);
}

/* Registers before and after one instruction under test. r10 is the frame's. */
struct registers {
	uint64_t before[10], after[10];
};

static inline struct skep_insn insn_of(int code, int dst, int src, int off, int32_t imm)
{
	return (struct skep_insn){ .code = (uint8_t)code,
				   .dst_reg = (uint8_t)(dst & 15),
				   .src_reg = (uint8_t)(src & 15),
				   .off = (int16_t)off,
				   .imm = imm };
}

enum { WRAP_BEFORE = 11, WRAP_AFTER = 33, WRAP_COUNT = WRAP_BEFORE + WRAP_AFTER };

/* Wraps instructions so that they start from `before` and leave `after` of a struct registers,
 * which is the context. Returns how many there are in `out`. */
static inline uint32_t wrap(struct skep_insn *out, const struct skep_insn *body, uint32_t count)
{
	struct skep_insn *at = out;

	*at++ = insn_of(BPF_STX | BPF_MEM | BPF_DW, 10, 1, -8, 0);
	for (int r = 0; r < 10; r++)
		if (r != 1)
			*at++ = insn_of(BPF_LDX | BPF_MEM | BPF_DW, r, 1, 8 * r, 0);
	*at++ = insn_of(BPF_LDX | BPF_MEM | BPF_DW, 1, 1, 8, 0);
	memcpy(at, body, count * sizeof(*body));
	at += count;
	for (int r = 0; r < 10; r++)
		*at++ = insn_of(BPF_STX | BPF_MEM | BPF_DW, 10, r, -16 - 8 * r, 0);
	*at++ = insn_of(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0);
	for (int r = 0; r < 10; r++) {
		*at++ = insn_of(BPF_LDX | BPF_MEM | BPF_DW, 0, 10, -16 - 8 * r, 0);
		*at++ = insn_of(BPF_STX | BPF_MEM | BPF_DW, 1, 0, 80 + 8 * r, 0);
	}
	*at++ = insn_of(BPF_LDX | BPF_MEM | BPF_DW, 0, 1, 80, 0);
	*at++ = insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return (uint32_t)(at - out);
}

/* Values at which operations change their ways. */
static const uint64_t BOUNDARY[] = {
	0,
	1,
	2,
	7,
	31,
	32,
	63,
	0x7f,
	0x80,
	0xffff8000,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0xdeadbeef00000000,
	0xa5a5a5a500000001,
	0x5a5a5a5affffffff,
	0xfffffffeffffffff,
	0xffffffff80000000,
	0x8000000080000000,
	0x7fffffffffffffff,
	0x8000000000000000,
	0x8000000000000001,
	0x0123456789abcdef,
	0xffffffffffffffff,
};

static const int32_t IMMEDIATES[] = {
	0,      1,        -1,         2,       3,          5,       7,          10,
	31,     32,       33,         63,      64,         127,     128,        -128,
	-129,   129,      255,        256,     2047,       2048,    -2048,      -2049,
	4095,   4096,     0x7fff,     0x8000,  0xffff,     0x10000, -4096,      -32768,
	0xff00, 0xff0000, 0x7f000000, 1 << 30, 0x7ffff800, -255,    0x7fffffff, INT32_MIN,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
