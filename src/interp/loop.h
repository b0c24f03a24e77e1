/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of the verified execution, included once by each file that executes: interp.c, which
 * reads instructions as they are, and threaded.c, which reads them prepared. What differs is
 * defined by the file before:
 *
 *	STEP              the type of what is read for one instruction
 *	HANDLER           the handler of the one at `step`
 *	DST, SRC          its registers, as places of 64 bits
 *	OFF, IMM          its offset and its immediate, signed
 *	WIDE              what a 64-bit load loads
 *	IF_VARIANT(code)  goes elsewhere if the offset says that the operation of this opcode is
 *	                  another one
 *	IF_NO_HELPER      goes to call_function, call_tail or call_nothing if a call is one
 *	FIRST(exec)       the first step of a program
 *	ON_CALL_FUNCTION, ON_NEXT_PROGRAM, ON_LEAVE
 *	                  how call levels come and go
 *
 * Instructions are threaded: each ends in a jump of its own to the handler of the next, which
 * processors foresee better than one jump for all. Labels as values are an extension of gcc and
 * clang. What takes many machine registers is done by functions that are not inlined, so that the
 * state of the loop stays in registers.
 */

#define NOINLINE __attribute__((noinline))

/* Handlers beside those that an opcode names: operations that the offset tells from others (signed
 * division and modulo, moves that extend the sign), and calls of other things than helpers. */
enum {
	SLOT_VARIANT = 256,
	SLOT_CALL_FUNCTION = SLOT_VARIANT + 12,
	SLOT_CALL_TAIL,
	SLOT_CALL_NOTHING,
	SLOT_COUNT
};

/* clang-format off */

/* Opcodes whose offset tells. */
#define HAS_VARIANT(code)                                                                          \
	(((code) & 0xf0) == BPF_DIV || ((code) & 0xf0) == BPF_MOD ||                               \
	 ((code) & 0xf8) == (BPF_MOV | BPF_X))
#define VARIANT(code)                                                                              \
	(SLOT_VARIANT + (((code) & 0xf0) == BPF_DIV ? 0 : ((code) & 0xf0) == BPF_MOD ? 4 : 8) +    \
	 (((code) & 7) == BPF_ALU64 ? 2 : 0) + (((code) & BPF_X) != 0 ? 1 : 0))

/* A handler: a label, what it does, and the jump to the next. */
#define ON(label, ...)                                                                             \
label:                                                                                             \
	__VA_ARGS__;                                                                               \
	step++;                                                                                    \
	GO
#define GO        __extension__({ goto *HANDLER; })
#define AT(label) (__extension__ && label)

#define ADDRESS(base) ((void *)((uintptr_t)(base) + (uintptr_t)(intptr_t)OFF))

#define ON_ALU(name, if_variant, bits, source, operand)                                            \
	ON(alu_##name##_##bits##_##source, if_variant DST =                                        \
	   alu_##name##_##bits((uint##bits##_t)DST, (uint##bits##_t)(operand)));
#define ON_ALUS(name, code, if_variant)                                                            \
	ON_ALU(name, if_variant(BPF_ALU | BPF_K | (code)), 32, K, IMM)                             \
	ON_ALU(name, if_variant(BPF_ALU | BPF_X | (code)), 32, X, SRC)                             \
	ON_ALU(name, if_variant(BPF_ALU64 | BPF_K | (code)), 64, K, (int64_t)IMM)                  \
	ON_ALU(name, if_variant(BPF_ALU64 | BPF_X | (code)), 64, X, SRC)
#define NO_VARIANT(code)
#define ON_JUMP(name, bits, source, operand)                                                       \
	ON(jump_##name##_##bits##_##source,                                                        \
	   if (jump_##name##_##bits((uint##bits##_t)DST, (uint##bits##_t)(operand))) step += OFF);
#define ON_MEMORY(bits, load, store)                                                               \
	ON(load_##bits, DST = load(ADDRESS(SRC)));                                                 \
	ON(store_imm_##bits, store(ADDRESS(DST), (uint##bits##_t)(int64_t)IMM));                   \
	ON(store_##bits, store(ADDRESS(DST), (uint##bits##_t)SRC));                                \
	ON(atomic_##bits, atomic(bits / 8, IMM, OFF, &DST, &SRC, &r[0], env));
#define ON_SIGNED(bits, load)                                                                      \
	ON(load_signed_##bits, DST = (uint64_t)(int64_t)(int##bits##_t)load(ADDRESS(SRC)));
#define ON_PACKET(bits, base, name)                                                                \
	ON(packet_##name##_##bits, if (!load_packet((uint32_t)(base), IMM, bits / 8, r, env))      \
	   goto leave);

#define AT_ALU(name, code)                                                                         \
	[BPF_ALU | BPF_K | (code)] = AT(alu_##name##_32_K),                                        \
	[BPF_ALU | BPF_X | (code)] = AT(alu_##name##_32_X),                                        \
	[BPF_ALU64 | BPF_K | (code)] = AT(alu_##name##_64_K),                                      \
	[BPF_ALU64 | BPF_X | (code)] = AT(alu_##name##_64_X),
#define AT_VARIANT(name, code)                                                                     \
	[VARIANT(BPF_ALU | BPF_K | (code))] = AT(alu_##name##_32_K),                               \
	[VARIANT(BPF_ALU | BPF_X | (code))] = AT(alu_##name##_32_X),                               \
	[VARIANT(BPF_ALU64 | BPF_K | (code))] = AT(alu_##name##_64_K),                             \
	[VARIANT(BPF_ALU64 | BPF_X | (code))] = AT(alu_##name##_64_X),
#define AT_JUMP(name, code)                                                                        \
	[BPF_JMP32 | BPF_K | (code)] = AT(jump_##name##_32_K),                                     \
	[BPF_JMP32 | BPF_X | (code)] = AT(jump_##name##_32_X),                                     \
	[BPF_JMP | BPF_K | (code)] = AT(jump_##name##_64_K),                                       \
	[BPF_JMP | BPF_X | (code)] = AT(jump_##name##_64_X),
#define AT_MEMORY(size, bits)                                                                      \
	[BPF_LDX | BPF_MEM | (size)] = AT(load_##bits),                                            \
	[BPF_ST | BPF_MEM | (size)] = AT(store_imm_##bits),                                        \
	[BPF_STX | BPF_MEM | (size)] = AT(store_##bits),                                           \
	[BPF_STX | BPF_ATOMIC | (size)] = AT(atomic_##bits),
#define AT_SIGNED(size, bits) [BPF_LDX | BPF_MEMSX | (size)] = AT(load_signed_##bits),
#define AT_PACKET(size, bits)                                                                      \
	[BPF_LD | BPF_ABS | (size)] = AT(packet_abs_##bits),                                       \
	[BPF_LD | BPF_IND | (size)] = AT(packet_ind_##bits),

/* clang-format on */

static inline uint8_t read_8(const void *from)
{
	return *(const uint8_t *)from;
}

static inline void write_8(void *to, uint8_t value)
{
	*(uint8_t *)to = value;
}

/* 32 and 64 bits at any address. Most addresses are aligned, and on machines that demand it an
 * access to others is made of many instructions; on all others both branches are the same. */
#define ACCESS(bits)                                                                               \
	static inline uint##bits##_t read_##bits(const void *from)                                 \
	{                                                                                          \
		if ((uintptr_t)from % sizeof(uint##bits##_t) == 0)                                 \
			return skep_load##bits(__builtin_assume_aligned(from, bits / 8));          \
		return skep_load##bits(from);                                                      \
	}                                                                                          \
                                                                                                   \
	static inline void write_##bits(void *to, uint##bits##_t value)                            \
	{                                                                                          \
		if ((uintptr_t)to % sizeof(uint##bits##_t) == 0)                                   \
			skep_store##bits(__builtin_assume_aligned(to, bits / 8), value);           \
		else                                                                               \
			skep_store##bits(to, value);                                               \
	}

ACCESS(32)
ACCESS(64)
#undef ACCESS

static NOINLINE void atomic(uint32_t bytes, int32_t what, int32_t off, uint64_t *dst, uint64_t *src,
			    uint64_t *r0, const struct skep_env *env)
{
	const bool is_load = what == BPF_LOAD_ACQ;
	void *at = (void *)((uintptr_t)(is_load ? *src : *dst) + (uintptr_t)(intptr_t)off);

	skep_interp_atomic(what, bytes, at, is_load ? dst : src, r0, env);
}

/* Loads from the packet into r0; false: there is nothing to load, which ends the function. `base`
 * is what BPF_IND adds. */
static NOINLINE bool load_packet(uint32_t base, int32_t imm, uint32_t bytes, uint64_t *r,
				 struct skep_env *env)
{
	const void *ctx = (const void *)(uintptr_t)r[6];
	int64_t value = -1;

	if (env->packet_load != NULL)
		value = env->packet_load(ctx, (int32_t)(base + (uint32_t)imm), bytes);
	r[0] = value < 0 ? 0 : (uint64_t)value;
	return value >= 0;
}

static NOINLINE uint64_t call(skep_helper_fn helper, const uint64_t *r, struct skep_env *env)
{
	return helper(r[1], r[2], r[3], r[4], r[5], env);
}

/* A helper by its number; one that does not exist does nothing and gives 0. */
static NOINLINE uint64_t call_number(const struct skep_exec *exec, uint64_t number,
				     const uint64_t *r, struct skep_env *env)
{
	const struct skep_helper *row = NULL;

	if (exec->linked != NULL)
		row = exec->linked->find_helper(exec, number);
	else if (exec->contracts != NULL && number <= UINT32_MAX)
		row = skep_contracts_helper(exec->contracts, (uint32_t)number);
	return row != NULL && row->fn != NULL ? call(row->fn, r, env) : 0;
}

static const struct skep_target *find_target(const uint64_t *r, struct skep_env *env)
{
	return skep_tail_call(env, (struct skep_map *)(uintptr_t)r[2], r[3]);
}

/* clang-format off */

/* Executes from `step` on until the level ends. `r` are its registers; they are not this function's
 * own so that their address is in one machine register and not a sum. Without a step it gives the
 * address of the table of handlers. */
static NOINLINE uint64_t run(const struct skep_exec *exec, const STEP *step, uint64_t *r,
			     struct skep_env *env, unsigned level)
{
	static const void *const HANDLERS[SLOT_COUNT] = {
#define ALU(name, code, text, result)        AT_ALU(name, code)
#define ALU_SIGNED(name, code, text, result) AT_VARIANT(name, code)
#include "isa/alu.def"
#define JUMP(name, code, text, taken) AT_JUMP(name, code)
#include "isa/jump.def"
		AT_MEMORY(BPF_B, 8) AT_MEMORY(BPF_H, 16) AT_MEMORY(BPF_W, 32) AT_MEMORY(BPF_DW, 64)
		AT_SIGNED(BPF_B, 8) AT_SIGNED(BPF_H, 16) AT_SIGNED(BPF_W, 32)
		AT_PACKET(BPF_B, 8) AT_PACKET(BPF_H, 16) AT_PACKET(BPF_W, 32)
		[VARIANT(BPF_ALU | BPF_MOV | BPF_X)] = AT(extend_32),
		[VARIANT(BPF_ALU64 | BPF_MOV | BPF_X)] = AT(extend_64),
		[BPF_ALU | BPF_NEG] = AT(neg_32),
		[BPF_ALU64 | BPF_NEG] = AT(neg_64),
		[BPF_ALU | BPF_END | BPF_K] = AT(to_le),
		[BPF_ALU | BPF_END | BPF_X] = AT(to_be),
		[BPF_ALU64 | BPF_END] = AT(swap),
		[BPF_LD | BPF_IMM | BPF_DW] = AT(load_wide),
		[BPF_JMP | BPF_JA] = AT(jump),
		[BPF_JMP32 | BPF_JA] = AT(jump_long),
		[BPF_JMP | BPF_JCOND] = AT(may_goto),
		[BPF_JMP | BPF_CALL] = AT(call_helper),
		[BPF_JMP | BPF_CALL | BPF_X] = AT(call_register),
		[BPF_JMP | BPF_EXIT] = AT(leave),
		[SLOT_CALL_FUNCTION] = AT(call_function),
		[SLOT_CALL_TAIL] = AT(call_tail),
		[SLOT_CALL_NOTHING] = AT(call_nothing),
	};
	const struct skep_target *target;
	uint32_t may_goto_left = SKEP_MAY_GOTO_MAX;

	if (step == NULL)
		return (uintptr_t)HANDLERS;
	GO;
#define ALU(name, code, text, result)        ON_ALUS(name, code, IF_VARIANT)
#define ALU_SIGNED(name, code, text, result) ON_ALUS(name, code, NO_VARIANT)
#include "isa/alu.def"
#define JUMP(name, code, text, taken)                                                              \
	ON_JUMP(name, 32, K, IMM)                                                                  \
	ON_JUMP(name, 32, X, SRC)                                                                  \
	ON_JUMP(name, 64, K, (int64_t)IMM)                                                         \
	ON_JUMP(name, 64, X, SRC)
#include "isa/jump.def"
	ON_MEMORY(8, read_8, write_8)
	ON_MEMORY(16, skep_load16, skep_store16)
	ON_MEMORY(32, read_32, write_32)
	ON_MEMORY(64, read_64, write_64)
	ON_SIGNED(8, read_8)
	ON_SIGNED(16, skep_load16)
	ON_SIGNED(32, read_32)
	ON_PACKET(8, 0, abs)
	ON_PACKET(16, 0, abs)
	ON_PACKET(32, 0, abs)
	ON_PACKET(8, SRC, ind)
	ON_PACKET(16, SRC, ind)
	ON_PACKET(32, SRC, ind)
	ON(extend_32, DST = (uint32_t)skep_sign_extend(SRC, (unsigned)OFF));
	ON(extend_64, DST = (uint64_t)skep_sign_extend(SRC, (unsigned)OFF));
	ON(neg_32, DST = (uint32_t)(0 - DST));
	ON(neg_64, DST = 0 - DST);
	ON(to_le, DST = convert(DST, IMM, skep_host_is_big_endian()));
	ON(to_be, DST = convert(DST, IMM, !skep_host_is_big_endian()));
	ON(swap, DST = convert(DST, IMM, true));
	ON(load_wide, DST = WIDE; step++);
	ON(jump, step += OFF);
	ON(jump_long, step += IMM);
	ON(may_goto, if (may_goto_left == 0) step += OFF; else may_goto_left--);
	ON(call_helper, IF_NO_HELPER r[0] = call(exec->helpers[IMM], r, env));
	ON(call_register, r[0] = call_number(exec, DST, r, env));
	ON(call_nothing, r[0] = 0);
	ON(call_tail, target = find_target(r, env); if (target != NULL) goto next_program;
	   r[0] = (uint64_t)(int64_t)SKEP_ENOENT);
	ON_CALL_FUNCTION
next_program:
	ON_NEXT_PROGRAM
	exec = target->exec;
	step = FIRST(exec);
	level = 1;
	r[2] = 0;
	may_goto_left = SKEP_MAY_GOTO_MAX;
	GO;
leave:
	ON_LEAVE
	return r[0];
}

/* clang-format on */
