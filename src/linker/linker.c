/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of several relocatable eBPF objects in, those of one out: the order of the steps. The
 * one idea: sections of one name are put one behind the other and everything that says where
 * something is moves along; what is known by a name is resolved, what is known by a type is made
 * one of. Refuses objects that contradict each other, naming both. What static linking of eBPF
 * objects means was defined by libbpf's linker.
 */
#include "linker/linker.h"

#include "base/bytes.h"

enum { OBJECT_BYTES_MAX = 256 << 20 };

void skep_linker_store16(const struct skep_linker *linker, uint8_t *to, uint16_t x)
{
	to[linker->big_endian ? 1 : 0] = (uint8_t)x;
	to[linker->big_endian ? 0 : 1] = (uint8_t)(x >> 8);
}

void skep_linker_store32(const struct skep_linker *linker, uint8_t *to, uint32_t x)
{
	skep_store32(to, linker->big_endian == skep_host_is_big_endian() ? x : skep_swap32(x));
}

void skep_linker_store64(const struct skep_linker *linker, uint8_t *to, uint64_t x)
{
	skep_store64(to, linker->big_endian == skep_host_is_big_endian() ? x : skep_swap64(x));
}

static int open_input(struct skep_linker *linker, const struct skep_link_input *given,
		      uint32_t index)
{
	struct skep_linker_input *input = &linker->inputs[index];

	input->name = given->name;
	if (given->size > linker->bytes_max)
		return skep_fail(linker->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "the file has %llu bytes\nat most %llu\n"
				 "raise limits.object_bytes_max or strip the object (llvm-strip "
				 "-g)",
				 (unsigned long long)given->size,
				 (unsigned long long)linker->bytes_max);
	SKEP_TRY(skep_elf_open(given->bytes, given->size, linker->arena, linker->log, &input->elf));
	if (index == 0)
		linker->big_endian = input->elf.big_endian;
	if (input->elf.big_endian != linker->big_endian)
		return skep_fail(linker->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "this object is %s-endian, but %s is not\n"
				 "objects of one byte order\ncompile both for the same target "
				 "(bpfel or bpfeb)",
				 input->elf.big_endian ? "big" : "little", linker->inputs[0].name);
	return 0;
}

static int open_inputs(struct skep_linker *linker, const struct skep_link_input *inputs)
{
	int err = 0;

	if (linker->input_count == 0)
		return skep_fail(linker->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "there is nothing to link\none object or more\nname them");
	linker->inputs = skep_arena_array(linker->arena, linker->input_count,
					  sizeof(struct skep_linker_input));
	if (linker->inputs == NULL)
		return skep_fail_memory(linker->log, "the objects to link");
	for (uint32_t i = 0; i < linker->input_count && err == 0; i++) {
		linker->log->object = inputs[i].name;
		err = open_input(linker, &inputs[i], i);
	}
	return err;
}

static int run(struct skep_linker *linker, const struct skep_link_input *inputs, uint8_t **out,
	       size_t *size)
{
	SKEP_TRY(open_inputs(linker, inputs));
	linker->log->object = NULL;
	SKEP_TRY(skep_linker_place_sections(linker));
	SKEP_TRY(skep_linker_resolve(linker));
	SKEP_TRY(skep_linker_fill_sections(linker));
	SKEP_TRY(skep_linker_merge_types(linker));
	SKEP_TRY(skep_linker_number(linker));
	SKEP_TRY(skep_linker_judge_addends(linker));
	SKEP_TRY(skep_linker_rewrite_relocs(linker));
	return skep_linker_write(linker, out, size);
}

int skep_linker_link(const struct skep_link_input *inputs, uint32_t count,
		     const struct skep_limits *limits, struct skep_arena *arena,
		     struct skep_log *log, uint8_t **out, size_t *size)
{
	const char *object = log->object;
	struct skep_linker linker = { .arena = arena,
				      .log = log,
				      .input_count = count,
				      .bytes_max = limits->object_bytes_max != 0
							   ? limits->object_bytes_max
							   : OBJECT_BYTES_MAX };
	const int err = run(&linker, inputs, out, size);

	log->object = object;
	return err;
}
