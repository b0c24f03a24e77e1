/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A type table out of a file in, a yes or a sentence out. The one idea: all that a reader of types
 * relies on is checked once, so that readers may follow types without care: names are there and are
 * names, references lead to what may stand there, members lie inside their structure in their
 * order, no type is inside itself and no declaration endless. What Linux (kernel/bpf/btf.c) refuses
 * is refused, save what compilers leave for loaders to finish. The types are looked at in the order
 * of their ids: what one refers to mostly comes before it and is known, and only where it does not
 * a walk goes there first, with its own stack of SKEP_BTF_DEPTH_MAX types. Of the kinds that most
 * types of a kernel have, few tests tell that nothing is wrong with them.
 */
#include "btf/btf.h"

#include "base/bytes.h"

enum {
	NAME_MAX = 511,      /* characters, Linux's KSYM_NAME_LEN without the terminator */
	TYPES_MAX = 0xfffff, /* Linux's BTF_MAX_TYPE */
	BLOCK = 64,          /* bytes of names that one bit stands for */
	BLOCKS_OF_NAME = 8,  /* how many of them a name reaches into, beside its first */
	UNSEEN = 0xfe,       /* spans and depths of types that no walk has come to, */
	OPEN = 0xff,         /* or that the walk is below; */
	NO_PART = 0xfd,      /* and of what is settled and no part of others */
};

static const uint32_t NO_SIZE = UINT32_MAX; /* of types that have none */

struct check {
	const struct skep_btf *btf;
	struct skep_log *log;
	uint8_t *spans;   /* by type: the longest way down its declaration, counted in types, */
	uint8_t *depths;  /* and the longest into what it contains by value */
	uint32_t *sizes;  /* by type */
	uint8_t *unusual; /* by BLOCK of the strings: names there must be looked at by character */
	uint32_t checked; /* types up to this one have been looked at by themselves */
	bool odd_ints;    /* some integer has fewer bits than its bytes have */
};

/* ------------------------------------------------------------------------------ sentences */

static int refuse(const struct check *check, uint32_t id, const char *found)
{
	return skep_btf_refuse(check->btf, id, check->log, found);
}

static int refuse_item(const struct check *check, uint32_t id, uint32_t index, const char *found)
{
	return skep_btf_refuse_item(check->btf, id, index, check->log, found);
}

/* ------------------------------------------------------------------------------------ names */

/* What a character may be in a name: Linux's letters, digits, '_' and '.', and the '$' that
 * compilers put into names of their own. */
enum { START = 1, LATER = 2, END = 4, OTHER = 8 };

static uint8_t class_of(uint8_t c)
{
	const uint8_t letter = (uint8_t)((c | 0x20) - 'a');

	if (letter < 26 || c == '_' || c == '.' || c == '$')
		return START | LATER;
	if ((uint8_t)(c - '0') < 10)
		return LATER;
	return c == '\0' ? END : OTHER;
}

/* Whether a block has an end, and other characters than names: END and OTHER. Bit by bit over 8
 * bytes at once: a sum with a constant carries into the top bit of each byte that is large enough.
 * '$' is rare enough to be taken for another. */
static uint32_t classes_in(const char *text)
{
	const uint64_t each = UINT64_MAX / 255, low = each * 0x7f, top = each * 0x80;
	uint64_t no_ends = UINT64_MAX, others = 0;

	for (uint32_t i = 0; i < BLOCK; i += 8) {
		const uint64_t bytes = skep_load64(text + i), x = bytes & low,
			       folded = x | each * 0x20;
		/* The top bits: not the end; from 'a' to 'z'; from '0' to '9'; none of the signs.
		 */
		const uint64_t no_end = x + low;
		const uint64_t letter =
			(folded + each * (0x80 - 'a')) & ~(folded + each * (0x7f - 'z'));
		const uint64_t digit = (x + each * (0x80 - '0')) & ~(x + each * (0x7f - '9'));
		const uint64_t no_sign = ((x ^ each * '_') + low) & ((x ^ each * '.') + low);

		no_ends &= no_end | bytes;
		others |= (no_end & no_sign & ~(letter | digit)) | bytes;
	}
	return ((~no_ends & top) != 0 ? (uint32_t)END : 0) |
	       ((others & top) != 0 ? (uint32_t)OTHER : 0);
}

/* A name that lies in a marked block, or reaches into one, has to be looked at: marked is what has
 * characters that are in no name, or no end of one as far as a name reaches. */
static void mark_blocks(const struct skep_btf *btf, uint8_t *unusual)
{
	const uint32_t blocks = (btf->strings_size + BLOCK - 1) / BLOCK;
	uint32_t since_end = 0, since_other = BLOCKS_OF_NAME + 1;
	char last[BLOCK] = { 0 };

	for (uint32_t block = blocks; block-- > 0;) {
		const uint32_t left = btf->strings_size - block * BLOCK;
		const char *text = btf->strings + block * BLOCK;
		uint32_t seen;
		bool too_far;

		seen = classes_in(left < BLOCK ? memcpy(last, text, left) : text);
		/* Of names that begin behind the block's last end, the next block tells. */
		too_far = since_end >= BLOCKS_OF_NAME - 1;
		since_end = (seen & END) != 0 ? 0 : since_end + 1;
		since_other = (seen & OTHER) != 0 ? 0 : since_other + 1;
		if (since_other <= BLOCKS_OF_NAME || since_end >= BLOCKS_OF_NAME - 1 || too_far)
			unusual[block] = 1;
	}
}

static bool is_name(const char *text)
{
	uint32_t size = 0;

	if ((class_of((uint8_t)text[0]) & START) == 0)
		return false;
	while (size <= NAME_MAX && (class_of((uint8_t)text[size]) & LATER) != 0)
		size++;
	return size <= NAME_MAX && text[size] == '\0';
}

/* A name of C at that offset, or none if `may_lack`. */
static inline bool has_name(const struct check *check, uint32_t offset, bool may_lack)
{
	const struct skep_btf *btf = check->btf;
	uint8_t first;

	if (offset >= btf->strings_size)
		return false;
	first = (uint8_t)btf->strings[offset];
	if (first == '\0')
		return may_lack;
	if (check->unusual[offset / BLOCK] != 0)
		return is_name(btf->strings + offset);
	return (uint8_t)(first - '0') >= 10;
}

/* Text that can be shown: names of sections, integers, tags. */
static bool has_text(const struct check *check, uint32_t offset, bool may_lack)
{
	const char *text = skep_btf_string(check->btf, offset);
	uint32_t size = 0;

	if (text == NULL || (text[0] == '\0' && !may_lack))
		return false;
	while (size <= NAME_MAX && (uint8_t)text[size] >= ' ' && text[size] != 0x7f)
		size++;
	return text[size] == '\0';
}

/* ------------------------------------------------------------------------ one type by itself */

/* What of the info word a kind may use, and what its name is. */
enum { ITEMS = 1, FLAG = 2, NAME = 4, NAME_OR_NONE = 8, TEXT = 16, TEXT_OR_NONE = 32, REFERS = 64 };

static const uint8_t USES[] = {
	[SKEP_BTF_INT] = TEXT_OR_NONE,
	[SKEP_BTF_PTR] = REFERS,
	[SKEP_BTF_ARRAY] = 0,
	[SKEP_BTF_STRUCT] = ITEMS | FLAG | NAME_OR_NONE,
	[SKEP_BTF_UNION] = ITEMS | FLAG | NAME_OR_NONE,
	[SKEP_BTF_ENUM] = ITEMS | FLAG | NAME_OR_NONE,
	[SKEP_BTF_FWD] = FLAG | NAME,
	[SKEP_BTF_TYPEDEF] = NAME | REFERS,
	[SKEP_BTF_VOLATILE] = REFERS,
	[SKEP_BTF_CONST] = REFERS,
	[SKEP_BTF_RESTRICT] = REFERS,
	/* Its count is its linkage; gcc gives none to functions that are only referred to. */
	[SKEP_BTF_FUNC] = ITEMS | NAME_OR_NONE | REFERS,
	[SKEP_BTF_FUNC_PROTO] = ITEMS | REFERS,
	[SKEP_BTF_VAR] = NAME | REFERS,
	[SKEP_BTF_DATASEC] = ITEMS | TEXT,
	[SKEP_BTF_FLOAT] = TEXT_OR_NONE,
	[SKEP_BTF_DECL_TAG] = FLAG | TEXT,
	[SKEP_BTF_TYPE_TAG] = FLAG | TEXT | REFERS,
	[SKEP_BTF_ENUM64] = ITEMS | FLAG | NAME_OR_NONE,
};

/* Bits of the info word that a kind leaves alone. */
static uint32_t unused_info(uint32_t uses)
{
	return 0x60ff0000 | ((uses & ITEMS) == 0 ? 0xffff : 0) |
	       ((uses & FLAG) == 0 ? UINT32_C(1) << 31 : 0);
}

static bool has_its_name(const struct check *check, uint32_t uses, uint32_t offset)
{
	if ((uses & (NAME | NAME_OR_NONE)) != 0)
		return has_name(check, offset, (uses & NAME_OR_NONE) != 0);
	if ((uses & (TEXT | TEXT_OR_NONE)) != 0)
		return has_text(check, offset, (uses & TEXT_OR_NONE) != 0);
	return offset < check->btf->strings_size && check->btf->strings[offset] == '\0';
}

/* Whether a value can be of that kind: variables, functions and sections are none. */
static bool is_value_kind(uint32_t kind)
{
	const uint32_t others = 1u << SKEP_BTF_FUNC | 1u << SKEP_BTF_VAR | 1u << SKEP_BTF_DATASEC |
				1u << SKEP_BTF_DECL_TAG;

	return (others >> kind & 1) == 0;
}

static bool is_type(const struct check *check, uint32_t id)
{
	return id <= check->btf->count && is_value_kind(skep_btf_kind_of(check->btf, id));
}

static bool is_power_of_two(uint32_t size)
{
	return size != 0 && (size & (size - 1)) == 0;
}

static int check_int(struct check *check, uint32_t id, const uint32_t *words)
{
	const uint32_t size = words[SKEP_BTF_SIZE], more = words[SKEP_BTF_MORE], bits = more & 0xff,
		       offset = more >> 16 & 0xff, encoding = more >> 24;

	if (size > 16 || !is_power_of_two(size))
		return refuse(check, id, "is an integer of an impossible size");
	if (bits == 0 || bits + offset > size * 8)
		return refuse(check, id, "is an integer with more bits than its size has");
	/* Of char gcc says both that it is signed and that it is a character. */
	if ((more & 0xff00) != 0 || encoding > 4)
		return refuse(check, id, "is an integer of an unknown encoding");
	check->odd_ints |= bits != size * 8;
	return 0;
}

static int check_array(const struct check *check, uint32_t id, const uint32_t *words)
{
	if (words[SKEP_BTF_SIZE] != 0 || !is_type(check, words[SKEP_BTF_MORE]) ||
	    !is_type(check, words[SKEP_BTF_MORE + 1]))
		return refuse(check, id, "is an array of what is no type");
	return 0;
}

static int check_enum(const struct check *check, uint32_t id, const uint32_t *words)
{
	const uint32_t count = words[SKEP_BTF_INFO] & 0xffff,
		       step = skep_btf_kind_of(check->btf, id) == SKEP_BTF_ENUM ? 2 : 3;

	if (words[SKEP_BTF_SIZE] > 8 || !is_power_of_two(words[SKEP_BTF_SIZE]))
		return refuse(check, id, "is an enumeration of an impossible size");
	for (uint32_t i = 0; i < count; i++)
		if (!has_name(check, words[SKEP_BTF_MORE + i * step], false))
			return refuse_item(check, id, i, "has no name that C can have");
	return 0;
}

static int check_proto(const struct check *check, uint32_t id, const uint32_t *words)
{
	const uint32_t count = words[SKEP_BTF_INFO] & 0xffff;

	for (uint32_t i = 0; i < count; i++) {
		const uint32_t *item = &words[SKEP_BTF_MORE + i * 2];

		if (!has_name(check, item[0], true))
			return refuse_item(check, id, i, "has no name that C can have");
		if (!is_type(check, item[1]))
			return refuse_item(check, id, i, "is of no type");
		/* Without a type it stands for `...`. */
		if (item[1] == 0 && (i + 1 < count || check->btf->strings[item[0]] != '\0'))
			return refuse_item(check, id, i, "has no type, but a name or others after");
	}
	return 0;
}

/* What is wrong with a type's name. */
static int refuse_name(const struct check *check, uint32_t id, uint32_t uses)
{
	const uint32_t named = NAME | TEXT | NAME_OR_NONE | TEXT_OR_NONE;

	if (skep_btf_words(check->btf, id)[SKEP_BTF_NAME] >= check->btf->strings_size)
		return refuse(check, id, "has a name outside the strings");
	return refuse(check, id,
		      (uses & named) != 0 ? "has no name that its kind can have"
					  : "has a name, which its kind has not");
}

static int check_type(struct check *check, uint32_t id)
{
	const uint32_t *words = skep_btf_words(check->btf, id), info = words[SKEP_BTF_INFO];
	const uint32_t kind = skep_btf_kind_of(check->btf, id), uses = USES[kind];

	if ((info & unused_info(uses)) != 0)
		return refuse(check, id, "has flags or a count that mean nothing for its kind");
	if (!has_its_name(check, uses, words[SKEP_BTF_NAME]))
		return refuse_name(check, id, uses);
	if ((uses & REFERS) != 0 && !is_type(check, words[SKEP_BTF_SIZE]))
		return refuse(check, id, "refers to what is no type");
	switch (kind) {
	case SKEP_BTF_INT: return check_int(check, id, words);
	case SKEP_BTF_ARRAY: return check_array(check, id, words);
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: return check_enum(check, id, words);
	case SKEP_BTF_FUNC_PROTO: return check_proto(check, id, words);
	case SKEP_BTF_FUNC:
		if (skep_btf_kind_of(check->btf, words[SKEP_BTF_SIZE]) != SKEP_BTF_FUNC_PROTO)
			return refuse(check, id, "is a function without a prototype");
		if ((info & 0xffff) > SKEP_BTF_EXTERN)
			return refuse(check, id, "is a function of an unknown linkage");
		return 0;
	case SKEP_BTF_VAR:
		if (words[SKEP_BTF_MORE] > SKEP_BTF_EXTERN)
			return refuse(check, id, "is a variable of an unknown linkage");
		return 0;
	case SKEP_BTF_FWD:
		return 0; /* gcc leaves anything in the word for a type, which means nothing */
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
		return words[SKEP_BTF_SIZE] <= INT32_MAX
			       ? 0
			       : refuse(check, id, "is larger than 2 GiB");
	case SKEP_BTF_FLOAT:
		if (words[SKEP_BTF_SIZE] != 12 &&
		    (words[SKEP_BTF_SIZE] == 1 || words[SKEP_BTF_SIZE] > 16 ||
		     !is_power_of_two(words[SKEP_BTF_SIZE])))
			return refuse(check, id,
				      "is a floating-point number of an impossible size");
		return 0;
	default: return 0;
	}
}

/* ---------------------------------------------------------------------------------- by value */

/* A type whose parts are measured. */
struct frame {
	uint32_t id, next;
	uint32_t last_offset; /* of the member before */
	uint8_t height;
};

/* One of the two ways in which types are in each other, and how to go on with a type: 0 its parts
 * are settled, 1 `child` has to be settled first. */
struct graph {
	uint8_t *heights; /* by type: the longest way down, counted in types */
	int (*step)(const struct check *check, struct frame *frame, uint32_t *child);
};

/* A member against its structure, when its type's size is known. */
static int check_member(const struct check *check, struct frame *frame, const uint32_t *words)
{
	const uint32_t *item = &words[SKEP_BTF_MORE + frame->next * 3];
	const bool flagged = words[SKEP_BTF_INFO] >> 31 != 0,
		   is_union = skep_btf_kind_of(check->btf, frame->id) == SKEP_BTF_UNION;
	uint32_t offset = flagged ? item[2] & 0xffffff : item[2],
		 width = flagged ? item[2] >> 24 : 0;
	const uint64_t size = check->sizes[item[1]];

	if (size == NO_SIZE)
		return refuse_item(check, frame->id, frame->next, "is of a type without a size");
	if (is_union ? offset != 0 : offset < frame->last_offset)
		return refuse_item(check, frame->id, frame->next,
				   is_union ? "does not begin where the union does"
					    : "begins before the one ahead of it");
	frame->last_offset = offset;
	if (width != 0 || check->odd_ints) {
		struct skep_btf_member member;

		skep_btf_member(check->btf, frame->id, frame->next, &member);
		if (member.bit_size != 0 && !skep_btf_may_be_bits(check->btf, item[1]))
			return refuse_item(check, frame->id, frame->next,
					   "is a bit-field of what is no integer");
		if (member.bit_size > size * 8)
			return refuse_item(check, frame->id, frame->next,
					   "is a bit-field wider than its type");
		offset = member.bit_offset;
		width = member.bit_size;
	}
	if (width == 0 && offset % 8 != 0)
		return refuse_item(check, frame->id, frame->next, "does not begin with a byte");
	if (!skep_in_bounds(offset, width != 0 ? width : size * 8,
			    (uint64_t)words[SKEP_BTF_SIZE] * 8))
		return refuse_item(check, frame->id, frame->next,
				   "reaches outside of the structure");
	return 0;
}

/* The frame's next member: 1 if `child` has to be settled first. */
static int measure_member(const struct check *check, struct frame *frame, uint32_t *child)
{
	const uint32_t *words = skep_btf_words(check->btf, frame->id);
	const uint32_t *item = &words[SKEP_BTF_MORE + frame->next * 3];

	if (!has_name(check, item[0], true))
		return refuse_item(check, frame->id, frame->next, "has no name that C can have");
	if (item[1] == 0 || !is_type(check, item[1]))
		return refuse_item(check, frame->id, frame->next, "is of no type");
	if (check->depths[item[1]] >= UNSEEN) {
		*child = item[1];
		return 1;
	}
	if (check->depths[item[1]] >= frame->height)
		frame->height = (uint8_t)(check->depths[item[1]] + 1);
	return check_member(check, frame, words);
}

/* Goes on with a structure until its end, or a member whose type is not settled: 1, `child`. Most
 * members are of settled types, no bit-fields and in their places. */
static int measure_members(const struct check *check, struct frame *frame, uint32_t *child)
{
	const uint32_t *words = skep_btf_words(check->btf, frame->id);
	const uint32_t info = words[SKEP_BTF_INFO], count = info & 0xffff;
	const uint32_t offset_max = skep_btf_kind_of(check->btf, frame->id) == SKEP_BTF_UNION ? 0
				    : info >> 31 != 0 ? 0xffffff
						      : UINT32_MAX;
	const uint32_t size = words[SKEP_BTF_SIZE], id_max = check->btf->count;
	const uint8_t *const depths = check->depths;
	int more;

	for (; frame->next < count; frame->next++) {
		const uint32_t *item = &words[SKEP_BTF_MORE + frame->next * 3];
		const uint32_t type = item[1], offset = item[2];

		/* No structure is so large that a type without a size would fit. */
		if (type <= id_max && depths[type] < SKEP_BTF_DEPTH_MAX && offset % 8 == 0 &&
		    offset >= frame->last_offset && offset <= offset_max &&
		    (uint64_t)check->sizes[type] + offset / 8 <= size && !check->odd_ints &&
		    has_name(check, item[0], true)) {
			frame->last_offset = offset;
			if (depths[type] >= frame->height)
				frame->height = (uint8_t)(depths[type] + 1);
			continue;
		}
		more = measure_member(check, frame, child);
		if (more != 0)
			return more;
	}
	check->sizes[frame->id] = size;
	return 0;
}

/* What is as large as another type, or a number of times as large. */
static int measure_single(const struct check *check, struct frame *frame, uint32_t *child)
{
	const uint32_t *words = skep_btf_words(check->btf, frame->id);
	const bool is_array = skep_btf_kind_of(check->btf, frame->id) == SKEP_BTF_ARRAY;
	const uint32_t part = is_array ? words[SKEP_BTF_MORE] : words[SKEP_BTF_SIZE];
	uint64_t size;

	if (check->depths[part] >= UNSEEN) {
		*child = part;
		return 1;
	}
	frame->height = (uint8_t)(check->depths[part] + 1);
	size = check->sizes[part];
	if (is_array && size == NO_SIZE)
		return refuse(check, frame->id, "is an array of elements without a size");
	if (is_array && (size *= words[SKEP_BTF_MORE + 2]) > INT32_MAX)
		return refuse(check, frame->id, "is larger than 2 GiB");
	check->sizes[frame->id] = (uint32_t)size;
	return 0;
}

/* Height and size of a type whose parts are settled, or one that is not: 1, `child`. */
static int measure(const struct check *check, struct frame *frame, uint32_t *child)
{
	const uint32_t kind = skep_btf_kind_of(check->btf, frame->id);
	uint32_t size = NO_SIZE;

	switch (kind) {
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION: return measure_members(check, frame, child);
	case SKEP_BTF_ARRAY:
	case SKEP_BTF_TYPEDEF:
	case SKEP_BTF_VOLATILE:
	case SKEP_BTF_CONST:
	case SKEP_BTF_RESTRICT:
	case SKEP_BTF_TYPE_TAG:
	case SKEP_BTF_VAR: return measure_single(check, frame, child);
	case SKEP_BTF_PTR: size = check->btf->pointer_size; break;
	case SKEP_BTF_INT:
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64:
	case SKEP_BTF_FLOAT: size = skep_btf_words(check->btf, frame->id)[SKEP_BTF_SIZE]; break;
	default: break;
	}
	check->sizes[frame->id] = size;
	return 0;
}

/* What has to be followed to write a declaration down, up to a structure. */
static int follow(const struct check *check, struct frame *frame, uint32_t *child)
{
	const uint32_t *words = skep_btf_words(check->btf, frame->id);
	uint32_t count = 1;

	switch (skep_btf_kind_of(check->btf, frame->id)) {
	case SKEP_BTF_PTR:
	case SKEP_BTF_ARRAY:
	case SKEP_BTF_TYPEDEF:
	case SKEP_BTF_VOLATILE:
	case SKEP_BTF_CONST:
	case SKEP_BTF_RESTRICT:
	case SKEP_BTF_TYPE_TAG:
	case SKEP_BTF_FUNC:
	case SKEP_BTF_VAR: break;
	case SKEP_BTF_FUNC_PROTO: count = 1 + (words[SKEP_BTF_INFO] & 0xffff); break;
	default: return 0;
	}
	for (; frame->next < count; frame->next++) {
		const uint32_t part = frame->next != 0 ? words[SKEP_BTF_MORE + frame->next * 2 - 1]
				      : skep_btf_kind_of(check->btf, frame->id) == SKEP_BTF_ARRAY
					      ? words[SKEP_BTF_MORE]
					      : words[SKEP_BTF_SIZE];

		if (check->spans[part] >= UNSEEN) {
			*child = part;
			return 1;
		}
		if (check->spans[part] >= frame->height)
			frame->height = (uint8_t)(check->spans[part] + 1);
	}
	return 0;
}

/* Whether a walk has been at a type, and has looked at it by itself. */
static bool is_met(const struct check *check, uint32_t id)
{
	return check->spans[id] < UNSEEN || check->depths[id] < UNSEEN;
}

/* Walks from `root` depth first, with a step on each type until its parts are settled. */
static int walk(struct check *check, uint32_t root, const struct graph *graph)
{
	struct frame stack[SKEP_BTF_DEPTH_MAX];
	uint32_t depth = 0, child = root;
	int more = 1;

	while (more > 0 || depth > 0) {
		struct frame *frame;

		if (more > 0) {
			if (graph->heights[child] == OPEN)
				return refuse(check, child, "contains itself");
			if (depth == SKEP_BTF_DEPTH_MAX)
				return refuse(check, child, "is nested too deep");
			if (child > check->checked && !is_met(check, child))
				SKEP_TRY(check_type(check, child));
			graph->heights[child] = OPEN;
			stack[depth++] = (struct frame){ .id = child, .height = 1 };
		}
		frame = &stack[depth - 1];
		more = graph->step(check, frame, &child);
		if (more < 0)
			return more;
		if (more > 0)
			continue;
		if (frame->height > SKEP_BTF_DEPTH_MAX)
			return refuse(check, frame->id, "is nested too deep");
		graph->heights[frame->id] = frame->height;
		depth--;
	}
	return 0;
}

/* Settles a type that has been looked at by itself. */
static int settle(struct check *check, uint32_t id, const struct graph *graph)
{
	struct frame frame = { .id = id, .height = 1 };
	uint32_t child;
	int more;

	if (graph->heights[id] < UNSEEN)
		return 0;
	/* The parts of most types come before them. */
	more = graph->step(check, &frame, &child);
	if (more < 0)
		return more;
	if (more > 0)
		return walk(check, id, graph);
	if (frame.height > SKEP_BTF_DEPTH_MAX)
		return refuse(check, id, "is nested too deep");
	graph->heights[id] = frame.height;
	return 0;
}

/* ------------------------------------------------------------------------- the common kinds */

/* Each settles a type and is true, if all that it refers to is settled and nothing is wrong with
 * it: then the long way, which says what is wrong, would find nothing. A span or depth
 * below SKEP_BTF_DEPTH_MAX is that of a settled type that may be a part of others. */

static bool settle_func(const struct check *check, uint32_t id, const uint32_t *words)
{
	const uint32_t linkage = words[SKEP_BTF_INFO] & ~(UINT32_C(0x1f) << 24),
		       proto = words[SKEP_BTF_SIZE];

	if (linkage > SKEP_BTF_EXTERN || !has_name(check, words[SKEP_BTF_NAME], true) ||
	    proto > check->btf->count ||
	    skep_btf_kind_of(check->btf, proto) != SKEP_BTF_FUNC_PROTO ||
	    check->spans[proto] >= SKEP_BTF_DEPTH_MAX)
		return false;
	check->spans[id] = check->depths[id] = NO_PART;
	check->sizes[id] = NO_SIZE;
	return true;
}

static bool settle_proto(const struct check *check, uint32_t id, const uint32_t *words)
{
	const uint32_t count = words[SKEP_BTF_INFO] & ~(UINT32_C(0x1f) << 24),
		       result = words[SKEP_BTF_SIZE];
	const uint32_t *item = &words[SKEP_BTF_MORE];
	const uint8_t *const spans = check->spans;
	uint8_t most;

	/* Offset 0 is that of the empty name. */
	if (count > 0xffff || words[SKEP_BTF_NAME] != 0 || result > check->btf->count)
		return false;
	most = spans[result];
	for (uint32_t i = 0; i < count; i++, item += 2) {
		const uint32_t type = item[1];

		if (type == 0 || type > check->btf->count || !has_name(check, item[0], true))
			return false;
		most = spans[type] > most ? spans[type] : most;
	}
	if (most >= SKEP_BTF_DEPTH_MAX)
		return false;
	check->spans[id] = (uint8_t)(most + 1);
	check->depths[id] = 1;
	check->sizes[id] = NO_SIZE;
	return true;
}

/* Typedefs and what stands before types. */
static bool settle_modifier(const struct check *check, uint32_t id, const uint32_t *words)
{
	const uint32_t type = words[SKEP_BTF_SIZE], name = words[SKEP_BTF_NAME],
		       kind = skep_btf_kind_of(check->btf, id);

	if (words[SKEP_BTF_INFO] != kind << 24 || type > check->btf->count ||
	    check->spans[type] >= SKEP_BTF_DEPTH_MAX || check->depths[type] >= SKEP_BTF_DEPTH_MAX ||
	    (kind == SKEP_BTF_TYPEDEF ? !has_name(check, name, false) : name != 0))
		return false;
	check->spans[id] = (uint8_t)(check->spans[type] + 1);
	check->depths[id] = (uint8_t)(check->depths[type] + 1);
	check->sizes[id] = check->sizes[type];
	return true;
}

static bool settle_pointer(const struct check *check, uint32_t id, const uint32_t *words)
{
	const uint32_t type = words[SKEP_BTF_SIZE];

	if (words[SKEP_BTF_NAME] != 0 || words[SKEP_BTF_INFO] != (uint32_t)SKEP_BTF_PTR << 24 ||
	    type > check->btf->count || check->spans[type] >= SKEP_BTF_DEPTH_MAX)
		return false;
	check->spans[id] = (uint8_t)(check->spans[type] + 1);
	check->depths[id] = 1;
	check->sizes[id] = check->btf->pointer_size;
	return true;
}

/* ------------------------------------------------------------------- what needs sizes of others */

/* Variables in their order, inside the section. What a compiler has left to the loader to finish
 * has no size. */
static int check_datasec(const struct check *check, uint32_t id)
{
	const struct skep_btf *btf = check->btf;
	const uint32_t size = skep_btf_words(btf, id)[SKEP_BTF_SIZE];
	uint64_t end = 0;

	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		const uint32_t *item = skep_btf_item(btf, id, i);
		const uint32_t kind = item[0] <= btf->count ? skep_btf_kind_of(btf, item[0]) : 0;

		if (kind != SKEP_BTF_VAR && kind != SKEP_BTF_FUNC)
			return refuse_item(check, id, i, "is no variable");
		if (size == 0 || kind == SKEP_BTF_FUNC)
			continue;
		if (item[1] < end)
			return refuse_item(check, id, i, "begins before the one ahead of it ends");
		if (!skep_in_bounds(item[1], item[2], size))
			return refuse_item(check, id, i, "reaches outside of the section");
		if (check->sizes[item[0]] != NO_SIZE && check->sizes[item[0]] > item[2])
			return refuse_item(check, id, i, "is smaller than its type");
		end = (uint64_t)item[1] + item[2];
	}
	return 0;
}

static int check_tag(const struct check *check, uint32_t id)
{
	const struct skep_btf *btf = check->btf;
	const uint32_t *words = skep_btf_words(btf, id);
	const uint32_t target = words[SKEP_BTF_SIZE], component = words[SKEP_BTF_MORE];
	uint32_t count = 0;

	switch (target <= btf->count ? skep_btf_kind_of(btf, target) : SKEP_BTF_VOID) {
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION: count = skep_btf_item_count(btf, target); break;
	case SKEP_BTF_FUNC:
		count = skep_btf_item_count(btf, skep_btf_words(btf, target)[SKEP_BTF_SIZE]);
		break;
	case SKEP_BTF_VAR:
	case SKEP_BTF_TYPEDEF: break;
	default: return refuse(check, id, "is a tag on what takes none");
	}
	if (component != UINT32_MAX && component >= count)
		return refuse(check, id, "is a tag on a member or parameter that is not there");
	return 0;
}

static int check_index(const struct check *check, uint32_t id)
{
	const uint32_t index = skep_btf_words(check->btf, id)[SKEP_BTF_MORE + 1];

	if (skep_btf_kind_of(check->btf, index) != SKEP_BTF_INT &&
	    skep_btf_kind_of(check->btf, skep_btf_resolve(check->btf, index)) != SKEP_BTF_INT)
		return refuse(check, id, "is an array whose index is no integer");
	return 0;
}

/* ---------------------------------------------------------------------------------- together */

static int check_one(struct check *check, uint32_t id)
{
	const struct graph declared = { check->spans, follow },
			   contained = { check->depths, measure };
	const uint32_t *words = skep_btf_words(check->btf, id);
	const uint32_t kind = skep_btf_kind_of(check->btf, id);
	bool is_settled = false;

	switch (kind) {
	case SKEP_BTF_FUNC: is_settled = settle_func(check, id, words); break;
	case SKEP_BTF_FUNC_PROTO: is_settled = settle_proto(check, id, words); break;
	case SKEP_BTF_PTR: is_settled = settle_pointer(check, id, words); break;
	case SKEP_BTF_TYPEDEF:
	case SKEP_BTF_VOLATILE:
	case SKEP_BTF_CONST:
	case SKEP_BTF_RESTRICT: is_settled = settle_modifier(check, id, words); break;
	default: break;
	}
	if (is_settled)
		return 0;
	if (!is_met(check, id))
		SKEP_TRY(check_type(check, id));
	/* Declarations first: sizes of bit-fields are found by following them. */
	SKEP_TRY(settle(check, id, &declared));
	SKEP_TRY(settle(check, id, &contained));
	if (!is_value_kind(kind))
		check->spans[id] = check->depths[id] = NO_PART;
	return 0;
}

static int check_all(struct check *check)
{
	const uint32_t late =
		1u << SKEP_BTF_DATASEC | 1u << SKEP_BTF_DECL_TAG | 1u << SKEP_BTF_ARRAY;
	const struct skep_btf *btf = check->btf;

	mark_blocks(btf, check->unusual);
	memset(check->spans, UNSEEN, (size_t)btf->count + 1);
	memset(check->depths, UNSEEN, (size_t)btf->count + 1);
	check->spans[0] = check->depths[0] = 0;
	check->sizes[0] = NO_SIZE;
	for (uint32_t id = 1; id <= btf->count; id++) {
		SKEP_TRY(check_one(check, id));
		check->checked = id;
	}
	for (uint32_t id = 1; id <= btf->count; id++) {
		const uint32_t kind = skep_btf_kind_of(btf, id);

		if ((late >> kind & 1) == 0)
			continue;
		if (kind == SKEP_BTF_DATASEC)
			SKEP_TRY(check_datasec(check, id));
		else if (kind == SKEP_BTF_DECL_TAG)
			SKEP_TRY(check_tag(check, id));
		else
			SKEP_TRY(check_index(check, id));
	}
	return 0;
}

int skep_btf_check(const struct skep_btf *btf, struct skep_arena *arena, struct skep_log *log)
{
	const struct skep_arena_mark mark = skep_arena_mark(arena);
	struct check check = { .btf = btf, .log = log };
	int err;

	if (btf->count > TYPES_MAX)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the BTF has %u types\n%u at most, as in Linux\n%s",
				 (unsigned)btf->count, (unsigned)TYPES_MAX, SKEP_BTF_ADVICE);
	check.spans = skep_arena_alloc_unset(arena, ((size_t)btf->count + 1) * 2);
	check.sizes = skep_arena_alloc_unset(arena, ((size_t)btf->count + 1) * sizeof(uint32_t));
	check.unusual = skep_arena_alloc(arena, btf->strings_size / BLOCK + 1);
	if (check.spans == NULL || check.sizes == NULL || check.unusual == NULL) {
		err = skep_fail_memory(log, "BTF");
	} else {
		check.depths = check.spans + btf->count + 1;
		err = check_all(&check);
	}
	skep_arena_release(arena, mark);
	return err;
}
