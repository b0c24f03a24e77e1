/* SPDX-License-Identifier: Apache-2.0 */
/* From a program to lines of assembly. A source line is shown where its first instruction is. */
#include "listing.h"

#include <stdio.h>
#include <string.h>

static bool same_line(const struct skep_line *a, const struct skep_line *b)
{
	return b->file != NULL && a->line == b->line && strcmp(a->file, b->file) == 0;
}

bool listing_look(struct listing *listing)
{
	struct skep_line line;

	if (skep_prog_insn(listing->prog, listing->index, &listing->insn) != 0 ||
	    skep_prog_disasm(listing->prog, listing->index, listing->text, sizeof(listing->text),
			     &listing->slots) != 0)
		return false;
	if (listing->slots == 2)
		skep_prog_insn(listing->prog, listing->index + 1, &listing->second);
	listing->function = skep_prog_function_at(listing->prog, listing->index);
	if (listing->function != NULL)
		listing->last.file = NULL;
	listing->line.file = NULL;
	if (skep_prog_line(listing->prog, listing->index, &line) == 0 && line.file != NULL &&
	    !same_line(&line, &listing->last))
		listing->line = listing->last = line;
	return true;
}

void listing_print_safe(const char *text)
{
	for (; *text != '\0'; text++)
		putchar((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

/* The source line without its indentation. */
static const char *source_of(const struct listing *listing)
{
	const char *source = listing->line.source != NULL ? listing->line.source : "";

	return source + strspn(source, " \t");
}

int listing_print(const struct listing *listing)
{
	if (listing->function != NULL) {
		fputs("\n", stdout);
		listing_print_safe(listing->function);
		fputs(":\n", stdout);
	}
	if (listing->line.file != NULL) {
		fputs("; ", stdout);
		listing_print_safe(source_of(listing));
		fputs(" @ ", stdout);
		listing_print_safe(listing->line.file);
		printf(":%u\n", (unsigned)listing->line.line);
	}
	return printf("%5u: (%02x) %s", (unsigned)listing->index, listing->insn.code,
		      listing->text);
}

/* The eight bytes of an instruction as they stand in a little-endian object. */
static void encode(const struct skep_insn *insn, uint8_t bytes[8])
{
	const uint16_t off = (uint16_t)insn->off;
	const uint32_t imm = (uint32_t)insn->imm;

	bytes[0] = insn->code;
	bytes[1] = (uint8_t)(insn->src_reg << 4 | insn->dst_reg);
	bytes[2] = (uint8_t)off;
	bytes[3] = (uint8_t)(off >> 8);
	for (int i = 0; i < 4; i++)
		bytes[4 + i] = (uint8_t)(imm >> 8 * i);
}

void listing_write(const struct listing *listing, struct writer *writer)
{
	uint8_t code[16];

	encode(&listing->insn, code);
	encode(&listing->second, code + 8);
	writer_member_unsigned(writer, "index", listing->index);
	writer_key(writer, "code");
	writer_hex(writer, code, listing->slots == 2 ? 16 : 8);
	writer_member_string(writer, "text", listing->text);
	if (listing->line.file != NULL) {
		writer_member_string(writer, "file", listing->line.file);
		writer_member_unsigned(writer, "line", listing->line.line);
		writer_member_string(writer, "source", listing->line.source);
	}
}
