/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about variables share. */
#ifndef SKEP_VM_VAR_H
#define SKEP_VM_VAR_H

#include "vm/vm.h"

/* var.c: copies part of a data section out or in, wherever it now is. What lies in this process is
 * read and written in the largest aligned pieces up to a word, each at once. `offset` and `size`
 * lie within the section. Other errors than 0 are those of a skep_memory. */
int skep_vm_data_read(const struct skep_map *map, uint32_t offset, void *bytes, size_t size);

/* var.c: whether the variable may be written now. SKEP_EPERM, reported: it is frozen. */
int skep_vm_var_check_writable(const struct skep_var *var);

/* var.c: stores var->size bytes; writable was checked. */
int skep_vm_var_store(const struct skep_var *var, const void *bytes);

/* var_path.c: as skep_btf_find_piece(), of a value of which `bytes_max` bytes are there: that many
 * an array without a length at its end has. `root` stands before the path in sentences. */
int skep_vm_find_piece(const struct skep_btf *btf, uint32_t type, uint64_t bytes_max,
		       const char *root, const char *path, struct skep_btf_piece *out, char *text,
		       size_t text_size);

/* var_path.c: the piece of a variable, as a variable. */
void skep_vm_var_of_piece(const struct skep_var *var, const struct skep_btf_piece *piece,
			  struct skep_var *out);

/* var_value.c: whether elements of this type make text: char by name or by its encoding. */
bool skep_vm_is_char(const struct skep_btf *btf, uint32_t type);

/* var_value.c: `count` bits (1 to 64) at `offset` of bytes of either order, as a number. */
uint64_t skep_vm_bits(const uint8_t *bytes, bool big_endian, uint64_t offset, uint32_t count);

#endif
