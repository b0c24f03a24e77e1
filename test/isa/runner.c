/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner of the text tests: blocks come from runner_read.c, tables go to runner_table.c,
 * programs run here. A test ends at its first failure, with a message that names file and line.
 */
#include "runner.h"

#include "base/bytes.h"
#include "base/format.h"
#include "harness.h"
#include "runner_block.h"
#include "spec/map.h"

enum { ROTATIONS = 9, GUARD_BYTES = 32, GUARD = 0x5a, LABEL_SLOTS = 64, PROGRAM_INSNS = 64 };

/* ---------------------------------------------------------------------------------------- messages
 */

bool isa_fail(struct isa_runner *runner, uint32_t line, const char *format, ...)
{
	size_t used;
	va_list list;

	used = skep_format(runner->message, sizeof(runner->message),
			   "%s.txt:%u: ", runner->text->group, (unsigned)line);
	if (used >= sizeof(runner->message))
		return false;
	va_start(list, format);
	skep_format_list(runner->message + used, sizeof(runner->message) - used, format, list);
	va_end(list);
	return false;
}

struct place {
	struct isa_runner *runner;
	uint32_t line;
};

static void log_report(void *ctx, const struct skep_report *report)
{
	const struct place *place = ctx;

	isa_fail(place->runner, place->line, "%s", report->text);
}

bool isa_assemble(struct isa_runner *runner, uint32_t line, const char *text, size_t size,
		  struct skep_insn *out, uint32_t capacity, uint32_t *count)
{
	struct place place = { runner, line };
	struct skep_log log = { .sink = log_report, .sink_ctx = &place };
	struct skep_isa_label labels[LABEL_SLOTS];

	return skep_isa_assemble_with(text, size, out, capacity, count, labels, LABEL_SLOTS,
				      &log) == 0;
}

void isa_clear_behind(struct isa_runner *runner, uint32_t count)
{
	if (count < runner->insn_end)
		memset(runner->room->insns + count, 0,
		       (runner->insn_end - count) * sizeof(*runner->room->insns));
	runner->insn_end = count;
}

bool isa_check(struct isa_runner *runner, uint32_t line, uint32_t count, enum skep_isa_fault *fault,
	       uint32_t *where)
{
	const struct isa_room *room = runner->room;

	if (SKEP_ISA_MARKS_BYTES(count) > room->row_words * sizeof(*room->rows))
		return isa_fail(runner, line, "no room to check %u instructions", (unsigned)count);
	*fault = skep_isa_check_flat(room->insns, count, (uint8_t *)room->rows, where);
	return true;
}

bool isa_must_pass(struct isa_runner *runner, uint32_t line, uint32_t count)
{
	enum skep_isa_fault fault = SKEP_FAULT_NONE;
	uint32_t where = 0;

	if (!isa_check(runner, line, count, &fault, &where))
		return false;
	return fault == SKEP_FAULT_NONE ||
	       isa_fail(runner, line, "the structure check refuses instruction %u: %s",
			(unsigned)where, skep_isa_fault_text(fault));
}

/* ------------------------------------------------------------------------ what programs can call
 */

static uint64_t helper_mix(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			   struct skep_env *env)
{
	(void)env;
	return a1 + 3 * a2 + 5 * a3 + 7 * a4 + 11 * a5;
}

static uint64_t helper_constant(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
				struct skep_env *env)
{
	(void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)env;
	return 0xfedcba9876543210;
}

#define HELPER_ARGUMENT(number)                                                                    \
	static uint64_t helper_a##number(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,       \
					 uint64_t a5, struct skep_env *env)                        \
	{                                                                                          \
		(void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)env;                       \
		return a##number;                                                                  \
	}
HELPER_ARGUMENT(1)
HELPER_ARGUMENT(2)
HELPER_ARGUMENT(3)
HELPER_ARGUMENT(4)
HELPER_ARGUMENT(5)

/* All that a tail call looks at: two slots, of which the second stays empty. */
static _Atomic(const struct skep_target *) slots[2];

static void *find_slot(struct skep_map *map, const void *key)
{
	const uint32_t index = skep_load32(key);

	(void)map;
	return index < SKEP_COUNT(slots) ? &slots[index] : NULL;
}

static const struct skep_map_ops SLOT_OPS = { .lookup = find_slot };
static const struct skep_map_kind SLOT_KIND = { .ops = &SLOT_OPS };
static struct skep_map slot_map = { .kind = &SLOT_KIND };

void isa_set_target(const struct skep_target *target)
{
	slots[0] = target;
}

static uint64_t helper_map(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			   struct skep_env *env)
{
	(void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)env;
	return (uintptr_t)&slot_map;
}

const skep_helper_fn isa_helpers[ISA_HELPER_COUNT] = {
	[1] = helper_mix, [2] = helper_constant, [3] = helper_a1, [4] = helper_a2,
	[5] = helper_a3,  [6] = helper_a4,       [7] = helper_a5, [8] = helper_map,
};

#define ANY5                                                                                       \
	{                                                                                          \
		SKEP_ARG_ANYTHING, SKEP_ARG_ANYTHING, SKEP_ARG_ANYTHING, SKEP_ARG_ANYTHING,        \
			SKEP_ARG_ANYTHING                                                          \
	}

static const struct skep_helper HELPER_ROWS[] = {
	{ .id = 1, .name = "mix", .fn = helper_mix, .ret = SKEP_RET_INTEGER, .args = ANY5 },
	{ .id = 2, .name = "constant", .fn = helper_constant, .ret = SKEP_RET_INTEGER },
	{ .id = 3, .name = "a1", .fn = helper_a1, .ret = SKEP_RET_INTEGER, .args = ANY5 },
	{ .id = 4, .name = "a2", .fn = helper_a2, .ret = SKEP_RET_INTEGER, .args = ANY5 },
	{ .id = 5, .name = "a3", .fn = helper_a3, .ret = SKEP_RET_INTEGER, .args = ANY5 },
	{ .id = 6, .name = "a4", .fn = helper_a4, .ret = SKEP_RET_INTEGER, .args = ANY5 },
	{ .id = 9, .name = "absent", .ret = SKEP_RET_INTEGER },
	{ .id = 7, .name = "a5", .fn = helper_a5, .ret = SKEP_RET_INTEGER, .args = ANY5 },
};

static const struct skep_contracts CONTRACTS = {
	.helpers = { HELPER_ROWS },
	.helper_count = { SKEP_COUNT(HELPER_ROWS) },
};
static bool no_helpers;

void isa_set_helpers(bool there)
{
	no_helpers = !there;
}

const struct skep_contracts *isa_contracts(void)
{
	return no_helpers ? NULL : &CONTRACTS;
}

static uintptr_t lock(void *ctx, uint32_t *word)
{
	(void)ctx, (void)word;
	return 0;
}

static void unlock(void *ctx, uint32_t *word, uintptr_t state)
{
	(void)ctx, (void)word, (void)state;
}

const struct skep_port isa_port = { .lock = lock, .unlock = unlock };

/* One at a time: a machine runs one test at a time. */
static struct {
	const struct isa_bytes *bytes;
	const void *ctx;
} packet;

void isa_set_packet(const struct isa_bytes *bytes, const void *ctx)
{
	packet.bytes = bytes;
	packet.ctx = ctx;
}

static int64_t load_packet(const void *ctx, int32_t offset, uint32_t size)
{
	int64_t value = 0;

	if (ctx != packet.ctx || offset < 0 ||
	    !skep_in_bounds((uint32_t)offset, size, packet.bytes->size))
		return -1;
	for (uint32_t i = 0; i < size; i++)
		value = value << 8 | packet.bytes->at[(uint32_t)offset + i];
	return value;
}

isa_packet_fn isa_packet_load(void)
{
	return packet.bytes != NULL && packet.bytes->given ? load_packet : NULL;
}

/* ---------------------------------------------------------------------------------------- programs
 */

/* Memory with known bytes on both sides, to see stores beside it. */
struct framed {
	uint64_t words[(ISA_MEMORY_MAX + 2 * GUARD_BYTES) / 8];
};

/* Puts exits before instruction `fill_at`. */
static bool fill(struct isa_runner *runner, const struct isa_block *block, uint32_t *count)
{
	struct skep_insn *at = runner->room->insns + block->fill_at;

	if (block->fill_at > *count)
		return isa_fail(runner, block->line, "`fill` behind the last instruction");
	memmove(at + block->fill_count, at, (*count - block->fill_at) * sizeof(*at));
	for (uint32_t i = 0; i < block->fill_count; i++)
		at[i] = (struct skep_insn){ .code = BPF_JMP | BPF_EXIT };
	*count += block->fill_count;
	return true;
}

static bool assemble(struct isa_runner *runner, const struct isa_block *block, uint32_t *count)
{
	const struct isa_room *room = runner->room;

	if (block->hex_size % sizeof(*room->insns) != 0)
		return isa_fail(runner, block->line, "no whole number of instructions in `hex`");
	*count = block->hex_size / (uint32_t)sizeof(*room->insns);
	if (block->hex_size > 0)
		skep_isa_read(room->insns, false, *count, room->insns);
	else if (!isa_assemble(runner, block->line, room->text, block->text_size, room->insns,
			       room->insn_max - block->fill_count, count))
		return false;
	return block->fill_count == 0 || fill(runner, block, count);
}

static bool can_rotate(const struct isa_block *block, const struct skep_insn *insns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if ((insns[i].code & 0xf7) == (BPF_JMP | BPF_CALL))
			return false;
	return !block->memory.given && !block->packet.given && block->steps == 0 &&
	       block->ending == ISA_ENDING_RUN;
}

/* r1 becomes r2 and so on, r9 becomes r1; r0 and r10 stay. */
static void rotate(struct skep_insn *insns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct skep_insn *insn = &insns[i];

		if (insn->dst_reg >= 1 && insn->dst_reg <= 9)
			insn->dst_reg = (insn->dst_reg % 9u + 1) & 15;
		if (insn->src_reg >= 1 && insn->src_reg <= 9 &&
		    insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			insn->src_reg = (insn->src_reg % 9u + 1) & 15;
	}
}

static bool is_reason(struct isa_runner *runner, const struct isa_block *block, uint32_t index,
		      const char *why, const char *what)
{
	if (index != block->index)
		return isa_fail(runner, block->line, "%s at instruction %u, not %u: %s", what,
				(unsigned)index, (unsigned)block->index, why);
	return skep_text_contains(why, block->words) ||
	       isa_fail(runner, block->line, "%s for another reason: %s", what, why);
}

/* Memory behind a run, and what lies around it. */
static bool is_memory(struct isa_runner *runner, const struct isa_block *block,
		      const struct framed *framed)
{
	const struct isa_bytes *wanted = block->after.given ? &block->after : &block->memory;
	const uint8_t *bytes = (const uint8_t *)framed->words;

	for (size_t i = 0; i < sizeof(framed->words); i++) {
		const size_t at = i - GUARD_BYTES;
		const uint8_t byte = at < block->memory.size ? wanted->at[at] : GUARD;

		if (bytes[i] != byte)
			return isa_fail(runner, block->line,
					"byte %d of memory is 0x%02x, wanted 0x%02x",
					(int)i - GUARD_BYTES, bytes[i], byte);
	}
	return true;
}

static bool run_once(struct isa_runner *runner, const struct isa_block *block, uint32_t count)
{
	const struct isa_engine *engine = runner->engine;
	struct framed framed;
	uint8_t *memory = (uint8_t *)framed.words + GUARD_BYTES;
	struct isa_run run = { 0 };

	memset(framed.words, GUARD, sizeof(framed.words));
	memcpy(memory, block->memory.at, block->memory.size);
	isa_set_packet(&block->packet, memory);
	isa_set_helpers(!block->no_helpers);
	if (!engine->prepare(engine->ctx, runner->room->insns, count))
		return isa_fail(runner, block->line, "the %s does not take the program",
				engine->name);
	isa_set_target(engine->target != NULL ? engine->target(engine->ctx) : NULL);
	engine->run(engine->ctx, block->memory.given || block->packet.given ? memory : NULL,
		    block->memory.size, &run);
	runner->runs++;
	if (run.stopped && block->ending == ISA_ENDING_STOP)
		is_reason(runner, block, run.index, run.why, "stopped");
	else if (run.stopped)
		isa_fail(runner, block->line, "stopped at instruction %u: %s", (unsigned)run.index,
			 run.why);
	else if (block->ending == ISA_ENDING_STOP)
		isa_fail(runner, block->line, "not stopped");
	else if (run.r0 != block->r0)
		isa_fail(runner, block->line, "r0 is %#llx, wanted %#llx",
			 (unsigned long long)run.r0, (unsigned long long)block->r0);
	else
		is_memory(runner, block, &framed);
	if (engine->release != NULL)
		engine->release(engine->ctx);
	return runner->message[0] == '\0';
}

static enum isa_outcome run_refusal(struct isa_runner *runner, const struct isa_block *block,
				    uint32_t count)
{
	enum skep_isa_fault fault = SKEP_FAULT_NONE;
	uint32_t where = 0;

	if (!isa_check(runner, block->line, count, &fault, &where))
		return ISA_FAILED;
	runner->runs++;
	if (fault == SKEP_FAULT_NONE)
		isa_fail(runner, block->line, "not refused");
	else
		is_reason(runner, block, where, skep_isa_fault_text(fault), "refused");
	return runner->message[0] == '\0' ? ISA_PASSED : ISA_FAILED;
}

static enum isa_outcome run_program(struct isa_runner *runner, const struct isa_block *block)
{
	uint32_t count;
	unsigned rotations = 1;

	if (block->after.given && block->after.size != block->memory.size) {
		isa_fail(runner, block->line, "`after` is not as long as `mem`");
		return ISA_FAILED;
	}
	if (!assemble(runner, block, &count))
		return ISA_FAILED;
	isa_clear_behind(runner, count);
	if (block->ending == ISA_ENDING_REFUSE)
		return run_refusal(runner, block, count);
	if (!isa_must_pass(runner, block->line, count))
		return ISA_FAILED;
	if (can_rotate(block, runner->room->insns, count))
		rotations = ROTATIONS;
	for (unsigned i = 0; i < rotations; i++) {
		if (!run_once(runner, block, count))
			return ISA_FAILED;
		rotate(runner->room->insns, count);
	}
	return ISA_PASSED;
}

/* ------------------------------------------------------------------------------------------ tests
 */

void isa_runner_init(struct isa_runner *runner, const struct isa_text *text,
		     const struct isa_engine *engine, const struct isa_room *room)
{
	*runner = (struct isa_runner){
		.text = text, .engine = engine, .room = room, .insn_end = room->insn_max
	};
}

/* Whether a test is one for this engine, and asked for. */
static bool is_chosen(const struct isa_runner *runner, const struct isa_block *block,
		      const char *only)
{
	if (only != NULL && !skep_text_contains(runner->name, only))
		return false;
	return !block->other_engine && (block->ending != ISA_ENDING_STOP || runner->engine->checks);
}

static const char *reason_to_skip(const struct isa_runner *runner, const struct isa_block *block)
{
	if (block->fill_count + PROGRAM_INSNS > runner->room->insn_max)
		return "needs room for more instructions";
	if (runner->room->steps_max != 0 && block->steps > runner->room->steps_max)
		return "takes too long on this machine";
	return NULL;
}

enum isa_outcome isa_runner_next(struct isa_runner *runner, const char *only)
{
	struct isa_block block;
	enum isa_outcome outcome;
	enum isa_read read;
	const char *why;

	do {
		read = isa_read_block(runner, &block);
	} while (read == ISA_READ_BLOCK && !is_chosen(runner, &block, only));
	runner->runs = 0;
	if (read == ISA_READ_END)
		return ISA_END;
	if (read == ISA_READ_BAD)
		return ISA_FAILED;
	why = reason_to_skip(runner, &block);
	if (why != NULL) {
		skep_format(runner->message, sizeof(runner->message), "%s", why);
		return ISA_SKIPPED;
	}
	outcome = block.form == ISA_FORM_PROGRAM ? run_program(runner, &block)
						 : isa_run_table(runner, &block);
	isa_set_packet(NULL, NULL);
	isa_set_helpers(true);
	return outcome;
}

unsigned isa_run_text(const struct isa_text *text, const struct isa_engine *engine,
		      const struct isa_room *room, bool with_engine, const char *only)
{
	struct isa_runner runner;
	enum isa_outcome outcome;
	unsigned ran = 0;

	isa_runner_init(&runner, text, engine, room);
	while ((outcome = isa_runner_next(&runner, only)) != ISA_END) {
		if (outcome == ISA_SKIPPED) {
			test_note("left out: %s/%s%s%s%s: %s", text->group, runner.name,
				  with_engine ? " (" : "", with_engine ? engine->name : "",
				  with_engine ? ")" : "", runner.message);
			continue;
		}
		if (outcome == ISA_FAILED)
			test_fail("%s", runner.message);
		ran++;
		test_result("%s/%s%s%s%s", text->group, runner.name, with_engine ? " (" : "",
			    with_engine ? engine->name : "", with_engine ? ")" : "");
	}
	return ran;
}
