/* SPDX-License-Identifier: Apache-2.0 */
/* What a host can ask about the proof: facts and clues, when there are some and when there are not.
 */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "object.h"
#include "skep.h"

struct fixture {
	struct test_log log;
	struct skep_runtime *runtime;
	struct skep_object *object;
};

/* Loads one program of cli_verify.o. */
static int set_up(struct fixture *fixture, const char *name, struct skep_config config)
{
	size_t size;
	void *bytes = test_object_read("cli_verify.o", &size);
	struct skep_prog *prog;
	int err;

	*fixture = (struct fixture){ 0 };
	config.port = skep_port_posix();
	config.log = test_log;
	config.log_ctx = &fixture->log;
	if (bytes == NULL)
		return SKEP_ENOENT;
	err = skep_runtime_open(&config, &fixture->runtime);
	if (err == 0)
		err = skep_object_open(fixture->runtime, bytes, size, "cli_verify.o",
				       &fixture->object);
	for (uint32_t i = 0; err == 0 && (prog = skep_object_prog(fixture->object, i)) != NULL; i++)
		skep_prog_set_autoload(prog,
				       prog == skep_object_prog_by_name(fixture->object, name));
	if (err == 0)
		err = skep_object_load(fixture->object);
	free(bytes);
	return err;
}

static void tear_down(struct fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
}

TEST(facts_of_a_loaded_program)
{
	const struct skep_prog *prog;
	struct skep_fact fact = { .kind = SKEP_VALUE_FUNC };
	struct fixture fixture;
	uint32_t lookup = 0;
	struct skep_insn insn;
	char text[64];

	CHECK_EQ(set_up(&fixture, "count", (struct skep_config){ .keep_facts = true }), 0);
	prog = skep_object_prog_by_name(fixture.object, "count");
	while (skep_prog_insn(prog, lookup, &insn) == 0 && insn.code != 0x85)
		lookup++;
	CHECK_EQ(skep_prog_fact(prog, lookup, 1, &fact), 0);
	CHECK_EQ(fact.kind, SKEP_VALUE_MAP);
	CHECK(fact.read);
	CHECK(skep_object_map(fixture.object, fact.map) ==
	      skep_object_map_by_name(fixture.object, "counts"));
	skep_prog_fact_text(prog, &fact, text, sizeof(text));
	CHECK_TEXT(text, "map counts");
	skep_prog_fact_text(prog, &fact, text, 4);
	CHECK_TEXT(text, "map");
	CHECK_EQ(skep_prog_fact(prog, lookup + 1, 0, &fact), 0);
	CHECK_EQ(fact.kind, SKEP_VALUE_MAP_VALUE);
	CHECK(fact.maybe_null);
	CHECK_EQ(fact.size, 8);
	CHECK_EQ(skep_prog_fact(prog, lookup + 1, 1, &fact), 0);
	CHECK_EQ(fact.kind, SKEP_VALUE_NONE);
	/* lddw before the call has two halves. */
	CHECK(skep_prog_reached(prog, lookup - 2));
	CHECK(!skep_prog_reached(prog, lookup - 1));
	CHECK_EQ(skep_prog_fact(prog, lookup - 1, 1, &fact), SKEP_ENOENT);
	CHECK_EQ(skep_prog_fact(prog, lookup, 10, &fact), SKEP_ENOENT);
	CHECK_EQ(skep_prog_fact(prog, 1000, 0, &fact), SKEP_ENOENT);
	CHECK(!skep_prog_reached(prog, 1000));
	CHECK_EQ(fact.kind, SKEP_VALUE_NONE);
	tear_down(&fixture);
}

TEST(facts_that_nobody_asked_for)
{
	const struct skep_prog *prog;
	struct fixture fixture;
	struct skep_fact fact;
	struct skep_clue clue;

	CHECK_EQ(set_up(&fixture, "count", (struct skep_config){ .keep_clues = true }), 0);
	prog = skep_object_prog_by_name(fixture.object, "count");
	CHECK_EQ(skep_prog_fact(prog, 0, 1, &fact), SKEP_EPERM);
	CHECK(skep_prog_reached(prog, 0));
	CHECK_EQ(skep_prog_clue(prog, 0, &clue), SKEP_ENOENT);
	prog = skep_object_prog_by_name(fixture.object, "leak");
	CHECK_EQ(skep_prog_fact(prog, 0, 1, &fact), SKEP_EPERM);
	CHECK(!skep_prog_reached(prog, 0));
	tear_down(&fixture);
}

TEST(clues_to_a_refusal)
{
	const struct skep_prog *prog;
	struct fixture fixture;
	struct skep_fact fact;
	struct skep_clue clue;
	uint32_t count = 0;

	CHECK_EQ(set_up(&fixture, "forgets",
			(struct skep_config){ .keep_clues = true, .keep_facts = true }),
		 SKEP_EACCES);
	prog = skep_object_prog_by_name(fixture.object, "forgets");
	while (skep_prog_clue(prog, count, &clue) == 0)
		count++;
	CHECK_EQ(count, 3);
	CHECK_EQ(clue.kind, SKEP_CLUE_REFUSED);
	CHECK_EQ(clue.reg, 0);
	CHECK_EQ(skep_prog_fact(prog, 0, 1, &fact), SKEP_EPERM);
	CHECK(!skep_prog_reached(prog, 0));
	tear_down(&fixture);
	CHECK_EQ(set_up(&fixture, "forgets", (struct skep_config){ .keep_clues = false }),
		 SKEP_EACCES);
	prog = skep_object_prog_by_name(fixture.object, "forgets");
	CHECK_EQ(skep_prog_clue(prog, 0, &clue), SKEP_ENOENT);
	tear_down(&fixture);
}

TEST(unprivileged_runtimes)
{
	static const struct {
		const char *name;
		int err;
		const char *words;
	} CASES[] = {
		{ "count", 0, "" },
		{ "leak", SKEP_EACCES, "would be stored in memory" },
		{ "quiet", SKEP_EACCES, "programs of type xdp are not for unprivileged users" },
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct fixture fixture;

		test_case("%s", CASES[i].name);
		CHECK_EQ(set_up(&fixture, CASES[i].name,
				(struct skep_config){ .unprivileged = true }),
			 CASES[i].err);
		CHECK(strstr(fixture.log.last, CASES[i].words) != NULL);
		tear_down(&fixture);
	}
}

TESTS_BEGIN
T(facts_of_a_loaded_program)
T(facts_that_nobody_asked_for)
T(clues_to_a_refusal)
T(unprivileged_runtimes)
TESTS_END
