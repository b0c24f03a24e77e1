/* SPDX-License-Identifier: Apache-2.0 */
/* From facts and clues of libskep to lines of text and JSON. Nothing is concluded here. */
#include "proof.h"

#include <stdio.h>
#include <string.h>

#include "listing.h"

enum {
	REGS = 10,        /* r10 never changes */
	FACT_BYTES = 256, /* of a fact in words */
	COLUMN = 48,      /* where facts begin */
};

/* --------------------------------------------------------------------------------------- facts */

/* Facts of registers that the instruction reads, behind it. */
static void print_regs(const struct skep_prog *prog, uint32_t index, int column)
{
	const char *before = "";
	struct skep_fact fact;
	char text[FACT_BYTES];

	for (uint32_t reg = 0; reg < REGS; reg++) {
		if (skep_prog_fact(prog, index, reg, &fact) != 0 || !fact.read)
			continue;
		skep_prog_fact_text(prog, &fact, text, sizeof(text));
		if (*before == '\0')
			printf("%*s; ", column < COLUMN ? COLUMN - column : 1, "");
		printf("%sr%u = ", before, (unsigned)reg);
		listing_print_safe(text);
		before = ", ";
	}
}

void proof_print_facts(const struct skep_prog *prog)
{
	struct listing listing = { .prog = prog };

	for (; listing_look(&listing); listing.index += listing.slots) {
		const int column = listing_print(&listing);

		if (skep_prog_reached(prog, listing.index))
			print_regs(prog, listing.index, column);
		else
			printf("%*s; dead", column < COLUMN ? COLUMN - column : 1, "");
		putchar('\n');
	}
}

static const char *kind_name(enum skep_value_kind kind)
{
	switch (kind) {
	case SKEP_VALUE_NONE: return "none";
	case SKEP_VALUE_NUMBER: return "number";
	case SKEP_VALUE_CTX: return "context";
	case SKEP_VALUE_PKT: return "packet";
	case SKEP_VALUE_PKT_META: return "packet_meta";
	case SKEP_VALUE_PKT_END: return "packet_end";
	case SKEP_VALUE_STACK: return "stack";
	case SKEP_VALUE_MAP: return "map";
	case SKEP_VALUE_MAP_VALUE: return "map_value";
	case SKEP_VALUE_RECORD: return "record";
	case SKEP_VALUE_FUNC: return "function";
	case SKEP_VALUE_SOCK: return "socket";
	case SKEP_VALUE_KERNEL: return "kernel";
	case SKEP_VALUE_ANY: return "any";
	}
	return "any";
}

static void write_member_signed(struct writer *writer, const char *name, int64_t value)
{
	writer_key(writer, name);
	writer_signed(writer, value);
}

static void write_member_bool(struct writer *writer, const char *name, bool value)
{
	writer_key(writer, name);
	writer_bool(writer, value);
}

static void write_bounds(const struct skep_fact *fact, struct writer *writer)
{
	writer_member_unsigned(writer, "umin", fact->umin);
	writer_member_unsigned(writer, "umax", fact->umax);
	write_member_signed(writer, "smin", fact->smin);
	write_member_signed(writer, "smax", fact->smax);
	writer_member_unsigned(writer, "bits", fact->bits);
	writer_member_unsigned(writer, "unknown", fact->unknown);
}

static void write_fact(const struct skep_prog *prog, const struct skep_fact *fact,
		       struct writer *writer)
{
	const bool has_map = fact->kind == SKEP_VALUE_MAP || fact->kind == SKEP_VALUE_MAP_VALUE;
	char text[FACT_BYTES];

	skep_prog_fact_text(prog, fact, text, sizeof(text));
	writer_open_object(writer);
	writer_member_string(writer, "kind", kind_name(fact->kind));
	write_member_bool(writer, "read", fact->read);
	writer_member_string(writer, "text", text);
	if (fact->kind != SKEP_VALUE_ANY)
		write_bounds(fact, writer);
	if (fact->kind > SKEP_VALUE_NUMBER && fact->kind != SKEP_VALUE_ANY)
		write_member_bool(writer, "maybe_null", fact->maybe_null);
	if (fact->kind == SKEP_VALUE_STACK && fact->frames_up != SKEP_FACT_VARIES)
		writer_member_unsigned(writer, "frames_up", fact->frames_up);
	if (has_map && fact->map != SKEP_FACT_VARIES)
		writer_member_unsigned(writer, "map", fact->map);
	if (fact->kind == SKEP_VALUE_MAP_VALUE || fact->kind == SKEP_VALUE_RECORD ||
	    fact->kind == SKEP_VALUE_PKT || fact->kind == SKEP_VALUE_PKT_META)
		writer_member_unsigned(writer, "size", fact->size);
	writer_close_object(writer);
}

static void write_regs(const struct skep_prog *prog, uint32_t index, struct writer *writer)
{
	struct skep_fact fact;
	char name[4];

	writer_key(writer, "regs");
	writer_open_object(writer);
	for (uint32_t reg = 0; reg < REGS; reg++) {
		if (skep_prog_fact(prog, index, reg, &fact) != 0 || fact.kind == SKEP_VALUE_NONE)
			continue;
		snprintf(name, sizeof(name), "r%u", (unsigned)reg);
		writer_key(writer, name);
		write_fact(prog, &fact, writer);
	}
	writer_close_object(writer);
}

void proof_write_facts(const struct skep_prog *prog, struct writer *writer)
{
	struct listing listing = { .prog = prog };

	writer_open_list(writer);
	for (; listing_look(&listing); listing.index += listing.slots) {
		const bool reached = skep_prog_reached(prog, listing.index);

		writer_open_object(writer);
		listing_write(&listing, writer);
		write_member_bool(writer, "reached", reached);
		if (reached)
			write_regs(prog, listing.index, writer);
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

/* ---------------------------------------------------------------------------------------- path */

static const char *clue_name(enum skep_clue_kind kind)
{
	switch (kind) {
	case SKEP_CLUE_JUMPS: return "jumps";
	case SKEP_CLUE_GOES_ON: return "goes_on";
	case SKEP_CLUE_CALLS: return "calls";
	case SKEP_CLUE_RETURNS: return "returns";
	case SKEP_CLUE_MAKES: return "makes";
	case SKEP_CLUE_STORES: return "stores";
	case SKEP_CLUE_LOSES: return "loses";
	case SKEP_CLUE_REFUSED: return "refused";
	}
	return "";
}

/* Where an instruction goes when its condition is true. */
static uint32_t target_of(const struct skep_prog *prog, uint32_t index)
{
	struct skep_insn insn = { 0 };

	skep_prog_insn(prog, index, &insn);
	return (uint32_t)((int64_t)index + 1 + insn.off);
}

static void print_what(const struct skep_prog *prog, const struct skep_clue *clue,
		       const char *reason)
{
	const unsigned reg = clue->reg;

	switch (clue->kind) {
	case SKEP_CLUE_JUMPS:
		printf("the condition is true, it jumps to instruction %u",
		       (unsigned)target_of(prog, clue->insn));
		break;
	case SKEP_CLUE_GOES_ON: printf("the condition is false, it goes on"); break;
	case SKEP_CLUE_CALLS: printf("calls the function"); break;
	case SKEP_CLUE_RETURNS: printf("returns to the caller"); break;
	case SKEP_CLUE_MAKES: printf("this makes the value in r%u", reg); break;
	case SKEP_CLUE_STORES:
		if (reg == SKEP_CLUE_NO_REG)
			printf("this puts the value on the stack");
		else
			printf("this puts the value in r%u on the stack", reg);
		break;
	case SKEP_CLUE_LOSES: printf("this call leaves nothing in r%u", reg); break;
	case SKEP_CLUE_REFUSED: listing_print_safe(reason); break;
	}
}

void proof_print_path(const struct skep_prog *prog, const char *reason)
{
	struct skep_clue clue;

	for (uint32_t i = 0; skep_prog_clue(prog, i, &clue) == 0; i++) {
		struct listing listing = { .prog = prog, .index = clue.insn };

		if (!listing_look(&listing))
			continue;
		printf("  instruction %u `%s`", (unsigned)clue.insn, listing.text);
		if (listing.line.file != NULL) {
			const char *source = listing.line.source;

			fputs(" (", stdout);
			listing_print_safe(listing.line.file);
			printf(":%u", (unsigned)listing.line.line);
			if (source != NULL) {
				fputs(": `", stdout);
				listing_print_safe(source + strspn(source, " \t"));
				putchar('`');
			}
			putchar(')');
		}
		fputs(": ", stdout);
		print_what(prog, &clue, reason);
		if (clue.times > 1)
			printf(", the %uth time it comes here", (unsigned)clue.times);
		putchar('\n');
	}
}

void proof_write_path(const struct skep_prog *prog, struct writer *writer)
{
	struct skep_clue clue;

	writer_open_list(writer);
	for (uint32_t i = 0; skep_prog_clue(prog, i, &clue) == 0; i++) {
		struct listing listing = { .prog = prog, .index = clue.insn };

		if (!listing_look(&listing))
			continue;
		writer_open_object(writer);
		listing_write(&listing, writer);
		writer_member_string(writer, "what", clue_name(clue.kind));
		if (clue.reg != SKEP_CLUE_NO_REG)
			writer_member_unsigned(writer, "reg", clue.reg);
		writer_member_unsigned(writer, "times", clue.times);
		writer_close_object(writer);
	}
	writer_close_list(writer);
}
