/* SPDX-License-Identifier: Apache-2.0 */
/* LLVM as the witness for what a text means: llvm-objdump-19 writes every legal instruction, and
 * our assembler must make the same bytes of its text. Our own texts come back to the same bytes too
 * (assemble_test.c), so both mean the same. What LLVM 19 does not know is listed, and it is checked
 * that it does not. */
#define _XOPEN_SOURCE 700 /* P_tmpdir and popen */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "sample.h"

/* LLVM 19 writes these as something else, or leaves fields out. */
static bool llvm_knows(const struct skep_insn *insn)
{
	const unsigned class = insn->code & 7, mode = insn->code & 0xe0;

	/* Load-acquire and store-release came with LLVM 20: `<unknown>`. */
	if (class == BPF_STX && mode == BPF_ATOMIC && insn->imm >= BPF_LOAD_ACQ)
		return false;
	/* The source field of lddw is left out, since in an object it is made by relocations. */
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW))
		return insn->src_reg == 0;
	/* Source and offset of calls are left out. What is not negative reads as a helper, what is
	 * as a function. */
	if (insn->code == (BPF_JMP | BPF_CALL))
		return insn->src_reg == (insn->imm < 0 ? BPF_PSEUDO_CALL : 0);
	/* The immediate of skb[r1 + 5] is left out. */
	if (class == BPF_LD && mode == BPF_IND)
		return insn->imm == 0;
	return true;
}

/* ---------------------------------------------------------------------------- an object with them
 */

static void put(FILE *file, uint64_t value, unsigned bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		fputc((int)(value & 0xff), file);
}

static void put_section(FILE *file, uint32_t name, uint32_t type, uint64_t flags, uint64_t offset,
			uint64_t size)
{
	put(file, name, 4);
	put(file, type, 4);
	put(file, flags, 8);
	put(file, 0, 8);
	put(file, offset, 8);
	put(file, size, 8);
	put(file, 0, 8);
	put(file, 8, 8);
	put(file, 0, 8);
}

/* A little-endian ELF file for BPF with `size` bytes of code after what this writes. */
static void put_headers(FILE *file, uint64_t size)
{
	static const char names[32] = "\0.text\0.shstrtab";
	const uint64_t code = 64 + 3 * 64 + sizeof(names);

	fwrite("\x7f"
	       "ELF\2\1\1\0\0\0\0\0\0\0\0\0",
	       16, 1, file);
	put(file, 1, 2);   /* ET_REL */
	put(file, 247, 2); /* EM_BPF */
	put(file, 1, 4);
	put(file, 0, 8);
	put(file, 0, 8);
	put(file, 64, 8); /* section headers */
	put(file, 0, 4);
	put(file, 64, 2);
	put(file, 0, 2);
	put(file, 0, 2);
	put(file, 64, 2);
	put(file, 3, 2);
	put(file, 2, 2);
	put_section(file, 0, 0, 0, 0, 0);
	put_section(file, 1, 1, 6, code, size); /* SHT_PROGBITS, allocated, executable */
	put_section(file, 7, 3, 0, 64 + 3 * 64, sizeof(names)); /* SHT_STRTAB */
	fwrite(names, sizeof(names), 1, file);
}

static void put_insn(FILE *file, const struct skep_insn *insn)
{
	put(file, insn->code, 1);
	put(file, (uint64_t)insn->src_reg << 4 | insn->dst_reg, 1);
	put(file, (uint16_t)insn->off, 2);
	put(file, (uint32_t)insn->imm, 4);
}

/* Writes all of them to a temporary file, whose name it puts into `path`. */
static bool write_object(char *path)
{
	struct sample sample = { 0 };
	uint64_t slots = 0;
	const int fd = mkstemp(path);
	FILE *file;

	while (sample_next(&sample))
		slots += sample.slots;
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (file == NULL)
		return false;
	put_headers(file, 8 * slots);
	sample = (struct sample){ 0 };
	while (sample_next(&sample))
		for (uint32_t i = 0; i < sample.slots; i++)
			put_insn(file, &sample.insns[i]);
	return fclose(file) == 0;
}

/* ----------------------------------------------------------------------------------- comparison */

/* The instruction in a line such as `  10:	goto +0x6 <.text+0x88>`, or NULL. */
static char *text_of(char *line, unsigned long long *slot)
{
	char *text = strchr(line, '\t'), *end;

	if (text == NULL)
		return NULL;
	*slot = strtoull(line, &end, 10);
	if (end == line || *end != ':')
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	end = strstr(text, " <.text");
	if (end != NULL)
		*end = '\0';
	return text + 1;
}

/* Whether LLVM's text assembles to the instruction it was made of. */
static bool same(const char *text, const struct sample *sample)
{
	struct skep_insn insns[2];
	uint32_t count;

	return skep_isa_assemble(text, strlen(text), insns, 2, &count, NULL) == 0 &&
	       count == sample->slots && memcmp(insns, sample->insns, count * sizeof(*insns)) == 0;
}

static void compare(FILE *listing, uint32_t *known, uint32_t *unknown)
{
	struct sample sample = { 0 };
	unsigned long long next = 0, slot = 0;
	char line[256];

	while (fgets(line, sizeof(line), listing) != NULL) {
		const char *text = text_of(line, &slot);

		if (text == NULL)
			continue;
		CHECK(sample_next(&sample));
		test_case("%s", text);
		CHECK_EQ(slot, next);
		next += sample.slots;
		if (llvm_knows(sample.insns))
			CHECK(same(text, &sample));
		else
			CHECK(!same(text, &sample));
		++*(llvm_knows(sample.insns) ? known : unknown);
	}
	test_case("%s", "");
	CHECK(!sample_next(&sample));
}

TEST(llvm_text_of_everything_legal_assembles_to_the_same_bytes)
{
	char path[] = P_tmpdir "/skep-llvm-XXXXXX", command[160];
	uint32_t known = 0, unknown = 0;
	FILE *listing;

	if (system("command -v llvm-objdump-19 >/dev/null 2>&1") != 0) {
		test_skip("llvm-objdump-19 is not installed");
		return;
	}
	CHECK(write_object(path));
	snprintf(command, sizeof(command), "llvm-objdump-19 -d --mcpu=v4 --no-show-raw-insn %s",
		 path);
	listing = popen(command, "r");
	if (listing != NULL) {
		compare(listing, &known, &unknown);
		CHECK_EQ(pclose(listing), 0);
	}
	unlink(path);
	test_note("%u instructions compared, %u that LLVM 19 does not know", known, unknown);
	CHECK(known > 250000);
	CHECK(unknown > 30000);
}

TESTS_BEGIN
T(llvm_text_of_everything_legal_assembles_to_the_same_bytes)
TESTS_END
