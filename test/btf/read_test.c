/* SPDX-License-Identifier: Apache-2.0 */
/* BTF written word by word, as Linux's Documentation/bpf/btf.rst has it: what is answered about
 * good types, and which wrong ones are refused. */
#include "../load/fixture.h"

enum { WORDS_MAX = 300000 };

/* Types under construction, then the section they make. */
static uint32_t words[WORDS_MAX];
static uint32_t word_count;
static char strings[2048];
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

/* struct s with one member, the last two words of which are given. */
static void structure(uint32_t size, uint32_t info, const char *member, uint32_t member_type,
		      uint32_t offset)
{
	type(text("s"), 4, info, size);
	more(text(member), member_type, offset);
}

static void pair(uint32_t a, uint32_t b)
{
	words[word_count++] = a;
	words[word_count++] = b;
}

/* A type of four words. */
static void one(uint32_t name, uint32_t kind, uint32_t size_or_type, uint32_t last)
{
	type(name, kind, 0, size_or_type);
	words[word_count++] = last;
}

static void array(uint32_t element, uint32_t index, uint32_t count)
{
	type(0, 3, 0, 0);
	more(element, index, count);
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

/* gcc leaves the number of another type in forward declarations. */
TEST(forward_declarations_refer_to_nothing)
{
	struct skep_btf_type found;
	struct read read;

	clear();
	type(text("f"), 7, 0, 1);
	CHECK(read_built(&read, false));
	CHECK_EQ(skep_btf_type(read.btf, 1, &found), 0);
	CHECK_EQ(found.kind, SKEP_BTF_FWD);
	CHECK_EQ(found.type, 0);
	CHECK_EQ(found.size, 0);
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
	REFUSED_FOR("type 2 (pointer) has a name outside the strings", type(999, 2, 0, 1));
	REFUSED_FOR("type 2 (pointer) refers to what is no type", type(0, 2, 0, 3));
	REFUSED_FOR("type 2 (int) is an integer of an impossible size", one(0, 1, 3, 8));
	REFUSED_FOR("type 2 (int) is an integer of an impossible size", one(0, 1, 32, 8));
	REFUSED_FOR("type 2 (int) is an integer of an impossible size", one(0, 1, 0, 0));
	REFUSED_FOR("type 2 (int) is an integer with more bits", one(0, 1, 4, 33));
	REFUSED_FOR("type 2 (int) is an integer with more bits", one(0, 1, 4, 8u << 16 | 25));
	REFUSED_FOR("type 2 (int) is an integer with more bits", one(0, 1, 4, 0));
	REFUSED_FOR("type 2 (int) is an integer of an unknown encoding",
		    one(0, 1, 4, 5u << 24 | 32));
	REFUSED_FOR("type 2 (int) is an integer of an unknown encoding", one(0, 1, 4, 0x120));
	REFUSED_FOR("type 2 (float) is a floating-point number of an impossible size",
		    type(0, 16, 0, 3));
	REFUSED_FOR("type 2 (float) is a floating-point number", type(0, 16, 0, 1));
	REFUSED_FOR("type 2 (float) is a floating-point number", type(0, 16, 0, 32));
	REFUSED_FOR("type 2 (enum) is an enumeration of an impossible size", type(0, 6, 0, 16));
	REFUSED_FOR("type 2 (enum) is an enumeration of an impossible size", type(0, 19, 0, 3));
	REFUSED_FOR("type 2 (function f) is a function without a prototype",
		    type(text("f"), 12, 1, 1));
	REFUSED_FOR("type 3 (function f) is a function of an unknown linkage", {
		type(0, 13, 0, 1);
		type(text("f"), 12, 3, 2);
	});
	REFUSED_FOR("type 2 (variable v) is a variable of an unknown linkage",
		    one(text("v"), 14, 1, 3));
	REFUSED_FOR("refers to what is no type", {
		type(0, 10, 0, 3);
		one(text("v"), 14, 1, 0);
	});
	REFUSED_FOR("type 2 (struct) is larger than 2 GiB", type(0, 4, 0, 0x80000000));
	REFUSED_FOR("type 2 (struct) is larger than 2 GiB", type(0, 4, 0, 0xffffffff));
}

/* Words after the first three that a kind has whatever its count. */
static void rest_of(uint32_t kind)
{
	if (kind == 1 || kind == 14 || kind == 17)
		words[word_count++] = 0;
	else if (kind == 3)
		more(0, 0, 0);
}

TEST(info_words_that_cannot_be)
{
	static const uint32_t WITHOUT_ITEMS[] = { 1, 2, 3, 7, 8, 9, 10, 11, 14, 16, 17, 18 };
	static const uint32_t WITHOUT_FLAG[] = { 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	const char *const reason = "has flags or a count that mean nothing for its kind";

	for (size_t i = 0; i < SKEP_COUNT(WITHOUT_ITEMS); i++)
		REFUSED_FOR(reason, {
			type(text("n"), WITHOUT_ITEMS[i], 1, 4);
			rest_of(WITHOUT_ITEMS[i]);
		});
	for (size_t i = 0; i < SKEP_COUNT(WITHOUT_FLAG); i++)
		REFUSED_FOR(reason, {
			type(text("n"), WITHOUT_FLAG[i], 1u << 31, 4);
			rest_of(WITHOUT_FLAG[i]);
		});
	REFUSED_FOR(reason, type(0, 4, 1u << 29, 4));
	REFUSED_FOR(reason, type(0, 4, 1u << 16, 4));
}

TEST(arrays_that_cannot_be)
{
	REFUSED_FOR("type 2 (array) is an array of what is no type", array(9, 1, 1));
	REFUSED_FOR("type 2 (array) is an array of what is no type", array(1, 9, 1));
	REFUSED_FOR("type 2 (array) is an array of what is no type", {
		type(0, 3, 0, 4);
		more(1, 1, 1);
	});
	REFUSED_FOR("type 2 (array) is an array of elements without a size", array(0, 1, 1));
	REFUSED_FOR("type 3 (array) is an array of elements without a size", {
		type(text("later"), 7, 0, 0);
		array(2, 1, 1);
	});
	REFUSED_FOR("type 3 (array) is an array whose index is no integer", {
		type(0, 2, 0, 1);
		array(1, 2, 1);
	});
	REFUSED_FOR("type 2 (array) is larger than 2 GiB", array(1, 1, 0x20000000));
	REFUSED_FOR("type 2 (array) is larger than 2 GiB", array(1, 1, 0xffffffff));
	REFUSED_FOR("type 3 (array) is larger than 2 GiB", {
		array(1, 1, 0x10000);
		array(2, 1, 0x10000);
	});
}

TEST(members_that_cannot_be)
{
	REFUSED_FOR("in BTF type 2 (struct s) member 1 (m) reaches outside of the structure",
		    structure(4, 1, "m", 1, 8));
	REFUSED_FOR("in BTF type 2 (struct s) member 1 (m) reaches outside of the structure",
		    structure(4, 1u << 31 | 1, "m", 1, 30u << 24 | 3));
	REFUSED_FOR("member 1 (m) reaches outside", structure(4, 1, "m", 1, 0xfffffff8));
	REFUSED_FOR("in BTF type 2 (struct s) member 1 (m) is of no type",
		    structure(4, 1, "m", 0, 0));
	REFUSED_FOR("member 1 (m) is of no type", structure(4, 1, "m", 9, 0));
	REFUSED_FOR("member 1 (m) does not begin with a byte", structure(8, 1, "m", 1, 3));
	REFUSED_FOR("in BTF type 2 (union s) member 1 (m) does not begin where the union does", {
		type(text("s"), 5, 1, 8);
		more(text("m"), 1, 8);
	});
	REFUSED_FOR("member 2 (late) begins before the one ahead of it", {
		type(text("s"), 4, 2, 8);
		more(text("m"), 1, 32);
		more(text("late"), 1, 0);
	});
	REFUSED_FOR("member 1 (m) is a bit-field wider than its type",
		    structure(8, 1u << 31 | 1, "m", 1, 33u << 24));
	REFUSED_FOR("in BTF type 3 (struct s) member 1 (m) is a bit-field of what is no integer", {
		type(0, 2, 0, 1);
		structure(8, 1u << 31 | 1, "m", 2, 3u << 24);
	});
	REFUSED_FOR("in BTF type 3 (struct s) member 1 (m) is of a type without a size", {
		type(text("later"), 7, 0, 0);
		structure(8, 1, "m", 2, 0);
	});
	REFUSED_FOR("in BTF type 3 (struct s) member 1 (m) is of a type without a size", {
		type(0, 13, 0, 1);
		structure(8, 1, "m", 2, 0);
	});
	REFUSED_FOR("in BTF type 2 (prototype) parameter 1 (p) is of no type", {
		type(0, 13, 1, 1);
		pair(text("p"), 9);
	});
	REFUSED_FOR("parameter 1 (p) has no type, but a name or others after", {
		type(0, 13, 1, 1);
		pair(text("p"), 0);
	});
	REFUSED_FOR("parameter 1 has no type, but a name or others after", {
		type(0, 13, 2, 1);
		pair(0, 0);
		pair(0, 1);
	});
}

TEST(names_that_cannot_be)
{
	static char longest[600];
	const char *const reason = "has no name that its kind can have";

	REFUSED_FOR("type 2 (struct a b) has no name that", type(text("a b"), 4, 0, 4));
	REFUSED_FOR(reason, type(text("1a"), 4, 0, 4));
	REFUSED_FOR(reason, type(text("a}int main(){"), 8, 0, 1));
	REFUSED_FOR(reason, type(text("a\n"), 6, 0, 4));
	REFUSED_FOR(reason, type(text("a\xc3\xa4"), 6, 0, 4));
	REFUSED_FOR(reason, type(0, 8, 0, 1));          /* a typedef needs one */
	REFUSED_FOR(reason, type(0, 7, 0, 0));          /* a forward declaration too */
	REFUSED_FOR(reason, one(0, 14, 1, 1));          /* and a variable */
	REFUSED_FOR(reason, type(0, 15, 0, 0));         /* and a section */
	REFUSED_FOR(reason, one(0, 17, 1, UINT32_MAX)); /* and tags */
	REFUSED_FOR(reason, type(0, 18, 0, 1));
	REFUSED_FOR(reason, type(text("a\x1b[2J"), 15, 0, 0));
	REFUSED_FOR("type 2 (const c) has a name, which its kind has not",
		    type(text("c"), 10, 0, 1));
	REFUSED_FOR("in BTF type 2 (struct s) member 1 (m-n) has no name that C can have",
		    structure(4, 1, "m-n", 1, 0));
	REFUSED_FOR("in BTF type 2 (enum e) enumerator 1 has no name that C can have", {
		type(text("e"), 6, 1, 4);
		pair(0, 1);
	});
	REFUSED_FOR("in BTF type 2 (enum e) enumerator 2 (0) has no name that C can have", {
		type(text("e"), 19, 2, 8);
		more(text("A"), 1, 1);
		more(text("0"), 1, 1);
	});
	REFUSED_FOR("in BTF type 2 (prototype) parameter 1 (+) has no name that C can have", {
		type(0, 13, 1, 1);
		pair(text("+"), 1);
	});
	memset(longest, 'n', 512);
	REFUSED_FOR(reason, type(text(longest), 4, 0, 4));
}

/* 511 characters are a name, wherever in the strings they stand; one more is none. */
TEST(names_of_every_size_and_place)
{
	static char name[600];

	for (uint32_t before = 0; before < 140; before++) {
		for (uint32_t size = 505; size < 520; size += size == 505 || size == 512 ? 6 : 1) {
			struct read read;

			clear();
			memset(name, 0, sizeof(name));
			memset(name, 'b', before);
			text(name);
			memset(name, 'n', size);
			name[size] = '\0';
			type(text(name), 4, 0, 4);
			text(before % 2 == 0 ? "another name" : "another_name");
			if (read_built(&read, false) != (size <= 511)) {
				test_note("%u characters after %u", (unsigned)size,
					  (unsigned)before);
				CHECK(false);
			}
			skep_arena_free(&read.arena);
		}
	}
}

/* Each character alone, at the start of a name and in it. Linux's letters, and '$'. */
TEST(names_of_every_character)
{
	for (uint32_t c = 1; c < 256; c++) {
		const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
				    c == '.' || c == '$',
			   digit = c >= '0' && c <= '9';
		const char first[] = { (char)c, 'x', '\0' }, later[] = { 'x', (char)c, '\0' };
		struct read read;

		test_case("character %u", (unsigned)c);
		clear();
		type(text(first), 4, 0, 4);
		CHECK_EQ(read_built(&read, false), letter);
		skep_arena_free(&read.arena);
		clear();
		type(text(later), 4, 0, 4);
		CHECK_EQ(read_built(&read, false), letter || digit);
		skep_arena_free(&read.arena);
	}
}

TEST(sections_and_tags_that_cannot_be)
{
	REFUSED_FOR("in BTF type 2 (section .x) variable 1 is no variable", {
		type(text(".x"), 15, 1, 4);
		more(1, 0, 4);
	});
	REFUSED_FOR("in BTF type 3 (section .x) variable 1 reaches outside of the section", {
		one(text("v"), 14, 1, 1);
		type(text(".x"), 15, 1, 4);
		more(2, 1, 4);
	});
	REFUSED_FOR("in BTF type 3 (section .x) variable 1 is smaller than its type", {
		one(text("v"), 14, 1, 1);
		type(text(".x"), 15, 1, 4);
		more(2, 0, 3);
	});
	REFUSED_FOR("variable 2 begins before the one ahead of it ends", {
		one(text("v"), 14, 1, 1);
		type(text(".x"), 15, 2, 8);
		more(2, 0, 5);
		more(2, 4, 4);
	});
	REFUSED_FOR("type 2 (tag t) is a tag on what takes none", one(text("t"), 17, 1, 0));
	REFUSED_FOR("type 2 (tag t) is a tag on what takes none", one(text("t"), 17, 9, 0));
	REFUSED_FOR("type 3 (tag t) is a tag on a member or parameter that is not there", {
		structure(4, 1, "m", 1, 0);
		one(text("t"), 17, 2, 1);
	});
	REFUSED_FOR("type 4 (tag t) is a tag on a member or parameter that is not there", {
		type(0, 13, 0, 1);
		type(text("f"), 12, 1, 2);
		one(text("t"), 17, 3, 0);
	});
	REFUSED_FOR("type 3 (tag t) is a tag on a member", {
		one(text("v"), 14, 1, 1);
		one(text("t"), 17, 2, 0);
	});
}

TEST(types_without_an_end)
{
	REFUSED_FOR("type 2 (typedef a) contains itself", type(text("a"), 8, 0, 2));
	REFUSED_FOR("contains itself", {
		type(text("a"), 8, 0, 3);
		type(0, 10, 0, 4);
		type(0, 9, 0, 2);
	});
	REFUSED_FOR("contains itself", {
		type(0, 4, 1, 8);
		more(0, 3, 0);
		array(2, 1, 1);
	});
	REFUSED_FOR("contains itself", type(0, 2, 0, 2));
	REFUSED_FOR("contains itself", {
		type(0, 13, 1, 0);
		pair(0, 3);
		type(0, 2, 0, 2);
	});
	REFUSED_FOR("nested too deep", {
		for (uint32_t i = 0; i < 70; i++)
			type(0, 2, 0, 1 + i);
	});
	REFUSED_FOR("nested too deep", {
		for (uint32_t i = 0; i < 70; i++)
			type(0, 2, 0, 3 + i);
		type(0, 10, 0, 1);
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

/* 64 pointers to each other are as many as there may be, whichever comes first. */
TEST(depth_has_one_limit)
{
	for (int forwards = 0; forwards < 2; forwards++) {
		for (uint32_t count = 62; count < 66; count++) {
			struct read read;

			test_case("%u pointers, forwards %d", (unsigned)count, forwards);
			clear();
			for (uint32_t i = 1; i <= count; i++)
				type(0, 2, 0, forwards ? (i < count ? i + 1 : 0) : i - 1);
			CHECK_EQ(read_built(&read, false), count <= 64);
			skep_arena_free(&read.arena);
		}
	}
}

/* Linux's limit is 0xfffff types; what is more is refused before much is done. */
TEST(a_million_types)
{
	static const uint32_t COUNTS[] = { 0xfffff, 0x100000 };

	for (size_t i = 0; i < SKEP_COUNT(COUNTS); i++) {
		const size_t size = 24 + (size_t)COUNTS[i] * 12 + 1;
		uint8_t *bytes = calloc(1, size);
		struct read read;

		test_case("%u types", (unsigned)COUNTS[i]);
		memcpy(bytes, "\x9f\xeb\x01", 3);
		put32(bytes + 4, 24, false);
		put32(bytes + 12, COUNTS[i] * 12, false);
		put32(bytes + 16, COUNTS[i] * 12, false);
		put32(bytes + 20, 1, false);
		for (uint32_t id = 1; id <= COUNTS[i]; id++) { /* pointers to the one before */
			put32(bytes + 24 + (size_t)(id - 1) * 12 + 4, 2u << 24, false);
			put32(bytes + 24 + (size_t)(id - 1) * 12 + 8, id % 60 == 1 ? 0 : id - 1,
			      false);
		}
		CHECK_EQ(read_bytes(&read, bytes, size, false), i == 0);
		if (i == 1)
			CHECK(strstr(read.errors.last, "1048576 types; needed: 1048575 at most") !=
			      NULL);
		/* Not much more memory than what was given. */
		CHECK(read.arena.used_bytes < size * 3);
		skep_arena_free(&read.arena);
		free(bytes);
	}
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
T(forward_declarations_refer_to_nothing)
T(types_that_cannot_be)
T(info_words_that_cannot_be)
T(arrays_that_cannot_be)
T(members_that_cannot_be)
T(names_that_cannot_be)
T(names_of_every_size_and_place)
T(names_of_every_character)
T(sections_and_tags_that_cannot_be)
T(types_without_an_end)
T(depth_has_one_limit)
T(a_million_types)
T(structures_may_point_to_themselves)
T(wide_types_are_walked_once)
T(headers_that_lie)
T(cut_and_damaged)
TESTS_END
