/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts by the contracts of Linux's helpers, program types and map types, those that skep runs
 * and those that it does not: the cases of linux.txt. */
#include "cases.h"
#include "spec/linux.h"
#include "vm/tables.h"

#define VIEW(title, number, key, value, ...)                                                       \
	{                                                                                          \
		.name = (title),                                                                   \
		.def = { .type = (number), .key_size = (key), .value_size = (value) }, __VA_ARGS__ \
	}

/* By their place here the cases name them: map[0] and so on. max_entries is 0 in all, as in objects
 * that leave it to the loader. */
static struct skep_map_view maps[] = {
	VIEW("hash", 1, 4, 16),
	VIEW("events", 4, 4, 4),
	VIEW("stacks", 7, 4, 1016),
	VIEW("devices", 14, 4, 8, .read_only = true),
	VIEW("outer", 13, 4, 4, .inner = 1),
	VIEW("queue", 22, 0, 8),
	VIEW("text", 2, 4, 8, .read_only = true, .content = (const uint8_t *)"hello\0xx"),
	VIEW("trie", 11, 8, 4),
	VIEW("of_sockets", 24, 4, 16),
	VIEW("cgroups", 8, 4, 4),
	VIEW("percpu", 5, 4, 16),
	VIEW("cpus", 16, 4, 4),
	VIEW("programs", 3, 4, 4),
	VIEW("sockets", 15, 4, 8),
	VIEW("packets", 17, 4, 4),
	VIEW("ring", 27, 0, 0),
	VIEW("bloom", 30, 0, 8),
	VIEW("attached", 19, 16, 8),
	VIEW("outer_unknown", 12, 4, 4),
};

static struct skep_contracts contracts;
static struct skep_prog_type own_types[SKEP_OWN_PROG_COUNT];

static bool run_case(const struct verify_case *test)
{
	static struct skep_insn insns[CASE_INSNS_MAX];
	struct verdict verdict = { 0 };
	struct skep_log log = { .sink = note_report, .sink_ctx = &verdict };
	const struct skep_verify_limits limits = { .insns_max = 1000000, .bytes_max = 64u << 20 };
	const bool accept = strcmp(test->wanted, "accept") == 0;
	const bool unsupported = strncmp(test->wanted, "unsupported ", 12) == 0;
	struct skep_bytecode code = {
		.name = "case",
		.insns = insns,
		.type = skep_contracts_prog_type(&contracts, skep_spec_prog_number(test->type)),
		.maps = maps,
		.map_count = SKEP_COUNT(maps),
		.contracts = &contracts,
		.sleepable = test->sleepable,
	};
	struct skep_arena arena;
	bool ok;

	if (skep_isa_assemble(test->text, strlen(test->text), insns, CASE_INSNS_MAX, &code.count,
			      &log) < 0 ||
	    code.type == NULL) {
		test_note("%s: type %s: %s", test->name, test->type, verdict.text);
		return false;
	}
	skep_arena_init(&arena, skep_port_posix(), 0);
	verdict.err = skep_verify(&code, &limits, skep_port_posix(), &arena, &log, &verdict.facts);
	skep_arena_free(&arena);
	if (accept)
		ok = verdict.err == 0;
	else
		ok = verdict.err < 0 && (verdict.err == SKEP_EOPNOTSUPP) == unsupported &&
		     strstr(verdict.text, strchr(test->wanted, ' ') + 1) != NULL;
	if (!ok)
		test_note("%s: wanted \"%s\", found %s", test->name, test->wanted,
			  verdict.err == 0 ? "accept" : verdict.text);
	return ok;
}

static void make_contracts(void)
{
	skep_vm_own_tables(&contracts, own_types);
	skep_linux_add(&contracts);
	for (size_t i = 0; i < SKEP_COUNT(maps); i++)
		maps[i].caps = skep_linux_map_caps(maps[i].def.type);
}

TEST(cases)
{
	unsigned total = 0;

	make_contracts();
	CHECK_EQ(run_cases("linux.txt", run_case, &total), 0);
	test_note("%u cases", total);
	CHECK(total >= 100);
}

/* Linux 6.18 has helpers 1 to 211 and map types 1 to 34; every one has a row. */
TEST(nothing_is_missing)
{
	make_contracts();
	for (uint32_t id = 1; id <= 211; id++)
		CHECK(skep_contracts_helper(&contracts, id) != NULL);
	CHECK(skep_contracts_helper(&contracts, 212) == NULL);
	for (uint32_t type = 1; type <= 34; type++)
		CHECK(skep_spec_map_name(type) != NULL);
	CHECK(skep_spec_map_name(35) == NULL);
}

/* No argument is memory whose size is missing, and no kind of argument or result is unknown. */
TEST(rows_are_sound)
{
	make_contracts();
	for (uint32_t id = 1; id <= 211; id++) {
		const struct skep_helper *row = skep_contracts_helper(&contracts, id);

		CHECK((unsigned)row->ret < SKEP_RET_COUNT);
		CHECK(row->groups != 0);
		for (unsigned i = 0; i < SKEP_HELPER_ARGS_MAX; i++) {
			const enum skep_arg arg = row->args[i];
			const enum skep_arg next =
				i + 1 < SKEP_HELPER_ARGS_MAX ? row->args[i + 1] : SKEP_ARG_NONE;
			const bool sized = arg == SKEP_ARG_PTR_TO_MEM ||
					   arg == SKEP_ARG_PTR_TO_MEM_OR_NULL ||
					   arg == SKEP_ARG_PTR_TO_UNINIT_MEM ||
					   arg == SKEP_ARG_PTR_TO_CHANGED_MEM ||
					   arg == SKEP_ARG_PTR_TO_CHANGED_MEM_OR_NULL;

			CHECK((unsigned)arg < SKEP_ARG_COUNT);
			CHECK(arg != SKEP_ARG_NONE || next == SKEP_ARG_NONE);
			CHECK(!sized || next == SKEP_ARG_CONST_SIZE ||
			      next == SKEP_ARG_CONST_SIZE_OR_ZERO);
		}
	}
}

TESTS_BEGIN
T(cases)
T(nothing_is_missing)
T(rows_are_sound)
TESTS_END
