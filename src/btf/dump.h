/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C written from BTF: what the files dump*.c share. dump.c finds an order, dump_names.c the names,
 * dump_layout.c where a compiler would put members, dump_print.c writes.
 */
#ifndef SKEP_BTF_DUMP_H
#define SKEP_BTF_DUMP_H

#include "btf/btf.h"

enum { SKEP_BTF_NAME_MAX = 512, SKEP_BTF_DUMP_BUFFER = 4096 };

/* Tags of types without a name begin so; their id is the suffix. */
#define SKEP_DUMP_ANONYMOUS "anonymous"

/* What is known of a type, bits of skep_btf_dump.flags. */
enum {
	SKEP_DUMP_DECLARED = 1u << 0,  /* it can be named; structures: forward */
	SKEP_DUMP_DEFINED = 1u << 1,   /* it is complete; structures without a tag: all they need
					  has been written */
	SKEP_DUMP_DECLARING = 1u << 2, /* the walk is below it */
	SKEP_DUMP_DEFINING = 1u << 3,  /* the same, for its definition */
	SKEP_DUMP_TAGGED = 1u << 4,    /* has no name but needs one, as more than one place or a
					  pointer refers to it */
	SKEP_DUMP_EMBEDDED = 1u << 5,  /* structures: members of another without a name of their
					  own */
	SKEP_DUMP_WRITTEN = 1u << 6,   /* enumerations: their constants are in the text */
	SKEP_DUMP_PACKED = 1u << 7,    /* structures: a compiler must be told not to align */
};

/* A name as it is spelled in C, once for all types that want it. */
struct skep_dump_name {
	const char *text;
	uint32_t size, hash;
	uint32_t tag_kind; /* kind of the first type with this tag; 0: none */
	uint32_t tag_type; /* that type */
	bool is_ordinary;  /* taken by a typedef or an enumerator */
	bool is_member;    /* of some structure; known only where that matters */
	uint32_t last;     /* last suffix given */
	uint32_t scope;    /* last list of members that it was seen in */
};

/* An enumerator or variable that got a suffix. */
struct skep_dump_rename {
	uint32_t word; /* of BTF, where its item begins */
	uint32_t suffix;
};

struct skep_btf_dump {
	const struct skep_btf *btf;
	struct skep_btf_dump_options options;
	struct skep_arena *arena;
	struct skep_log *log;
	void (*write)(void *ctx, const char *text, size_t size);
	void *write_ctx;
	/* By type. */
	uint8_t *flags;
	uint8_t *aligns;     /* structures: alignment of what is written */
	uint32_t *refs;      /* how many types refer to it */
	uint32_t *referrers; /* the last of them */
	uint32_t *suffixes;  /* 0: none */
	/* Names: an open-addressing table of indices plus 1. */
	struct skep_dump_name *names;
	uint32_t name_count;
	uint32_t *slots;
	uint32_t slot_mask;
	struct skep_dump_rename *renames; /* ascending */
	uint32_t rename_count;
	uint32_t truth; /* enumeration without a name of C's true and false; 0: none */
	uint32_t scope; /* lists of members seen so far */
	uint64_t steps; /* left until the text is refused as too long */
	uint32_t pads;  /* paddings of the definition in hand */
	uint32_t used;  /* of buffer */
	char buffer[SKEP_BTF_DUMP_BUFFER];
};

/* Structures and enumerations that have or are given a tag. */
static inline bool skep_dump_is_tagged(const struct skep_btf_dump *dump, uint32_t id)
{
	return skep_btf_name_of(dump->btf, id)[0] != '\0' ||
	       (dump->flags[id] & SKEP_DUMP_TAGGED) != 0;
}

static inline bool skep_dump_is_composite(uint32_t kind)
{
	return kind == SKEP_BTF_STRUCT || kind == SKEP_BTF_UNION;
}

static inline bool skep_dump_is_enum(uint32_t kind)
{
	return kind == SKEP_BTF_ENUM || kind == SKEP_BTF_ENUM64;
}

/* const, volatile, restrict, type tags: what stands before a type without being a name for it. */
static inline bool skep_dump_is_qualifier(uint32_t kind)
{
	return kind == SKEP_BTF_CONST || kind == SKEP_BTF_VOLATILE || kind == SKEP_BTF_RESTRICT ||
	       kind == SKEP_BTF_TYPE_TAG;
}

/* `typedef _Bool bool`, which C23 and C++ have built in. */
bool skep_dump_is_bool(const struct skep_btf *btf, uint32_t id);

/* dump_names.c: gives all types and enumerators, and the variables of sections, their names. */
int skep_dump_assign_names(struct skep_btf_dump *dump);
/* Spells `name` so that C takes it, without a suffix; returns the size of the text. */
uint32_t skep_dump_spell(const struct skep_btf_dump *dump, const char *name,
			 char text[SKEP_BTF_NAME_MAX + 4]);
/* Suffix of an enumerator or variable, 0: none. */
uint32_t skep_dump_suffix(const struct skep_btf_dump *dump, const uint32_t *item);
/* Refuses two members of one name in the structure and those that it embeds. */
int skep_dump_check_scope(struct skep_btf_dump *dump, uint32_t id);

/* dump_layout.c: alignment that C gives the type as it is written. */
uint32_t skep_dump_align(const struct skep_btf_dump *dump, uint32_t id);
/* Decides how a structure must be written whose members' types are decided. */
void skep_dump_lay_out(struct skep_btf_dump *dump, uint32_t id);
/* Whether a member is written at all: those without a name are only if they are structures. */
bool skep_dump_is_shown(const struct skep_btf_dump *dump, const struct skep_btf_member *member);

/* dump_print.c */
void skep_dump_forward(struct skep_btf_dump *dump, uint32_t id);
int skep_dump_composite(struct skep_btf_dump *dump, uint32_t id);
int skep_dump_enum(struct skep_btf_dump *dump, uint32_t id);
int skep_dump_typedef(struct skep_btf_dump *dump, uint32_t id);
int skep_dump_section(struct skep_btf_dump *dump, uint32_t id);
void skep_dump_flush(struct skep_btf_dump *dump);

/* Reports that type `id` cannot be written. */
int skep_dump_refuse(struct skep_btf_dump *dump, uint32_t id, const char *why);

#endif
