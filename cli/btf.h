/* SPDX-License-Identifier: Apache-2.0 */
/* Types of a file: what the files of skep btf share. */
#ifndef SKEP_CLI_BTF_H
#define SKEP_CLI_BTF_H

#include "object.h"

/* A file's types, and what they stand in. */
struct btf_file {
	struct opened opened; /* its runtime is there in any case, its object only of objects */
	struct skep_btf *own; /* of a file of BTF alone */
	const struct skep_btf *btf;
	const char *path;
};

/* Opens a file of BTF, such as /sys/kernel/btf/vmlinux, or an object. STATUS_BAD: reported. `out`
 * must stay where it is until btf_close(). */
enum status btf_open(const char *path, struct btf_file *out);
void btf_close(struct btf_file *file);

/* Types chosen from a file. */
struct btf_choice {
	uint32_t *types;
	uint32_t count; /* 0: all */
};

/* Lines as bpftool writes them, or objects with its names. */
void btf_print_text(const struct skep_btf *btf, const struct btf_choice *choice, FILE *file);
void btf_print_json(const struct skep_btf *btf, const struct btf_choice *choice, FILE *file);

/* "STRUCT" and the like. */
const char *btf_kind_text(enum skep_btf_kind kind);

/* What differs between the types of two files, as lines or as JSON. STATUS_NO: something does. */
enum status btf_diff(const struct btf_file *before, const struct btf_file *after, bool json);

#endif
