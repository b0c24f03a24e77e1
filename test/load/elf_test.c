/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that no compiler writes: odd ones that are to load, wrong ones that are to be refused for
 * the right reason, and large ones that must not take long. */
#include <time.h>

#include "builder.h"
#include "fixture.h"

enum { CODE = 6, DATA = 3, LOCAL = 0, GLOBAL = 1, NOTYPE = 0, OBJECT = 1, FUNC = 2, SECTION = 3 };

#define EXIT "\x95\0\0\0\0\0\0\0"
#define LDDW "\x18\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define CALL "\x85\x10\0\0\xff\xff\xff\xff"

/* Finishes the object and loads it. */
static bool load_built(struct builder *b, struct loaded *loaded)
{
	size_t size;
	uint8_t *file = finish(b, &size);
	const bool ok = load_bytes(loaded, file, size, "built");

	free(file);
	return ok;
}

#define REFUSED_FOR(b, part)                                                                       \
	do {                                                                                       \
		struct loaded loaded_;                                                             \
		CHECK(!load_built(b, &loaded_));                                                   \
		unload(&loaded_);                                                                  \
		CHECK_EQ(loaded_.err, SKEP_ENOEXEC);                                               \
		CHECK_EQ(loaded_.errors.errors, 1);                                                \
		if (strstr(loaded_.errors.last, part) == NULL)                                     \
			test_note("%s", loaded_.errors.last);                                      \
		CHECK(strstr(loaded_.errors.last, part) != NULL);                                  \
	} while (0)

/* "name start+count, ..." of all functions. */
static const char *functions(const struct skep_image *image, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < image->func_count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s %u+%u",
					 used > 0 ? ", " : "", image->funcs[i].name,
					 (unsigned)image->funcs[i].start,
					 (unsigned)image->funcs[i].count);
	return text;
}

/* Loads, and compares the functions with `wanted`. */
#define FUNCTIONS(b, wanted, progs)                                                                \
	do {                                                                                       \
		struct loaded loaded_;                                                             \
		char text_[256];                                                                   \
		CHECK(load_built(b, &loaded_));                                                    \
		CHECK_TEXT(functions(&loaded_.image, text_, sizeof(text_)), wanted);               \
		CHECK_EQ(loaded_.image.prog_count, progs);                                         \
		unload(&loaded_);                                                                  \
	} while (0)

static uint32_t begin_with_code(struct builder *b, const char *code, size_t size)
{
	begin(b);
	return add_section(b, "xdp", 1, CODE, code, size);
}

TEST(functions_without_good_symbols)
{
	struct builder b;

	begin_with_code(&b, EXIT EXIT, 16);
	FUNCTIONS(&b, "xdp+0x0 0+2", 1);

	begin_with_code(&b, EXIT EXIT, 16);
	add_symbol(&b, "label", LOCAL, NOTYPE, FIRST, 8, 0);
	add_symbol(&b, "named", LOCAL, NOTYPE, FIRST, 0, 0);
	FUNCTIONS(&b, "named 0+2", 1);

	begin_with_code(&b, EXIT EXIT EXIT, 24);
	add_symbol(&b, "b", GLOBAL, NOTYPE, FIRST, 16, 0);
	add_symbol(&b, "a", GLOBAL, NOTYPE, FIRST, 0, 0);
	FUNCTIONS(&b, "a 0+2, b 2+1", 2);

	begin_with_code(&b, EXIT EXIT, 16);
	add_symbol(&b, "alias", LOCAL, FUNC, FIRST, 0, 16);
	add_symbol(&b, "label", LOCAL, NOTYPE, FIRST, 0, 0);
	add_symbol(&b, "real", GLOBAL, FUNC, FIRST, 0, 16);
	FUNCTIONS(&b, "real 0+2", 1);
}

/* What is left between two sized functions belongs to neither. */
TEST(gaps_between_functions)
{
	struct builder b;

	begin_with_code(&b, EXIT EXIT EXIT EXIT, 32);
	add_symbol(&b, "a", GLOBAL, FUNC, FIRST, 0, 8);
	add_symbol(&b, "b", GLOBAL, FUNC, FIRST, 16, 8);
	FUNCTIONS(&b, "a 0+1, xdp+0x8 1+1, b 2+1, xdp+0x18 3+1", 2);
}

TEST(static_functions_only)
{
	struct builder b;
	struct loaded loaded;

	begin_with_code(&b, EXIT EXIT, 16);
	add_symbol(&b, "a", LOCAL, FUNC, FIRST, 0, 8);
	add_symbol(&b, "b", LOCAL, FUNC, FIRST, 8, 8);
	CHECK(load_built(&b, &loaded));
	CHECK_EQ(loaded.image.func_count, 2);
	CHECK_EQ(loaded.image.prog_count, 1);
	CHECK_TEXT(loaded.image.funcs[loaded.image.progs[0].func].name, "a");
	unload(&loaded);
}

TEST(calls_make_functions)
{
	struct builder b;
	uint8_t reloc[16];
	struct loaded loaded;

	/* Through the section's symbol, and resolved by the assembler. */
	begin_with_code(&b,
			"\x85\x10\0\0\2\0\0\0"
			"\x85\x10\0\0\2\0\0\0" EXIT EXIT EXIT,
			40);
	add_symbol(&b, "main", GLOBAL, FUNC, FIRST, 0, 24);
	put_reloc(reloc, 0, add_symbol(&b, "", LOCAL, SECTION, FIRST, 0, 0), 10);
	add_relocs(&b, FIRST, reloc, 1);
	CHECK(load_built(&b, &loaded));
	REFERS(&loaded.image, "main", "call xdp+0x18, call xdp+0x20");
	unload(&loaded);
}

TEST(compilers_own_names_are_no_variables)
{
	struct builder b;
	struct loaded loaded;
	uint32_t data;

	begin_with_code(&b, EXIT, 8);
	data = add_section(&b, ".rodata.str1.1", 1, DATA, "a text", 7);
	add_symbol(&b, ".L.str", LOCAL, OBJECT, data, 0, 7);
	add_symbol(&b, "label", LOCAL, NOTYPE, data, 0, 0);
	add_symbol(&b, "sized", LOCAL, OBJECT, data, 2, 4);
	add_symbol(&b, "unsized", GLOBAL, OBJECT, data, 2, 0);
	CHECK(load_built(&b, &loaded));
	CHECK_EQ(loaded.image.var_count, 1);
	CHECK_TEXT(loaded.image.vars[0].name, "sized");
	CHECK_TEXT(loaded.image.maps[0].name, ".rodata.str1.1");
	CHECK_TEXT((const char *)loaded.image.maps[0].data, "a text");
	unload(&loaded);
}

TEST(functions_that_cannot_be)
{
	struct builder b;
	uint8_t reloc[16];

	begin_with_code(&b, EXIT EXIT, 16);
	add_symbol(&b, "a", GLOBAL, FUNC, FIRST, 0, 16);
	add_symbol(&b, "b", GLOBAL, FUNC, FIRST, 8, 8);
	REFUSED_FOR(&b, "functions a and b of section xdp overlap");

	begin_with_code(&b, EXIT EXIT, 16);
	add_symbol(&b, "a", GLOBAL, FUNC, FIRST, 4, 8);
	REFUSED_FOR(&b, "function a has offset 4 and size 8");

	begin_with_code(&b, CALL EXIT, 16);
	add_symbol(&b, "a", GLOBAL, FUNC, FIRST, 0, 16);
	put_reloc(reloc, 0, add_symbol(&b, "", LOCAL, SECTION, FIRST, 8, 0), 10);
	add_relocs(&b, FIRST, reloc, 1);
	REFUSED_FOR(&b, "something calls instruction 1 of section xdp, which is in the middle of "
			"function a");

	begin_with_code(&b, "\x85\x10\0\0\5\0\0\0" EXIT, 16);
	REFUSED_FOR(&b, "leads out of its section");

	begin_with_code(&b, EXIT "1234", 12);
	REFUSED_FOR(&b, "section xdp has 12 bytes of instructions");
}

/* Code with one relocation of that type at that offset, against variable `v`, 8 bytes into .data.
 */
static void begin_with_reloc(struct builder *b, const char *code, size_t size, uint64_t offset,
			     uint32_t type)
{
	uint8_t reloc[16];
	uint32_t data;

	begin_with_code(b, code, size);
	data = add_section(b, ".data", 1, DATA, "0123456789abcdef", 16);
	put_reloc(reloc, offset, add_symbol(b, "v", GLOBAL, OBJECT, data, 8, 8), type);
	add_relocs(b, FIRST, reloc, 1);
}

TEST(addends)
{
	static const struct {
		const char *code;
		int offset; /* in .data; -1: refused */
	} CASES[] = {
		{ "\x18\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0" EXIT, 8 },
		{ "\x18\1\0\0\4\0\0\0\0\0\0\0\0\0\0\0" EXIT, 12 },
		{ "\x18\1\0\0\xf8\xff\xff\xff\0\0\0\0\0\0\0\0" EXIT, 0 },
		{ "\x18\1\0\0\x8\0\0\0\0\0\0\0\0\0\0\0" EXIT, 16 },
		{ "\x18\1\0\0\x9\0\0\0\0\0\0\0\0\0\0\0" EXIT, -1 },
		{ "\x18\1\0\0\xf7\xff\xff\xff\0\0\0\0\0\0\0\0" EXIT, -1 },
	};

	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		struct builder b;
		struct loaded loaded;

		test_case("case %u", (unsigned)i);
		begin_with_reloc(&b, CASES[i].code, 24, 0, 1);
		if (CASES[i].offset < 0) {
			REFUSED_FOR(&b, "the reference to v leads out of its section");
			continue;
		}
		CHECK(load_built(&b, &loaded));
		CHECK_EQ(loaded.image.sections[0].reloc_count, 1);
		CHECK_EQ(loaded.image.sections[0].relocs[0].kind, SKEP_RELOC_MAP_VALUE);
		CHECK_EQ(loaded.image.sections[0].relocs[0].offset, CASES[i].offset);
		unload(&loaded);
	}
}

/* binutils up to 2.40 writes symbol and addend together, for which there is more or less evidence.
 */
TEST(addends_that_include_the_symbol)
{
	static const char V_AND_0[] = "\x18\1\0\0\x8\0\0\0\0\0\0\0\0\0\0\0" EXIT EXIT;
	static const char V_AND_4[] = "\x18\1\0\0\xc\0\0\0\0\0\0\0\0\0\0\0"
				      "\x85\x10\0\0\x17\0\0\0" EXIT;
	static const struct {
		const char *code, *comment;
		bool calls;
		uint32_t offset;
	} CASES[] = {
		{ V_AND_0, "GCC: (x) 12.2.0", false, 8 },
		{ V_AND_0, "clang", false, 16 },
		{ V_AND_4, "GCC: (x) 12.2.0", true, 12 },
		{ V_AND_4, "", true, 12 },
	};

	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		struct builder b;
		struct loaded loaded;
		uint8_t relocs[32];
		uint32_t data;

		test_case("case %u", (unsigned)i);
		begin_with_code(&b, CASES[i].code, 32);
		data = add_section(&b, ".data", 1, DATA, "0123456789abcdef", 16);
		add_section(&b, ".comment", 1, 0, CASES[i].comment, strlen(CASES[i].comment) + 1);
		add_symbol(&b, "main", GLOBAL, FUNC, FIRST, 0, 24);
		put_reloc(relocs, 0, add_symbol(&b, "v", GLOBAL, OBJECT, data, 8, 8), 1);
		/* A call of `f`, 24 bytes into the section, as 24 - 1 of all things. */
		put_reloc(relocs + 16, 16, add_symbol(&b, "f", GLOBAL, FUNC, FIRST, 24, 8), 10);
		add_relocs(&b, FIRST, relocs, CASES[i].calls ? 2 : 1);
		CHECK(load_built(&b, &loaded));
		CHECK_EQ(loaded.image.sections[0].relocs[0].offset, CASES[i].offset);
		if (CASES[i].calls)
			CHECK_TEXT(
				loaded.image.funcs[loaded.image.sections[0].relocs[1].target].name,
				"f");
		unload(&loaded);
	}
}

TEST(relocations_that_cannot_be)
{
	struct builder b;
	uint8_t relocs[32];

	begin_with_reloc(&b, LDDW EXIT, 24, 8, 1);
	REFUSED_FOR(&b, "stands inside an instruction");
	begin_with_reloc(&b, LDDW EXIT, 24, 4, 1);
	REFUSED_FOR(&b, "stands inside an instruction");
	begin_with_reloc(&b, LDDW EXIT, 24, 16, 1);
	REFUSED_FOR(&b, "stands at an instruction that it does not fit");
	begin_with_reloc(&b, LDDW EXIT, 24, 0, 2);
	REFUSED_FOR(&b, "stands at an instruction that it does not fit");
	begin_with_reloc(&b, LDDW EXIT, 24, 24, 1);
	REFUSED_FOR(&b, "lies at offset 24");
	begin_with_reloc(&b, EXIT "\x18\1\0\0\0\0\0\0", 16, 8, 1);
	REFUSED_FOR(&b, "stands at an instruction that it does not fit");
	begin_with_reloc(&b, CALL EXIT, 16, 0, 10);
	REFUSED_FOR(&b, "is a call of what is no function");

	begin_with_code(&b, LDDW EXIT, 24);
	add_section(&b, "other", 1, DATA, "12345678", 8);
	put_reloc(relocs, 0, add_symbol(&b, "v", GLOBAL, OBJECT, FIRST + 1, 0, 8), 1);
	add_relocs(&b, FIRST, relocs, 1);
	REFUSED_FOR(&b, "is to a section that becomes neither map nor code");

	begin_with_code(&b, LDDW EXIT, 24);
	put_reloc(relocs, 0, add_symbol(&b, "v", GLOBAL, OBJECT, 0xfff2, 0, 8), 1);
	add_relocs(&b, FIRST, relocs, 1);
	REFUSED_FOR(&b, "is to a symbol that is in no section");

	begin_with_code(&b, LDDW EXIT, 24);
	put_reloc(relocs, 0, add_symbol(&b, "v", GLOBAL, OBJECT, 0, 0, 0), 1);
	memcpy(relocs + 16, relocs, 16);
	add_relocs(&b, FIRST, relocs, 2);
	REFUSED_FOR(&b, "stands inside an instruction, or twice");

	begin_with_code(&b, LDDW EXIT, 24);
	put_reloc(relocs, 0, 99, 1);
	add_relocs(&b, FIRST, relocs, 1);
	REFUSED_FOR(&b, "is for symbol 99");

	/* A number that only means something in the process that put it there. */
	begin_with_code(&b, "\x18\x11\0\0\3\0\0\0\0\0\0\0\0\0\0\0" EXIT, 24);
	REFUSED_FOR(&b, "names something of a running kernel by number");
}

TEST(externs_are_left_to_the_linker)
{
	struct builder b;
	uint8_t relocs[32];
	struct loaded loaded;

	begin_with_code(&b, LDDW CALL EXIT, 32);
	add_symbol(&b, "main", GLOBAL, FUNC, FIRST, 0, 32);
	put_reloc(relocs, 0, add_symbol(&b, "CONFIG_HZ", GLOBAL, NOTYPE, 0, 0, 0), 1);
	put_reloc(relocs + 16, 16, add_symbol(&b, "kernel_function", 2, NOTYPE, 0, 0, 0), 10);
	add_relocs(&b, FIRST, relocs, 2);
	CHECK(load_built(&b, &loaded));
	REFERS(&loaded.image, "main", "extern CONFIG_HZ, extern kernel_function");
	unload(&loaded);
}

TEST(files_that_lie)
{
	struct builder b;
	uint32_t data;

	begin_with_code(&b, EXIT, 8);
	data = add_section(&b, ".data", 1, DATA, "12345678", 8);
	b.sections[data].offset = b.sections[FIRST].offset + 4;
	REFUSED_FOR(&b, "overlaps the section before it");

	begin_with_code(&b, EXIT, 8);
	data = add_section(&b, ".data", 1, DATA, "12345678", 8);
	b.sections[data].offset = UINT64_MAX - 64;
	REFUSED_FOR(&b, "reaches past the end of the file");

	begin_with_code(&b, EXIT, 8);
	add_symbol(&b, "a", GLOBAL, FUNC, FIRST, 8, 8);
	REFUSED_FOR(&b, "symbol a reaches past the end of its section");

	begin_with_code(&b, EXIT, 8);
	add_symbol(&b, "a", GLOBAL, FUNC, 77, 0, 8);
	REFUSED_FOR(&b, "symbol a is in section 77");

	begin_with_code(&b, EXIT, 8);
	b.sections[FIRST].name = 5000;
	REFUSED_FOR(&b, "has its name outside the table of names");

	begin_with_code(&b, EXIT, 8);
	add_section(&b, ".BTF", 1, 0, "12345678", 8);
	add_section(&b, ".BTF", 1, 0, "12345678", 8);
	REFUSED_FOR(&b, "there are two sections named .BTF");

	begin_with_code(&b, EXIT, 8);
	data = add_section(&b, ".relxdp", 4, 0, "0123456789abcdef01234567", 24);
	b.sections[data].info = FIRST;
	REFUSED_FOR(&b, "has relocations with addends");
}

/* A program that loads in milliseconds, whatever a few hundred kilobytes of file say. */
static bool in_time(struct builder *b, struct loaded *loaded)
{
	const clock_t start = clock();
	const bool ok = load_built(b, loaded);
	const unsigned ms = (unsigned)((clock() - start) * 1000 / CLOCKS_PER_SEC);

	test_note("%u ms", ms);
	return ok && ms < 5000;
}

TEST(many_functions_and_calls)
{
	enum { COUNT = 50000 };
	struct builder b;
	struct loaded loaded;
	uint8_t *code = malloc(COUNT * 16), *relocs = malloc(COUNT * 16);

	/* Each calls the next but seven; relocations come in descending order. */
	for (uint32_t i = 0; i < COUNT; i++)
		memcpy(code + i * 16, CALL EXIT, 16);
	begin(&b);
	add_section(&b, ".text", 1, CODE, code, (size_t)COUNT * 16);
	add_section(&b, "xdp", 1, CODE, EXIT, 8);
	for (uint32_t i = 0; i < COUNT; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%u", (unsigned)(COUNT - 1 - i));
		add_symbol(&b, name, GLOBAL, FUNC, FIRST, (COUNT - 1 - i) * 16, 16);
	}
	for (uint32_t i = 0; i < COUNT; i++)
		put_reloc(relocs + i * 16, (COUNT - 1 - i) * 16, 1 + (i + 7) % COUNT, 10);
	add_relocs(&b, FIRST, relocs, COUNT);
	CHECK(in_time(&b, &loaded));
	CHECK_EQ(loaded.image.func_count, COUNT + 1);
	CHECK_EQ(loaded.image.sections[0].reloc_count, COUNT);
	CHECK_TEXT(loaded.image.funcs[loaded.image.sections[0].relocs[10].target].name, "f3");
	unload(&loaded);
	free(code);
	free(relocs);
}

TEST(many_variables_at_one_place)
{
	enum { COUNT = 50000 };
	struct builder b;
	struct loaded loaded;

	begin_with_code(&b, EXIT, 8);
	add_section(&b, ".data", 1, DATA, "12345678", 8);
	for (uint32_t i = 0; i < COUNT; i++)
		add_symbol(&b, "v", GLOBAL, OBJECT, FIRST + 1, 0, 8);
	CHECK(in_time(&b, &loaded));
	CHECK_EQ(loaded.image.var_count, COUNT);
	unload(&loaded);
}

TEST(many_sections)
{
	enum { COUNT = 70000 };
	struct builder b;
	struct loaded loaded;

	begin(&b);
	for (uint32_t i = 0; i < COUNT; i++)
		add_section(&b, ".text", 1, CODE, EXIT, 8);
	add_section(&b, "xdp", 1, CODE, EXIT, 8);
	CHECK(in_time(&b, &loaded));
	CHECK_EQ(loaded.image.section_count, COUNT + 1);
	CHECK_EQ(loaded.image.prog_count, 1);
	unload(&loaded);
}

TESTS_BEGIN
T(functions_without_good_symbols)
T(gaps_between_functions)
T(static_functions_only)
T(calls_make_functions)
T(compilers_own_names_are_no_variables)
T(functions_that_cannot_be)
T(addends)
T(addends_that_include_the_symbol)
T(relocations_that_cannot_be)
T(externs_are_left_to_the_linker)
T(files_that_lie)
T(many_functions_and_calls)
T(many_variables_at_one_place)
T(many_sections)
TESTS_END
