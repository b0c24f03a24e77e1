/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any object, any target and any configuration: at most one report, instructions that stay what
 * their section has room for, and notes about instructions that exist. The input is the size of the
 * target's BTF and of the configuration, 4 bytes each, least significant first; then these two, and
 * the object.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../load/sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void count_report(void *ctx, const struct skep_report *report)
{
	if (report->severity == SKEP_SEVERITY_ERROR)
		++*(unsigned *)ctx;
}

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* Half of all symbols exist. */
static bool find(void *user, const char *name, uint64_t *address)
{
	(void)user;
	*address = (uint64_t)(uint8_t)name[0] << 32;
	return (name[0] & 1) != 0;
}

static void check_notes(const struct skep_image *image)
{
	for (uint32_t i = 0; i < image->note_count; i++) {
		const struct skep_image_note *note = &image->notes[i];

		expect(note->section < image->section_count &&
			       note->insn < image->sections[note->section].insn_count,
		       "a note is about an instruction");
		expect(note->found != NULL && note->needed != NULL && note->advice != NULL,
		       "a note has a text");
		expect(i == 0 || note->section > note[-1].section ||
			       (note->section == note[-1].section && note->insn >= note[-1].insn),
		       "notes are in order");
	}
}

static void check_externs(const struct skep_image *image)
{
	for (uint32_t i = 0; i < image->extern_count; i++) {
		const struct skep_image_extern *item = &image->externs[i];

		if (item->kind != SKEP_EXTERN_KCONFIG)
			continue;
		expect(image->kconfig_map < image->map_count &&
			       image->maps[image->kconfig_map].is_data,
		       "values of the configuration are in a data section");
		expect(item->offset <= image->maps[image->kconfig_map].def.value_size &&
			       item->size <= image->maps[image->kconfig_map].def.value_size -
						     item->offset,
		       "a value of the configuration is in its section");
	}
}

static void fit(const uint8_t *object, size_t size, const struct skep_config *config,
		struct skep_arena *arena)
{
	const struct skep_limits limits = { .map_bytes_max = 1 << 20 };
	unsigned errors = 0;
	struct skep_log log = { .sink = count_report, .sink_ctx = &errors };
	struct skep_image image;

	if (skep_load_image(object, size, "fuzz", &limits, NULL, 0, arena, &log, &image) < 0)
		return;
	expect(skep_load_resolve(&image, config, arena, &log) == 0 && errors == 0,
	       "nothing fails but memory");
	check_notes(&image);
	check_externs(&image);
	expect(image_fault(&image) == NULL, "the image is sound");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct skep_config config = { .port = skep_port_posix(), .ksym = find };
	struct skep_btf *target = NULL;
	uint32_t target_size, config_size;
	struct skep_arena arena;

	if (size < 8)
		return 0;
	target_size = skep_load32(bytes);
	config_size = skep_load32(bytes + 4);
	bytes += 8;
	size -= 8;
	if (target_size > size || config_size > size - target_size)
		return 0;
	skep_arena_init(&arena, skep_port_posix(), 0);
	if (target_size > 0)
		skep_btf_read(bytes, target_size, false, &arena, NULL, &target);
	config.target_btf = target;
	config.kconfig = (const char *)bytes + target_size;
	config.kconfig_size = config_size;
	fit(bytes + target_size + config_size, size - target_size - config_size, &config, &arena);
	skep_arena_free(&arena);
	return 0;
}
