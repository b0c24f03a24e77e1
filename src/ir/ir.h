/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intermediate form: what backends compile. Operations on registers without opcodes, in the
 * order of the program, one or a few for each instruction.
 *
 * This is the direct form: its registers are r0 to r10 and the environment, BINARY has dst == a,
 * and MODIFY has dst == b (ATOMIC_CMPXCHG: dst is r0).
 */
#ifndef SKEP_IR_H
#define SKEP_IR_H

#include "base/arena.h"
#include "base/log.h"
#include "spec/program.h"

enum skep_ir_kind {
#define IR(name, shape) SKEP_IR_##name,
#include "ir/ir.def"
	SKEP_IR_COUNT
};

enum skep_ir_shape {
	SKEP_SHAPE_NONE,
	SKEP_SHAPE_CONST,
	SKEP_SHAPE_UNARY,
	SKEP_SHAPE_BINARY,
	SKEP_SHAPE_LOAD,
	SKEP_SHAPE_STORE,
	SKEP_SHAPE_UPDATE,
	SKEP_SHAPE_MODIFY,
	SKEP_SHAPE_BRANCH,
	SKEP_SHAPE_COUNTDOWN,
	SKEP_SHAPE_JUMP,
	SKEP_SHAPE_ADDRESS,
	SKEP_SHAPE_CALL,
	SKEP_SHAPE_LOCAL,
};

enum {
	SKEP_IR_ENV = SKEP_REG_COUNT, /* register that holds the struct skep_env of the run */
	SKEP_IR_REG_COUNT,
	SKEP_IR_IMM = 0xff, /* as b: imm in its place */
};

struct skep_ir_op {
	uint8_t op;   /* enum skep_ir_kind */
	uint8_t bits; /* width of the operation, or of the memory accessed */
	uint8_t dst, a, b;
	uint8_t from; /* SEXT */
	int16_t off;
	union {
		uint64_t value; /* CONST, CALL */
		struct {
			int32_t imm;     /* sign-extended to `bits` */
			uint32_t target; /* index of an instruction; ADDRESS and LOCAL: of a
					    function */
		};
	};
};

struct skep_ir_function {
	uint32_t start, end;  /* instructions [start, end) */
	uint32_t stack_bytes; /* below r10, a multiple of 8 */
	bool budget;          /* the lowest 8 bytes of its stack count for BUDGET */
	bool address_taken;
};

struct skep_ir {
	struct skep_ir_op *ops;
	uint32_t op_count;
	uint32_t *first; /* of each instruction its first operation; insn_count + 1 entries */
	uint32_t insn_count;
	struct skep_ir_function *functions; /* ascending, the first is the program */
	uint32_t function_count;
};

/* Addresses of C functions, of type skep_helper_fn, that operations call. */
struct skep_ir_runtime {
	/* Of r1 to r3 of bpf_tail_call(): the entry to go on at, with r1 kept in
	 * env->scratch[0]; or a negative enum skep_err. */
	uint64_t tail_call;
	/* A packet load: r1 = the context, r2 = the offset, r3 = the size in bytes; negative if the
	 * packet does not have them. */
	uint64_t packet_load;
	/* A helper by number: env->scratch[0] has the number, [1] the contracts' address. */
	uint64_t call_number;
};

enum skep_ir_shape skep_ir_shape(uint8_t op);

/* The registers that an operation reads or writes, as a set; calls: r0, and the environment. */
uint32_t skep_ir_regs(const struct skep_ir_op *op);

/* Builds the direct form. Functions without `exec->functions` are found by their calls and have
 * full frames. SKEP_EOPNOTSUPP: an instruction that no engine runs (kernel functions, address
 * spaces); SKEP_EINVAL: a malformed program; SKEP_ENOMEM. */
int skep_ir_build(const struct skep_exec *exec, const struct skep_ir_runtime *runtime,
		  bool big_endian, struct skep_arena *scratch, struct skep_log *log,
		  struct skep_ir *out);

#endif
