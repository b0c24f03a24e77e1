/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction set: numbers of RFC 9669, and the one decoder that every other part reads
 * instructions through. */
#ifndef SKEP_ISA_H
#define SKEP_ISA_H

#include "base/arena.h"
#include "base/log.h"
#include "skep.h"

/* Opcode fields, RFC 9669 section 3.1 (names as in Linux's include/uapi/linux/bpf.h). */
enum {
	BPF_LD = 0,
	BPF_LDX = 1,
	BPF_ST = 2,
	BPF_STX = 3,
	BPF_ALU = 4,
	BPF_JMP = 5,
	BPF_JMP32 = 6,
	BPF_ALU64 = 7,
	BPF_W = 0x00,
	BPF_H = 0x08,
	BPF_B = 0x10,
	BPF_DW = 0x18,
	BPF_IMM = 0x00,
	BPF_ABS = 0x20,
	BPF_IND = 0x40,
	BPF_MEM = 0x60,
	BPF_MEMSX = 0x80,
	BPF_ATOMIC = 0xc0,
	BPF_K = 0x00,
	BPF_X = 0x08,
	BPF_NEG = 0x80,
	BPF_END = 0xd0,
	BPF_JA = 0x00,
	BPF_CALL = 0x80,
	BPF_EXIT = 0x90,
	BPF_JCOND = 0xe0,
	/* Immediates of atomic instructions, beside the rows of atomic.def. */
	BPF_FETCH = 0x01,
	BPF_LOAD_ACQ = 0x100,
	BPF_STORE_REL = 0x110,
	/* Source field of call; that of lddw is in lddw.def. */
	BPF_PSEUDO_CALL = 1,
	BPF_PSEUDO_KFUNC_CALL = 2,
	BPF_REG_FP = 10,
	SKEP_REG_COUNT = 11,
	SKEP_STACK_BYTES =
		512, /* of one frame, and of all frames of a call chain together (Linux) */
	SKEP_FRAMES_MAX = 8,
	SKEP_TAIL_CALLS_MAX = 33,
};

#define ALU(name, code, text, result) BPF_##name = (code),
enum {
#include "isa/alu.def"
};
#define JUMP(name, code, text, taken) BPF_##name = (code),
enum {
#include "isa/jump.def"
};

#define ATOMIC(name, imm, text, result)
#define ATOMIC_SWAP(name, imm, text) BPF_##name = (imm),
enum {
#include "isa/atomic.def"
};
#define LDDW(name, src, text, upper) BPF_PSEUDO_##name = (src),
enum {
#include "isa/lddw.def"
};

/* What an instruction does, in the words of kind.def. */
enum skep_kind {
#define KIND(name, dst, text) SKEP_KIND_##name,
#include "isa/kind.def"
	SKEP_KIND_COUNT
};

enum skep_alu {
#define ALU(name, code, text, result)        SKEP_ALU_##name,
#define ALU_SIGNED(name, code, text, result) SKEP_ALU_##name,
#include "isa/alu.def"
	SKEP_ALU_COUNT
};

enum skep_jump {
#define JUMP(name, code, text, taken) SKEP_JUMP_##name,
#include "isa/jump.def"
	SKEP_JUMP_COUNT
};

enum skep_atomic {
#define ATOMIC(name, imm, text, result) SKEP_ATOMIC_##name,
#define ATOMIC_SWAP(name, imm, text)    SKEP_ATOMIC_##name,
#include "isa/atomic.def"
	SKEP_ATOMIC_COUNT
};

/* Conformance groups, RFC 9669 section 2.4. */
enum skep_group_isa {
	SKEP_ISA_BASE32,
	SKEP_ISA_BASE64,
	SKEP_ISA_DIVMUL32,
	SKEP_ISA_DIVMUL64,
	SKEP_ISA_ATOMIC32,
	SKEP_ISA_ATOMIC64,
	SKEP_ISA_PACKET,
	SKEP_ISA_LINUX,
};

/* An instruction, decoded. */
struct skep_op {
	uint8_t kind; /* enum skep_kind */
	uint8_t what; /* enum skep_alu, skep_jump or skep_atomic by kind */
	uint8_t bits; /* width of the operation, or of the memory accessed */
	uint8_t dst, src;
	uint8_t slots; /* 2 for lddw, else 1 */
	uint8_t group; /* enum skep_group_isa */
	int16_t off; /* displacement of memory accesses; source width of MOV_SIGNED; BTF fd index of
			CALL_KFUNC */
	int32_t jump; /* JA, JUMP_*, MAY_GOTO, CALL_LOCAL: the target is this instruction's index +
			 1 + jump */
	int64_t imm;  /* sign-extended; for LDDW all 64 bits: upper half from the second slot */
};

/* Decodes insns[index] of `count`. 0, or SKEP_EINVAL with `why` (a static text that names the
 * field) filled in; `out` is then untouched. Looks at no other instruction than the second slot of
 * lddw. */
int skep_isa_decode(const struct skep_insn *insns, uint32_t count, uint32_t index,
		    struct skep_op *out, const char **why);

/* What is wrong with the structure of a program: 0 (SKEP_FAULT_NONE), or the first thing found. */
enum skep_isa_fault {
#define FAULT(name, text) SKEP_FAULT_##name,
#include "isa/fault.def"
	SKEP_FAULT_COUNT
};

/* A few words that name the fault, and the field if it is one of an instruction. Static. For a jump
 * or call (BEFORE, PAST, MIDDLE) they say where its target is. */
const char *skep_isa_fault_text(enum skep_isa_fault fault);

/* Bytes of marks for `count` instructions. */
#define SKEP_ISA_MARKS_BYTES(count) ((size_t)(count) / 8 + 1)

/* The structure check, without memory of its own, log or text: what skep_isa_check() is made of,
 * and all of it that firmware needs. `marks` has SKEP_ISA_MARKS_BYTES(count); afterwards bit i % 8
 * of byte i / 8 says whether a function begins at instruction i. On a fault `where` is the
 * instruction's index. Runs in time linear in `count`, whatever the instructions are. */
enum skep_isa_fault skep_isa_check_flat(const struct skep_insn *insns, uint32_t count,
					uint8_t *marks, uint32_t *where);

/* What is wrong with insns[index] of `count` by itself: its fields, and those of the second slot of
 * lddw. Knows nothing of jump targets and allows writes to r10. */
enum skep_isa_fault skep_isa_check_insn(const struct skep_insn *insns, uint32_t count,
					uint32_t index);

/* Checks structure: every instruction decodes, jumps and calls land on instructions (not inside
 * lddw), jumps stay in the function they are in (functions begin at 0 and at targets of local calls
 * and function addresses), no path falls off the end of a function, nothing writes r10. Says
 * nothing about memory safety. `scratch` holds a bit per instruction during the call. SKEP_EINVAL:
 * reported to `log` with the instruction. */
int skep_isa_check(const struct skep_insn *insns, uint32_t count, struct skep_arena *scratch,
		   struct skep_log *log);

/* Reads `count` instructions from 8 * count bytes of either byte order, which may be where they go.
 */
void skep_isa_read(const void *bytes, bool big_endian, uint32_t count, struct skep_insn *out);

/* Names that a disassembly may show; every function is optional and may return NULL. */
struct skep_isa_names {
	void *ctx;
	const char *(*helper)(void *ctx, int32_t id);
	const char *(*map)(void *ctx, int32_t imm);
	const char *(*function)(void *ctx, uint32_t index);
};

/* Writes the instruction at `index` in the kernel's syntax, cut at `size` and terminated. Illegal
 * instructions are written as their bytes in hex with the reason. Returns the slots it takes (1 or
 * 2). `names` may be NULL. */
uint32_t skep_isa_disasm(const struct skep_insn *insns, uint32_t count, uint32_t index,
			 const struct skep_isa_names *names, char *text, size_t size);

/*
 * Assembles text in the kernel's syntax. Instructions are separated by newlines or ';', comments go
 * from '#' or '//' to the end of the line, labels are `name:` (at most 1,024), jump targets `+3`,
 * `-2`, `pc+3` or a label, numbers decimal or 0x. Beside what the kernel prints it reads LLVM's
 * forms of the same instructions. What neither has a text for:
 *
 *	r0 = 0x1122334455667788 ll      lddw
 *	r1 = map[3] ll                  lddw of a map, by descriptor (when linked: by index)
 *	r1 = map_value[3]+16 ll         byte 16 of the value of that map
 *	r1 = map_idx[3] ll              the same two by index into the caller's array
 *	r1 = map_idx_value[3]+16 ll
 *	r1 = btf_id[7] ll               kernel variable; `+N`: descriptor of the BTF object
 *	r1 = function[+5] ll            address of a function, relative like a call's; or [label]
 *	call 5, call name#5             helper 5
 *	call +3, call label             local function
 *	call kfunc[7], call kfunc[7]+1  kernel function; `+N`: index of its BTF's descriptor
 *	callx r2                        helper whose number is in r2
 *	r0 = *(u16 *)skb[r3 +12]        packet loads
 *
 * Writes at most `capacity` instructions to `out`, whatever the result, and sets `count` on
 * success. SKEP_EINVAL: reported with line and column.
 */
int skep_isa_assemble(const char *text, size_t size, struct skep_insn *out, uint32_t capacity,
		      uint32_t *count, struct skep_log *log);

/* A label's place in a table: its name's place in the text plus 1 (0: an empty slot), and the
 * instruction it stands before. */
struct skep_isa_label {
	uint32_t at, index;
};

/* The same with the caller's table, of whatever content, for half as many labels as it has slots
 * (at least 2): skep_isa_assemble() takes 16 KiB of stack for it. */
int skep_isa_assemble_with(const char *text, size_t size, struct skep_insn *out, uint32_t capacity,
			   uint32_t *count, struct skep_isa_label *labels, uint32_t label_slots,
			   struct skep_log *log);

/* What a name in assembly text is for. */
enum skep_isa_symbol { SKEP_ISA_MAP, SKEP_ISA_HELPER, SKEP_ISA_FUNCTION };

/* Names beside the text's own labels, for `map[name]`, `call name` (of a function, or else of a
 * helper) and `function[name]`. */
struct skep_isa_symbols {
	void *ctx;
	/* The number that the instruction at `insn` gets for a name: a map's, a helper's, or how
	 * far it is to a function. False: not known. A name is asked for once. */
	bool (*find)(void *ctx, enum skep_isa_symbol what, const char *name, size_t size,
		     uint32_t insn, int32_t *out);
	/* Optional: a label stands before the instruction at `insn`. In the text's order. */
	void (*label)(void *ctx, const char *name, size_t size, uint32_t insn);
};

struct skep_isa_source {
	const char *text;
	size_t size;
	struct skep_isa_label *labels; /* as above */
	uint32_t label_slots;
	const struct skep_isa_symbols *symbols; /* NULL: none */
};

/* The same with names. */
int skep_isa_assemble_source(const struct skep_isa_source *source, struct skep_insn *out,
			     uint32_t capacity, uint32_t *count, struct skep_log *log);

#endif
