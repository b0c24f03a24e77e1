/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes go in, an identifier comes out: characters that identifiers do not have become '_',
 * what the language or its implementation keeps for itself is changed, and the second of two equal
 * names gets a number. A scope is a hash table, because an object may have a hundred thousand
 * members of one name.
 */
#include "gen_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum {
	NAME_BYTES = 256, /* longer ones are cut: names may share bytes, what is written does not */
	NUMBER_BYTES = 16,
	ROOM_LEAST = 16,
};

/* Keywords of C11 and C++20 with its alternative operators, and the macros that compilers and the
 * headers of a skeleton define outside of the names that are reserved to them anyway. Sorted. */
static const char *const TAKEN[] = {
	"INT16_MAX",
	"INT16_MIN",
	"INT32_MAX",
	"INT32_MIN",
	"INT64_MAX",
	"INT64_MIN",
	"INT8_MAX",
	"INT8_MIN",
	"INTMAX_MAX",
	"INTMAX_MIN",
	"INTPTR_MAX",
	"INTPTR_MIN",
	"INT_FAST16_MAX",
	"INT_FAST16_MIN",
	"INT_FAST32_MAX",
	"INT_FAST32_MIN",
	"INT_FAST64_MAX",
	"INT_FAST64_MIN",
	"INT_FAST8_MAX",
	"INT_FAST8_MIN",
	"INT_LEAST16_MAX",
	"INT_LEAST16_MIN",
	"INT_LEAST32_MAX",
	"INT_LEAST32_MIN",
	"INT_LEAST64_MAX",
	"INT_LEAST64_MIN",
	"INT_LEAST8_MAX",
	"INT_LEAST8_MIN",
	"NULL",
	"PTRDIFF_MAX",
	"PTRDIFF_MIN",
	"SIG_ATOMIC_MAX",
	"SIG_ATOMIC_MIN",
	"SIZE_MAX",
	"UINT16_MAX",
	"UINT32_MAX",
	"UINT64_MAX",
	"UINT8_MAX",
	"UINTMAX_MAX",
	"UINTPTR_MAX",
	"UINT_FAST16_MAX",
	"UINT_FAST32_MAX",
	"UINT_FAST64_MAX",
	"UINT_FAST8_MAX",
	"UINT_LEAST16_MAX",
	"UINT_LEAST32_MAX",
	"UINT_LEAST64_MAX",
	"UINT_LEAST8_MAX",
	"WCHAR_MAX",
	"WCHAR_MIN",
	"WINT_MAX",
	"WINT_MIN",
	"alignas",
	"alignof",
	"and",
	"and_eq",
	"arm",
	"asm",
	"auto",
	"bitand",
	"bitor",
	"bool",
	"break",
	"case",
	"catch",
	"char",
	"char16_t",
	"char32_t",
	"char8_t",
	"class",
	"co_await",
	"co_return",
	"co_yield",
	"compl",
	"concept",
	"const",
	"const_cast",
	"consteval",
	"constexpr",
	"constinit",
	"continue",
	"decltype",
	"default",
	"delete",
	"do",
	"double",
	"dynamic_cast",
	"else",
	"enum",
	"explicit",
	"export",
	"extern",
	"false",
	"float",
	"for",
	"friend",
	"goto",
	"i386",
	"if",
	"inline",
	"int",
	"linux",
	"long",
	"mips",
	"mutable",
	"namespace",
	"new",
	"noexcept",
	"not",
	"not_eq",
	"nullptr",
	"offsetof",
	"operator",
	"or",
	"or_eq",
	"private",
	"protected",
	"public",
	"register",
	"reinterpret_cast",
	"requires",
	"restrict",
	"return",
	"short",
	"signed",
	"sizeof",
	"sparc",
	"static",
	"static_assert",
	"static_cast",
	"struct",
	"switch",
	"template",
	"this",
	"thread_local",
	"throw",
	"true",
	"try",
	"typedef",
	"typeid",
	"typename",
	"typeof",
	"typeof_unqual",
	"union",
	"unix",
	"unsigned",
	"using",
	"virtual",
	"void",
	"volatile",
	"wchar_t",
	"while",
	"xor",
	"xor_eq",
};

static const char *const GO_KEYWORDS[] = {
	"break",  "case",        "chan",   "const", "continue", "default", "defer",
	"else",   "fallthrough", "for",    "func",  "go",       "goto",    "if",
	"import", "interface",   "main",   "map",   "package",  "range",   "return",
	"select", "struct",      "switch", "type",  "var",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool is_upper(char letter)
{
	return letter >= 'A' && letter <= 'Z';
}

static bool is_lower(char letter)
{
	return letter >= 'a' && letter <= 'z';
}

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

static int compare_text(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

static bool is_taken(const char *name)
{
	return bsearch(name, TAKEN, COUNT(TAKEN), sizeof(TAKEN[0]), compare_text) != NULL;
}

static bool is_reserved(const char *name)
{
	return name[0] == '_' && (name[1] == '_' || is_upper(name[1]));
}

/* Only the letters. */
static size_t clean_rest(const char *name, char out[NAME_BYTES])
{
	size_t size = 0;

	for (; *name != '\0' && size < NAME_BYTES - 3; name++)
		out[size++] = is_upper(*name) || is_lower(*name) || is_digit(*name) ? *name : '_';
	if (size == 0)
		out[size++] = '_';
	out[size] = '\0';
	return size;
}

/* Names that C reserves to its implementation get an "x" before them, keywords and macros a "_"
 * behind. */
static void clean_c(const char *name, char out[NAME_BYTES])
{
	size_t size = clean_rest(name, out);

	if (is_digit(out[0]) || is_reserved(out)) {
		memmove(out + 1, out, size + 1);
		out[0] = out[0] == '_' ? 'x' : '_';
		size++;
	}
	if (is_taken(out) || strncmp(out, "SKEP_", 5) == 0)
		strcpy(out + size, "_");
}

/* Words begin with a capital, as exported names do in Go. Names without small letters stay as they
 * are: ACTION_COUNT. */
static void clean_go(const char *name, char out[NAME_BYTES])
{
	bool begins = true;
	size_t size = 0;

	if (is_upper(name[0]) && strpbrk(name, "abcdefghijklmnopqrstuvwxyz") == NULL) {
		clean_c(name, out);
		return;
	}

	for (; *name != '\0' && size < NAME_BYTES - 2; name++) {
		if (is_lower(*name) && begins)
			out[size++] = (char)(*name - 'a' + 'A');
		else if (is_upper(*name) || is_lower(*name) || (is_digit(*name) && size > 0))
			out[size++] = *name;
		else if (is_digit(*name))
			out[size++] = 'X', out[size++] = *name;
		begins = !is_upper(*name) && !is_lower(*name) && !is_digit(*name);
	}
	if (size == 0)
		out[size++] = 'X';
	out[size] = '\0';
}

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return value;
}

static struct gen_name *slot_of(const struct gen_names *names, const char *text)
{
	size_t at = (size_t)hash(text) & (names->room - 1);

	while (names->slots[at].text != NULL && strcmp(names->slots[at].text, text) != 0)
		at = (at + 1) & (names->room - 1);
	return &names->slots[at];
}

/* Keeps a third of the slots free. */
static void make_room(struct gen_names *names)
{
	struct gen_names wider = { .room = names->room == 0 ? ROOM_LEAST : names->room * 2,
				   .count = names->count };

	if (names->count < names->room - names->room / 3)
		return;
	wider.slots = allocate(wider.room, sizeof(*wider.slots));
	for (size_t i = 0; i < names->room; i++)
		if (names->slots[i].text != NULL)
			*slot_of(&wider, names->slots[i].text) = names->slots[i];
	free(names->slots);
	*names = wider;
}

static struct gen_name *find_or_add(struct gen_names *names, const char *text)
{
	struct gen_name *slot;

	make_room(names);
	slot = slot_of(names, text);
	if (slot->text == NULL) {
		slot->text = duplicate(text);
		names->count++;
	}
	return slot;
}

const char *gen_names_give(struct gen_names *names, enum gen_language language, const char *name)
{
	char text[NAME_BYTES], numbered[NAME_BYTES + NUMBER_BYTES];
	struct gen_name *slot;

	switch (language) {
	case GEN_C: clean_c(name, text); break;
	case GEN_C_REST: clean_rest(name, text); break;
	case GEN_GO: clean_go(name, text); break;
	}
	slot = find_or_add(names, text);
	if (slot->uses++ == 0)
		return slot->text;
	for (uint32_t number = slot->uses;; number++) {
		snprintf(numbered, sizeof(numbered), "%s_%u", text, (unsigned)number);
		/* The table may have moved. */
		find_or_add(names, text)->uses = number;
		slot = find_or_add(names, numbered);
		if (slot->uses++ == 0)
			return slot->text;
	}
}

void gen_names_reserve(struct gen_names *names, const char *name)
{
	find_or_add(names, name)->uses++;
}

void gen_names_free(struct gen_names *names)
{
	for (size_t i = 0; i < names->room; i++)
		free(names->slots[i].text);
	free(names->slots);
	*names = (struct gen_names){ 0 };
}

bool gen_is_prefix(const char *name)
{
	const size_t size = strlen(name);
	char clean[NAME_BYTES];

	if (size == 0 || size >= NAME_BYTES / 2 || name[0] == '_' || name[size - 1] == '_' ||
	    strstr(name, "__") != NULL)
		return false;
	clean_c(name, clean);
	return strcmp(clean, name) == 0;
}

bool gen_is_package(const char *name)
{
	const size_t size = strlen(name);

	if (size == 0 || size >= NAME_BYTES / 2 || !is_lower(name[0]))
		return false;
	for (size_t i = 0; i < size; i++)
		if (!is_lower(name[i]) && !is_digit(name[i]))
			return false;
	for (size_t i = 0; i < COUNT(GO_KEYWORDS); i++)
		if (strcmp(name, GO_KEYWORDS[i]) == 0)
			return false;
	return true;
}
