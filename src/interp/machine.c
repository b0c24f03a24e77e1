/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of the checked execution: linked instructions that passed the structure check in, r0 or
 * the cause of a trap out. One step executes one instruction; it is written to be small, where
 * interp.c is written to be fast, and takes the meaning of operations from the same rows.
 *
 * Pointers are numbers: arithmetic on them is free, and each access looks for memory that holds all
 * of its bytes. The structure check has made sure that the next instruction is always one, that
 * registers exist and that r10 is not written. Everything else is refused here.
 */
#include "interp/machine.h"

#include "interp/atomic.h"
#include "interp/semantics.h"

/* ------------------------------------------------------------------------------------ memory */

/* In one of the levels that are alive. They do not touch each other. */
static bool is_on_stack(const struct skep_machine *m, uintptr_t address, uint32_t size)
{
	for (uint32_t i = m->level; i-- > 0;)
		if (skep_machine_holds((uintptr_t)m->levels[i].stack, SKEP_STACK_BYTES, address,
				       size))
			return true;
	return false;
}

uint32_t skep_machine_find(struct skep_machine *m, uint64_t address, uint32_t size, unsigned uses,
			   struct skep_place *out)
{
	const uintptr_t at = (uintptr_t)address;

	m->wrong = address;
	m->wrong_size = size;
	*out = (struct skep_place){ (void *)at, size };
	if (at == address) {
		if (is_on_stack(m, at, size))
			return SKEP_TRAP_NONE;
		if ((uses & ~m->window.uses) == 0 &&
		    skep_machine_holds(m->window.start, m->window.size, at, size))
			return SKEP_TRAP_NONE;
	}
	return m->guard->find(m, address, size, uses, out);
}

static uint32_t size_of(const struct skep_insn *insn)
{
	static const uint8_t sizes[] = { 4, 2, 1, 8 }; /* BPF_W, BPF_H, BPF_B, BPF_DW */

	return sizes[(insn->code & BPF_DW) >> 3];
}

static uint64_t read(const struct skep_place *place)
{
	switch (place->size) {
	case 1: return *(const uint8_t *)place->at;
	case 2: return skep_load16(place->at);
	case 4: return skep_load32(place->at);
	default: return skep_load64(place->at);
	}
}

static void write(const struct skep_place *place, uint64_t value)
{
	switch (place->size) {
	case 1: *(uint8_t *)place->at = (uint8_t)value; break;
	case 2: skep_store16(place->at, (uint16_t)value); break;
	case 4: skep_store32(place->at, (uint32_t)value); break;
	default: skep_store64(place->at, value); break;
	}
}

/* The sign of the low 8, 16 or 32 bits, which is less work than that of any number of them. */
static uint64_t extend_sign(uint64_t x, unsigned bits)
{
	const unsigned others = 32 - bits;

	return (uint64_t)(int64_t)((int32_t)((uint32_t)x << others) >> others);
}

/* Loads, stores and atomics. */
static uint32_t access(struct skep_machine *m, const struct skep_insn *insn)
{
	const uint8_t class = insn->code & 7, mode = insn->code & 0xe0;
	const bool is_atomic = class == BPF_STX && mode == BPF_ATOMIC;
	const bool is_load = class == BPF_LDX || (is_atomic && insn->imm == BPF_LOAD_ACQ);
	uint64_t *dst = &m->r[insn->dst_reg], *src = &m->r[insn->src_reg];
	const uint64_t address = (is_load ? *src : *dst) + (uint64_t)(int64_t)insn->off;
	unsigned uses = is_load ? SKEP_USE_READ : SKEP_USE_WRITE;
	struct skep_place place;
	uint32_t cause;

	if (is_atomic)
		uses |= SKEP_USE_ATOMIC | (insn->imm != BPF_STORE_REL ? SKEP_USE_READ : 0u);
	if (is_load && mode == BPF_MEMSX)
		uses |= SKEP_USE_SIGNED;
	cause = skep_machine_find(m, address, size_of(insn), uses, &place);
	if (cause == SKEP_TRAP_NONE && is_atomic && (address & (place.size - 1)) != 0)
		return SKEP_TRAP_UNALIGNED;
	if (cause != SKEP_TRAP_NONE)
		return cause == SKEP_TRAP_LOAD && !is_load ? SKEP_TRAP_STORE : cause;
	if (is_atomic)
		skep_interp_atomic(insn->imm, place.size, place.at, is_load ? dst : src, &m->r[0],
				   m->env);
	else if (!is_load)
		write(&place, class == BPF_ST ? (uint64_t)(int64_t)insn->imm : *src);
	else if ((uses & SKEP_USE_SIGNED) != 0)
		*dst = extend_sign(read(&place), place.size * 8);
	else
		*dst = read(&place);
	return SKEP_TRAP_NONE;
}

/* Packet loads: as in Linux one that fails ends the function with 0. */
static uint32_t load_packet(struct skep_machine *m, const struct skep_insn *insn)
{
	uint32_t offset = (uint32_t)insn->imm;
	int64_t value = -1;
	void *ctx;

	if (m->guard->find_ctx(m, m->r[6], &ctx) != SKEP_TRAP_NONE) {
		m->wrong = m->r[6];
		return SKEP_TRAP_PACKET_LOAD;
	}
	if ((insn->code & 0xe0) == BPF_IND)
		offset += (uint32_t)m->r[insn->src_reg];
	if (m->env->packet_load != NULL)
		value = m->env->packet_load(ctx, (int32_t)offset, size_of(insn));
	m->r[0] = value < 0 ? 0 : (uint64_t)value;
	if (value < 0)
		m->next = NULL;
	return SKEP_TRAP_NONE;
}

static uint32_t load_wide(struct skep_machine *m, const struct skep_insn *insn)
{
	uint64_t *dst = &m->r[insn->dst_reg];

	m->next = insn + 2;
	switch (insn->src_reg) {
	case 0: *dst = (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm; break;
	case BPF_PSEUDO_FUNC:
		*dst = SKEP_HANDLE_FUNCTION + (uint64_t)(insn - m->insns + 1 + insn->imm);
		break;
	default: return m->guard->load_wide(m, insn, dst);
	}
	return SKEP_TRAP_NONE;
}

/* -------------------------------------------------------------------------------- arithmetic */

#define CASE(name, code)                                                                           \
	case (code) >> 4: return alu_##name##_64(a, b);

static inline uint64_t compute(uint8_t code, uint64_t a, uint64_t b)
{
	switch (code >> 4) {
#define ALU(name, code, text, result) CASE(name, code)
#include "isa/alu.def"
	default: return 0 - a; /* BPF_NEG */
	}
}

/* Signed division and moves that extend the sign of `off` bits. */
static uint64_t compute_variant(const struct skep_insn *insn, uint64_t a, uint64_t b)
{
	switch (insn->code >> 4) {
#define ALU(name, code, text, result)
#define ALU_SIGNED(name, code, text, result) CASE(name, code)
#include "isa/alu.def"
	default: return extend_sign(b, (unsigned)insn->off);
	}
}
#undef CASE

#define JUMP_CASE(name, code)                                                                      \
	case (code) >> 4: return jump_##name##_64(a, b);

static inline bool is_taken(uint8_t code, uint64_t a, uint64_t b)
{
	switch (code >> 4) {
#define JUMP(name, code, text, taken) JUMP_CASE(name, code)
#include "isa/jump.def"
	default: return false;
	}
}
#undef JUMP_CASE

/* A register's lower half as the number that it is. */
static inline uint64_t extend(uint64_t x, bool is_signed)
{
	return is_signed ? (uint64_t)(int64_t)(int32_t)x : (uint32_t)x;
}

static inline bool is_shift(uint8_t code)
{
	return (1u << (BPF_LSH >> 4) | 1u << (BPF_RSH >> 4) | 1u << (BPF_ARSH >> 4)) >>
		       (code >> 4) &
	       1;
}

static uint32_t convert_bytes(struct skep_machine *m, const struct skep_insn *insn)
{
	uint64_t *dst = &m->r[insn->dst_reg];
	const bool big = (insn->code & BPF_X) != 0, always = (insn->code & 7) == BPF_ALU64;

	*dst = convert(*dst, insn->imm, always || big != skep_host_is_big_endian());
	return SKEP_TRAP_NONE;
}

/* Arithmetic and the jumps that compare.
 *
 * Operations on halves are those on whole registers, of which the lower half is kept: of operands
 * extended by zeros or, where the operation has signed ones, by the sign, and with shifts of less
 * than 32. The smallest number divided by -1 overflows into what is cut off. Jumps compare halves
 * extended by the sign, which keeps the order of unsigned numbers, too, and which of them have a
 * bit in common. */
static inline uint32_t operate(struct skep_machine *m, const struct skep_insn *insn, bool is_alu,
			       bool is_half)
{
	uint64_t *dst = &m->r[insn->dst_reg], a = *dst, b;

	b = (insn->code & BPF_X) != 0 ? m->r[insn->src_reg] : (uint64_t)(int64_t)insn->imm;
	if (is_half) {
		const bool is_signed = !is_alu || insn->off != 0 || (insn->code & 0xf0) == BPF_ARSH;

		a = extend(a, is_signed);
		b = extend(b, is_signed);
		if (is_alu && is_shift(insn->code))
			b &= 31;
	}
	if (!is_alu) {
		if (is_taken(insn->code, a, b))
			m->next += insn->off;
		return SKEP_TRAP_NONE;
	}
	if (insn->off == 0)
		a = compute(insn->code, a, b);
	else if ((insn->code & 0xf0) == BPF_MOV && insn->off == 1)
		return SKEP_TRAP_ADDRESS_SPACE;
	else
		a = compute_variant(insn, a, b);
	*dst = is_half ? (uint32_t)a : a;
	return SKEP_TRAP_NONE;
}

/* ------------------------------------------------------------------------------------- calls */

/* Gives the level that begins its stack. */
static void clear(struct skep_machine *m)
{
	struct skep_level *level = &m->levels[m->level - 1];

	memset(level->stack, 0, sizeof(level->stack));
	m->r[0] = 0;
	m->r[BPF_REG_FP] = skep_machine_address(level->stack + SKEP_COUNT(level->stack));
	m->may_goto_left = SKEP_MAY_GOTO_MAX;
}

static uint32_t call_function(struct skep_machine *m, const struct skep_insn *insn)
{
	struct skep_level *level = &m->levels[m->level];

	if (m->level == m->level_max)
		return SKEP_TRAP_DEPTH;
	m->level++;
	memcpy(level->kept, &m->r[6], sizeof(level->kept));
	memset(&m->r[6], 0, sizeof(level->kept));
	level->back = m->next;
	level->may_goto_left = m->may_goto_left;
	clear(m);
	m->next = insn + 1 + insn->imm;
	return SKEP_TRAP_NONE;
}

/* Ends a function that was called. */
static void leave(struct skep_machine *m)
{
	const struct skep_level *level = &m->levels[--m->level];

	memcpy(&m->r[6], level->kept, sizeof(level->kept));
	m->r[BPF_REG_FP] = skep_machine_address(level[-1].stack + SKEP_COUNT(level->stack));
	m->next = level->back;
	m->may_goto_left = level->may_goto_left;
}

static uint32_t call(struct skep_machine *m, const struct skep_insn *insn)
{
	if ((insn->code & BPF_X) != 0)
		return m->guard->call(m, m->r[insn->dst_reg]);
	switch (insn->src_reg) {
	case 0: return m->guard->call(m, (uint32_t)insn->imm);
	case BPF_PSEUDO_CALL: return call_function(m, insn);
	default: m->wrong = (uint32_t)insn->imm; return SKEP_TRAP_NO_KFUNC;
	}
}

/* ---------------------------------------------------------------------------------- the loop */

/* Control flow that compares nothing. */
static uint32_t jump(struct skep_machine *m, const struct skep_insn *insn)
{
	switch (insn->code >> 4) {
	case BPF_CALL >> 4: return call(m, insn);
	case BPF_EXIT >> 4: m->next = NULL; return SKEP_TRAP_NONE;
	case BPF_JA >> 4:
		m->next += (insn->code & 7) == BPF_JMP32 ? insn->imm : insn->off;
		return SKEP_TRAP_NONE;
	default: /* BPF_JCOND */
		if (m->may_goto_left == 0)
			m->next += insn->off;
		else
			m->may_goto_left--;
		return SKEP_TRAP_NONE;
	}
}

/* Bit n: operation n of this group of classes is not one for operate(). */
enum {
	NO_ARITHMETIC = 1 << (BPF_END >> 4),
	NO_COMPARISON = 1 << (BPF_JA >> 4) | 1 << (BPF_CALL >> 4) | 1 << (BPF_EXIT >> 4) |
			1 << (BPF_JCOND >> 4),
};

static inline uint32_t step(struct skep_machine *m, const struct skep_insn *insn)
{
	const uint8_t class = insn->code & 7;
	const bool is_alu = class == BPF_ALU || class == BPF_ALU64;

	if (class == BPF_LD)
		return (insn->code & 0xe0) == BPF_IMM ? load_wide(m, insn) : load_packet(m, insn);
	if (class <= BPF_STX)
		return access(m, insn);
	if (((is_alu ? NO_ARITHMETIC : NO_COMPARISON) >> (insn->code >> 4) & 1) == 0)
		return operate(m, insn, is_alu, (class & 1) == 0);
	return is_alu ? convert_bytes(m, insn) : jump(m, insn);
}

void skep_machine_enter(struct skep_machine *m, const struct skep_insn *insns)
{
	clear(m);
	memset(&m->r[2], 0, (BPF_REG_FP - 2) * sizeof(m->r[0]));
	m->insns = insns;
	m->next = insns;
}

uint32_t skep_machine_run(struct skep_machine *m)
{
	const uint64_t r2 = m->r[2];
	uint32_t cause = SKEP_TRAP_NONE;

	m->level = 1;
	skep_machine_enter(m, m->insns);
	m->r[2] = r2;
	for (;;) {
		m->insn = m->next;
		m->next = m->insn + 1;
		if (m->insns_left == 0)
			return SKEP_TRAP_BUDGET;
		m->insns_left--;
		if (m->observe != NULL)
			m->observe(m->observe_ctx, (uint32_t)(m->insn - m->insns), m->r, m->level);
		cause = step(m, m->insn);
		if (cause != SKEP_TRAP_NONE)
			return cause;
		if (m->next != NULL)
			continue;
		if (m->level == 1)
			return SKEP_TRAP_NONE;
		leave(m);
	}
}
