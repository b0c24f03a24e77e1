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

static bool holds(uint64_t start, uint64_t size, uint64_t address, uint32_t bytes)
{
	return bytes <= size && address - start <= size - bytes;
}

/* A place in one of the levels that are alive. They do not touch each other. */
static void *find_stack(const struct skep_machine *m, uint64_t address, uint32_t size)
{
	for (uint32_t i = m->level; i-- > 0;) {
		const uint64_t start = skep_machine_address(m->levels[i].stack);

		if (holds(start, SKEP_STACK_BYTES, address, size))
			return (uint8_t *)m->levels[i].stack + (size_t)(address - start);
	}
	return NULL;
}

uint32_t skep_machine_find(struct skep_machine *m, uint64_t address, uint32_t size, unsigned uses,
			   struct skep_place *out)
{
	uint32_t cause;

	out->size = size;
	out->at = find_stack(m, address, size);
	if (out->at != NULL)
		return SKEP_TRAP_NONE;
	if ((uses & ~m->window.uses) == 0 &&
	    holds(m->window.start, m->window.size, address, size)) {
		out->at = (void *)(uintptr_t)address;
		return SKEP_TRAP_NONE;
	}
	cause = m->guard->find(m, address, size, uses, out);
	if (cause != SKEP_TRAP_NONE) {
		m->wrong = address;
		m->wrong_size = size;
	}
	return cause;
}

static uint32_t size_of(const struct skep_insn *insn)
{
	switch (insn->code & BPF_DW) {
	case BPF_B: return 1;
	case BPF_H: return 2;
	case BPF_W: return 4;
	default: return 8;
	}
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

static uint32_t load(struct skep_machine *m, const struct skep_insn *insn, bool is_signed)
{
	const uint64_t address = m->r[insn->src_reg] + (uint64_t)(int64_t)insn->off;
	const uint32_t size = size_of(insn);
	struct skep_place place;
	uint32_t cause = skep_machine_find(
		m, address, size, SKEP_USE_READ | (is_signed ? SKEP_USE_SIGNED : 0u), &place);
	uint64_t value;

	if (cause != SKEP_TRAP_NONE)
		return cause;
	value = read(&place);
	m->r[insn->dst_reg] = is_signed ? (uint64_t)skep_sign_extend(value, size * 8) : value;
	return SKEP_TRAP_NONE;
}

static uint32_t store(struct skep_machine *m, const struct skep_insn *insn, uint64_t value)
{
	const uint64_t address = m->r[insn->dst_reg] + (uint64_t)(int64_t)insn->off;
	struct skep_place place;
	uint32_t cause = skep_machine_find(m, address, size_of(insn), SKEP_USE_WRITE, &place);

	if (cause != SKEP_TRAP_NONE)
		return cause == SKEP_TRAP_LOAD ? SKEP_TRAP_STORE : cause;
	switch (place.size) {
	case 1: *(uint8_t *)place.at = (uint8_t)value; break;
	case 2: skep_store16(place.at, (uint16_t)value); break;
	case 4: skep_store32(place.at, (uint32_t)value); break;
	default: skep_store64(place.at, value); break;
	}
	return SKEP_TRAP_NONE;
}

static uint32_t atomic(struct skep_machine *m, const struct skep_insn *insn)
{
	const bool is_load = insn->imm == BPF_LOAD_ACQ;
	const uint64_t address =
		m->r[is_load ? insn->src_reg : insn->dst_reg] + (uint64_t)(int64_t)insn->off;
	const unsigned uses = SKEP_USE_ATOMIC | (insn->imm == BPF_STORE_REL ? 0u : SKEP_USE_READ) |
			      (is_load ? 0u : SKEP_USE_WRITE);
	const uint32_t size = size_of(insn);
	struct skep_place place;
	uint32_t cause = skep_machine_find(m, address, size, uses, &place);

	if (cause != SKEP_TRAP_NONE)
		return cause == SKEP_TRAP_LOAD && !is_load ? SKEP_TRAP_STORE : cause;
	if (address % size != 0) {
		m->wrong = address;
		m->wrong_size = size;
		return SKEP_TRAP_UNALIGNED;
	}
	skep_interp_atomic(insn->imm, size, place.at, &m->r[is_load ? insn->dst_reg : insn->src_reg],
			   &m->r[0], m->env);
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

#define ALU_CASE(name, code, bits)                                                                 \
	case code: return alu_##name##_##bits(a, b);

static uint64_t alu_64(uint8_t code, uint64_t a, uint64_t b)
{
	switch (code & 0xf0) {
#define ALU(name, code, text, result) ALU_CASE(name, code, 64)
#include "isa/alu.def"
	default: return 0 - a; /* BPF_NEG */
	}
}

static uint32_t alu_32(uint8_t code, uint32_t a, uint32_t b)
{
	switch (code & 0xf0) {
#define ALU(name, code, text, result) ALU_CASE(name, code, 32)
#include "isa/alu.def"
	default: return 0 - a; /* BPF_NEG */
	}
}

/* Signed division and moves that extend the sign of `off` bits. */
static uint64_t alu_with_offset(const struct skep_insn *insn, bool wide, uint64_t a, uint64_t b)
{
	switch (insn->code & 0xf0) {
#define ALU(name, code, text, result)
#define ALU_SIGNED(name, code, text, result)                                                       \
	case code:                                                                                 \
		return wide ? alu_##name##_64(a, b) : alu_##name##_32((uint32_t)a, (uint32_t)b);
#include "isa/alu.def"
	default: return (uint64_t)skep_sign_extend(b, (unsigned)insn->off);
	}
}

static uint32_t alu(struct skep_machine *m, const struct skep_insn *insn)
{
	const bool wide = (insn->code & 7) == BPF_ALU64, by_register = (insn->code & BPF_X) != 0;
	const uint64_t a = m->r[insn->dst_reg];
	const uint64_t b = by_register ? m->r[insn->src_reg] : (uint64_t)(int64_t)insn->imm;
	uint64_t result;

	if ((insn->code & 0xf0) == BPF_END) {
		m->r[insn->dst_reg] =
			convert(a, insn->imm, wide || by_register != skep_host_is_big_endian());
		return SKEP_TRAP_NONE;
	}
	if ((insn->code & 0xf0) == BPF_MOV && insn->off == 1)
		return SKEP_TRAP_ADDRESS_SPACE;
	if (insn->off != 0)
		result = alu_with_offset(insn, wide, a, b);
	else
		result = wide ? alu_64(insn->code, a, b)
			      : alu_32(insn->code, (uint32_t)a, (uint32_t)b);
	m->r[insn->dst_reg] = wide ? result : (uint32_t)result;
	return SKEP_TRAP_NONE;
}

/* ----------------------------------------------------------------------------- jumps and calls */

#define JUMP_CASE(name, code)                                                                      \
	case code: return jump_##name##_64(a, b);

static bool is_taken(uint8_t code, uint64_t a, uint64_t b)
{
	switch (code & 0xf0) {
#define JUMP(name, code, text, taken) JUMP_CASE(name, code)
#include "isa/jump.def"
	default: return false;
	}
}

/* Halves are compared as whole registers into which their sign was extended: that keeps the order
 * of unsigned numbers, too, and which of them have a bit in common. */
static bool jumps(const struct skep_machine *m, const struct skep_insn *insn)
{
	uint64_t a = m->r[insn->dst_reg];
	uint64_t b = (insn->code & BPF_X) != 0 ? m->r[insn->src_reg] : (uint64_t)(int64_t)insn->imm;

	if ((insn->code & 7) == BPF_JMP32) {
		a = (uint64_t)(int64_t)(int32_t)a;
		b = (uint64_t)(int64_t)(int32_t)b;
	}
	return is_taken(insn->code, a, b);
}

static uint32_t call_function(struct skep_machine *m, const struct skep_insn *insn)
{
	struct skep_level *level;

	if (m->level == m->level_max)
		return SKEP_TRAP_DEPTH;
	level = &m->levels[m->level++];
	for (unsigned i = 0; i < SKEP_COUNT(level->stack); i++)
		level->stack[i] = 0;
	for (unsigned i = 0; i < SKEP_COUNT(level->kept); i++) {
		level->kept[i] = m->r[6 + i];
		m->r[6 + i] = 0;
	}
	level->back = m->next;
	level->may_goto_left = m->may_goto_left;
	m->may_goto_left = SKEP_MAY_GOTO_MAX;
	m->r[0] = 0;
	m->r[BPF_REG_FP] = skep_machine_address(level->stack + SKEP_COUNT(level->stack));
	m->next = insn + 1 + insn->imm;
	return SKEP_TRAP_NONE;
}

/* Ends a function that was called. */
static void leave(struct skep_machine *m)
{
	const struct skep_level *level = &m->levels[--m->level];

	for (unsigned i = 0; i < SKEP_COUNT(level->kept); i++)
		m->r[6 + i] = level->kept[i];
	m->r[BPF_REG_FP] =
		skep_machine_address(m->levels[m->level - 1].stack + SKEP_COUNT(level->stack));
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

static uint32_t jump(struct skep_machine *m, const struct skep_insn *insn)
{
	switch (insn->code & 0xf0) {
	case BPF_CALL: return call(m, insn);
	case BPF_EXIT: m->next = NULL; return SKEP_TRAP_NONE;
	case BPF_JA:
		m->next += (insn->code & 7) == BPF_JMP32 ? insn->imm : insn->off;
		return SKEP_TRAP_NONE;
	case BPF_JCOND:
		if (m->may_goto_left == 0)
			m->next += insn->off;
		else
			m->may_goto_left--;
		return SKEP_TRAP_NONE;
	default:
		if (jumps(m, insn))
			m->next += insn->off;
		return SKEP_TRAP_NONE;
	}
}

/* ---------------------------------------------------------------------------------- the loop */

static uint32_t step(struct skep_machine *m, const struct skep_insn *insn)
{
	switch (insn->code & 7) {
	case BPF_LD:
		return (insn->code & 0xe0) == BPF_IMM ? load_wide(m, insn) : load_packet(m, insn);
	case BPF_LDX: return load(m, insn, (insn->code & 0xe0) == BPF_MEMSX);
	case BPF_ST: return store(m, insn, (uint64_t)(int64_t)insn->imm);
	case BPF_STX:
		if ((insn->code & 0xe0) == BPF_ATOMIC)
			return atomic(m, insn);
		return store(m, insn, m->r[insn->src_reg]);
	case BPF_ALU:
	case BPF_ALU64: return alu(m, insn);
	default: return jump(m, insn);
	}
}

void skep_machine_enter(struct skep_machine *m, const struct skep_insn *insns)
{
	struct skep_level *level = &m->levels[m->level - 1];

	for (unsigned i = 0; i < SKEP_COUNT(level->stack); i++)
		level->stack[i] = 0;
	m->r[0] = 0;
	for (unsigned i = 2; i < BPF_REG_FP; i++)
		m->r[i] = 0;
	m->insns = insns;
	m->next = insns;
	m->may_goto_left = SKEP_MAY_GOTO_MAX;
}

uint32_t skep_machine_run(struct skep_machine *m)
{
	const uint64_t r2 = m->r[2];
	uint32_t cause = SKEP_TRAP_NONE;

	m->level = 1;
	m->r[BPF_REG_FP] =
		skep_machine_address(m->levels[0].stack + SKEP_COUNT(m->levels[0].stack));
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
