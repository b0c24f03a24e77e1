/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a table: one operation, every register it may have, every row of operands. The operation is
 * assembled once and stands between instructions that load r0 to r9 from memory, so that nothing is
 * known beforehand, and store them all to another place. Which fields of it hold the registers, the
 * immediate and the offset is found by assembling it again with others and looking for what
 * changed; from then on those fields are patched. Rows are read in parts as large as there is room
 * for.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "runner_block.h"

enum {
	REG_COUNT = 10,
	OUT = REG_COUNT, /* words of struct world */
	MARK = 2 * REG_COUNT,
	AREA = MARK + 2,
	WORLD_WORDS = AREA + ISA_AREA_BYTES / 8 + 1,
	CELL = 24,    /* place of the cell in the area, if aligned */
	POINTER = -8, /* the wrapper's places in the stack */
	SAVED = -16,
	STACK_MARK = -24,
	WRAPPER_INSNS = 32, /* what the wrapper adds to the operation, jumps' own included */
	NEITHER = 7,        /* the mark before a jump */
	OP_TEXT_MAX = 160,
};

/* Fields of an instruction. */
enum { D_DST = 1, D_SRC = 2, S_DST = 4, S_SRC = 8, K_IMM = 16, O_OFF = 32, O_IMM = 64 };

/* How a value is to be read: two bits for each column. */
enum { VALUE_NUMBER, VALUE_ADDRESS, VALUE_ADDRESS_LOW, VALUE_CTX };

struct row {
	const uint64_t *values;
	uint32_t line, forms;
};

struct table {
	struct isa_runner *runner;
	const struct isa_block *block;
	struct skep_insn *insns;
	uint32_t count;
	uint32_t body, body_count;    /* where the operation stands in insns */
	uint8_t fields[ISA_BODY_MAX]; /* of its instructions */
	int32_t distance;             /* of a jump */
	unsigned d, s;                /* registers in hand */
	unsigned turn, turns;         /* which registers they are, of how many */
	bool uses_d, uses_s, patched_by_row;
	uint16_t done[REG_COUNT]; /* bit s of done[d]: some row was run */
	uint64_t world[WORLD_WORDS];
	uint64_t clean[WORLD_WORDS]; /* the world before a row, save for what the row says */
};

/* What registers, mark and area must be. */
struct wanted {
	uint64_t in[REG_COUNT], out[REG_COUNT];
	uint16_t in_known, out_known;
	uint64_t mark;
	bool ends;
	int16_t off;
	uint8_t *cell; /* in the world; its twin in `area` */
	uint8_t area[ISA_AREA_BYTES];
};

static bool fail(struct table *t, uint32_t line, const char *what, uint64_t found, uint64_t wanted)
{
	return isa_fail(t->runner, line, "d = r%u, s = r%u, jump of %d: %s is %#llx, wanted %#llx",
			t->d, t->s, (int)t->distance, what, (unsigned long long)found,
			(unsigned long long)wanted);
}

/* ------------------------------------------------------------------------------------ the
 * operation
 */

/* What the placeholders become. */
struct filling {
	unsigned d, s, k, o;
};

static size_t append_number(char *out, unsigned number, bool sign)
{
	return skep_format(out, 8, sign ? "+%u" : "%u", number);
}

/* The text with its placeholders replaced, and for a jump a target at distance o. */
static size_t expand(const struct table *t, struct filling with, char *out)
{
	const char *text = t->runner->room->text;
	size_t used = 0, size = t->block->text_size;

	if (t->block->form == ISA_FORM_JUMP)
		size--; /* the line's end */
	for (size_t i = 0; i < size && used < OP_TEXT_MAX - 8; i++) {
		if (text[i] != '{' || i + 2 >= size || text[i + 2] != '}') {
			out[used++] = text[i];
			continue;
		}
		switch (text[i + 1]) {
		case 'd': used += append_number(out + used, with.d, false); break;
		case 's': used += append_number(out + used, with.s, false); break;
		case 'k': used += append_number(out + used, with.k, false); break;
		default: used += append_number(out + used, with.o, true); break;
		}
		i += 2;
	}
	if (t->block->form == ISA_FORM_JUMP) {
		out[used++] = ' ';
		used += append_number(out + used, with.o, true);
	}
	return used;
}

static bool assemble(struct table *t, struct filling with, struct skep_insn *out, uint32_t *count)
{
	char text[OP_TEXT_MAX];
	const size_t size = expand(t, with, text);

	if (size >= OP_TEXT_MAX - 8)
		return isa_fail(t->runner, t->block->line, "an `op` that is too long");
	return isa_assemble(t->runner, t->block->line, text, size, out, ISA_BODY_MAX, count);
}

/* Notes the fields in which two assemblies differ. */
static bool compare(struct table *t, const struct skep_insn *a, struct filling with,
		    unsigned in_dst, unsigned in_src, unsigned in_off, unsigned in_imm)
{
	struct skep_insn b[ISA_BODY_MAX];
	uint32_t count;

	if (!assemble(t, with, b, &count))
		return false;
	if (count != t->body_count)
		return isa_fail(t->runner, t->block->line, "an `op` whose length changes");
	for (uint32_t i = 0; i < count; i++) {
		unsigned fields = 0;

		if (a[i].dst_reg != b[i].dst_reg)
			fields |= in_dst;
		if (a[i].src_reg != b[i].src_reg)
			fields |= in_src;
		if (a[i].off != b[i].off)
			fields |= in_off;
		if (a[i].imm != b[i].imm)
			fields |= in_imm;
		t->fields[i] |= (uint8_t)fields;
	}
	return true;
}

/* Assembles the operation and finds its fields. */
static bool learn(struct table *t, struct skep_insn *body)
{
	if (!assemble(t, (struct filling){ 1, 2, 1, 1 }, body, &t->body_count) ||
	    !compare(t, body, (struct filling){ 3, 2, 1, 1 }, D_DST, D_SRC, 0, 0) ||
	    !compare(t, body, (struct filling){ 1, 4, 1, 1 }, S_DST, S_SRC, 0, 0) ||
	    !compare(t, body, (struct filling){ 1, 2, 2, 1 }, 0, 0, 0, K_IMM) ||
	    !compare(t, body, (struct filling){ 1, 2, 1, 2 }, 0, 0, O_OFF, O_IMM))
		return false;
	for (uint32_t i = 0; i < t->body_count; i++) {
		t->uses_d |= (t->fields[i] & (D_DST | D_SRC)) != 0;
		t->uses_s |= (t->fields[i] & (S_DST | S_SRC)) != 0;
	}
	for (unsigned i = 0; i < t->block->input_count; i++)
		t->patched_by_row |= t->block->columns[i] == ISA_COLUMN_K ||
				     t->block->columns[i] == ISA_COLUMN_O;
	return true;
}

static void patch_registers(struct table *t)
{
	for (uint32_t i = 0; i < t->body_count; i++) {
		struct skep_insn *insn = &t->insns[t->body + i];
		const unsigned fields = t->fields[i];

		if ((fields & D_DST) != 0)
			insn->dst_reg = t->d & 15;
		if ((fields & D_SRC) != 0)
			insn->src_reg = t->d & 15;
		if ((fields & S_DST) != 0)
			insn->dst_reg = t->s & 15;
		if ((fields & S_SRC) != 0)
			insn->src_reg = t->s & 15;
	}
}

/* `jumps` tells the distance of a jump from the offset of a memory access. */
static void patch_offset(struct table *t, int32_t off, bool jumps)
{
	for (uint32_t i = 0; i < t->body_count; i++) {
		struct skep_insn *insn = &t->insns[t->body + i];

		if (jumps != (t->block->form == ISA_FORM_JUMP))
			continue;
		if ((t->fields[i] & O_OFF) != 0)
			insn->off = (int16_t)off;
		if ((t->fields[i] & O_IMM) != 0)
			insn->imm = off;
	}
}

static void patch_immediate(struct table *t, uint64_t value)
{
	for (uint32_t i = 0; i < t->body_count; i++) {
		struct skep_insn *insn = &t->insns[t->body + i];

		if ((t->fields[i] & K_IMM) == 0)
			continue;
		insn[0].imm = (int32_t)(uint32_t)value;
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW))
			insn[1].imm = (int32_t)(uint32_t)(value >> 32);
	}
}

/* -------------------------------------------------------------------------------------- the
 * wrapper
 */

static void put(struct table *t, uint8_t code, unsigned dst, unsigned src, int32_t off, int32_t imm)
{
	t->insns[t->count++] = (struct skep_insn){ .code = code,
						   .dst_reg = dst & 15,
						   .src_reg = src & 15,
						   .off = (int16_t)off,
						   .imm = imm };
}

static void load(struct table *t, unsigned dst, unsigned base, int32_t off)
{
	put(t, BPF_LDX | BPF_MEM | BPF_DW, dst, base, off, 0);
}

static void store(struct table *t, unsigned base, int32_t off, unsigned src)
{
	put(t, BPF_STX | BPF_MEM | BPF_DW, base, src, off, 0);
}

static void put_mark(struct table *t, int32_t value)
{
	put(t, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_FP, 0, STACK_MARK, value);
}

/* Over `distance` instructions; the long form only where it must be. */
static void put_goto(struct table *t, int32_t distance)
{
	if (distance <= INT16_MAX)
		put(t, BPF_JMP | BPF_JA, 0, 0, distance, 0);
	else
		put(t, BPF_JMP32 | BPF_JA, 0, 0, 0, distance);
}

/* What is jumped over would end the program before anything is stored. */
static void put_exits(struct table *t, int32_t count)
{
	while (count-- > 0)
		put(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void put_prologue(struct table *t)
{
	store(t, BPF_REG_FP, POINTER, 1);
	if (t->block->form == ISA_FORM_JUMP)
		put_mark(t, NEITHER);
	for (unsigned i = 0; i < REG_COUNT; i++)
		if (i != 1)
			load(t, i, 1, (int32_t)i * 8);
	load(t, 1, 1, 8);
}

static void put_epilogue(struct table *t)
{
	store(t, BPF_REG_FP, SAVED, 1);
	load(t, 1, BPF_REG_FP, POINTER);
	for (unsigned i = 0; i < REG_COUNT; i++)
		if (i != 1)
			store(t, 1, (int32_t)(OUT + i) * 8, i);
	load(t, 2, BPF_REG_FP, SAVED);
	store(t, 1, (OUT + 1) * 8, 2);
	if (t->block->form == ISA_FORM_JUMP) {
		load(t, 2, BPF_REG_FP, STACK_MARK);
		store(t, 1, MARK * 8, 2);
	}
	put(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void put_body(struct table *t, const struct skep_insn *body)
{
	t->body = t->count;
	memcpy(t->insns + t->count, body, t->body_count * sizeof(*body));
	t->count += t->body_count;
}

/* The program. Jumps forwards: body, mark 0, goto end, exits, mark 1, end; backwards: goto body,
 * mark 1, goto end, exits, body, mark 0, end. */
static bool build(struct table *t, const struct skep_insn *body)
{
	const int32_t before = t->distance < 0 ? -t->distance - 2 - (int32_t)t->body_count : 0;

	t->count = 0;
	put_prologue(t);
	if (t->distance < 0) {
		if (before < 0)
			return isa_fail(t->runner, t->block->line,
					"a distance that is too near: at most -%u",
					(unsigned)t->body_count + 2);
		put_goto(t, before + 2);
		put_mark(t, 1);
		put_goto(t, -t->distance - 1);
		put_exits(t, before);
		put_body(t, body);
		put_mark(t, 0);
	} else {
		put_body(t, body);
	}
	if (t->distance > 0) {
		if (t->distance < 2)
			return isa_fail(t->runner, t->block->line,
					"a distance that is too near: at least 2");
		put_mark(t, 0);
		put_goto(t, t->distance - 1);
		put_exits(t, t->distance - 2);
		put_mark(t, 1);
	}
	put_epilogue(t);
	patch_offset(t, t->distance, true);
	isa_clear_behind(t->runner, t->count);
	return isa_must_pass(t->runner, t->block->line, t->count);
}

/* ------------------------------------------------------------------------------------------- rows
 */

/* Every word different, both halves dirty. */
static void make_clean(struct table *t)
{
	for (unsigned i = 0; i < WORLD_WORDS; i++)
		t->clean[i] = 0x9e3779b97f4a7c15 * (i + 1);
}

static uint32_t row_words(const struct table *t)
{
	return 1u + t->block->column_count;
}

static struct row row_at(const struct table *t, uint32_t index)
{
	const uint64_t *words = t->runner->room->rows + index * row_words(t);

	return (struct row){ words + 1, (uint32_t)words[0], (uint32_t)(words[0] >> 32) };
}

/* The line in hand into `words`. */
static bool read_row(struct table *t, uint64_t *words)
{
	const char *at = t->runner->buffer, *word;
	uint32_t forms = 0;
	unsigned column = 0;

	for (size_t size; (size = isa_read_word(&at, &word)) > 0;) {
		if (column == t->block->input_count && size == 2 && memcmp(word, "->", 2) == 0)
			continue;
		if (column == t->block->column_count)
			return isa_fail(t->runner, t->runner->line, "more values than columns");
		words[1 + column] = 0;
		if (size == 1 && word[0] == '@')
			forms |= (uint32_t)VALUE_ADDRESS << column * 2;
		else if (size == 3 && memcmp(word, "@32", 3) == 0)
			forms |= (uint32_t)VALUE_ADDRESS_LOW << column * 2;
		else if (size == 3 && memcmp(word, "ctx", 3) == 0)
			forms |= (uint32_t)VALUE_CTX << column * 2;
		else if (!isa_read_number(word, size, &words[1 + column]))
			return isa_fail(t->runner, t->runner->line, "value %u is no number",
					column + 1);
		column++;
	}
	if (column != t->block->column_count)
		return isa_fail(t->runner, t->runner->line, "fewer values than columns");
	words[0] = (uint64_t)forms << 32 | t->runner->line;
	return true;
}

/* Rows from the runner's place on, as many as there is room for, up to the table's end. */
static bool read_rows(struct table *t, uint32_t *count)
{
	const struct isa_room *room = t->runner->room;

	for (*count = 0; t->runner->offset < t->block->rows_end &&
			 (*count + 1) * row_words(t) <= room->row_words;) {
		if (!isa_read_line(t->runner))
			return false;
		if (t->runner->buffer[0] != ' ')
			continue;
		if (!read_row(t, room->rows + *count * row_words(t)))
			return false;
		++*count;
	}
	return true;
}

static uint64_t value_of(const struct table *t, const struct wanted *w, const struct row *row,
			 unsigned column)
{
	const uint64_t address = (uint64_t)(uintptr_t)w->cell - (uint64_t)(int64_t)w->off;

	switch (row->forms >> column * 2 & 3) {
	case VALUE_ADDRESS: return address;
	case VALUE_ADDRESS_LOW: return (uint32_t)address;
	case VALUE_CTX: return (uint64_t)(uintptr_t)t->world;
	default: return row->values[column];
	}
}

/* False if it is set to something else already. */
static bool set_register(uint64_t *registers, uint16_t *known, unsigned index, uint64_t value)
{
	const uint16_t bit = (uint16_t)(1u << index);

	if ((*known & bit) != 0)
		return registers[index] == value;
	*known |= bit;
	registers[index] = value;
	return true;
}

/* The most significant byte first, whatever the machine. */
static void set_bytes(uint8_t *at, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static void set_cell(uint8_t *at, unsigned column, uint64_t value)
{
	switch (column) {
	case ISA_COLUMN_M8: *at = (uint8_t)value; break;
	case ISA_COLUMN_M16: skep_store16(at, (uint16_t)value); break;
	case ISA_COLUMN_M32: skep_store32(at, (uint32_t)value); break;
	case ISA_COLUMN_M64: skep_store64(at, value); break;
	case ISA_COLUMN_B16: set_bytes(at, value, 2); break;
	case ISA_COLUMN_B32: set_bytes(at, value, 4); break;
	default: set_bytes(at, value, 8); break;
	}
}

static unsigned register_of(const struct table *t, unsigned column)
{
	return column == ISA_COLUMN_D ? t->d : column == ISA_COLUMN_S ? t->s : column;
}

/* One value of a row. False if a register would be two things at once. */
static bool want(const struct table *t, const struct row *row, unsigned index, struct wanted *w)
{
	const unsigned column = t->block->columns[index];
	const bool input = index < t->block->input_count;
	const uint64_t value = value_of(t, w, row, index);

	if (column <= ISA_COLUMN_S)
		return set_register(input ? w->in : w->out, input ? &w->in_known : &w->out_known,
				    register_of(t, column), value);
	if (column >= ISA_COLUMN_M8 && column <= ISA_COLUMN_B64)
		set_cell(w->area + (w->cell - (const uint8_t *)&t->world[AREA]), column, value);
	else if (column == ISA_COLUMN_TAKEN)
		w->mark = value;
	else if (column == ISA_COLUMN_ENDS)
		w->ends = value != 0;
	return true;
}

static uint64_t row_number(const struct table *t, const struct row *row, unsigned column)
{
	for (unsigned i = 0; i < t->block->input_count; i++)
		if (t->block->columns[i] == column)
			return row->values[i];
	return 0;
}

/* Sets up the world for a row and what must become of it; false if the row does not fit the
 * registers in hand. */
static bool set_up(struct table *t, const struct row *row, struct wanted *w)
{
	uint8_t *area = (uint8_t *)&t->world[AREA];

	*w = (struct wanted){ .off = (int16_t)row_number(t, row, ISA_COLUMN_O) };
	w->cell = area + CELL + (row_number(t, row, ISA_COLUMN_A) & 7);
	memcpy(w->area, &t->clean[AREA], ISA_AREA_BYTES);
	for (unsigned i = 0; i < t->block->input_count; i++)
		if (!want(t, row, i, w))
			return false;
	for (unsigned i = 0; i < REG_COUNT; i++)
		if ((w->in_known & 1u << i) == 0)
			w->in[i] = t->clean[i];
	memcpy(t->world, t->clean, sizeof(t->world));
	memcpy(t->world, w->in, sizeof(w->in));
	memcpy(area, w->area, ISA_AREA_BYTES);
	w->mark = t->world[MARK];
	for (unsigned i = t->block->input_count; i < t->block->column_count; i++)
		if (!want(t, row, i, w))
			return false;
	for (unsigned i = 0; i < REG_COUNT; i++)
		if ((w->out_known & 1u << i) == 0)
			w->out[i] = w->in[i];
	return true;
}

/* ----------------------------------------------------------------------------------------- results
 */

/* Words of the world that nothing uses. */
static const uint8_t GUARDS[] = { MARK + 1, WORLD_WORDS - 1 };

static bool is_world(struct table *t, const struct row *row, const struct wanted *w)
{
	const uint8_t *area = (const uint8_t *)&t->world[AREA];

	for (unsigned i = 0; i < REG_COUNT; i++)
		if (t->world[i] != w->in[i])
			return fail(t, row->line, "memory", t->world[i], w->in[i]);
	for (unsigned i = 0; i < ISA_AREA_BYTES; i++)
		if (area[i] != w->area[i]) {
			char what[40];

			skep_format(what, sizeof(what), "byte %d of the cell",
				    (int)i - (int)(w->cell - area));
			return fail(t, row->line, what, area[i], w->area[i]);
		}
	for (unsigned i = 0; i < SKEP_COUNT(GUARDS); i++)
		if (t->world[GUARDS[i]] != t->clean[GUARDS[i]])
			return fail(t, row->line, "memory", t->world[GUARDS[i]],
				    t->clean[GUARDS[i]]);
	return true;
}

static bool is_outcome(struct table *t, const struct row *row, const struct wanted *w,
		       const struct isa_run *run)
{
	const uint16_t lost = t->block->loses;
	char what[] = "r0";

	if (run->stopped)
		return isa_fail(t->runner, row->line, "d = r%u, s = r%u: stopped at %u: %s", t->d,
				t->s, (unsigned)run->index, run->why);
	if (run->r0 != (w->ends ? 0 : w->out[0]) && (lost & 1) == 0)
		return fail(t, row->line, "the result", run->r0, w->ends ? 0 : w->out[0]);
	for (unsigned i = 0; i < REG_COUNT; i++) {
		const uint64_t found = t->world[OUT + i];
		const uint64_t wanted = w->ends ? t->clean[OUT + i] : w->out[i];

		what[1] = (char)('0' + i);
		if (found != wanted && ((lost >> i & 1) == 0 || w->ends))
			return fail(t, row->line, what, found, wanted);
	}
	if (t->world[MARK] != w->mark)
		return fail(t, row->line, "taken", t->world[MARK], w->mark);
	return is_world(t, row, w);
}

static bool prepare(struct table *t, uint32_t line)
{
	const struct isa_engine *engine = t->runner->engine;

	return engine->prepare(engine->ctx, t->insns, t->count) ||
	       isa_fail(t->runner, line, "the %s does not take the program", engine->name);
}

static void release(struct table *t)
{
	if (t->runner->engine->release != NULL)
		t->runner->engine->release(t->runner->engine->ctx);
}

/* Whether a row is for the registers in hand, where not all rows are for all of them: their share,
 * and in a second round, if none of that fitted them, the first that does. */
static bool is_in_share(const struct table *t, uint32_t i, uint32_t count)
{
	const uint32_t shares = count < t->turns ? count : t->turns;

	if (i >= count)
		return (t->done[t->d] >> t->s & 1) == 0;
	return !t->runner->room->thin || i % shares == t->turn % shares;
}

/* The rows that are in room->rows, with the registers in hand. */
static bool run_rows(struct table *t, uint32_t count)
{
	const struct isa_engine *engine = t->runner->engine;
	const uint32_t rounds = t->runner->room->thin ? 2 : 1;
	bool prepared = false, right = true;

	patch_registers(t);
	for (uint32_t i = 0; i < rounds * count && right; i++) {
		const struct row row = row_at(t, i % count);
		struct isa_run run = { 0 };
		struct wanted wanted;

		if (!is_in_share(t, i, count) || !set_up(t, &row, &wanted))
			continue;
		if (prepared && t->patched_by_row) {
			release(t);
			prepared = false;
		}
		if (!prepared) {
			patch_immediate(t, row_number(t, &row, ISA_COLUMN_K));
			patch_offset(t, wanted.off, false);
			if (!prepare(t, row.line))
				return false;
			prepared = true;
		}
		isa_set_packet(&t->block->packet, t->world);
		engine->run(engine->ctx, t->world, sizeof(t->world), &run);
		t->runner->runs++;
		t->done[t->d] |= (uint16_t)(1u << t->s);
		right = is_outcome(t, &row, &wanted, &run);
	}
	if (prepared)
		release(t);
	return right;
}

/* ------------------------------------------------------------------------------------------ tables
 */

/* Registers for {d}; any one if the operation has none. */
static uint16_t registers(bool used, uint16_t set)
{
	return used ? set : 1;
}

static unsigned count_bits(uint16_t set)
{
	return (unsigned)__builtin_popcount(set);
}

static bool run_registers(struct table *t, uint32_t rows)
{
	const uint16_t d_set = registers(t->uses_d, t->block->d_set);
	const uint16_t s_set = registers(t->uses_s, t->block->s_set);

	t->turn = 0;
	t->turns = count_bits(d_set) * count_bits(s_set);
	for (t->d = 0; t->d < REG_COUNT; t->d++)
		for (t->s = 0; t->s < REG_COUNT; t->s++) {
			if ((d_set >> t->d & 1) == 0 || (s_set >> t->s & 1) == 0)
				continue;
			if (!run_rows(t, rows))
				return false;
			t->turn++;
		}
	return true;
}

static bool are_all_done(struct table *t)
{
	const uint16_t d_set = registers(t->uses_d, t->block->d_set);
	const uint16_t s_set = registers(t->uses_s, t->block->s_set);

	for (unsigned d = 0; d < REG_COUNT; d++)
		if ((d_set >> d & 1) != 0 && (t->done[d] & s_set) != s_set)
			return isa_fail(t->runner, t->block->line,
					"no row for d = r%u and every s: only %#x", d, t->done[d]);
	return true;
}

static bool run_distance(struct table *t, const struct skep_insn *body)
{
	uint32_t rows;

	memset(t->done, 0, sizeof(t->done));
	if (!build(t, body))
		return false;
	t->runner->offset = t->block->rows_at;
	t->runner->line = t->block->rows_line - 1;
	do {
		if (!read_rows(t, &rows) || !run_registers(t, rows))
			return false;
	} while (t->runner->offset < t->block->rows_end);
	return are_all_done(t);
}

/* The instructions that the longest jump needs. */
static uint32_t longest(const struct isa_block *block)
{
	uint32_t most = 0;

	for (unsigned i = 0; i < block->distance_count; i++) {
		const int32_t distance = block->distances[i];
		const uint32_t size = distance < 0 ? 0u - (uint32_t)distance : (uint32_t)distance;

		most = size > most ? size : most;
	}
	return most;
}

static bool run_all(struct table *t, const struct skep_insn *body)
{
	static const int32_t near[] = { 2, -3 };
	const struct isa_block *block = t->block;

	if (block->form == ISA_FORM_OP)
		return run_distance(t, body);
	for (unsigned i = 0; i < (block->distance_count > 0 ? block->distance_count : 2u); i++) {
		t->distance = block->distance_count > 0 ? block->distances[i] : near[i];
		if (!run_distance(t, body))
			return false;
	}
	return true;
}

enum isa_outcome isa_run_table(struct isa_runner *runner, const struct isa_block *block)
{
	const uint32_t needed = longest(block) + WRAPPER_INSNS + ISA_BODY_MAX;
	const size_t end = runner->offset;
	const uint32_t line = runner->line;
	struct table t = { .runner = runner, .block = block, .insns = runner->room->insns };
	struct skep_insn body[ISA_BODY_MAX];
	bool right;

	if (needed > runner->room->insn_max) {
		skep_format(runner->message, sizeof(runner->message),
			    "needs room for %u instructions", (unsigned)needed);
		return ISA_SKIPPED;
	}
	make_clean(&t);
	right = learn(&t, body) && run_all(&t, body);
	runner->offset = end;
	runner->line = line;
	return right ? ISA_PASSED : ISA_FAILED;
}
