/* SPDX-License-Identifier: Apache-2.0 */
/* Which definitions make a map. The errors are those that Linux 6.18 gave for the same
 * BPF_MAP_CREATE on x86-64. */
#include "fixture.h"

enum kind { HASH, ARRAY, PERCPU_ARRAY, PROG_ARRAY, RINGBUF, KIND_COUNT };

static const struct {
	const char *name;
	const struct skep_map_ops *ops;
	uint32_t key_size, value_size, max_entries; /* that are fine */
	uint32_t flags;                             /* bits that are fine one by one */
} KINDS[] = {
	[HASH] = { "hash", &skep_map_hash_ops, 4, 8, 4, 0x1dd },
	[ARRAY] = { "array", &skep_map_array_ops, 4, 8, 4, 0x159c },
	[PERCPU_ARRAY] = { "percpu_array", &skep_map_percpu_array_ops, 4, 8, 4, 0x198 },
	[PROG_ARRAY] = { "prog_array", &skep_map_prog_array_ops, 4, 4, 4, 0x1c },
	[RINGBUF] = { "ringbuf", &skep_map_ringbuf_ops, 0, 0, 4096, 0x4 },
};

/* Tries one definition; nothing may be left behind, and a refusal is told once. */
static int try(enum kind kind, uint32_t key_size, uint32_t value_size, uint32_t max_entries,
	       uint32_t flags, uint64_t extra)
{
	struct fixture f;
	int err;

	fixture_init(&f, KINDS[kind].ops, 2);
	f.map.def.extra = extra;
	err = fixture_make(&f, key_size, value_size, max_entries, flags);
	if (err == 0)
		fixture_close(&f);
	if (f.allocs != 0 || f.bytes != 0)
		return -1000;
	return f.reports == (err != 0) ? err : -1001;
}

TEST(each_flag)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		for (unsigned bit = 0; bit < 32; bit++) {
			const uint32_t flag = (uint32_t)1 << bit;

			test_case("%s, flag %#x", KINDS[kind].name, (unsigned)flag);
			CHECK_EQ(try(kind, KINDS[kind].key_size, KINDS[kind].value_size,
				     KINDS[kind].max_entries, flag, 0),
				 (KINDS[kind].flags & flag) != 0 ? 0 : SKEP_EINVAL);
		}
		test_case("%s", KINDS[kind].name);
		/* Read-only and write-only at once, for programs and for the host. */
		CHECK_EQ(try(kind, KINDS[kind].key_size, KINDS[kind].value_size,
			     KINDS[kind].max_entries, 0x180, 0),
			 SKEP_EINVAL);
		CHECK_EQ(try(kind, KINDS[kind].key_size, KINDS[kind].value_size,
			     KINDS[kind].max_entries, 0x18, 0),
			 SKEP_EINVAL);
		CHECK_EQ(try(kind, KINDS[kind].key_size, KINDS[kind].value_size,
			     KINDS[kind].max_entries, 0, 1),
			 SKEP_EINVAL);
		CHECK_EQ(try(kind, KINDS[kind].key_size, KINDS[kind].value_size, 0, 0, 0),
			 SKEP_EINVAL);
	}
}

TEST(sizes)
{
	static const struct {
		enum kind kind;
		uint32_t key_size, value_size, max_entries;
		int err;
	} cases[] = {
		{ HASH, 0, 8, 4, SKEP_EINVAL },
		{ HASH, 4, 0, 4, SKEP_EINVAL },
		{ HASH, 513, 8, 4, 0 },
		{ HASH, 4096, 8, 4, 0 },
		{ HASH, 4, 32769, 4, 0 },
		{ HASH, 8, 4194247, 1, 0 },
		{ HASH, 8, 4194248, 1, SKEP_E2BIG },
		{ HASH, 4, 0x7fffffff, 1, SKEP_E2BIG },
		{ HASH, 0xffffffff, 0xffffffff, 0xffffffff, SKEP_E2BIG },
		{ HASH, 4, 8, 0xffffffff, SKEP_E2BIG },
		{ HASH, 4, 8, 0x80000001, SKEP_E2BIG },
		{ ARRAY, 0, 8, 4, SKEP_EINVAL },
		{ ARRAY, 8, 8, 4, SKEP_EINVAL },
		{ ARRAY, 4, 0, 4, SKEP_EINVAL },
		{ ARRAY, 4, 32769, 4, 0 },
		{ ARRAY, 4, 0x80000000, 1, SKEP_E2BIG },
		{ PERCPU_ARRAY, 0, 8, 4, SKEP_EINVAL },
		{ PERCPU_ARRAY, 8, 8, 4, SKEP_EINVAL },
		{ PERCPU_ARRAY, 4, 0, 4, SKEP_EINVAL },
		{ PERCPU_ARRAY, 4, 32768, 4, 0 },
		{ PERCPU_ARRAY, 4, 32769, 4, SKEP_E2BIG },
		{ PROG_ARRAY, 0, 4, 4, SKEP_EINVAL },
		{ PROG_ARRAY, 8, 4, 4, SKEP_EINVAL },
		{ PROG_ARRAY, 4, 0, 4, SKEP_EINVAL },
		{ PROG_ARRAY, 4, 8, 4, SKEP_EINVAL },
		{ RINGBUF, 4, 0, 4096, SKEP_EINVAL },
		{ RINGBUF, 0, 4, 4096, SKEP_EINVAL },
		{ RINGBUF, 0, 0, 1, SKEP_EINVAL },
		{ RINGBUF, 0, 0, 2048, SKEP_EINVAL },
		{ RINGBUF, 0, 0, 8192, 0 },
		{ RINGBUF, 0, 0, 12288, SKEP_EINVAL },
	};

	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		test_case("%s, key %u, value %u, entries %u", KINDS[cases[i].kind].name,
			  (unsigned)cases[i].key_size, (unsigned)cases[i].value_size,
			  (unsigned)cases[i].max_entries);
		CHECK_EQ(try(cases[i].kind, cases[i].key_size, cases[i].value_size,
			     cases[i].max_entries, 0, 0),
			 cases[i].err);
	}
}

/* Past the runtime's limit nothing is even asked of the port, however sizes multiply. */
TEST(limit_of_memory)
{
	static const struct {
		enum kind kind;
		uint32_t key_size, value_size, max_entries;
	} cases[] = {
		{ HASH, 4, 8, 1 << 20 },
		{ HASH, 64, 4194000, 1 << 30 },
		{ ARRAY, 4, 8, 0xffffffff },
		{ ARRAY, 4, 0x7fffffff, 0xffffffff },
		{ PERCPU_ARRAY, 4, 32768, 0xffffffff },
		{ PROG_ARRAY, 4, 4, 0xffffffff },
		{ RINGBUF, 0, 0, 0x80000000 },
		{ RINGBUF, 0, 0, 1 << 20 },
	};
	struct fixture f;

	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		test_case("%s, case %u", KINDS[cases[i].kind].name, (unsigned)i);
		fixture_init(&f, KINDS[cases[i].kind].ops, 0xffffffff);
		f.limits.map_bytes_max = 1 << 20;
		CHECK_EQ(fixture_make(&f, cases[i].key_size, cases[i].value_size,
				      cases[i].max_entries, 0),
			 SKEP_E2BIG);
		CHECK_EQ(f.asked, 0);
		CHECK_EQ(f.reports, 1);
	}
}

TEST(messages_name_map_and_need)
{
	struct fixture f;

	fixture_init(&f, &skep_map_array_ops, 1);
	CHECK_EQ(fixture_make(&f, 8, 8, 4, 0), SKEP_EINVAL);
	CHECK_TEXT(f.text, "map \"m\": key_size is 8; needed: 4: the keys of an array are indices");
	fixture_init(&f, &skep_map_hash_ops, 1);
	CHECK_EQ(fixture_make(&f, 8, 8, 4, 2), SKEP_EINVAL);
	CHECK_TEXT(f.text, "map \"m\": map_flags 0x2 has bits that its kind does not take; "
			   "needed: none but 0x1dd");
}

/* The n-th allocation fails, for every n: an error, one report, nothing kept. */
TEST(no_memory)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		unsigned fail_at = 0;
		struct fixture f;
		int err;

		test_case("%s", KINDS[kind].name);
		do {
			fixture_init(&f, KINDS[kind].ops, 2);
			f.fail_at = ++fail_at;
			err = fixture_make(&f, KINDS[kind].key_size, KINDS[kind].value_size,
					   KINDS[kind].max_entries, 0);
			if (err == 0)
				fixture_close(&f);
			else
				CHECK_EQ(err, SKEP_ENOMEM);
			CHECK_EQ(f.reports, err != 0);
			CHECK_EQ(f.allocs, 0);
		} while (err != 0);
		CHECK(fail_at > 1);
	}
}

TESTS_BEGIN
T(each_flag)
T(sizes)
T(limit_of_memory)
T(messages_name_map_and_need)
T(no_memory)
TESTS_END
