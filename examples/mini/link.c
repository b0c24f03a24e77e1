/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepares a program for firmware, on a computer: verifies the object on standard input for the
 * firmware's context and helpers, and prints its linked instructions and maps as C.
 *
 *	./link < alarm.bpf.o > alarm.h
 */
#include <stdio.h>
#include <stdlib.h>

#include "reading.h"

static const struct skep_ctx_field FIELDS[] = {
	{ "tenths", 0, 4, false, SKEP_FIELD_SCALAR, 0, 4 },
	{ "valve", 4, 4, true, SKEP_FIELD_SCALAR, 4, 4 },
};
static const struct skep_prog_type TYPE = { .type = 0x10000,
					    .name = "reading",
					    .section = "reading",
					    .ctx_size = sizeof(struct reading),
					    .fields = FIELDS,
					    .field_count = 2,
					    .groups = SKEP_GROUP_BASE };

static uint64_t beep(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		     struct skep_env *env)
{
	(void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)env;
	return 0; /* it is only verified here */
}
static const struct skep_helper HELPERS[] = { READING_HELPERS(beep) };

static void complain(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	fprintf(stderr, "link: %s\n", report->text);
}

static void print_insns(const struct skep_prog *prog, const char *name)
{
	struct skep_insn insn;
	char text[96] = "";
	uint32_t next = 0, slots;

	printf("static const struct skep_insn %s_insns[] = {\n", name);
	for (uint32_t i = 0; skep_prog_insn(prog, i, &insn) == 0; i++) {
		printf("\t{ 0x%02x, %u, %u, %d, %d },", insn.code, insn.dst_reg, insn.src_reg,
		       insn.off, insn.imm);
		if (i == next) {
			skep_prog_disasm(prog, i, text, sizeof(text), &slots);
			printf(" /* %s */", text);
			next = i + slots;
		}
		printf("\n");
	}
	printf("};\n\n");
}

/* An array with what it holds: that of a read-only one can stay in flash. */
static void print_values(struct skep_map *map, const char *name, uint32_t index, uint32_t size,
			 uint32_t count)
{
	unsigned char *value = malloc(size);
	const uint32_t stride = (size + 7) & ~7u;

	printf("/* %s */\n_Alignas(8) static %suint8_t %s_map_%u[%u] = {", skep_map_name(map),
	       skep_map_frozen(map) ? "const " : "", name, index, stride * count);
	for (uint32_t key = 0; key < count && value != NULL; key++) {
		skep_map_lookup(map, &key, value);
		for (uint32_t i = 0; i < size; i++)
			if (value[i] != 0)
				printf(" [%u] = %u,", stride * key + i, value[i]);
	}
	printf(" 0 };\n\n");
	free(value);
}

static int print_maps(const struct skep_object *object, const char *name)
{
	struct skep_map *map;
	uint32_t count = 0;

	for (; (map = skep_object_map(object, count)) != NULL; count++) {
		const struct skep_map_def *def = skep_map_def(map);

		if ((skep_map_kind(map)->caps & SKEP_CAP_DIRECT) == 0) {
			fprintf(stderr, "link: map %s is no array\n", skep_map_name(map));
			return 1;
		}
		print_values(map, name, count, def->value_size, def->max_entries);
	}
	printf("static const struct skep_mini_map %s_maps[] = {\n", name);
	for (uint32_t i = 0; (map = skep_object_map(object, i)) != NULL; i++)
		printf("\t{ (void *)%s_map_%u, %u, %u, %s },\n", name, i,
		       skep_map_def(map)->value_size, skep_map_def(map)->max_entries,
		       skep_map_frozen(map) ? "true" : "false");
	printf("};\n");
	return 0;
}

int main(void)
{
	static unsigned char elf[65536];
	const struct skep_config config = { .port = skep_port_posix(),
					    .log = complain,
					    .prog_types = &TYPE,
					    .prog_type_count = 1,
					    .helpers = HELPERS,
					    .helper_count = 1 };
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct skep_prog_info info;
	int status;

	if (skep_runtime_open(&config, &runtime) < 0 ||
	    skep_object_open(runtime, elf, fread(elf, 1, sizeof(elf), stdin), "program", &object) <
		    0 ||
	    skep_object_load(object) < 0)
		return 1;
	skep_prog_info(skep_object_prog(object, 0), &info);
	printf("/* SPDX-License-Identifier: Apache-2.0 */\n");
	printf("/* Program %s, verified and linked by link.c. */\n", info.name);
	printf("/* clang-format off */\n#include <skep.h>\n\n");
	print_insns(skep_object_prog(object, 0), info.name);
	status = print_maps(object, info.name);
	skep_object_close(object);
	skep_runtime_close(runtime);
	return status;
}
