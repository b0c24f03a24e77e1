/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in, a yes or a sentence out. The check itself is in flat.c; this finds out what a
 * reader wants to know about a fault: the target that a jump has, the function that it leaves.
 */
#include "isa/isa.h"

/* What a fault was found in, and by which check. */
struct checker {
	const struct skep_insn *insns;
	uint32_t count, where;
	enum skep_isa_fault fault;
	const uint8_t *marks;
	struct skep_log *log;
};

/* The function around an instruction: its first one, and the first one after it. */
struct function {
	uint32_t start, end;
};

static bool begins_function(const struct checker *c, uint32_t index)
{
	return (c->marks[index / 8] >> index % 8 & 1) != 0;
}

static struct function function_around(const struct checker *c, uint32_t index)
{
	struct function function = { index, index + 1 };

	while (!begins_function(c, function.start))
		function.start--;
	while (function.end < c->count && !begins_function(c, function.end))
		function.end++;
	return function;
}

static int report_target(const struct checker *c)
{
	const struct skep_insn *insn = &c->insns[c->where];
	const char *what = insn->code == (BPF_LD | BPF_IMM | BPF_DW) ? "function address"
			   : insn->code == (BPF_JMP | BPF_CALL)      ? "call"
								     : "jump";
	const bool by_imm = what[0] != 'j' || insn->code == (BPF_JMP32 | BPF_JA);
	const int64_t target = (int64_t)c->where + 1 + (by_imm ? insn->imm : insn->off);

	return skep_fail(c->log, SKEP_EINVAL, (int32_t)c->where,
			 "this %s goes to %lld, %s\na target from 0 to %u that begins an "
			 "instruction",
			 what, (long long)target, skep_isa_fault_text(c->fault),
			 (unsigned)c->count - 1);
}

static int report(const struct checker *c)
{
	const int32_t insn = (int32_t)c->where;
	struct function function;

	switch (c->fault) {
	case SKEP_FAULT_EMPTY:
	case SKEP_FAULT_LONG:
		return skep_fail(c->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the program has %u instructions\nfrom 1 to 2147483647 of them",
				 (unsigned)c->count);
	case SKEP_FAULT_R10:
		return skep_fail(c->log, SKEP_EINVAL, insn,
				 "r10 is written\nr0 to r9 as the destination\nr10 is the "
				 "frame pointer: copy it to another register first");
	case SKEP_FAULT_BEFORE:
	case SKEP_FAULT_PAST:
	case SKEP_FAULT_MIDDLE: return report_target(c);
	case SKEP_FAULT_LEAVES:
		function = function_around(c, c->where);
		return skep_fail(c->log, SKEP_EINVAL, insn,
				 "this jump leaves its function, which is instructions %u "
				 "to %u\na target inside\ncall other functions with `call`",
				 (unsigned)function.start, (unsigned)function.end - 1);
	case SKEP_FAULT_FALLS:
		return skep_fail(c->log, SKEP_EINVAL, insn,
				 "the function that begins at instruction %u goes on past its last "
				 "one\nexit or an unconditional jump at its end",
				 (unsigned)function_around(c, c->where).start);
	default:
		return skep_fail(c->log, SKEP_EINVAL, insn,
				 "%s\nan instruction of RFC 9669 or Linux",
				 skep_isa_fault_text(c->fault));
	}
}

int skep_isa_check(const struct skep_insn *insns, uint32_t count, struct skep_arena *scratch,
		   struct skep_log *log)
{
	const struct skep_arena_mark mark = skep_arena_mark(scratch);
	uint8_t *marks = skep_arena_alloc(scratch, SKEP_ISA_MARKS_BYTES(count));
	struct checker checker = { insns, count, 0, SKEP_FAULT_NONE, marks, log };
	int result = 0;

	if (marks == NULL)
		return skep_fail_memory(log, "checking the structure of a program");
	checker.fault = skep_isa_check_flat(insns, count, marks, &checker.where);
	if (checker.fault != SKEP_FAULT_NONE)
		result = report(&checker);
	skep_arena_release(scratch, mark);
	return result;
}
