/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classic BPF: a checked filter in, eBPF instructions that do the same out. Each instruction
 * becomes one or a few; since jumps name classic instructions, a first walk only counts, to learn
 * where each begins, and a second one writes. Both are the same code.
 *
 * A jump has two targets and eBPF's one has one: the condition is turned round where that saves the
 * second jump. Everything is 32 bits wide, which eBPF zero-extends, so that the upper halves of the
 * registers stay 0.
 *
 * Refuses what Linux refuses to attach, and nothing else. libpcap's dialect is the larger one: what
 * its compiler makes and Linux refuses, libpcap runs by itself.
 */
#include "isa/classic.h"

#include "base/bytes.h"

/* Registers of the translation. */
enum {
	REG_A = 0,
	REG_TEMP = 2,
	REG_CTX = 6,
	REG_X = 7,
	REG_SAVED = 8, /* A, across packet loads on behalf of X */
	REG_TURNS = 9, /* jumps back that are left */
	/* More than any chain of headers in 2 KiB, of 8 bytes each, has links. */
	TURNS_MAX = 256,
	EXPANSION_MAX = 6,
};
_Static_assert(SKEP_CLASSIC_INSNS_MAX *EXPANSION_MAX <= INT16_MAX, "jumps reach");

/* Where programs see the fields of the context. */
enum {
#define SK_BUFF(name, offset) AT_##name = (offset),
#include "isa/sk_buff.def"
};

/* ------------------------------------------------------------------------------------- check */

static int refuse(struct skep_log *log, uint32_t at, const char *found, const char *needed)
{
	return skep_fail(log, SKEP_EINVAL, (int32_t)at, "%s\n%s\n", found, needed);
}

static bool is_conditional(uint16_t code)
{
	switch (code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X: return true;
	default: return false;
	}
}

static bool is_known(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
	case BPF_LD | BPF_W | BPF_IND:
	case BPF_LD | BPF_H | BPF_IND:
	case BPF_LD | BPF_B | BPF_IND:
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_B | BPF_MSH:
	case BPF_LDX | BPF_IMM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
	case BPF_ALU | BPF_NEG:
	case BPF_JMP | BPF_JA:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA: return true;
#define ALU(name, op, text, result)                                                                \
	case BPF_ALU | (op) | BPF_K:                                                               \
	case BPF_ALU | (op) | BPF_X:                                                               \
		return (op) != BPF_MOV && (op) != BPF_ARSH;
#include "isa/alu.def"
	default: return is_conditional(code);
	}
}

/* A jump back, as libpcap has it. */
static bool is_back(const struct skep_classic_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_JA) && insn->k > INT32_MAX;
}

static bool is_absolute(uint16_t code)
{
	return (code & 7) == BPF_LD && (code & 0xe0) == BPF_ABS;
}

static bool reads_word(uint16_t code)
{
	return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
}

static bool writes_word(uint16_t code)
{
	return code == BPF_ST || code == BPF_STX;
}

static int check_operand(const struct skep_classic_insn *insn, uint32_t at,
			 enum skep_classic_dialect dialect, struct skep_log *log)
{
	switch (insn->code) {
	case BPF_ALU | BPF_DIV | BPF_K:
	case BPF_ALU | BPF_MOD | BPF_K:
		if (insn->k == 0)
			return refuse(log, at, "this divides by zero", "another divisor");
		return 0;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		if (insn->k > 31)
			return skep_fail(log, SKEP_EINVAL, (int32_t)at,
					 "this shifts 32 bits by %u\na distance from 0 to 31\n",
					 (unsigned)insn->k);
		return 0;
	default: break;
	}
	if ((reads_word(insn->code) || writes_word(insn->code)) && insn->k >= SKEP_CLASSIC_WORDS)
		return skep_fail(log, SKEP_EINVAL, (int32_t)at,
				 "this names word %u of scratch memory\na word from 0 to %d\n",
				 (unsigned)insn->k, SKEP_CLASSIC_WORDS - 1);
	/* The offsets above, as unsigned numbers: those that mean something are multiples of 4. */
	if (dialect == SKEP_CLASSIC_LINUX && is_absolute(insn->code) &&
	    insn->k >= (uint32_t)SKF_AD_OFF &&
	    (insn->k % 4 != 0 || insn->k > (uint32_t)SKF_AD_OFF + SKF_AD_VLAN_TPID))
		return skep_fail(log, SKEP_EINVAL, (int32_t)at,
				 "offset %d stands for nothing\nan offset into the packet, or one "
				 "of SKF_AD_*\n",
				 (int)insn->k);
	return 0;
}

static int check_jump(const struct skep_classic_insn *insn, uint32_t at, uint32_t count,
		      enum skep_classic_dialect dialect, struct skep_log *log)
{
	const uint32_t rest = count - at - 1; /* instructions after this one */
	uint32_t distance = 0;

	if (dialect == SKEP_CLASSIC_LIBPCAP && is_back(insn) && at + 1 + insn->k < count)
		return 0;
	if (insn->code == (BPF_JMP | BPF_JA))
		distance = insn->k;
	else if (is_conditional(insn->code))
		distance = insn->jt > insn->jf ? insn->jt : insn->jf;
	else
		return 0;
	if (distance < rest)
		return 0;
	return skep_fail(log, SKEP_EINVAL, (int32_t)at,
			 "this jumps over %u instructions and %u follow\na target inside the "
			 "program\n",
			 (unsigned)distance, (unsigned)rest);
}

/* Keeps in `written[i]` the words that every way to instruction i has written, as far as Linux
 * follows it: what stands behind a return is taken as reached from it. */
static int check_words(const struct skep_classic_insn *insns, uint32_t count, uint16_t *written,
		       struct skep_log *log)
{
	uint16_t words = 0;

	memset(written, 0xff, count * sizeof(*written));
	for (uint32_t at = 0; at < count; at++) {
		const struct skep_classic_insn *insn = &insns[at];

		words &= written[at];
		if (writes_word(insn->code))
			words |= (uint16_t)(1u << insn->k);
		if (reads_word(insn->code) && (words >> insn->k & 1) == 0)
			return skep_fail(log, SKEP_EINVAL, (int32_t)at,
					 "word %u of scratch memory may not have been "
					 "written\na store on every path\n",
					 (unsigned)insn->k);
		if (insn->code == (BPF_JMP | BPF_JA)) {
			written[at + 1 + insn->k] &= words;
			words = UINT16_MAX;
		} else if (is_conditional(insn->code)) {
			written[at + 1 + insn->jt] &= words;
			written[at + 1 + insn->jf] &= words;
			words = UINT16_MAX;
		}
	}
	return 0;
}

int skep_classic_check(const struct skep_classic_insn *insns, uint32_t count,
		       enum skep_classic_dialect dialect, struct skep_arena *scratch,
		       struct skep_log *log)
{
	uint16_t *written;

	if (count == 0 || count > SKEP_CLASSIC_INSNS_MAX)
		return skep_fail(log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the filter has %u instructions\n1 to %d\n", (unsigned)count,
				 SKEP_CLASSIC_INSNS_MAX);
	for (uint32_t at = 0; at < count; at++) {
		if (!is_known(insns[at].code))
			return skep_fail(log, SKEP_EINVAL, (int32_t)at,
					 "opcode 0x%02x is none of classic BPF\nan instruction of "
					 "classic BPF\nopen eBPF with skep_object_open()",
					 (unsigned)insns[at].code);
		SKEP_TRY(check_operand(&insns[at], at, dialect, log));
		SKEP_TRY(check_jump(&insns[at], at, count, dialect, log));
	}
	if (insns[count - 1].code != (BPF_RET | BPF_K) &&
	    insns[count - 1].code != (BPF_RET | BPF_A))
		return refuse(log, count - 1, "the last instruction is no return",
			      "a return at the end");
	if (dialect == SKEP_CLASSIC_LIBPCAP)
		return 0;
	written = skep_arena_array(scratch, count, sizeof(*written));
	if (written == NULL)
		return skep_fail_memory(log, "checking the filter");
	return check_words(insns, count, written, log);
}

/* --------------------------------------------------------------------------------- translate */

struct translator {
	const struct skep_classic_insn *insns;
	uint32_t insn_count;
	enum skep_classic_dialect dialect;
	uint32_t loop_start, loop_end; /* all jumps back and their targets lie in [start, end) */
	uint32_t *starts;              /* of each classic instruction, and of the end */
	struct skep_insn *out;         /* NULL: count only */
	uint32_t count;
	uint32_t at; /* the classic instruction in hand */
};

static void put(struct translator *t, uint8_t code, uint8_t dst, uint8_t src, int32_t off,
		int32_t imm)
{
	if (t->out != NULL)
		t->out[t->count] = (struct skep_insn){
			.code = code,
			.dst_reg = (uint8_t)(dst & 15),
			.src_reg = (uint8_t)(src & 15),
			.off = (int16_t)off,
			.imm = imm,
		};
	t->count++;
}

static void put_mov(struct translator *t, uint8_t dst, uint8_t src)
{
	put(t, BPF_ALU | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void put_const(struct translator *t, uint8_t dst, uint32_t value)
{
	put(t, BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, (int32_t)value);
}

static void put_exit(struct translator *t)
{
	put(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A 32-bit field of the context. */
static void put_field(struct translator *t, uint8_t dst, int32_t offset)
{
	put(t, BPF_LDX | BPF_MEM | BPF_W, dst, REG_CTX, offset, 0);
}

static void put_call(struct translator *t, int32_t helper)
{
	put(t, BPF_ALU64 | BPF_MOV | BPF_X, 1, REG_CTX, 0, 0);
	put(t, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

/* Distance from the instruction that is put next to a classic one `skip` behind the one in hand. No
 * classic instruction becomes more than EXPANSION_MAX others, so it fits in the 16 bits of a jump.
 */
static int32_t distance(const struct translator *t, uint32_t skip)
{
	if (t->out == NULL)
		return 0;
	return (int32_t)(t->starts[t->at + 1 + skip] - t->count - 1);
}

static void put_goto(struct translator *t, uint32_t skip)
{
	if (skip != 0)
		put(t, BPF_JMP | BPF_JA, 0, 0, distance(t, skip), 0);
}

/* Ends the filter with 0. */
static void put_drop(struct translator *t)
{
	put_const(t, REG_A, 0);
	put_exit(t);
}

/* Turns are counted, so that whatever the packet says there is an end. */
static void put_goto_back(struct translator *t, uint32_t skip)
{
	put(t, BPF_ALU | BPF_SUB | BPF_K, REG_TURNS, 0, 0, 1);
	put(t, BPF_JMP32 | BPF_JNE | BPF_K, REG_TURNS, 0, 2, 0);
	put_drop(t);
	put_goto(t, skip);
}

/* The jump of eBPF that goes where `what` does not, or 0: there is none. */
static uint8_t opposite(uint8_t what)
{
	switch (what) {
	case BPF_JEQ: return BPF_JNE;
	case BPF_JGT: return BPF_JLE;
	case BPF_JGE: return BPF_JLT;
	default: return 0;
	}
}

static void put_condition(struct translator *t, const struct skep_classic_insn *insn)
{
	const uint8_t source = (uint8_t)(insn->code & BPF_X), what = (uint8_t)(insn->code & 0xf0);
	const uint8_t src = source == BPF_X ? REG_X : 0;
	const int32_t imm = source == BPF_X ? 0 : (int32_t)insn->k;

	if (insn->jt == insn->jf) {
		put_goto(t, insn->jt);
	} else if (insn->jt == 0 && opposite(what) != 0) {
		put(t, BPF_JMP32 | opposite(what) | source, REG_A, src, distance(t, insn->jf), imm);
	} else {
		/* With nothing to skip on the way that is taken, it goes behind the jump. */
		put(t, BPF_JMP32 | what | source, REG_A, src, distance(t, insn->jt), imm);
		put_goto(t, insn->jf);
	}
}

/* Without a device the filter ends with what A holds: so does Linux. */
static void put_need_device(struct translator *t)
{
	put_field(t, REG_TEMP, AT_ifindex);
	put(t, BPF_JMP32 | BPF_JNE | BPF_K, REG_TEMP, 0, 1, 0);
	put_exit(t);
}

/* A = what the offset stands for. */
static void put_ancillary(struct translator *t, uint32_t what)
{
	switch (what) {
	case SKF_AD_PROTOCOL:
	case SKF_AD_VLAN_TPID:
		put_field(t, REG_A, what == SKF_AD_PROTOCOL ? AT_protocol : AT_vlan_proto);
		put(t, BPF_ALU | BPF_END | BPF_X, REG_A, 0, 0, 16); /* be16 */
		break;
	case SKF_AD_PKTTYPE: put_field(t, REG_A, AT_pkt_type); break;
	case SKF_AD_MARK: put_field(t, REG_A, AT_mark); break;
	case SKF_AD_QUEUE: put_field(t, REG_A, AT_queue_mapping); break;
	case SKF_AD_RXHASH: put_field(t, REG_A, AT_hash); break;
	case SKF_AD_VLAN_TAG: put_field(t, REG_A, AT_vlan_tci); break;
	case SKF_AD_VLAN_TAG_PRESENT: put_field(t, REG_A, AT_vlan_present); break;
	case SKF_AD_IFINDEX:
		put_need_device(t);
		put_mov(t, REG_A, REG_TEMP);
		break;
	case SKF_AD_HATYPE:
		put_need_device(t);
		put_call(t, SKEP_CLASSIC_CALL_HATYPE);
		break;
	case SKF_AD_NLATTR:
	case SKF_AD_NLATTR_NEST:
		put_mov(t, 2, REG_A);
		put_mov(t, 3, REG_X);
		put_call(t, what == SKF_AD_NLATTR ? SKEP_CLASSIC_CALL_NLATTR
						  : SKEP_CLASSIC_CALL_NLATTR_NEST);
		break;
	case SKF_AD_PAY_OFFSET: put_call(t, SKEP_CLASSIC_CALL_PAY_OFFSET); break;
	case SKF_AD_CPU: put_call(t, SKEP_CLASSIC_CALL_CPU); break;
	case SKF_AD_RANDOM: put_call(t, SKEP_CLASSIC_CALL_RANDOM); break;
	default: put(t, BPF_ALU | BPF_XOR | BPF_X, REG_A, REG_X, 0, 0); break; /* ALU_XOR_X */
	}
}

static void put_load(struct translator *t, const struct skep_classic_insn *insn)
{
	const uint8_t code = (uint8_t)insn->code;
	const bool indirect = (code & 0xe0) == BPF_IND;

	if (t->dialect == SKEP_CLASSIC_LIBPCAP && insn->k > INT32_MAX) {
		put_drop(t);
	} else if (t->dialect == SKEP_CLASSIC_LIBPCAP && indirect &&
		   (t->at < t->loop_start || t->at >= t->loop_end)) {
		/* The sum as a number of 64 bits, which must be an offset by itself. Not in loops:
		 * what is compared there the verifier must remember in each turn. */
		put(t, BPF_ALU64 | BPF_MOV | BPF_X, REG_TEMP, REG_X, 0, 0);
		put(t, BPF_ALU64 | BPF_ADD | BPF_K, REG_TEMP, 0, 0, (int32_t)insn->k);
		put(t, BPF_JMP | BPF_JLE | BPF_K, REG_TEMP, 0, 2, INT32_MAX);
		put_drop(t);
		put(t, code, 0, REG_TEMP, 0, 0);
	} else if (indirect) {
		put(t, code, 0, REG_X, 0, (int32_t)insn->k);
	} else if (insn->k >= (uint32_t)SKF_AD_OFF) {
		put_ancillary(t, insn->k - (uint32_t)SKF_AD_OFF);
	} else {
		put(t, code, 0, 0, 0, (int32_t)insn->k);
	}
}

/* X = 4 * (packet[k] & 15), and A stays. */
static void put_header_length(struct translator *t, uint32_t k)
{
	if (t->dialect == SKEP_CLASSIC_LIBPCAP && k > INT32_MAX) {
		put_drop(t);
		return;
	}
	put_mov(t, REG_SAVED, REG_A);
	put(t, BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, (int32_t)k);
	put(t, BPF_ALU | BPF_AND | BPF_K, REG_A, 0, 0, 15);
	put(t, BPF_ALU | BPF_LSH | BPF_K, REG_A, 0, 0, 2);
	put_mov(t, REG_X, REG_A);
	put_mov(t, REG_A, REG_SAVED);
}

/* A op= K or X, whose opcodes mean the same in eBPF, except that division by zero ends the filter.
 */
static void put_alu(struct translator *t, const struct skep_classic_insn *insn)
{
	const uint8_t code = (uint8_t)insn->code, what = (uint8_t)(code & 0xf0);

	if ((code & BPF_X) == 0) {
		put(t, code, REG_A, 0, 0, what == BPF_NEG ? 0 : (int32_t)insn->k);
		return;
	}
	if (what == BPF_DIV || what == BPF_MOD) {
		put(t, BPF_JMP32 | BPF_JNE | BPF_K, REG_X, 0, 2, 0);
		put_drop(t);
	}
	if (t->dialect == SKEP_CLASSIC_LIBPCAP && (what == BPF_LSH || what == BPF_RSH)) {
		put(t, BPF_JMP32 | BPF_JLE | BPF_K, REG_X, 0, 1, 31);
		put_const(t, REG_A, 0); /* which stays 0, however far it is shifted */
	}
	put(t, code, REG_A, REG_X, 0, 0);
}

static int32_t word_at(uint32_t word)
{
	return 4 * ((int32_t)word - SKEP_CLASSIC_WORDS);
}

static void put_insn(struct translator *t, const struct skep_classic_insn *insn)
{
	switch (insn->code) {
	case BPF_LD | BPF_IMM: put_const(t, REG_A, insn->k); break;
	case BPF_LDX | BPF_IMM: put_const(t, REG_X, insn->k); break;
	case BPF_LD | BPF_W | BPF_LEN: put_field(t, REG_A, AT_len); break;
	case BPF_LDX | BPF_W | BPF_LEN: put_field(t, REG_X, AT_len); break;
	case BPF_LDX | BPF_B | BPF_MSH: put_header_length(t, insn->k); break;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
		put(t, BPF_LDX | BPF_MEM | BPF_W, insn->code == (BPF_LD | BPF_MEM) ? REG_A : REG_X,
		    BPF_REG_FP, word_at(insn->k), 0);
		break;
	case BPF_ST:
	case BPF_STX:
		put(t, BPF_STX | BPF_MEM | BPF_W, BPF_REG_FP, insn->code == BPF_ST ? REG_A : REG_X,
		    word_at(insn->k), 0);
		break;
	case BPF_MISC | BPF_TAX: put_mov(t, REG_X, REG_A); break;
	case BPF_MISC | BPF_TXA: put_mov(t, REG_A, REG_X); break;
	case BPF_JMP | BPF_JA:
		if (is_back(insn))
			put_goto_back(t, insn->k);
		else
			put_goto(t, insn->k);
		break;
	case BPF_RET | BPF_K:
		put_const(t, REG_A, insn->k);
		put_exit(t);
		break;
	case BPF_RET | BPF_A: put_exit(t); break;
	default:
		if ((insn->code & 7) == BPF_LD)
			put_load(t, insn);
		else if ((insn->code & 7) == BPF_ALU)
			put_alu(t, insn);
		else
			put_condition(t, insn);
		break;
	}
}

/* What libpcap's dialect needs before the program: zeros in the words that it reads, and if it has
 * jumps back a count of turns. */
static void put_preparation(struct translator *t)
{
	uint16_t words = 0;

	for (uint32_t i = 0; i < t->insn_count; i++)
		if (reads_word(t->insns[i].code))
			words |= (uint16_t)(1u << t->insns[i].k);
	for (uint32_t word = 0; word < SKEP_CLASSIC_WORDS; word++)
		if ((words >> word & 1) != 0)
			put(t, BPF_ST | BPF_MEM | BPF_W, BPF_REG_FP, 0, word_at(word), 0);
	if (t->loop_end != 0)
		put_const(t, REG_TURNS, TURNS_MAX + 1);
}

static void find_loops(struct translator *t)
{
	for (uint32_t i = 0; i < t->insn_count; i++) {
		const uint32_t target = i + 1 + t->insns[i].k;

		if (!is_back(&t->insns[i]))
			continue;
		if (t->loop_end == 0 || target < t->loop_start)
			t->loop_start = target;
		t->loop_end = i + 1;
	}
}

static void put_program(struct translator *t)
{
	t->count = 0;
	put(t, BPF_ALU64 | BPF_MOV | BPF_X, REG_CTX, 1, 0, 0);
	put_const(t, REG_A, 0);
	put_const(t, REG_X, 0);
	if (t->dialect == SKEP_CLASSIC_LIBPCAP)
		put_preparation(t);
	for (t->at = 0; t->at < t->insn_count; t->at++) {
		t->starts[t->at] = t->count;
		put_insn(t, &t->insns[t->at]);
	}
	t->starts[t->insn_count] = t->count;
}

int skep_classic_translate(const struct skep_classic_insn *insns, uint32_t count,
			   enum skep_classic_dialect dialect, struct skep_arena *arena,
			   struct skep_log *log, struct skep_insn **out, uint32_t *out_count)
{
	struct translator t = { .insns = insns, .insn_count = count, .dialect = dialect };

	SKEP_TRY(skep_classic_check(insns, count, dialect, arena, log));
	t.starts = skep_arena_array(arena, (size_t)count + 1, sizeof(*t.starts));
	if (t.starts == NULL)
		return skep_fail_memory(log, "translating the filter");
	find_loops(&t);
	put_program(&t);
	t.out = skep_arena_array(arena, t.count, sizeof(*t.out));
	if (t.out == NULL)
		return skep_fail_memory(log, "the translated filter");
	put_program(&t);
	*out = t.out;
	*out_count = t.count;
	return 0;
}
