/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs vectors.txt on the interpreter and on the JIT of this machine. A vector is
 *
 *	# what it shows
 *	asm:    instructions, as many such lines as needed
 *	mem:    hex; r1 is its address, r2 its length (optional)
 *	run:    r0
 *	after:  hex, what memory holds then (optional)
 *
 * and vectors are separated by empty lines. Those that get nothing in r1 to r5 and call nothing
 *also run with r1 to r9 exchanged in all nine rotations, which the result does not depend on and a
 * compiler's choice of machine registers does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lab/unverified.h"
#include "harness.h"

enum { INSNS_MAX = 70000, MEMORY_MAX = 4096, TEXT_MAX = 8192, ROTATIONS = 9 };

struct vector {
	char name[160];
	char text[TEXT_MAX];
	uint8_t memory[MEMORY_MAX], after[MEMORY_MAX];
	size_t memory_size, after_size;
	uint64_t r0;
	bool has_r0, has_after;
	unsigned line;
};

struct run {
	unsigned engine; /* 0: interpreter, 1: JIT */
	unsigned vectors, programs;
};

static struct vector vector;
static struct skep_insn insns[INSNS_MAX];

static void print_problem(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

static struct skep_log problem_log = { .sink = print_problem };

/* ------------------------------------------------------------------------------------ the reader
 */

static bool read_hex(const char *text, uint8_t *out, size_t *size)
{
	unsigned byte;
	int used;

	for (*size = 0; *size < MEMORY_MAX && sscanf(text, " %2x%n", &byte, &used) == 1;
	     text += used)
		out[(*size)++] = (uint8_t)byte;
	return text[strspn(text, " ")] == '\0';
}

static bool read_number(const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 0);
	return end != text && end[strspn(end, " ")] == '\0';
}

/* One `key: value` line. */
static bool read_value(char *line)
{
	char *value = strchr(line, ':');

	if (value == NULL)
		return false;
	*value++ = '\0';
	if (strcmp(line, "asm") == 0) {
		if (strlen(vector.text) + strlen(value) + 2 > sizeof(vector.text))
			return false;
		strcat(strcat(vector.text, value), "\n");
		return true;
	}
	if (strcmp(line, "mem") == 0)
		return read_hex(value, vector.memory, &vector.memory_size);
	if (strcmp(line, "after") == 0) {
		vector.has_after = true;
		return read_hex(value, vector.after, &vector.after_size);
	}
	if (strcmp(line, "run") == 0) {
		vector.has_r0 = true;
		return read_number(value, &vector.r0);
	}
	return false;
}

/* The next vector into `vector`; false at the end of the file or, with a failed check, at a line
 * that is none. */
static bool read_vector(FILE *file, unsigned *line_number)
{
	char line[4096];

	memset(&vector, 0, sizeof(vector));
	while (fgets(line, sizeof(line), file) != NULL) {
		++*line_number;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0') {
			if (vector.has_r0)
				return true;
			vector.name[0] = '\0';
			continue;
		}
		if (line[0] == '#') {
			if (vector.name[0] == '\0') {
				snprintf(vector.name, sizeof(vector.name), "%s",
					 line + 1 + strspn(line + 1, " "));
				vector.line = *line_number;
			}
			continue;
		}
		if (!read_value(line)) {
			test_case("vectors.txt:%u", *line_number);
			test_check(false, __FILE__, __LINE__, "a line of a known form");
			return false;
		}
	}
	return vector.has_r0;
}

static FILE *open_vectors(void)
{
	const char *source = getenv("SKEP_SOURCE");
	char path[1024];

	snprintf(path, sizeof(path), "%s/test/isa/vectors.txt", source != NULL ? source : ".");
	return fopen(path, "r");
}

/* ---------------------------------------------------------------------------------- the machines
 */

/* True if the program neither uses what it is given in registers nor calls anything. */
static bool can_rotate(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (insns[i].code == (BPF_JMP | BPF_CALL) ||
		    insns[i].code == (BPF_JMP | BPF_CALL | BPF_X))
			return false;
	return vector.memory_size == 0;
}

/* r1 becomes r2 and so on, r9 becomes r1; r0 and r10 stay. */
static void rotate(uint32_t count)
{
	struct skep_op op;
	const char *why;

	for (uint32_t i = 0; i < count; i += op.slots) {
		struct skep_insn *insn = &insns[i];
		const bool has_source = insn->src_reg != 0 && insn->code != 0x18;

		if (skep_isa_decode(insns, count, i, &op, &why) < 0)
			return;
		if (insn->dst_reg >= 1 && insn->dst_reg <= 9)
			insn->dst_reg = (insn->dst_reg % 9 + 1) & 15;
		if (has_source && insn->src_reg <= 9)
			insn->src_reg = (insn->src_reg % 9 + 1) & 15;
	}
}

/* Memory with known bytes on both sides, to see stores beside it. */
static void run_once(uint32_t count, unsigned engine)
{
	static uint64_t block[(MEMORY_MAX + 128) / 8];
	uint8_t *memory = (uint8_t *)block + 64;
	struct unverified program;
	uint64_t r0;

	if (!test_check(unverified_open(&program, skep_port_posix(), insns, count, engine == 1,
					&problem_log) == 0,
			__FILE__, __LINE__, "the program is accepted"))
		return;
	memset(block, 0x5a, sizeof(block));
	memcpy(memory, vector.memory, vector.memory_size);
	r0 = unverified_run(&program, vector.memory_size > 0 ? memory : NULL, vector.memory_size);
	unverified_close(&program);
	test_check_eq(r0, vector.r0, __FILE__, __LINE__, "r0");
	for (size_t i = 0; i < vector.after_size; i++)
		if (!test_check_eq(memory[i], vector.after[i], __FILE__, __LINE__, "memory"))
			break;
	for (size_t i = 0; i < sizeof(block); i++) {
		const size_t at = i - 64;

		if (at < vector.memory_size)
			continue;
		if (!test_check_eq(((uint8_t *)block)[i], 0x5a, __FILE__, __LINE__,
				   "a byte beside memory"))
			break;
	}
}

static void run_vector(struct run *run)
{
	uint32_t count;
	unsigned rotations = 1;

	test_case("%s, vectors.txt:%u: %s", run->engine == 1 ? "jit" : "interpreter", vector.line,
		  vector.name);
	if (!test_check(skep_isa_assemble(vector.text, strlen(vector.text), insns, INSNS_MAX,
					  &count, &problem_log) == 0,
			__FILE__, __LINE__, "the text assembles"))
		return;
	test_check(!vector.has_after || vector.after_size == vector.memory_size, __FILE__, __LINE__,
		   "`after` is as long as `mem`");
	if (can_rotate(count))
		rotations = ROTATIONS;
	for (unsigned i = 0; i < rotations; i++) {
		run_once(count, run->engine);
		run->programs++;
		rotate(count);
	}
	run->vectors++;
}

static void run_file(unsigned engine)
{
	struct run run = { .engine = engine };
	FILE *file = open_vectors();
	unsigned line = 0;

	CHECK(file != NULL);
	while (read_vector(file, &line))
		run_vector(&run);
	fclose(file);
	test_note("%u vectors, %u programs", run.vectors, run.programs);
	test_case("%s", "");
	CHECK(run.vectors >= 60);
}

TEST(interpreter)
{
	run_file(0);
}

TEST(jit)
{
	if (skep_backend_native() == NULL)
		test_skip("no JIT for this machine");
	else
		run_file(1);
}

/* What the disassembler makes of each program is the same program. */
TEST(disassembled_and_assembled_again)
{
	static struct skep_insn again[INSNS_MAX];
	FILE *file = open_vectors();
	unsigned line = 0;

	CHECK(file != NULL);
	while (read_vector(file, &line)) {
		uint32_t count, back;
		char text[96];

		test_case("vectors.txt:%u: %s", vector.line, vector.name);
		if (skep_isa_assemble(vector.text, strlen(vector.text), insns, INSNS_MAX, &count,
				      &problem_log) < 0)
			continue;
		for (uint32_t i = 0; i < count;) {
			i += skep_isa_disasm(insns, count, i, NULL, text, sizeof(text));
			test_check(skep_isa_assemble(text, strlen(text), again + i, 2, &back,
						     &problem_log) == 0,
				   __FILE__, __LINE__, text);
			memmove(again + i - back, again + i, back * sizeof(*again));
		}
		test_check(memcmp(insns, again, count * sizeof(*insns)) == 0, __FILE__, __LINE__,
			   "the same bytes");
	}
	fclose(file);
}

TESTS_BEGIN
T(interpreter)
T(jit)
T(disassembled_and_assembled_again)
TESTS_END
