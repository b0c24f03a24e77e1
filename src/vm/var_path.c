/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path such as ".pts[1].n" and a type go in, the place of that piece comes out: a walk down the
 * type, one step for each member or element. Types come from strangers' files: no step leaves the
 * bytes that are there, unnamed members nest at most SKEP_BTF_DEPTH_MAX deep, and the search for
 * names is bounded by a budget. Paths do not follow pointers.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "vm/var.h"

enum {
	BUDGET = 1 << 22, /* members and enumerators looked at */
	REASON_BYTES = 384,
};

struct walk {
	const struct skep_btf *btf;
	const char *root; /* what stands before the path in sentences */
	const char *path, *at;
	struct skep_btf_piece piece;
	uint64_t end_bit; /* of what is there */
	uint32_t budget;
	char *text; /* why not */
	size_t text_size;
};

/* A name in the path. */
struct word {
	const char *text;
	size_t size;
};

static int fail(const struct walk *walk, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct walk *walk, int err, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	skep_format_list(walk->text, walk->text_size, format, list);
	va_end(list);
	return err;
}

/* What the walk has passed, for sentences. */
static int passed(const struct walk *walk)
{
	return (int)(walk->at - walk->path);
}

static bool is_name_end(char c)
{
	return c == '\0' || c == '.' || c == '[' || c == ']';
}

static struct word take_word(struct walk *walk)
{
	struct word word = { walk->at, 0 };

	while (!is_name_end(*walk->at))
		walk->at++;
	word.size = (size_t)(walk->at - word.text);
	return word;
}

static bool word_is(const struct word *word, const char *text)
{
	size_t i = 0;

	while (i < word->size && text[i] == word->text[i])
		i++; /* the word has no zero, so this ends where the text does */
	return i == word->size && text[i] == '\0';
}

static bool spend(struct walk *walk)
{
	if (walk->budget == 0)
		return false;
	walk->budget--;
	return true;
}

static bool is_struct(const struct skep_btf_type *type)
{
	return type->kind == SKEP_BTF_STRUCT || type->kind == SKEP_BTF_UNION;
}

/* Finds a member by name, also inside of unnamed ones; its place is from the start of `id`. */
static bool find_member(struct walk *walk, uint32_t id, const struct word *word, uint64_t bit,
			unsigned depth, struct skep_btf_piece *out)
{
	struct skep_btf_member member;
	struct skep_btf_type type;

	for (uint32_t i = 0; skep_btf_member(walk->btf, id, i, &member) == 0; i++) {
		const uint64_t at = bit + member.bit_offset;
		const uint32_t resolved = skep_btf_resolve(walk->btf, member.type);
		uint64_t size = 0;

		if (!spend(walk))
			return false;
		if (member.name[0] == '\0') {
			if (depth < SKEP_BTF_DEPTH_MAX &&
			    skep_btf_type(walk->btf, resolved, &type) == 0 && is_struct(&type) &&
			    find_member(walk, resolved, word, at, depth + 1, out))
				return true;
			continue;
		}
		if (!word_is(word, member.name))
			continue;
		if (member.bit_size == 0)
			(void)skep_btf_size(walk->btf, member.type, &size);
		*out = (struct skep_btf_piece){
			.type = member.type,
			.bit_offset = at,
			.bits = member.bit_size != 0 ? member.bit_size : size * 8,
			.is_bit_field = member.bit_size != 0,
		};
		return true;
	}
	return false;
}

/* The first few members' names, for advice. */
static void list_members(const struct walk *walk, uint32_t id, char *list, size_t size)
{
	struct skep_btf_member member;
	size_t used = 0;

	list[0] = '\0';
	for (uint32_t i = 0; skep_btf_member(walk->btf, id, i, &member) == 0; i++) {
		if (member.name[0] == '\0')
			continue;
		if (i > 1000 || used + 60 > size) {
			skep_format(list + used, size - used, ", ...");
			return;
		}
		skep_format(list + used, size - used, "%s%.48s", used > 0 ? ", " : "", member.name);
		used += skep_text_size(list + used);
	}
}

static int enter_member(struct walk *walk)
{
	const uint32_t id = skep_btf_resolve(walk->btf, walk->piece.type);
	const int before = passed(walk);
	struct skep_btf_piece piece;
	struct skep_btf_type type;
	struct word word;
	char list[REASON_BYTES];

	walk->at++;
	word = take_word(walk);
	if (word.size == 0)
		return fail(walk, SKEP_EINVAL, "no name stands after \"%s%.*s\"", walk->root,
			    passed(walk), walk->path);
	(void)skep_btf_type(walk->btf, id, &type);
	if (type.kind == SKEP_BTF_PTR)
		return fail(walk, SKEP_EINVAL,
			    "\"%s%.*s\" is a pointer, and paths do not follow addresses",
			    walk->root, before, walk->path);
	if (walk->piece.is_bit_field || !is_struct(&type))
		return fail(walk, SKEP_EINVAL, "\"%s%.*s\" is no structure", walk->root, before,
			    walk->path);
	if (!find_member(walk, id, &word, 0, 0, &piece)) {
		list_members(walk, id, list, sizeof(list));
		return fail(walk, SKEP_ENOENT, "\"%s%.*s\" has no member \"%.*s\"; it has %s",
			    walk->root, before, walk->path, (int)word.size, word.text,
			    list[0] != '\0' ? list : "none");
	}
	piece.bit_offset += walk->piece.bit_offset;
	walk->piece = piece;
	return 0;
}

/* An enumerator's value, whichever enumeration it is of. */
static int find_enumerator(struct walk *walk, const struct word *word, uint64_t *out)
{
	bool found = false;

	for (uint32_t id = 1; id <= skep_btf_count(walk->btf); id++) {
		struct skep_btf_member member;
		struct skep_btf_type type;

		(void)skep_btf_type(walk->btf, id, &type);
		if (type.kind != SKEP_BTF_ENUM && type.kind != SKEP_BTF_ENUM64)
			continue;
		for (uint32_t i = 0; skep_btf_member(walk->btf, id, i, &member) == 0; i++) {
			if (!spend(walk))
				return fail(walk, SKEP_E2BIG, "there are too many enumerators");
			if (!word_is(word, member.name))
				continue;
			if (found && *out != (uint64_t)member.value)
				return fail(walk, SKEP_EEXIST,
					    "several enumerators are named \"%.*s\"",
					    (int)word->size, word->text);
			*out = (uint64_t)member.value;
			found = true;
		}
	}
	return found ? 0
		     : fail(walk, SKEP_ENOENT, "\"%.*s\" is no number and no enumerator",
			    (int)word->size, word->text);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return 16;
}

/* The number between brackets; what is too large for 64 bits is past every end. */
static int take_index(struct walk *walk, uint64_t *out)
{
	const struct word word = take_word(walk);
	const bool hex = word.size > 2 && word.text[0] == '0' && (word.text[1] | 0x20) == 'x';
	const unsigned base = hex ? 16 : 10;
	uint64_t index = 0;

	if (word.size == 0)
		return fail(walk, SKEP_EINVAL, "no index stands after \"%s%.*s\"", walk->root,
			    passed(walk), walk->path);
	if (word.text[0] < '0' || word.text[0] > '9')
		return find_enumerator(walk, &word, out);
	for (size_t i = hex ? 2 : 0; i < word.size; i++) {
		const unsigned digit = (unsigned)digit_of(word.text[i]);

		if (digit >= base)
			return fail(walk, SKEP_EINVAL, "\"%.*s\" is no number", (int)word.size,
				    word.text);
		index = index > (UINT64_MAX - digit) / base ? UINT64_MAX : index * base + digit;
	}
	*out = index;
	return 0;
}

static int enter_element(struct walk *walk)
{
	const uint32_t id = skep_btf_resolve(walk->btf, walk->piece.type);
	const uint64_t room = (walk->end_bit - walk->piece.bit_offset) / 8;
	const int before = passed(walk);
	struct skep_btf_type type;
	uint64_t index = 0, size = 0, count;

	(void)skep_btf_type(walk->btf, id, &type);
	if (walk->piece.is_bit_field || type.kind != SKEP_BTF_ARRAY)
		return fail(walk, SKEP_EINVAL, "\"%s%.*s\" is no array", walk->root, before,
			    walk->path);
	walk->at++;
	SKEP_TRY(take_index(walk, &index));
	if (*walk->at != ']')
		return fail(walk, SKEP_EINVAL, "\"]\" is missing after \"%s%.*s\"", walk->root,
			    passed(walk), walk->path);
	walk->at++;
	if (skep_btf_size(walk->btf, type.type, &size) < 0 || size == 0)
		return fail(walk, SKEP_EINVAL, "the elements of \"%s%.*s\" have no size",
			    walk->root, before, walk->path);
	/* An array without a length ends where the variable does. */
	count = type.count != 0 ? type.count : room / size;
	if (index >= count || index >= room / size)
		return fail(walk, SKEP_ERANGE, "\"%s%.*s\" has %llu elements, the first is [0]",
			    walk->root, before, walk->path, (unsigned long long)count);
	walk->piece.type = type.type;
	walk->piece.bit_offset += index * size * 8;
	walk->piece.bits = size * 8;
	return 0;
}

/* The first step from a data section: the longest name of a variable that the path begins with. */
static int enter_variable(struct walk *walk)
{
	struct word longest = { walk->path, 0 };
	struct skep_btf_piece piece = { 0 };
	struct skep_btf_member member;

	for (uint32_t i = 0; skep_btf_member(walk->btf, walk->piece.type, i, &member) == 0; i++) {
		const struct word word = { walk->path, skep_text_size(member.name) };

		if (word.size <= longest.size || !skep_text_begins(walk->path, member.name) ||
		    !is_name_end(walk->path[word.size]))
			continue;
		longest = word;
		piece = (struct skep_btf_piece){ .type = member.type,
						 .bit_offset = member.bit_offset,
						 .bits = member.bit_size };
	}
	if (longest.size == 0)
		return fail(walk, SKEP_ENOENT, "\"%.64s\" is no variable of the section",
			    walk->path);
	walk->at += longest.size;
	walk->end_bit = piece.bit_offset + piece.bits;
	walk->piece = piece;
	return 0;
}

static int step(struct walk *walk)
{
	SKEP_TRY(*walk->at == '[' ? enter_element(walk) : enter_member(walk));
	if (walk->piece.bit_offset > walk->end_bit ||
	    walk->piece.bits > walk->end_bit - walk->piece.bit_offset)
		return fail(walk, SKEP_EINVAL,
			    "\"%s%.*s\" does not lie inside the variable, as BTF has it",
			    walk->root, passed(walk), walk->path);
	return 0;
}

int skep_vm_find_piece(const struct skep_btf *btf, uint32_t type, uint64_t bytes_max,
		       const char *root, const char *path, struct skep_btf_piece *out, char *text,
		       size_t text_size)
{
	struct walk walk = {
		.btf = btf,
		.root = root,
		.path = path,
		.at = path,
		.piece = { .type = type, .bits = bytes_max * 8 },
		.end_bit = bytes_max * 8,
		.budget = BUDGET,
		.text = text,
		.text_size = text_size,
	};
	struct skep_btf_type row;

	if (skep_btf_type(btf, type, &row) < 0 || type == 0)
		return fail(&walk, SKEP_EINVAL,
			    "it has no type; compile with -g for types in the object");
	if (row.kind == SKEP_BTF_DATASEC)
		SKEP_TRY(enter_variable(&walk));
	while (*walk.at == '.' || *walk.at == '[')
		SKEP_TRY(step(&walk));
	if (*walk.at != '\0')
		return fail(&walk, SKEP_EINVAL, "\"%s\" stands where . or [ must", walk.at);
	*out = walk.piece;
	return 0;
}

int skep_btf_find_piece(const struct skep_btf *btf, uint32_t type, const char *path,
			struct skep_btf_piece *out, char *text, size_t text_size)
{
	struct skep_btf_type row = { 0 };
	uint64_t size = 0;

	(void)skep_btf_type(btf, type, &row);
	if (skep_btf_size(btf, type, &size) < 0 || size > UINT32_MAX)
		size = 0;
	return skep_vm_find_piece(btf, type, size, row.kind == SKEP_BTF_DATASEC ? "" : "value",
				  path, out, text, text_size);
}

void skep_vm_var_of_piece(const struct skep_var *var, const struct skep_btf_piece *piece,
			  struct skep_var *out)
{
	struct skep_var found = *var;

	found.type = piece->type;
	found.offset += (uint32_t)(piece->bit_offset / 8);
	found.bit_offset = piece->is_bit_field ? (uint32_t)(piece->bit_offset % 8) : 0;
	found.bit_size = piece->is_bit_field ? (uint32_t)piece->bits : 0;
	found.size = (uint32_t)((found.bit_offset + piece->bits + 7) / 8);
	*out = found;
}

int skep_var_piece(const struct skep_var *var, const char *path, struct skep_var *out)
{
	const struct skep_btf *btf = var->object->image.btf;
	struct skep_btf_piece piece;
	char reason[REASON_BYTES + 128] = "it has no type; compile with -g for types in the object";
	int err = SKEP_EINVAL;

	if (var->bit_size != 0 && path[0] != '\0')
		return skep_fail(var->map->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "path \"%s%s\": a bit-field has no pieces", var->name, path);
	if (btf != NULL)
		err = skep_vm_find_piece(btf, var->type, var->size, var->name, path, &piece, reason,
					 sizeof(reason));
	if (err < 0)
		return skep_fail(var->map->log, err, SKEP_NO_INSN, "path \"%.96s%.256s\": %s",
				 var->name, path, reason);
	if (path[0] == '\0')
		*out = *var;
	else
		skep_vm_var_of_piece(var, &piece, out);
	return 0;
}
