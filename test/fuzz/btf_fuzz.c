/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as BTF: one report if they are refused; what is not is found by its names, written as C
 * in both forms, and equal to itself. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../load/sound.h"
#include "btf/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* int; struct s { int a; int b; } */
static const uint8_t OTHER[] = {
	159, 235, 1, 0, 24, 0, 0,  0, 0, 0, 0, 0,   52,  0,   0,  0,   52, 0,  0, 0,  11, 0,
	0,   0,   1, 0, 0,  0, 0,  0, 0, 1, 4, 0,   0,   0,   32, 0,   0,  1,  5, 0,  0,  0,
	2,   0,   0, 4, 8,  0, 0,  0, 7, 0, 0, 0,   1,   0,   0,  0,   0,  0,  0, 0,  9,  0,
	0,   0,   1, 0, 0,  0, 32, 0, 0, 0, 0, 105, 110, 116, 0,  115, 0,  97, 0, 98, 0,
};

static void count_report(void *ctx, const struct skep_report *report)
{
	if (report->severity == SKEP_SEVERITY_ERROR)
		++*(unsigned *)ctx;
}

static void expect(const char *what, int holds)
{
	if (holds)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* C has no bytes but those of its source character set, whatever names are. */
static void check_text(void *ctx, const char *text, size_t size)
{
	(void)ctx;
	for (size_t i = 0; i < size; i++)
		expect("C is printable",
		       text[i] == '\n' || text[i] == '\t' || (text[i] >= ' ' && text[i] <= '~'));
}

static void no_difference(void *ctx, const struct skep_btf_difference *difference)
{
	(void)ctx;
	(void)difference;
	expect("types are equal to themselves", 0);
}

static void any_difference(void *ctx, const struct skep_btf_difference *difference)
{
	(void)ctx;
	expect("differences are of types with names", difference->name[0] != '\0');
}

static void check_names(const struct skep_btf *btf)
{
	for (uint32_t id = 1; id <= btf->count; id++) {
		const char *name = skep_btf_name_of(btf, id);
		const uint32_t found = skep_btf_find(btf, skep_btf_kind_of(btf, id), name);

		if (name[0] == '\0')
			expect("no name, no type", found == 0);
		else
			expect("a type is found",
			       found != 0 && found <= id &&
				       strcmp(skep_btf_name_of(btf, found), name) == 0);
	}
}

static void check(struct skep_btf *btf, const struct skep_btf *other, struct skep_arena *arena,
		  struct skep_log *log)
{
	static const struct skep_btf_dump_options OPTIONS[] = {
		{ .assert_word = "_Static_assert" },
		{ .portable = true, .section_prefix = "x__" },
	};
	const char *fault = sound_btf(btf);
	unsigned *errors = log->sink_ctx;

	expect(fault != NULL ? fault : "sound", fault == NULL);
	expect("an index is made", skep_btf_index(btf, arena, log) == 0);
	check_names(btf);
	for (size_t i = 0; i < 2; i++) {
		for (uint32_t id = 0; id <= btf->count && id < 4; id++) {
			const unsigned before = *errors;
			const int err = skep_btf_dump(btf, &id, id != 0, &OPTIONS[i], arena, log,
						      check_text, NULL);

			expect("one report for each failure", *errors - before == (err < 0));
		}
	}
	expect("equal", skep_btf_compare(btf, btf, no_difference, NULL, arena, log) == 0);
	expect("compared", skep_btf_compare(btf, other, any_difference, NULL, arena, log) == 0);
	expect("compared", skep_btf_compare(other, btf, any_difference, NULL, arena, log) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	unsigned errors = 0;
	struct skep_log log = { .sink = count_report, .sink_ctx = &errors };
	struct skep_arena arena;
	struct skep_btf *btf, *other, *in_place;
	int err;

	skep_arena_init(&arena, skep_port_posix(), 256 << 20);
	expect("what to compare with",
	       skep_btf_read(OTHER, sizeof(OTHER), false, &arena, &log, &other) == 0);
	err = skep_btf_read(bytes, size, size != 0 && bytes[0] == 0xeb, &arena, &log, &btf);
	expect("one report for each failure", errors == (err < 0));
	expect("the same in place",
	       skep_btf_read_in_place(bytes, size, size != 0 && bytes[0] == 0xeb, &arena, &log,
				      &in_place) == err);
	if (err == 0)
		check(btf, other, &arena, &log);
	skep_arena_free(&arena);
	return 0;
}
