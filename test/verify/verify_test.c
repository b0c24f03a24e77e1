/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts, facts and paths, as the cases of test/verify/NAME.txt want them. */
#include "cases.h"

static bool check_fact(const struct verify_case *test, const struct skep_facts *facts,
		       const struct wanted_fact *wanted)
{
	char found[256] = "dead";
	const struct skep_fact *fact;
	uint16_t below;

	if (wanted->insn >= facts->count) {
		test_note("%s: there is no instruction %u", test->name, wanted->insn);
		return false;
	}
	if (facts->insns[wanted->insn] & SKEP_FACT_REACHED)
		snprintf(found, sizeof(found), wanted->reg == NO_REG ? "reached" : "nothing");
	if (wanted->reg != NO_REG && (facts->insns[wanted->insn] & SKEP_FACT_REACHED) &&
	    (facts->regs_live[wanted->insn] >> wanted->reg & 1)) {
		fact = &facts->regs[facts->regs_first[wanted->insn]];
		for (below = facts->regs_live[wanted->insn] & ((1u << wanted->reg) - 1); below != 0;
		     below &= (uint16_t)(below - 1))
			fact++;
		skep_facts_text(fact,
				fact->map < SKEP_COUNT(WORLD_MAPS) ? WORLD_MAPS[fact->map].name
								   : NULL,
				found, sizeof(found));
	}
	if (strcmp(found, wanted->text) == 0)
		return true;
	test_note("%s: r%u before %u: wanted \"%s\", found \"%s\"", test->name, wanted->reg,
		  wanted->insn, wanted->text, found);
	return false;
}

static void print_clue(const struct skep_clue *clue, char *text, size_t size)
{
	static const char *const WORDS[] = {
		[SKEP_CLUE_JUMPS] = "jumps", [SKEP_CLUE_GOES_ON] = "goes on",
		[SKEP_CLUE_CALLS] = "calls", [SKEP_CLUE_RETURNS] = "returns",
		[SKEP_CLUE_MAKES] = "makes", [SKEP_CLUE_STORES] = "stores",
		[SKEP_CLUE_LOSES] = "loses", [SKEP_CLUE_REFUSED] = "refused",
	};
	size_t used = strlen(text);

	used += (size_t)snprintf(text + used, size - used, "%s%u %s", used > 0 ? ", " : "",
				 (unsigned)clue->insn, WORDS[clue->kind]);
	if (clue->reg != SKEP_CLUE_NO_REG && used < size)
		used += (size_t)snprintf(text + used, size - used, " r%u", (unsigned)clue->reg);
	if (clue->times > 1 && used < size)
		snprintf(text + used, size - used, " x%u", (unsigned)clue->times);
}

static bool check_path(const struct verify_case *test, const struct skep_facts *facts)
{
	char found[sizeof(test->path)] = "";

	for (uint32_t i = 0; i < facts->clue_count; i++)
		print_clue(&facts->clues[i], found, sizeof(found) - 64);
	if (strcmp(found, test->path) == 0)
		return true;
	test_note("%s: wanted the path \"%s\", found \"%s\"", test->name, test->path, found);
	return false;
}

static bool run_case(const struct verify_case *test)
{
	static struct skep_insn insns[CASE_INSNS_MAX];
	struct skep_arena arena;
	struct verdict verdict = { 0 };
	struct skep_log log = { .sink = note_report, .sink_ctx = &verdict };
	const struct skep_verify_limits limits = {
		.insns_max = 1000000,
		.bytes_max = 256u << 20,
		.unprivileged = test->unprivileged,
		.keep_facts = test->fact_count > 0,
		.keep_clues = test->path[0] != '\0',
	};
	uint32_t count = 0;
	bool accepted, ok;

	if (skep_isa_assemble(test->text, strlen(test->text), insns, CASE_INSNS_MAX, &count, &log) <
	    0) {
		test_note("%s: %s", test->name, verdict.text);
		return false;
	}
	skep_arena_init(&arena, skep_port_posix(), 0);
	world_verify(insns, count, test->strict, &limits, skep_port_posix(), &arena, &verdict);
	accepted = verdict.err == 0;
	if (strcmp(test->wanted, "accept") == 0)
		ok = accepted;
	else
		ok = !accepted && strncmp(test->wanted, "reject ", 7) == 0 &&
		     strstr(verdict.text, test->wanted + 7) != NULL;
	if (!ok)
		test_note("%s: wanted \"%s\", found %s", test->name, test->wanted,
			  accepted ? "accept" : verdict.text);
	for (unsigned i = 0; accepted && i < test->fact_count; i++)
		ok &= check_fact(test, &verdict.facts, &test->facts[i]);
	if (!accepted && test->path[0] != '\0')
		ok &= check_path(test, &verdict.facts);
	skep_arena_free(&arena);
	return ok;
}

static void run_texts(const char *name, unsigned at_least)
{
	unsigned total = 0;

	CHECK_EQ(run_cases(name, run_case, &total), 0);
	test_note("%u cases", total);
	CHECK(total >= at_least);
}

TEST(flow)
{
	run_texts("flow.txt", 25);
}
TEST(numbers)
{
	run_texts("numbers.txt", 25);
}
TEST(stack)
{
	run_texts("stack.txt", 25);
}
TEST(packet)
{
	run_texts("packet.txt", 25);
}
TEST(packet_loads)
{
	run_texts("packet_load.txt", 20);
}
TEST(maps)
{
	run_texts("maps.txt", 25);
}
TEST(calls)
{
	run_texts("calls.txt", 25);
}
TEST(loops)
{
	run_texts("loops.txt", 10);
}
TEST(history)
{
	run_texts("history.txt", 20);
}
TEST(attacks)
{
	run_texts("attacks.txt", 50);
}

TEST(facts)
{
	run_texts("facts.txt", 20);
}
TEST(paths)
{
	run_texts("paths.txt", 10);
}
TEST(unprivileged)
{
	run_texts("unprivileged.txt", 60);
}

TESTS_BEGIN
T(flow)
T(numbers)
T(stack)
T(packet)
T(packet_loads)
T(maps)
T(calls)
T(loops)
T(history)
T(attacks)
T(facts)
T(paths)
T(unprivileged)
TESTS_END
