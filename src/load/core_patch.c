/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer and an instruction in, the instruction patched out: an immediate of arithmetic, the
 * offset (and size) of a load or store, or the 64 bits of lddw. Which instructions can carry an
 * answer, and that a wrong one is refused rather than overwritten, is as in libbpf.
 */
#include "base/bytes.h"
#include "load/core.h"

enum { CLASS = 7, SIZE = 0x18 };

void skep_core_poison(struct skep_image_section *section, uint32_t insn)
{
	static const struct skep_insn POISON = { .code = BPF_JMP | BPF_CALL,
						 .imm = SKEP_CORE_POISON };
	struct skep_insn *at = &section->insns[insn];

	if (at->code == (BPF_LD | BPF_IMM | BPF_DW) && insn + 1 < section->insn_count)
		at[1] = POISON;
	*at = POISON;
}

static uint32_t access_bytes(uint8_t code)
{
	switch (code & SIZE) {
	case BPF_B: return 1;
	case BPF_H: return 2;
	case BPF_W: return 4;
	default: return 8;
	}
}

/* Whether the instruction makes the number from its immediate: 64-bit arithmetic extends the sign.
 */
static bool fits_immediate(const struct skep_insn *insn, uint64_t number)
{
	return number == (uint64_t)(int64_t)(int32_t)(uint32_t)number ||
	       ((insn->code & CLASS) == BPF_ALU && number <= UINT32_MAX);
}

static int patch_immediate(struct skep_insn *insn, const struct skep_core_answer *answer,
			   const char **why)
{
	if ((insn->code & BPF_X) != BPF_K) {
		*why = "the instruction has no immediate";
		return SKEP_EINVAL;
	}
	if (answer->check && (uint32_t)insn->imm != (uint32_t)answer->local) {
		*why = "the instruction's immediate is not what the object's types say";
		return SKEP_EINVAL;
	}
	if (!fits_immediate(insn, answer->target)) {
		*why = "the number in the target is more than the instruction's 32 bits can hold";
		return SKEP_ERANGE;
	}
	insn->imm = (int32_t)(uint32_t)answer->target;
	return 0;
}

/* The code with the size of an access replaced, or 0: no access has so many bytes. */
static uint8_t resized(uint8_t code, uint32_t bytes)
{
	static const uint8_t SIZES[] = { [1] = BPF_B, [2] = BPF_H, [4] = BPF_W, [8] = BPF_DW };

	if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
		return 0;
	return (uint8_t)((code & ~SIZE) | SIZES[bytes]);
}

static int patch_access(struct skep_insn *insn, const struct skep_core_answer *answer,
			bool *poisoned, const char **why)
{
	const bool resize = answer->local_size != answer->target_size;
	uint8_t code = insn->code;

	if (answer->check && insn->off != (int64_t)answer->local) {
		*why = "the instruction's offset is not what the object's types say";
		return SKEP_EINVAL;
	}
	if (answer->target > INT16_MAX) {
		*why = "the offset in the target is more than the 32,767 that an instruction can "
		       "hold";
		return SKEP_ERANGE;
	}
	if (resize && !answer->resizable) {
		*poisoned = true;
		return 0;
	}
	if (resize) {
		if (access_bytes(code) != answer->local_size) {
			*why = "the instruction accesses other than the whole field, whose size "
			       "differs in the target";
			return SKEP_EINVAL;
		}
		code = resized(code, answer->target_size);
		if (code == 0) {
			*why = "no instruction accesses as many bytes as the field has in the "
			       "target";
			return SKEP_EINVAL;
		}
	}
	insn->code = code;
	insn->off = (int16_t)answer->target;
	return 0;
}

static int patch_lddw(struct skep_image_section *section, uint32_t at,
		      const struct skep_core_answer *answer, const char **why)
{
	struct skep_insn *insn = &section->insns[at];
	uint64_t value;

	if (insn->code != (BPF_LD | BPF_IMM | BPF_DW) || insn->src_reg != 0 || insn->off != 0 ||
	    at + 1 >= section->insn_count || insn[1].code != 0 || insn[1].dst_reg != 0 ||
	    insn[1].src_reg != 0 || insn[1].off != 0) {
		*why = "the instruction is no load of a 64-bit number";
		return SKEP_EINVAL;
	}
	value = (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm;
	if (answer->check && value != answer->local) {
		*why = "the instruction's number is not what the object's types say";
		return SKEP_EINVAL;
	}
	insn[0].imm = (int32_t)(uint32_t)answer->target;
	insn[1].imm = (int32_t)(uint32_t)(answer->target >> 32);
	return 0;
}

int skep_core_patch(struct skep_image_section *section, uint32_t at,
		    const struct skep_core_answer *answer, bool *poisoned, const char **why)
{
	struct skep_insn *insn = &section->insns[at];
	int err = 0;

	*poisoned = answer->absent;
	if (!answer->absent) {
		switch (insn->code & CLASS) {
		case BPF_ALU:
		case BPF_ALU64: err = patch_immediate(insn, answer, why); break;
		case BPF_LDX:
		case BPF_ST:
		case BPF_STX: err = patch_access(insn, answer, poisoned, why); break;
		case BPF_LD: err = patch_lddw(section, at, answer, why); break;
		default: *why = "jumps carry no answer"; return SKEP_EINVAL;
		}
	}
	if (err == 0 && *poisoned)
		skep_core_poison(section, at);
	return err;
}
