/* SPDX-License-Identifier: Apache-2.0 */
/* BTF that stands alone: types of a kernel, or of an embedder. In come bytes or opened types, out
 * go types or C. */
#include "btf/btf.h"

#include "base/bytes.h"
#include "load/elf.h"
#include "vm/vm.h"

/* What skep_btf_open() gives: the types with the memory they are in. */
struct opened_btf {
	struct skep_btf btf; /* first, so that its address is that of all */
	const struct skep_port *port;
	struct skep_arena arena;
};

/* Messages of one call, under a name. */
static struct skep_log log_as(const struct skep_runtime *runtime, const char *name)
{
	struct skep_log log = runtime->log;

	log.object = name;
	return log;
}

static int add_index(struct opened_btf *opened, struct skep_btf *btf, struct skep_log *log)
{
	SKEP_TRY(skep_btf_index(btf, &opened->arena, log));
	opened->btf = *btf;
	return 0;
}

static int read_types(struct opened_btf *opened, const void *bytes, size_t size, bool big_endian,
		      struct skep_log *log)
{
	struct skep_btf *btf = NULL;

	SKEP_TRY(skep_btf_read(bytes, size, big_endian, &opened->arena, log, &btf));
	return add_index(opened, btf, log);
}

static int read_types_in_place(struct opened_btf *opened, const void *bytes, size_t size,
			       bool big_endian, struct skep_log *log)
{
	struct skep_btf *btf = NULL;

	SKEP_TRY(skep_btf_read_in_place(bytes, size, big_endian, &opened->arena, log, &btf));
	return add_index(opened, btf, log);
}

/* The section .BTF of an object, programs in it or not. */
static int read_section(struct opened_btf *opened, const struct skep_elf *elf, struct skep_log *log)
{
	for (uint32_t i = 1; i < elf->section_count; i++) {
		const struct skep_elf_section section = skep_elf_section(elf, i);

		if (skep_text_equal(section.name, ".BTF") && section.data != NULL)
			return read_types(opened, section.data, (size_t)section.size,
					  elf->big_endian, log);
	}
	return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "it has no section .BTF\ntype information\ncompile it with -g");
}

static int read_btf(struct opened_btf *opened, const void *bytes, size_t size, bool in_place,
		    struct skep_log *log)
{
	static const uint8_t ELF_MAGIC[4] = { 0x7f, 'E', 'L', 'F' };
	const bool big_endian = size >= 2 && *(const uint8_t *)bytes == 0xeb;
	struct skep_arena scratch;
	struct skep_elf elf;
	int err;

	if (size < sizeof(ELF_MAGIC) || memcmp(bytes, ELF_MAGIC, sizeof(ELF_MAGIC)) != 0)
		return (in_place ? read_types_in_place : read_types)(opened, bytes, size,
								     big_endian, log);
	skep_arena_init(&scratch, opened->port, 0);
	err = skep_elf_open(bytes, size, &scratch, log, &elf);
	if (err == 0)
		err = read_section(opened, &elf, log);
	skep_arena_free(&scratch);
	return err;
}

static int open_btf(struct skep_runtime *runtime, const void *bytes, size_t size, bool in_place,
		    const char *name, struct skep_btf **out)
{
	const struct skep_port *port = runtime->config.port;
	const uint32_t bytes_max = runtime->config.limits.object_bytes_max;
	struct skep_log log = log_as(runtime, name);
	struct opened_btf *opened;
	int err;

	if (size > bytes_max)
		return skep_fail(&log, SKEP_E2BIG, SKEP_NO_INSN,
				 "the BTF has %llu bytes\n%u at most\nraise "
				 "limits.object_bytes_max",
				 (unsigned long long)size, (unsigned)bytes_max);
	opened = port->alloc(port->ctx, sizeof(*opened), _Alignof(struct opened_btf));
	if (opened == NULL)
		return skep_fail_memory(&log, "BTF");
	opened->port = port;
	skep_arena_init(&opened->arena, port, 0);
	err = read_btf(opened, bytes, size, in_place, &log);
	if (err < 0) {
		skep_btf_close(&opened->btf);
		return err;
	}
	*out = &opened->btf;
	return 0;
}

int skep_btf_open(struct skep_runtime *runtime, const void *bytes, size_t size, const char *name,
		  struct skep_btf **out)
{
	return open_btf(runtime, bytes, size, false, name, out);
}

int skep_btf_open_in_place(struct skep_runtime *runtime, const void *bytes, size_t size,
			   const char *name, struct skep_btf **out)
{
	return open_btf(runtime, bytes, size, true, name, out);
}

void skep_btf_close(struct skep_btf *btf)
{
	struct opened_btf *opened = (struct opened_btf *)btf;
	const struct skep_port *port;

	if (opened == NULL)
		return;
	port = opened->port;
	skep_arena_free(&opened->arena);
	port->free(port->ctx, opened, sizeof(*opened), _Alignof(struct opened_btf));
}

int skep_btf_dump_c(struct skep_runtime *runtime, const struct skep_btf *btf, const uint32_t *types,
		    uint32_t type_count, const struct skep_btf_dump_options *options,
		    void (*write)(void *ctx, const char *text, size_t size), void *ctx)
{
	struct skep_log log = log_as(runtime, NULL);
	struct skep_arena arena;
	int err;

	skep_arena_init(&arena, runtime->config.port, 0);
	err = skep_btf_dump(btf, types, type_count, options, &arena, &log, write, ctx);
	skep_arena_free(&arena);
	return err;
}

int skep_btf_diff(struct skep_runtime *runtime, const struct skep_btf *before,
		  const struct skep_btf *after,
		  void (*fn)(void *ctx, const struct skep_btf_difference *difference), void *ctx)
{
	struct skep_log log = log_as(runtime, NULL);
	struct skep_arena arena;
	int err;

	skep_arena_init(&arena, runtime->config.port, 0);
	err = skep_btf_compare(before, after, fn, ctx, &arena, &log);
	skep_arena_free(&arena);
	return err;
}
