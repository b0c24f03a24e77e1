/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What generators write, made from an object once: names are identifiers of the language, every
 * member has its place, and padding is there as members, so that a compiler of any machine puts
 * everything where the eBPF compiler put it. What a language has no type for is bytes.
 *
 * Fields are fixed in size: pointers are 64 bits wide as in eBPF, enumerations are integers (their
 * size is not the same on all machines), and so is bool, in which a program may have put any byte.
 */
#ifndef SKEP_CLI_GEN_MODEL_H
#define SKEP_CLI_GEN_MODEL_H

#include "gen_names.h"
#include "memory.h"
#include "message.h"
#include "skep.h"

enum {
	GEN_DIMENSIONS_MAX = 8,
	GEN_NOTE_BYTES = 96,
};

enum gen_kind {
	GEN_UNSIGNED, /* of 1, 2, 4 or 8 bytes */
	GEN_SIGNED,
	GEN_FLOAT,  /* of 4 or 8 bytes */
	GEN_RECORD, /* a structure or union */
};

/* The type of a member, a variable, a key or a value. */
struct gen_type {
	enum gen_kind kind;
	uint32_t size;   /* of one element, bytes */
	uint32_t record; /* GEN_RECORD: its number */
	bool is_char;    /* an integer of 1 byte that is text */
	uint32_t dimensions[GEN_DIMENSIONS_MAX];
	uint32_t dimension_count;
	char note[GEN_NOTE_BYTES]; /* what the object calls it, where the kind does not tell: made
				      of identifiers; "" otherwise */
};

struct gen_member {
	const char *name; /* "": an unnamed record, whose members are among those outside */
	struct gen_type type;
	uint64_t bit_offset;
	uint32_t bit_size; /* other than 0: a bit-field, whose unit is `type` */
	bool is_padding;   /* bit_size other than 0 too: bits of one byte without a name */
};

/* A structure or union. */
struct gen_record {
	const char *name; /* NULL: it is written where it is used, once */
	bool is_union;
	bool is_packed; /* its members do not all stand where their sizes would put them */
	uint32_t size;  /* bytes, never 0 */
	uint32_t align; /* of the widest member, at most 8 */
	uint32_t member_count;
	struct gen_member *members;
	struct gen_names *scope; /* of the members' names */
	bool owns_scope;
};

struct gen_enumerator {
	const char *name;
	int64_t value;
};

struct gen_enum {
	const char *name; /* NULL: it has none */
	bool is_signed;
	uint32_t count;
	struct gen_enumerator *enumerators;
};

/* A data section with variables. */
struct gen_section {
	const char *name;    /* of the member that points to it */
	const char *section; /* its own, for comments */
	uint32_t record;     /* its structure, whose size is that of the section or a little more, a
				multiple of the widest variable's */
	uint32_t size;       /* of the section */
	uint32_t map;        /* the object's map that it is */
	bool read_only;      /* frozen once loaded */
	/* Names of variables, identifiers, that share the memory of others: const char *. */
	struct bytes aliases;
};

struct gen_map {
	const char *name;
	uint32_t map; /* for skep_object_map() */
	const struct skep_map_def *def;
	bool is_keyed, is_percpu, is_ring;
	/* The types are known, and as large as the definition says; of ring buffers `value` is what
	 * their records seem to be. */
	bool has_key, has_value;
	struct gen_type key, value;
};

struct gen_prog {
	const char *name, *run; /* of the member, and of what runs it */
	uint32_t prog;          /* for skep_object_prog() */
	uint32_t type;          /* Linux's number; 0: the section name said nothing */
	bool has_ctx;           /* it is given a structure that the object describes */
	struct gen_type ctx;
};

struct gen_model {
	enum gen_language language;
	const struct skep_object *object;
	/* Arrays in the order in which they are to be written: a record stands after those in it.
	 */
	struct bytes records, enums, sections, maps, progs;
	struct gen_names globals;                              /* of the file */
	struct gen_names section_names, map_names, prog_names; /* of members */
	struct bytes owned;                                    /* void *, for free() */
	uint32_t *record_of;                                   /* by BTF id */
	uint32_t type_count;
	uint64_t budget; /* members that may still be made */
	bool too_deep;
};

#define GEN_LIST(type, list)                                                                       \
	static inline uint32_t gen_##list##_count(const struct gen_model *model)                   \
	{                                                                                          \
		return (uint32_t)(model->list##s.size / sizeof(struct type));                      \
	}                                                                                          \
	static inline struct type *gen_##list(const struct gen_model *model, uint32_t index)       \
	{                                                                                          \
		return (struct type *)model->list##s.data + index;                                 \
	}

GEN_LIST(gen_record, record)
GEN_LIST(gen_enum, enum)
GEN_LIST(gen_section, section)
GEN_LIST(gen_map, map)
GEN_LIST(gen_prog, prog)
#undef GEN_LIST

/* Makes the model; `reserved` are global names of the generator's own, ended by NULL, and `types`
 * the names of further structures that are wanted, the same. STATUS_BAD, reported: one of them is
 * not there, or there is too much. The object must stay open. To be freed in any case. */
enum status gen_model_make(struct gen_model *model, const struct skep_object *object,
			   enum gen_language language, const char *const *reserved,
			   const char *const *types);
void gen_model_free(struct gen_model *model);

/* How many bytes a type takes with all its elements. */
uint64_t gen_type_size(const struct gen_type *type);

#endif
