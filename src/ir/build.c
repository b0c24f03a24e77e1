/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From executable instructions to the direct form: one walk over the functions, each instruction
 * decoded once and turned into the operations that mean the same. What is the same on every machine
 * is settled here, so that no backend has to: division by a constant that is 0, 1, -1 or a power of
 * two, the byte order, jumps to the next instruction, tail calls, calls by number, packet loads.
 *
 * Refuses what no engine runs, and structure that skep_isa_check() refuses as far as it would make
 * code that leaves its function.
 */
#include "base/bytes.h"
#include "ir/ir.h"

struct builder {
	const struct skep_exec *exec;
	const struct skep_ir_runtime *runtime;
	bool big_endian;
	struct skep_log *log;
	struct skep_ir *ir;
	struct skep_ir_function *function; /* in hand */
	uint32_t index;                    /* of the instruction in hand */
};

enum skep_ir_shape skep_ir_shape(uint8_t op)
{
	static const uint8_t SHAPES[] = {
#define IR(name, shape) SKEP_SHAPE_##shape,
#include "ir/ir.def"
	};

	return SHAPES[op];
}

uint32_t skep_ir_regs(const struct skep_ir_op *op)
{
	const uint32_t dst = 1u << (op->dst & 31), a = 1u << (op->a & 31);
	const uint32_t b = op->b == SKEP_IR_IMM ? 0 : 1u << (op->b & 31);

	switch (skep_ir_shape(op->op)) {
	case SKEP_SHAPE_CONST:
	case SKEP_SHAPE_ADDRESS: return dst;
	case SKEP_SHAPE_UNARY:
	case SKEP_SHAPE_LOAD: return dst | a;
	case SKEP_SHAPE_BINARY:
	case SKEP_SHAPE_MODIFY: return dst | a | b;
	case SKEP_SHAPE_STORE:
	case SKEP_SHAPE_UPDATE:
	case SKEP_SHAPE_BRANCH: return a | b;
	case SKEP_SHAPE_COUNTDOWN: return a;
	case SKEP_SHAPE_CALL:
	case SKEP_SHAPE_LOCAL: return 1u << 0 | 1u << SKEP_IR_ENV;
	default: return 1u << 0;
	}
}

static void put(struct builder *b, struct skep_ir_op op)
{
	b->ir->ops[b->ir->op_count++] = op;
}

static void put_const(struct builder *b, uint8_t dst, uint64_t value)
{
	put(b, (struct skep_ir_op){ .op = SKEP_IR_CONST, .bits = 64, .dst = dst, .value = value });
}

static void put_unary(struct builder *b, uint8_t kind, uint8_t bits, uint8_t dst, uint8_t a)
{
	put(b, (struct skep_ir_op){ .op = kind, .bits = bits, .dst = dst, .a = a });
}

static int malformed(const struct builder *b, const char *why)
{
	return skep_fail(b->log, SKEP_EINVAL, (int32_t)b->index, "%s", why);
}

static int unsupported(const struct builder *b, const char *what)
{
	return skep_fail(b->log, SKEP_EOPNOTSUPP, (int32_t)b->index,
			 "%s cannot be compiled\n\nrun this program in the kernel", what);
}

/* Division by a constant that needs none. True if `op` is settled. */
static bool put_easy_division(struct builder *b, struct skep_ir_op *op)
{
	const bool is_signed = op->op == SKEP_IR_SDIV || op->op == SKEP_IR_SMOD;
	const bool is_modulo = op->op == SKEP_IR_UMOD || op->op == SKEP_IR_SMOD;
	const uint64_t by = op->bits == 64 ? (uint64_t)op->imm : (uint32_t)op->imm;

	if (by == 0 || op->imm == 1 || (is_signed && op->imm == -1)) {
		if (is_modulo != (by == 0))
			put_const(b, op->dst, 0);
		else
			put_unary(b, op->imm == -1 ? SKEP_IR_NEG : SKEP_IR_MOV, op->bits, op->dst,
				  op->dst);
		return true;
	}
	if (is_signed || (by & (by - 1)) != 0)
		return false;
	op->op = is_modulo ? SKEP_IR_AND : SKEP_IR_SHR;
	if (is_modulo) {
		op->imm = (int32_t)(by - 1);
	} else {
		for (op->imm = 0; by >> op->imm != 1;)
			op->imm++;
	}
	put(b, *op);
	return true;
}

static void put_alu(struct builder *b, const struct skep_op *insn, bool immediate)
{
	static const uint8_t KINDS[] = {
		[SKEP_ALU_ADD] = SKEP_IR_ADD,   [SKEP_ALU_SUB] = SKEP_IR_SUB,
		[SKEP_ALU_MUL] = SKEP_IR_MUL,   [SKEP_ALU_DIV] = SKEP_IR_UDIV,
		[SKEP_ALU_OR] = SKEP_IR_OR,     [SKEP_ALU_AND] = SKEP_IR_AND,
		[SKEP_ALU_LSH] = SKEP_IR_SHL,   [SKEP_ALU_RSH] = SKEP_IR_SHR,
		[SKEP_ALU_MOD] = SKEP_IR_UMOD,  [SKEP_ALU_XOR] = SKEP_IR_XOR,
		[SKEP_ALU_MOV] = SKEP_IR_MOV,   [SKEP_ALU_ARSH] = SKEP_IR_SAR,
		[SKEP_ALU_SDIV] = SKEP_IR_SDIV, [SKEP_ALU_SMOD] = SKEP_IR_SMOD,
	};
	struct skep_ir_op op = {
		.op = KINDS[insn->what],
		.bits = insn->bits,
		.dst = insn->dst,
		.a = insn->dst,
		.b = immediate ? SKEP_IR_IMM : insn->src,
		.imm = immediate ? (int32_t)insn->imm : 0,
	};

	if (op.op == SKEP_IR_MOV) {
		if (immediate)
			put_const(b, op.dst,
				  op.bits == 64 ? (uint64_t)insn->imm : (uint32_t)insn->imm);
		else
			put_unary(b, SKEP_IR_MOV, op.bits, op.dst, insn->src);
		return;
	}
	if (immediate && op.op >= SKEP_IR_UDIV && op.op <= SKEP_IR_SMOD &&
	    put_easy_division(b, &op))
		return;
	if (immediate && op.op >= SKEP_IR_SHL && op.op <= SKEP_IR_SAR)
		op.imm &= op.bits - 1;
	put(b, op);
}

static void put_byte_order(struct builder *b, const struct skep_op *insn)
{
	const bool swap =
		insn->kind == SKEP_KIND_SWAP || (insn->kind == SKEP_KIND_TO_BE) != b->big_endian;

	if (swap)
		put_unary(b, SKEP_IR_SWAP, insn->bits, insn->dst, insn->dst);
	else if (insn->bits < 64)
		put_unary(b, SKEP_IR_ZEXT, insn->bits, insn->dst, insn->dst);
}

static void put_access(struct builder *b, const struct skep_op *insn)
{
	struct skep_ir_op op = { .bits = insn->bits, .off = insn->off };

	switch (insn->kind) {
	case SKEP_KIND_LOAD: op.op = SKEP_IR_LOAD; break;
	case SKEP_KIND_LOAD_SIGNED: op.op = SKEP_IR_LOAD_SIGNED; break;
	case SKEP_KIND_LOAD_ACQUIRE: op.op = SKEP_IR_LOAD_ACQUIRE; break;
	case SKEP_KIND_STORE_RELEASE: op.op = SKEP_IR_STORE_RELEASE; break;
	default: op.op = SKEP_IR_STORE; break;
	}
	if (skep_ir_shape(op.op) == SKEP_SHAPE_LOAD) {
		op.dst = insn->dst;
		op.a = insn->src;
	} else {
		op.a = insn->dst;
		op.b = insn->kind == SKEP_KIND_STORE_IMM ? SKEP_IR_IMM : insn->src;
		op.imm = (int32_t)insn->imm;
	}
	put(b, op);
}

static void put_atomic(struct builder *b, const struct skep_op *insn)
{
	static const uint8_t KINDS[] = {
#define ATOMIC(name, imm, text, result) [SKEP_ATOMIC_##name] = SKEP_IR_ATOMIC_##name,
#define ATOMIC_SWAP(name, imm, text)    [SKEP_ATOMIC_##name] = SKEP_IR_ATOMIC_##name,
#include "isa/atomic.def"
	};

	put(b, (struct skep_ir_op){
		       .op = KINDS[insn->what],
		       .bits = insn->bits,
		       .dst = insn->what == SKEP_ATOMIC_CMPXCHG ? 0 : insn->src,
		       .a = insn->dst,
		       .b = insn->src,
		       .off = insn->off,
	       });
}

/* Where a jump goes, checked to stay in its function. */
static int find_target(const struct builder *b, const struct skep_op *insn, uint32_t *out)
{
	const int64_t target = (int64_t)b->index + 1 + insn->jump;

	if (target < b->function->start || target >= b->function->end)
		return malformed(b, "the jump leaves its function");
	*out = (uint32_t)target;
	return 0;
}

static int put_jump(struct builder *b, const struct skep_op *insn)
{
	static const uint8_t KINDS[] = {
		[SKEP_JUMP_JEQ] = SKEP_IR_EQ,   [SKEP_JUMP_JGT] = SKEP_IR_UGT,
		[SKEP_JUMP_JGE] = SKEP_IR_UGE,  [SKEP_JUMP_JSET] = SKEP_IR_SET,
		[SKEP_JUMP_JNE] = SKEP_IR_NE,   [SKEP_JUMP_JSGT] = SKEP_IR_SGT,
		[SKEP_JUMP_JSGE] = SKEP_IR_SGE, [SKEP_JUMP_JLT] = SKEP_IR_ULT,
		[SKEP_JUMP_JLE] = SKEP_IR_ULE,  [SKEP_JUMP_JSLT] = SKEP_IR_SLT,
		[SKEP_JUMP_JSLE] = SKEP_IR_SLE,
	};
	struct skep_ir_op op = { .bits = insn->bits };

	SKEP_TRY(find_target(b, insn, &op.target));
	if (op.target == b->index + 1)
		return 0;
	if (insn->kind == SKEP_KIND_JA) {
		op.op = SKEP_IR_JUMP;
	} else if (insn->kind == SKEP_KIND_MAY_GOTO) {
		op.op = SKEP_IR_BUDGET;
		op.bits = 64;
		op.a = BPF_REG_FP;
		op.off = (int16_t) - (int32_t)b->function->stack_bytes;
	} else {
		op.op = KINDS[insn->what];
		op.a = insn->dst;
		op.b = insn->kind == SKEP_KIND_JUMP_IMM ? SKEP_IR_IMM : insn->src;
		op.imm = (int32_t)insn->imm;
	}
	put(b, op);
	return 0;
}

/* The function that begins at `start`, or NULL. */
static struct skep_ir_function *find_function(const struct skep_ir *ir, int64_t start)
{
	uint32_t low = 0, high = ir->function_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (ir->functions[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ir->function_count && ir->functions[low].start == start ? &ir->functions[low]
									     : NULL;
}

/* The first function takes its arguments as C does, so it can only be entered from outside. */
static int put_function(struct builder *b, uint8_t kind, uint8_t dst, int64_t start)
{
	struct skep_ir_function *function = find_function(b->ir, start);

	if (function == NULL)
		return malformed(b, "the call does not lead to the start of a function");
	if (function == b->ir->functions)
		return malformed(b, "the program calls itself");
	function->address_taken |= kind == SKEP_IR_FUNCTION;
	put(b, (struct skep_ir_op){ .op = kind,
				    .bits = 64,
				    .dst = dst,
				    .target = (uint32_t)(function - b->ir->functions) });
	return 0;
}

static int16_t scratch_at(uint32_t index)
{
	return (int16_t)(offsetof(struct skep_env, scratch) + index * sizeof(uint64_t));
}

/* Goes on in the target, or behind this instruction with the error in r0. */
static void put_tail_call(struct builder *b)
{
	put(b, (struct skep_ir_op){ .op = SKEP_IR_CALL, .value = b->runtime->tail_call });
	put(b, (struct skep_ir_op){ .op = SKEP_IR_UGE,
				    .bits = 64,
				    .a = 0,
				    .b = SKEP_IR_IMM,
				    .imm = -4095, /* as an error, in Linux's way */
				    .target = b->index + 1 });
	put(b, (struct skep_ir_op){ .op = SKEP_IR_LOAD,
				    .bits = 64,
				    .dst = 1,
				    .a = SKEP_IR_ENV,
				    .off = scratch_at(0) });
	put(b, (struct skep_ir_op){ .op = SKEP_IR_TAIL });
}

/* r0 is free: the call will write it. */
static void put_call_by_number(struct builder *b, uint8_t number)
{
	struct skep_ir_op store = {
		.op = SKEP_IR_STORE, .bits = 64, .a = SKEP_IR_ENV, .b = number, .off = scratch_at(0)
	};

	put(b, store);
	put_const(b, 0, (uint64_t)(uintptr_t)b->exec->contracts);
	store.b = 0;
	store.off = scratch_at(1);
	put(b, store);
	put(b, (struct skep_ir_op){ .op = SKEP_IR_CALL, .value = b->runtime->call_number });
}

static int put_call(struct builder *b, const struct skep_op *insn)
{
	if (insn->imm == SKEP_CALL_TAIL) {
		put_tail_call(b);
		return 0;
	}
	if (insn->imm < 0 || insn->imm >= b->exec->helper_count)
		return malformed(b, "the call names no function of the runtime");
	put(b, (struct skep_ir_op){ .op = SKEP_IR_CALL,
				    .value = (uint64_t)(uintptr_t)b->exec->helpers[insn->imm] });
	return 0;
}

/* r1 to r5 are free: the instruction may change them. Returns 0 from the function when the packet
 * does not have the bytes. */
static void put_packet_load(struct builder *b, const struct skep_op *insn)
{
	if (insn->kind == SKEP_KIND_LD_IND) {
		put_unary(b, SKEP_IR_MOV, 32, 2, insn->src);
		put(b, (struct skep_ir_op){ .op = SKEP_IR_ADD,
					    .bits = 32,
					    .dst = 2,
					    .a = 2,
					    .b = SKEP_IR_IMM,
					    .imm = (int32_t)insn->imm });
	} else {
		put_const(b, 2, (uint32_t)insn->imm);
	}
	put_unary(b, SKEP_IR_MOV, 64, 1, 6);
	put_const(b, 3, insn->bits / 8u);
	put(b, (struct skep_ir_op){ .op = SKEP_IR_CALL, .value = b->runtime->packet_load });
	put(b, (struct skep_ir_op){ .op = SKEP_IR_SGE,
				    .bits = 64,
				    .a = 0,
				    .b = SKEP_IR_IMM,
				    .imm = 0,
				    .target = b->index + 1 });
	put_const(b, 0, 0);
	put(b, (struct skep_ir_op){ .op = SKEP_IR_RETURN });
}

static int put_insn(struct builder *b, const struct skep_op *insn)
{
	switch ((enum skep_kind)insn->kind) {
	case SKEP_KIND_ALU_IMM: put_alu(b, insn, true); return 0;
	case SKEP_KIND_ALU_REG: put_alu(b, insn, false); return 0;
	case SKEP_KIND_NEG: put_unary(b, SKEP_IR_NEG, insn->bits, insn->dst, insn->dst); return 0;
	case SKEP_KIND_MOV_SIGNED:
		put(b, (struct skep_ir_op){ .op = SKEP_IR_SEXT,
					    .bits = insn->bits,
					    .dst = insn->dst,
					    .a = insn->src,
					    .from = (uint8_t)insn->off });
		return 0;
	case SKEP_KIND_TO_LE:
	case SKEP_KIND_TO_BE:
	case SKEP_KIND_SWAP: put_byte_order(b, insn); return 0;
	case SKEP_KIND_LDDW:
		if (insn->src == BPF_PSEUDO_FUNC)
			return put_function(b, SKEP_IR_FUNCTION, insn->dst,
					    (int64_t)b->index + 1 + (int32_t)insn->imm);
		put_const(b, insn->dst, (uint64_t)insn->imm);
		return 0;
	case SKEP_KIND_LOAD:
	case SKEP_KIND_LOAD_SIGNED:
	case SKEP_KIND_LOAD_ACQUIRE:
	case SKEP_KIND_STORE_IMM:
	case SKEP_KIND_STORE_REG:
	case SKEP_KIND_STORE_RELEASE: put_access(b, insn); return 0;
	case SKEP_KIND_ATOMIC: put_atomic(b, insn); return 0;
	case SKEP_KIND_JA:
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG:
	case SKEP_KIND_MAY_GOTO: return put_jump(b, insn);
	case SKEP_KIND_LD_ABS:
	case SKEP_KIND_LD_IND: put_packet_load(b, insn); return 0;
	case SKEP_KIND_CALL_HELPER: return put_call(b, insn);
	case SKEP_KIND_CALL_REG: put_call_by_number(b, insn->dst); return 0;
	case SKEP_KIND_CALL_LOCAL:
		return put_function(b, SKEP_IR_CALL_LOCAL, 0, (int64_t)b->index + 1 + insn->jump);
	case SKEP_KIND_EXIT: put(b, (struct skep_ir_op){ .op = SKEP_IR_RETURN }); return 0;
	case SKEP_KIND_CALL_KFUNC: return unsupported(b, "a call of a kernel function");
	case SKEP_KIND_MOV_SPACE: return unsupported(b, "a move between address spaces");
	case SKEP_KIND_COUNT: break;
	}
	return malformed(b, "the operation is unknown");
}

static bool ends_path(uint8_t kind)
{
	return kind == SKEP_KIND_EXIT || kind == SKEP_KIND_JA;
}

static int build_function(struct builder *b)
{
	struct skep_op insn = { 0 };
	const char *why;

	for (b->index = b->function->start; b->index < b->function->end; b->index += insn.slots) {
		b->ir->first[b->index] = b->ir->op_count;
		if (skep_isa_decode(b->exec->insns, b->exec->count, b->index, &insn, &why) < 0)
			return malformed(b, why);
		SKEP_TRY(put_insn(b, &insn));
		if (insn.slots == 2)
			b->ir->first[b->index + 1] = b->ir->op_count;
	}
	if (b->index != b->function->end || !ends_path(insn.kind)) {
		b->index = b->function->end - 1;
		return malformed(b, "the function does not end with exit or a jump");
	}
	return 0;
}

/* Functions as the verifier gave them, with room to count where may_goto needs it. */
static int copy_functions(struct builder *b)
{
	const struct skep_exec *exec = b->exec;

	for (uint32_t i = 0; i < exec->function_count; i++) {
		const struct skep_function *from = &exec->functions[i];
		const uint32_t least = i == 0 ? 0 : exec->functions[i - 1].end;

		b->index = from->start;
		if (from->start < least || from->end <= from->start || from->end > exec->count ||
		    from->stack_bytes > SKEP_STACK_BYTES)
			return malformed(b, "the list of functions is out of order");
		b->ir->functions[i] = (struct skep_ir_function){
			.start = from->start,
			.end = from->end,
			.stack_bytes = (from->stack_bytes + 7) & ~7u,
		};
	}
	b->ir->function_count = exec->function_count;
	return 0;
}

/* Marks the starts of functions, by the index of the instruction, and returns how many there are.
 */
static uint32_t mark_functions(const struct skep_exec *exec, uint8_t *starts)
{
	uint32_t count = 1;

	starts[0] = 1;
	for (uint32_t i = 0; i < exec->count; i++) {
		const struct skep_insn *insn = &exec->insns[i];
		const bool wide = insn->code == (BPF_LD | BPF_IMM | BPF_DW);
		const bool leads = insn->code == (BPF_JMP | BPF_CALL)
					   ? insn->src_reg == BPF_PSEUDO_CALL
					   : wide && insn->src_reg == BPF_PSEUDO_FUNC;
		const int64_t target = (int64_t)i + 1 + insn->imm;

		if (leads && target > 0 && target < exec->count && starts[target] == 0) {
			starts[target] = 1;
			count++;
		}
		i += wide;
	}
	return count;
}

static void list_functions(struct skep_ir *ir, const uint8_t *starts)
{
	for (uint32_t i = 0; i < ir->insn_count; i++) {
		struct skep_ir_function *function = &ir->functions[ir->function_count];

		if (starts[i] == 0)
			continue;
		if (i > 0)
			function[-1].end = i;
		*function = (struct skep_ir_function){ .start = i,
						       .end = ir->insn_count,
						       .stack_bytes = SKEP_STACK_BYTES };
		ir->function_count++;
	}
}

static int find_functions(struct builder *b, struct skep_arena *scratch)
{
	const struct skep_exec *exec = b->exec;
	uint8_t *starts = NULL;
	uint32_t count = exec->function_count;

	if (exec->function_count == 0) {
		starts = skep_arena_alloc(scratch, exec->count);
		if (starts == NULL)
			return skep_fail_memory(b->log, "the list of functions");
		count = mark_functions(exec, starts);
	}
	b->ir->functions = skep_arena_array(scratch, count, sizeof(*b->ir->functions));
	if (b->ir->functions == NULL)
		return skep_fail_memory(b->log, "the list of functions");
	if (starts == NULL)
		return copy_functions(b);
	list_functions(b->ir, starts);
	return 0;
}

/* Gives functions that may_goto is in their counter. */
static void find_budgets(struct builder *b)
{
	for (uint32_t f = 0; f < b->ir->function_count; f++) {
		struct skep_ir_function *function = &b->ir->functions[f];

		for (uint32_t i = function->start; i < function->end && !function->budget; i++)
			function->budget = b->exec->insns[i].code == (BPF_JMP | BPF_JCOND);
		function->stack_bytes += function->budget ? 8 : 0;
	}
}

/* A bound: calls that are not local become at most 4 operations, packet loads (all else of their
 * class is lddw) 8, everything else at most 1. */
static size_t op_bound(const struct skep_exec *exec)
{
	size_t bound = exec->count;

	for (uint32_t i = 0; i < exec->count; i++) {
		const uint8_t code = exec->insns[i].code;

		if ((code & ~BPF_X) == (BPF_JMP | BPF_CALL))
			bound += 3;
		else if ((code & 7) == BPF_LD)
			bound += 7;
	}
	return bound;
}

int skep_ir_build(const struct skep_exec *exec, const struct skep_ir_runtime *runtime,
		  bool big_endian, struct skep_arena *scratch, struct skep_log *log,
		  struct skep_ir *out)
{
	struct skep_ir ir = { .insn_count = exec->count };
	struct builder b = {
		.exec = exec, .runtime = runtime, .big_endian = big_endian, .log = log, .ir = &ir
	};

	if (exec->count == 0 || exec->count > INT32_MAX)
		return malformed(&b, "the program is empty, or too long");
	ir.ops = skep_arena_array(scratch, op_bound(exec), sizeof(*ir.ops));
	ir.first = skep_arena_array(scratch, (size_t)exec->count + 1, sizeof(*ir.first));
	if (ir.ops == NULL || ir.first == NULL)
		return skep_fail_memory(log, "the intermediate form");
	SKEP_TRY(find_functions(&b, scratch));
	find_budgets(&b);
	for (uint32_t f = 0, done = 0; f < ir.function_count; f++) {
		b.function = &ir.functions[f];
		for (; done < b.function->start; done++)
			ir.first[done] = ir.op_count;
		SKEP_TRY(build_function(&b));
		done = b.function->end;
		ir.first[done] = ir.op_count;
	}
	*out = ir;
	return 0;
}
