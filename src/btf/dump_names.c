/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of BTF in, names that C takes out. The one idea: each name is spelled first (characters
 * that C does not know, words that it keeps for itself), and of those that are then alike in one
 * of C's name spaces all but the first get a suffix that nobody else has.
 */
#include "btf/dump.h"

#include "base/bytes.h"
#include "base/format.h"

/* Keywords of C11 and C23 and of GNU C, and macros that compilers define by themselves. */
static const char *const RESERVED[] = {
	"_Alignas",
	"_Alignof",
	"_Atomic",
	"_BitInt",
	"_Bool",
	"_Complex",
	"_Decimal128",
	"_Decimal32",
	"_Decimal64",
	"_Float128",
	"_Float16",
	"_Float32",
	"_Float32x",
	"_Float64",
	"_Float64x",
	"_Generic",
	"_Imaginary",
	"_Noreturn",
	"_Static_assert",
	"_Thread_local",
	"__COUNTER__",
	"__DATE__",
	"__FILE__",
	"__FUNCTION__",
	"__LINE__",
	"__TIME__",
	"__alignof",
	"__alignof__",
	"__asm",
	"__asm__",
	"__attribute",
	"__attribute__",
	"__auto_type",
	"__bf16",
	"__complex__",
	"__const",
	"__const__",
	"__extension__",
	"__float128",
	"__float80",
	"__fp16",
	"__func__",
	"__ibm128",
	"__imag__",
	"__inline",
	"__inline__",
	"__int128",
	"__label__",
	"__real__",
	"__restrict",
	"__restrict__",
	"__seg_fs",
	"__seg_gs",
	"__signed",
	"__signed__",
	"__thread",
	"__typeof",
	"__typeof__",
	"__volatile",
	"__volatile__",
	"alignas",
	"alignof",
	"asm",
	"auto",
	"bool",
	"break",
	"case",
	"char",
	"const",
	"constexpr",
	"continue",
	"default",
	"do",
	"double",
	"else",
	"enum",
	"extern",
	"false",
	"float",
	"for",
	"goto",
	"i386",
	"if",
	"inline",
	"int",
	"linux",
	"long",
	"nullptr",
	"register",
	"restrict",
	"return",
	"short",
	"signed",
	"sizeof",
	"static",
	"static_assert",
	"struct",
	"switch",
	"thread_local",
	"true",
	"typedef",
	"typeof",
	"typeof_unqual",
	"union",
	"unix",
	"unsigned",
	"void",
	"volatile",
	"while",
};

/* What C++17 and C++20 keep beyond those, and types of C's headers that vary with the machine. */
static const char *const RESERVED_PORTABLE[] = {
	"and",
	"and_eq",
	"bitand",
	"bitor",
	"catch",
	"char16_t",
	"char32_t",
	"char8_t",
	"class",
	"co_await",
	"co_return",
	"co_yield",
	"compl",
	"concept",
	"const_cast",
	"consteval",
	"constinit",
	"decltype",
	"delete",
	"dynamic_cast",
	"explicit",
	"export",
	"friend",
	"int_fast16_t",
	"int_fast32_t",
	"int_fast64_t",
	"int_fast8_t",
	"int_least16_t",
	"int_least32_t",
	"int_least64_t",
	"int_least8_t",
	"intmax_t",
	"intptr_t",
	"max_align_t",
	"mutable",
	"namespace",
	"new",
	"noexcept",
	"not",
	"not_eq",
	"operator",
	"or",
	"or_eq",
	"private",
	"protected",
	"ptrdiff_t",
	"public",
	"reinterpret_cast",
	"requires",
	"size_t",
	"ssize_t",
	"static_cast",
	"template",
	"this",
	"throw",
	"try",
	"typeid",
	"typename",
	"uint_fast16_t",
	"uint_fast32_t",
	"uint_fast64_t",
	"uint_fast8_t",
	"uint_least16_t",
	"uint_least32_t",
	"uint_least64_t",
	"uint_least8_t",
	"uintmax_t",
	"uintptr_t",
	"using",
	"virtual",
	"wchar_t",
	"xor",
	"xor_eq",
};

/* -------------------------------------------------------------------------------- spelling */

static int compare(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

/* Whether `text` is in an ascending list. */
static bool is_in(const char *text, const char *const *list, size_t count)
{
	size_t low = 0;

	while (low < count) {
		const size_t middle = low + (count - low) / 2;
		const int order = compare(text, list[middle]);

		if (order == 0)
			return true;
		if (order < 0)
			count = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

uint32_t skep_dump_spell(const struct skep_btf_dump *dump, const char *name,
			 char text[SKEP_BTF_NAME_MAX + 4])
{
	uint32_t size = 0;

	if (is_digit(name[0]))
		text[size++] = '_';
	for (; *name != '\0' && size < SKEP_BTF_NAME_MAX; name++)
		text[size++] = is_letter(*name) || is_digit(*name) ? *name : '_';
	text[size] = '\0';
	if (is_in(text, RESERVED, SKEP_COUNT(RESERVED)) || skep_text_begins(text, "__builtin_") ||
	    (dump->options.portable &&
	     is_in(text, RESERVED_PORTABLE, SKEP_COUNT(RESERVED_PORTABLE))))
		text[size++] = '_';
	text[size] = '\0';
	return size;
}

/* ----------------------------------------------------------------------------------- table */

static uint32_t hash_text(const char *text, uint32_t size)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (uint32_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619u;
	return hash ^ hash >> 15;
}

/* The slot of a spelled name: of its index plus 1, or empty. */
static uint32_t *find_slot(const struct skep_btf_dump *dump, const char *text, uint32_t size,
			   uint32_t hash)
{
	for (uint32_t at = hash & dump->slot_mask;; at = (at + 1) & dump->slot_mask) {
		uint32_t *slot = &dump->slots[at];
		const struct skep_dump_name *name;

		if (*slot == 0)
			return slot;
		name = &dump->names[*slot - 1];
		if (name->hash == hash && name->size == size && memcmp(name->text, text, size) == 0)
			return slot;
	}
}

/* The entry of a name as it will be spelled, made if there is none. NULL: out of memory. */
static struct skep_dump_name *intern(struct skep_btf_dump *dump, const char *raw)
{
	char text[SKEP_BTF_NAME_MAX + 4];
	const uint32_t size = skep_dump_spell(dump, raw, text), hash = hash_text(text, size);
	uint32_t *slot = find_slot(dump, text, size, hash);
	struct skep_dump_name *name;

	if (*slot != 0)
		return &dump->names[*slot - 1];
	name = &dump->names[dump->name_count];
	name->text = skep_text_equal(text, raw) ? raw : skep_arena_text(dump->arena, text, size);
	if (name->text == NULL)
		return NULL;
	name->size = size;
	name->hash = hash;
	name->last = 1;
	*slot = ++dump->name_count;
	return name;
}

/* A suffix that makes of the name one that is nobody's. */
static uint32_t next_suffix(const struct skep_btf_dump *dump, struct skep_dump_name *name)
{
	char text[SKEP_BTF_NAME_MAX + 24];
	size_t size;

	do {
		name->last++;
		size = skep_format(text, sizeof(text), "%s___%u", name->text, (unsigned)name->last);
	} while (*find_slot(dump, text, (uint32_t)size, hash_text(text, (uint32_t)size)) != 0);
	return name->last;
}

/* Names that there can be at most, and how many of them may need a place among the renamed. */
static void count_names(const struct skep_btf_dump *dump, uint32_t *names, uint32_t *items)
{
	const struct skep_btf *btf = dump->btf;

	*names = 1;
	*items = 0;
	for (uint32_t id = 1; id <= btf->count; id++) {
		const uint32_t kind = skep_btf_kind_of(btf, id);

		*names += 1;
		if (skep_dump_is_composite(kind) || skep_dump_is_enum(kind) ||
		    kind == SKEP_BTF_DATASEC)
			*names += skep_btf_item_count(btf, id);
		if (skep_dump_is_enum(kind) || kind == SKEP_BTF_DATASEC)
			*items += skep_btf_item_count(btf, id);
	}
	/* A name is what stands at its offset. */
	if (*names > btf->strings_size)
		*names = btf->strings_size + 1;
}

static int make_table(struct skep_btf_dump *dump)
{
	uint32_t names, items, slots = 16;

	count_names(dump, &names, &items);
	while (slots < names * 2 && slots < 1u << 30)
		slots *= 2;
	dump->names = skep_arena_array(dump->arena, names, sizeof(*dump->names));
	dump->slots = skep_arena_array(dump->arena, slots, sizeof(*dump->slots));
	dump->renames = skep_arena_array(dump->arena, items, sizeof(*dump->renames));
	dump->suffixes =
		skep_arena_array(dump->arena, (size_t)dump->btf->count + 1, sizeof(uint32_t));
	if (dump->names == NULL || dump->slots == NULL || dump->renames == NULL ||
	    dump->suffixes == NULL)
		return skep_fail_memory(dump->log, "names of types");
	dump->slot_mask = slots - 1;
	return 0;
}

/* ------------------------------------------------------------------------------- assigning */

/* In C `struct`, `union` and `enum` have one name space. */
static uint32_t tag_kind(const struct skep_btf *btf, uint32_t id)
{
	const uint32_t kind = skep_btf_kind_of(btf, id);

	if (kind == SKEP_BTF_FWD)
		return skep_btf_words(btf, id)[SKEP_BTF_INFO] >> 31 != 0 ? SKEP_BTF_UNION
									 : SKEP_BTF_STRUCT;
	return kind == SKEP_BTF_ENUM64 ? (uint32_t)SKEP_BTF_ENUM : kind;
}

static const uint32_t WANTED = UINT32_MAX; /* a suffix, once all names are known */

/* Takes the tag of a type; a later type of the same name will get a suffix. A forward declaration
 * is one of the first type of its name and kind. */
static int take_tag(struct skep_btf_dump *dump, uint32_t id)
{
	struct skep_dump_name *name = intern(dump, skep_btf_name_of(dump->btf, id));
	const uint32_t kind = tag_kind(dump->btf, id);

	if (name == NULL)
		return skep_fail_memory(dump->log, "names of types");
	if (name->tag_kind == 0) {
		name->tag_kind = kind;
		name->tag_type = id;
	} else if (skep_btf_kind_of(dump->btf, id) != SKEP_BTF_FWD || name->tag_kind != kind) {
		dump->suffixes[id] = WANTED;
	}
	return 0;
}

/* In C++ a typedef must not have the name of a tag, save of the type that it is for, nor that of a
 * member in whose structure it is used. */
static bool is_hidden(const struct skep_btf_dump *dump, const struct skep_dump_name *name,
		      uint32_t id)
{
	return dump->options.portable &&
	       (name->is_member ||
		(name->tag_kind != 0 &&
		 name->tag_type != skep_btf_words(dump->btf, id)[SKEP_BTF_SIZE]));
}

static int note_members(struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;

	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		const char *raw = btf->strings + skep_btf_item(btf, id, i)[0];
		struct skep_dump_name *name = raw[0] != '\0' ? intern(dump, raw) : NULL;

		if (name == NULL && raw[0] != '\0')
			return skep_fail_memory(dump->log, "names of members");
		if (name != NULL)
			name->is_member = true;
	}
	return 0;
}

static int take_ordinary(struct skep_btf_dump *dump, uint32_t id)
{
	struct skep_dump_name *name;

	if (skep_dump_is_bool(dump->btf, id))
		return 0;
	name = intern(dump, skep_btf_name_of(dump->btf, id));
	if (name == NULL)
		return skep_fail_memory(dump->log, "names of types");
	if (name->is_ordinary || is_hidden(dump, name, id))
		dump->suffixes[id] = WANTED;
	else
		name->is_ordinary = true;
	return 0;
}

/* Enumerators share C's name space of ordinary names, variables that of their section. */
static int take_items(struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	const bool is_section = skep_btf_kind_of(btf, id) == SKEP_BTF_DATASEC;

	dump->scope++;
	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		const uint32_t *item = skep_btf_item(btf, id, i);
		struct skep_dump_name *name = intern(
			dump, is_section ? skep_btf_name_of(btf, item[0]) : btf->strings + item[0]);
		bool taken;

		if (name == NULL)
			return skep_fail_memory(dump->log, "names of types");
		taken = is_section ? name->scope == dump->scope : name->is_ordinary;
		if (is_section)
			name->scope = dump->scope;
		else
			name->is_ordinary = true;
		if (taken)
			dump->renames[dump->rename_count++].word = (uint32_t)(item - btf->words);
	}
	return 0;
}

static const char *raw_item_name(const struct skep_btf *btf, uint32_t word)
{
	uint32_t low = 1, high = btf->count;

	while (low < high) {
		const uint32_t middle = low + (high - low + 1) / 2;

		if (btf->starts[middle] <= word)
			low = middle;
		else
			high = middle - 1;
	}
	return skep_btf_kind_of(btf, low) == SKEP_BTF_DATASEC
		       ? skep_btf_name_of(btf, btf->words[word])
		       : btf->strings + btf->words[word];
}

/* What has no name but needs one is called by its id; where a type has that name, by a number that
 * is no id. */
static uint32_t suffix_by_id(const struct skep_btf_dump *dump, uint32_t id)
{
	char text[SKEP_BTF_NAME_MAX];
	size_t size;

	for (;; id += dump->btf->count) {
		size = skep_format(text, sizeof(text), "%s___%u", SKEP_DUMP_ANONYMOUS,
				   (unsigned)id);
		if (*find_slot(dump, text, (uint32_t)size, hash_text(text, (uint32_t)size)) == 0)
			return id;
	}
}

/* All names are known: those that were taken get suffixes. */
static int give_suffixes(struct skep_btf_dump *dump)
{
	for (uint32_t id = 1; id <= dump->btf->count; id++) {
		if ((dump->flags[id] & SKEP_DUMP_TAGGED) != 0)
			dump->suffixes[id] = suffix_by_id(dump, id);
		else if (dump->suffixes[id] == WANTED)
			dump->suffixes[id] =
				next_suffix(dump, intern(dump, skep_btf_name_of(dump->btf, id)));
	}
	for (uint32_t i = 0; i < dump->rename_count; i++) {
		struct skep_dump_rename *rename = &dump->renames[i];

		rename->suffix =
			next_suffix(dump, intern(dump, raw_item_name(dump->btf, rename->word)));
	}
	return 0;
}

int skep_dump_assign_names(struct skep_btf_dump *dump)
{
	const struct skep_btf *btf = dump->btf;

	SKEP_TRY(make_table(dump));
	for (uint32_t id = 1; id <= btf->count; id++) {
		const uint32_t kind = skep_btf_kind_of(btf, id);

		if ((skep_dump_is_composite(kind) || skep_dump_is_enum(kind)) &&
		    skep_btf_name_of(btf, id)[0] != '\0')
			SKEP_TRY(take_tag(dump, id));
		if (dump->options.portable && skep_dump_is_composite(kind))
			SKEP_TRY(note_members(dump, id));
	}
	for (uint32_t id = 1; id <= btf->count; id++) {
		const uint32_t kind = skep_btf_kind_of(btf, id);

		if (kind == SKEP_BTF_FWD)
			SKEP_TRY(take_tag(dump, id));
		else if (kind == SKEP_BTF_TYPEDEF)
			SKEP_TRY(take_ordinary(dump, id));
		else if ((skep_dump_is_enum(kind) || kind == SKEP_BTF_DATASEC) && id != dump->truth)
			SKEP_TRY(take_items(dump, id));
	}
	return give_suffixes(dump);
}

uint32_t skep_dump_suffix(const struct skep_btf_dump *dump, const uint32_t *item)
{
	const uint32_t word = (uint32_t)(item - dump->btf->words);
	uint32_t low = 0, high = dump->rename_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (dump->renames[middle].word < word)
			low = middle + 1;
		else
			high = middle;
	}
	return low < dump->rename_count && dump->renames[low].word == word
		       ? dump->renames[low].suffix
		       : 0;
}

/* ---------------------------------------------------------------------------------- members */

int skep_dump_check_scope(struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	struct {
		uint32_t id, next;
	} stack[SKEP_BTF_DEPTH_MAX + 1];
	uint32_t depth = 1;

	stack[0].id = id;
	stack[0].next = 0;
	dump->scope++;
	while (depth > 0) {
		const uint32_t at = stack[depth - 1].id, index = stack[depth - 1].next++;
		struct skep_btf_member member;
		struct skep_dump_name *name;

		if (skep_btf_member(btf, at, index, &member) < 0) {
			depth--;
			continue;
		}
		if (dump->steps == 0)
			return skep_dump_refuse(dump, id, "unfolds to too many members");
		dump->steps--;
		if (!skep_dump_is_shown(dump, &member))
			continue;
		if (member.name[0] == '\0') {
			stack[depth].id = skep_btf_resolve(btf, member.type);
			stack[depth++].next = 0;
			continue;
		}
		name = intern(dump, member.name);
		if (name == NULL)
			return skep_fail_memory(dump->log, "names of members");
		if (name->scope == dump->scope)
			return skep_dump_refuse(dump, at, "has two members of one name");
		name->scope = dump->scope;
	}
	return 0;
}
