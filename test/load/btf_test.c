/* SPDX-License-Identifier: Apache-2.0 */
/* BTF written word by word, as Linux's Documentation/bpf/btf.rst has it: what is answered about
 * good types, and which wrong ones are refused. */
#include "fixture.h"

enum { WORDS_MAX = 300000 };

/* Types under construction, then the section they make. */
static uint32_t words[WORDS_MAX];
static uint32_t word_count;
static char strings[256];
static uint32_t string_size;

static void clear(void)
{
	word_count = 0;
	memset(strings, 0, sizeof(strings));
	string_size = 1;
}

static uint32_t text(const char *s)
{
	const uint32_t at = string_size;

	memcpy(strings + at, s, strlen(s) + 1);
	string_size += (uint32_t)strlen(s) + 1;
	return at;
}

/* The first three words of a type. */
static void type(uint32_t name, uint32_t kind, uint32_t count, uint32_t size_or_type)
{
	words[word_count++] = name;
	words[word_count++] = kind << 24 | count;
	words[word_count++] = size_or_type;
}

static void more(uint32_t a, uint32_t b, uint32_t c)
{
	words[word_count++] = a;
	words[word_count++] = b;
	words[word_count++] = c;
}

static void put32(uint8_t *to, uint32_t word, bool big_endian)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(word >> (big_endian ? 24 - 8 * i : 8 * i));
}

struct read {
	struct skep_arena arena;
	struct skep_btf *btf;
	struct test_log errors;
	int err;
};

static bool read_bytes(struct read *read, const uint8_t *bytes, size_t size, bool big_endian)
{
	struct skep_log log = { .sink = test_log, .sink_ctx = &read->errors };
	const char *fault = NULL;

	memset(read, 0, sizeof(*read));
	skep_arena_init(&read->arena, skep_port_posix(), 0);
	read->err = skep_btf_read(bytes, size, big_endian, &read->arena, &log, &read->btf);
	if (read->err == 0)
		fault = sound_btf(read->btf);
	if (fault != NULL)
		test_note("not so: %s", fault);
	return read->err == 0 && fault == NULL;
}

static uint8_t *section(size_t *size, bool big_endian)
{
	uint8_t *bytes;

	*size = 24 + word_count * 4 + string_size;
	bytes = calloc(1, *size);
	bytes[0] = big_endian ? 0xeb : 0x9f;
	bytes[1] = big_endian ? 0x9f : 0xeb;
	bytes[2] = 1;
	put32(bytes + 4, 24, big_endian);
	put32(bytes + 12, word_count * 4, big_endian);
	put32(bytes + 16, word_count * 4, big_endian);
	put32(bytes + 20, string_size, big_endian);
	for (uint32_t i = 0; i < word_count; i++)
		put32(bytes + 24 + (size_t)i * 4, words[i], big_endian);
	memcpy(bytes + 24 + (size_t)word_count * 4, strings, string_size);
	return bytes;
}

static bool read_built(struct read *read, bool big_endian)
{
	size_t size;
	uint8_t *bytes = section(&size, big_endian);
	const bool ok = read_bytes(read, bytes, size, big_endian);

	free(bytes);
	return ok;
}

/* One type of each kind. */
static void build_all(void)
{
	clear();
	type(text("int"), 1, 0, 4); /* 1 */
	words[word_count++] = 1u << 24 | 32;
	type(0, 2, 0, 1); /* 2: int * */
	type(0, 3, 0, 0); /* 3: int [5] */
	more(1, 1, 5);
	type(text("point"), 4, 2, 24); /* 4 */
	more(text("x"), 1, 0);
	more(text("all"), 3, 32);
	type(text("either"), 5, 2, 8); /* 5 */
	more(text("number"), 1, 0);
	more(text("address"), 2, 0);
	type(text("color"), 6, 2, 4); /* 6 */
	words[word_count++] = text("RED");
	words[word_count++] = 3;
	words[word_count++] = text("BLUE");
	words[word_count++] = 0xffffffff;
	type(text("later"), 7, 0, 0);    /* 7 */
	type(text("number_t"), 8, 0, 1); /* 8 */
	type(0, 9, 0, 8);                /* 9: volatile number_t */
	type(0, 10, 0, 9);               /* 10: const volatile number_t */
	type(0, 11, 0, 2);               /* 11: int *restrict */
	type(0, 13, 2, 1);               /* 12: int (int, void *...) */
	words[word_count++] = text("first");
	words[word_count++] = 1;
	words[word_count++] = 0;
	words[word_count++] = 0;
	type(text("main"), 12, 1, 12);   /* 13 */
	type(text("counter"), 14, 0, 9); /* 14 */
	words[word_count++] = 1;
	type(text(".data"), 15, 1, 12); /* 15 */
	more(14, 8, 4);
	type(text("double"), 16, 0, 8); /* 16 */
	type(text("tag"), 17, 0, 4);    /* 17, of the first member of `point` */
	words[word_count++] = 0;
	type(text("user"), 18, 0, 1);            /* 18 */
	type(text("wide"), 19, 1u << 31 | 1, 8); /* 19, signed: the kind flag */
	more(text("LOW"), 0, 0x80000000);
	type(text("fields"), 4, 1u << 31 | 2, 4); /* 20: bit-fields */
	more(text("low"), 1, 3u << 24 | 0);
	more(text("high"), 1, 29u << 24 | 3);
}

static const struct {
	enum skep_btf_kind kind;
	const char *name;
	uint32_t size, type, count, resolved;
	int64_t bytes; /* of skep_btf_size(), -1: has none */
} ALL[] = {
	{ SKEP_BTF_VOID, "", 0, 0, 0, 0, -1 },
	{ SKEP_BTF_INT, "int", 4, 0, 0, 1, 4 },
	{ SKEP_BTF_PTR, "", 0, 1, 0, 2, 8 },
	{ SKEP_BTF_ARRAY, "", 0, 1, 5, 3, 20 },
	{ SKEP_BTF_STRUCT, "point", 24, 0, 2, 4, 24 },
	{ SKEP_BTF_UNION, "either", 8, 0, 2, 5, 8 },
	{ SKEP_BTF_ENUM, "color", 4, 0, 2, 6, 4 },
	{ SKEP_BTF_FWD, "later", 0, 0, 0, 7, -1 },
	{ SKEP_BTF_TYPEDEF, "number_t", 0, 1, 0, 1, 4 },
	{ SKEP_BTF_VOLATILE, "", 0, 8, 0, 1, 4 },
	{ SKEP_BTF_CONST, "", 0, 9, 0, 1, 4 },
	{ SKEP_BTF_RESTRICT, "", 0, 2, 0, 2, 8 },
	{ SKEP_BTF_FUNC_PROTO, "", 0, 1, 2, 12, -1 },
	{ SKEP_BTF_FUNC, "main", 0, 12, 0, 13, -1 },
	{ SKEP_BTF_VAR, "counter", 0, 9, 0, 14, 4 },
	{ SKEP_BTF_DATASEC, ".data", 12, 0, 1, 15, 12 },
	{ SKEP_BTF_FLOAT, "double", 8, 0, 0, 16, 8 },
	{ SKEP_BTF_DECL_TAG, "tag", 0, 4, 0, 17, -1 },
	{ SKEP_BTF_TYPE_TAG, "user", 0, 1, 0, 1, 4 },
	{ SKEP_BTF_ENUM64, "wide", 8, 0, 1, 19, 8 },
	{ SKEP_BTF_STRUCT, "fields", 4, 0, 2, 20, 4 },
};

TEST(types_of_every_kind_in_both_byte_orders)
{
	build_all();
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		struct read read;
		struct skep_btf_type found;

		CHECK(read_built(&read, big_endian));
		CHECK_EQ(skep_btf_count(read.btf), SKEP_COUNT(ALL) - 1);
		for (uint32_t id = 0; id < SKEP_COUNT(ALL); id++) {
			uint64_t size = 0;

			test_case("type %u", (unsigned)id);
			CHECK_EQ(skep_btf_type(read.btf, id, &found), 0);
			CHECK_EQ(found.kind, ALL[id].kind);
			CHECK_TEXT(found.name, ALL[id].name);
			CHECK_EQ(found.size, ALL[id].size);
			CHECK_EQ(found.type, ALL[id].type);
			CHECK_EQ(found.count, ALL[id].count);
			CHECK_EQ(skep_btf_resolve(read.btf, id), ALL[id].resolved);
			CHECK_EQ(skep_btf_size(read.btf, id, &size),
				 ALL[id].bytes < 0 ? SKEP_EINVAL : 0);
			CHECK(ALL[id].bytes < 0 || size == (uint64_t)ALL[id].bytes);
		}
		CHECK_EQ(skep_btf_type(read.btf, SKEP_COUNT(ALL), &found), SKEP_ENOENT);
		skep_arena_free(&read.arena);
	}
}

TEST(details_of_types)
{
	struct read read;
	struct skep_btf_type found;

	build_all();
	CHECK(read_built(&read, false));
	skep_btf_type(read.btf, 1, &found);
	CHECK(found.is_signed && !found.is_char && !found.is_bool);
	CHECK_EQ(found.bits, 32);
	skep_btf_type(read.btf, 6, &found);
	CHECK(!found.is_signed);
	skep_btf_type(read.btf, 13, &found);
	CHECK_EQ(found.linkage, 1);
	skep_btf_type(read.btf, 14, &found);
	CHECK_EQ(found.linkage, 1);
	skep_btf_type(read.btf, 19, &found);
	CHECK(found.is_signed);
	skep_arena_free(&read.arena);
}

TEST(members_of_types)
{
	static const struct {
		uint32_t id, index;
		const char *name;
		uint32_t type, bit_offset, bit_size;
		int64_t value;
	} CASES[] = {
		{ 4, 0, "x", 1, 0, 0, 0 },
		{ 4, 1, "all", 3, 32, 0, 0 },
		{ 5, 1, "address", 2, 0, 0, 0 },
		{ 6, 0, "RED", 0, 0, 0, 3 },
		{ 6, 1, "BLUE", 0, 0, 0, 0xffffffff },
		{ 12, 0, "first", 1, 0, 0, 0 },
		{ 12, 1, "", 0, 0, 0, 0 },
		{ 15, 0, "counter", 9, 64, 32, 0 },
		{ 19, 0, "LOW", 0, 0, 0, INT64_MIN },
		{ 20, 0, "low", 1, 0, 3, 0 },
		{ 20, 1, "high", 1, 3, 29, 0 },
	};
	struct read read;
	struct skep_btf_member member;

	build_all();
	CHECK(read_built(&read, true));
	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		test_case("member %u of type %u", (unsigned)CASES[i].index, (unsigned)CASES[i].id);
		CHECK_EQ(skep_btf_member(read.btf, CASES[i].id, CASES[i].index, &member), 0);
		CHECK_TEXT(member.name, CASES[i].name);
		CHECK_EQ(member.type, CASES[i].type);
		CHECK_EQ(member.bit_offset, CASES[i].bit_offset);
		CHECK_EQ(member.bit_size, CASES[i].bit_size);
		CHECK_EQ(member.value, CASES[i].value);
	}
	CHECK_EQ(skep_btf_member(read.btf, 4, 2, &member), SKEP_ENOENT);
	CHECK_EQ(skep_btf_member(read.btf, 1, 0, &member), SKEP_ENOENT);
	CHECK_EQ(skep_btf_member(read.btf, 0, 0, &member), SKEP_ENOENT);
	CHECK_EQ(skep_btf_member(read.btf, 99, 0, &member), SKEP_ENOENT);
	skep_arena_free(&read.arena);
}

/* A bit-field of the older kind has its width and place in its integer type. */
TEST(bit_fields_without_the_flag)
{
	struct read read;
	struct skep_btf_member member;

	clear();
	type(text("int"), 1, 0, 4);
	words[word_count++] = 2u << 16 | 5;
	type(text("old"), 4, 1, 4);
	more(text("field"), 1, 8);
	CHECK(read_built(&read, false));
	CHECK_EQ(skep_btf_member(read.btf, 2, 0, &member), 0);
	CHECK_EQ(member.bit_offset, 10);
	CHECK_EQ(member.bit_size, 5);
	skep_arena_free(&read.arena);
}

/* Builds with `code`, on top of an int (type 1), and expects the reason. */
#define REFUSED_FOR(part, code)                                                                    \
	do {                                                                                       \
		struct read read_;                                                                 \
		clear();                                                                           \
		type(0, 1, 0, 4);                                                                  \
		words[word_count++] = 32;                                                          \
		code;                                                                              \
		CHECK(!read_built(&read_, false));                                                 \
		CHECK_EQ(read_.err, SKEP_ENOEXEC);                                                 \
		CHECK_EQ(read_.errors.errors, 1);                                                  \
		skep_arena_free(&read_.arena);                                                     \
		if (strstr(read_.errors.last, part) == NULL)                                       \
			test_note("%s", read_.errors.last);                                        \
		CHECK(strstr(read_.errors.last, part) != NULL);                                    \
	} while (0)

TEST(types_that_cannot_be)
{
	REFUSED_FOR("type 2 is cut off", words[word_count++] = 0);
	REFUSED_FOR("type 2 is cut off or of a kind that skep does not know", type(0, 20, 0, 0));
	REFUSED_FOR("type 2 is cut off or of a kind", type(0, 0, 0, 0));
	REFUSED_FOR("type 2 is cut off", type(0, 4, 9, 4));
	REFUSED_FOR("type 2 has a name outside the strings", type(999, 2, 0, 1));
	REFUSED_FOR("type 2 refers to what is no type", type(0, 2, 0, 3));
	REFUSED_FOR("type 2 is an integer of an impossible size", {
		type(0, 1, 0, 3);
		words[word_count++] = 8;
	});
	REFUSED_FOR("type 2 is an integer with more bits", {
		type(0, 1, 0, 4);
		words[word_count++] = 33;
	});
	REFUSED_FOR("type 2 is an enumeration of an impossible size", type(0, 6, 0, 16));
	REFUSED_FOR("type 2 is a function without a prototype", type(0, 12, 1, 1));
	REFUSED_FOR("type 2 is a data section with what is no variable", {
		type(0, 15, 1, 4);
		more(1, 0, 4);
	});
	REFUSED_FOR("type 2 has a member that reaches outside of it", {
		type(0, 4, 1, 4);
		more(0, 1, 8);
	});
	REFUSED_FOR("type 2 has a member that reaches outside of it", {
		type(0, 4, 1u << 31 | 1, 4);
		more(0, 1, 30u << 24 | 3);
	});
	REFUSED_FOR("type 2 has a member without a size", {
		type(0, 4, 1, 4);
		more(0, 0, 0);
	});
	REFUSED_FOR("type 2 refers to what is no type", {
		type(0, 10, 0, 3);
		type(0, 14, 0, 1);
		words[word_count++] = 0;
	});
}

TEST(types_without_an_end)
{
	REFUSED_FOR("type 2 contains itself", type(0, 8, 0, 2));
	REFUSED_FOR("contains itself", {
		type(0, 8, 0, 3);
		type(0, 10, 0, 4);
		type(0, 9, 0, 2);
	});
	REFUSED_FOR("contains itself", {
		type(0, 4, 1, 8);
		more(0, 3, 0);
		type(0, 3, 0, 0);
		more(2, 1, 1);
	});
	REFUSED_FOR("contains itself", type(0, 2, 0, 2));
	REFUSED_FOR("nested too deep", {
		for (uint32_t i = 0; i < 70; i++)
			type(0, 2, 0, 1 + i);
	});
	REFUSED_FOR("nested too deep", {
		for (uint32_t i = 0; i < 70; i++)
			type(0, 2, 0, 3 + i);
		type(0, 8, 0, 1);
	});
	/* Deep and wide: the walk must not go through a type twice. */
	REFUSED_FOR("nested too deep", {
		for (uint32_t i = 0; i < 70; i++) {
			type(0, 5, 2, 4);
			more(0, 1 + i, 0);
			more(0, 1 + i, 0);
		}
	});
}

/* A list's node refers to itself, which is as it should be. */
TEST(structures_may_point_to_themselves)
{
	struct read read;

	clear();
	type(text("node"), 4, 1, 8);
	more(text("next"), 2, 0);
	type(0, 2, 0, 1);
	CHECK(read_built(&read, false));
	skep_arena_free(&read.arena);
}

/* 60 levels of unions with two members each of the level below: 2^60 ways, 60 types. */
TEST(wide_types_are_walked_once)
{
	struct read read;

	clear();
	type(0, 1, 0, 4);
	words[word_count++] = 32;
	for (uint32_t i = 0; i < 60; i++) {
		type(0, 5, 2, 4);
		more(0, 1 + i, 0);
		more(0, 1 + i, 0);
	}
	CHECK(read_built(&read, false));
	skep_arena_free(&read.arena);
}

TEST(arrays_larger_than_all_memory_have_no_size)
{
	struct read read;
	uint64_t size;

	clear();
	type(0, 1, 0, 4);
	words[word_count++] = 32;
	for (uint32_t i = 0; i < 3; i++) {
		type(0, 3, 0, 0);
		more(1 + i, 1, 0x80000000);
	}
	CHECK(read_built(&read, false));
	CHECK_EQ(skep_btf_size(read.btf, 2, &size), 0);
	CHECK_EQ(size, 0x200000000);
	CHECK_EQ(skep_btf_size(read.btf, 4, &size), SKEP_EINVAL);
	skep_arena_free(&read.arena);
}

TEST(headers_that_lie)
{
	static const struct {
		uint32_t at, word;
	} CASES[] = {
		{ 0, 0x0001eb9e }, { 0, 0x0002eb9f },  { 4, 23 },          { 4, 0xfffffff8 },
		{ 8, 2 },          { 8, 0xfffffffc },  { 12, 0xfffffffc }, { 12, 5 },
		{ 16, 0 },         { 16, 0xffffffff }, { 20, 0 },          { 20, 0xffffffff },
	};

	build_all();
	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		struct read read;
		size_t size;
		uint8_t *bytes = section(&size, false);

		test_case("%u at %u", (unsigned)CASES[i].word, (unsigned)CASES[i].at);
		put32(bytes + CASES[i].at, CASES[i].word, false);
		CHECK(!read_bytes(&read, bytes, size, false));
		CHECK_EQ(read.errors.errors, 1);
		skep_arena_free(&read.arena);
		free(bytes);
	}
}

TEST(cut_and_damaged)
{
	struct read read;
	size_t size;
	uint8_t *bytes;

	build_all();
	bytes = section(&size, true);
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *copy = malloc(cut + 1);

		memcpy(copy + 1, bytes, cut);
		CHECK(!read_bytes(&read, copy + 1, cut, true));
		CHECK_EQ(read.errors.errors, 1);
		skep_arena_free(&read.arena);
		free(copy);
	}
	for (size_t i = 0; i < size; i++) {
		const uint8_t was = bytes[i];

		for (unsigned value = 0; value < 256; value++) {
			bytes[i] = (uint8_t)value;
			CHECK(read_bytes(&read, bytes, size, true) || read.errors.errors == 1);
			skep_arena_free(&read.arena);
		}
		bytes[i] = was;
	}
	free(bytes);
}

TESTS_BEGIN
T(types_of_every_kind_in_both_byte_orders)
T(details_of_types)
T(members_of_types)
T(bit_fields_without_the_flag)
T(types_that_cannot_be)
T(types_without_an_end)
T(structures_may_point_to_themselves)
T(wide_types_are_walked_once)
T(arrays_larger_than_all_memory_have_no_size)
T(headers_that_lie)
T(cut_and_damaged)
TESTS_END
