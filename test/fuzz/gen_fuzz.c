/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an object for the generators: what they write is the same twice, plain text, and no
 * name in it opens or closes a comment. */
#define _GNU_SOURCE 1
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct gen_writer *const WRITERS[] = {
	&gen_skeleton_writer,
	&gen_header_writer,
	&gen_go_writer,
};

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

static void check_text(const char *text, size_t size, enum gen_language language)
{
	bool comment = false;

	for (size_t i = 0; i < size; i++) {
		const bool two = i + 1 < size;

		expect(text[i] == '\n' || text[i] == '\t' || (text[i] >= ' ' && text[i] <= '~'),
		       "nothing but printable characters");
		if (two && text[i] == '/' && text[i + 1] == '*' && language == GEN_C) {
			expect(!comment, "no comment in a comment");
			comment = true;
		}
		if (two && text[i] == '*' && text[i + 1] == '/' && language == GEN_C) {
			expect(comment, "no comment ends that did not begin");
			comment = false;
		}
	}
	expect(!comment, "comments end");
}

/* The text, or NULL where the object has too much. */
static char *generate(const struct gen_writer *writer, const struct skep_object *object,
		      const struct file *file, size_t *size)
{
	static const char *const NO_TYPES[] = { NULL };
	struct gen_model model;
	const struct gen_request request = { &model, "fuzz", file };
	char *text = NULL;
	FILE *out;

	if (gen_model_make(&model, object, writer->language, writer->reserved, NO_TYPES) ==
	    STATUS_DONE) {
		out = text_stream(&text, size);
		writer->write(&request, out);
		fclose(out);
	}
	gen_model_free(&model);
	return text;
}

static void check(const struct gen_writer *writer, const struct skep_object *object,
		  const struct file *file)
{
	size_t size = 0, again_size = 0;
	char *text = generate(writer, object, file, &size);
	char *again = generate(writer, object, file, &again_size);

	expect((text == NULL) == (again == NULL), "the same answer twice");
	if (text != NULL) {
		expect(size == again_size && memcmp(text, again, size) == 0,
		       "the same bytes twice");
		check_text(text, size, writer->language);
	}
	free(text);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* A few bytes of file may ask for gigabytes of zeros: allowed, but slow. */
	const struct skep_config config = { .port = skep_port_posix(),
					    .limits.map_bytes_max = 1 << 20 };
	const struct file file = { "fuzz", (uint8_t *)bytes, size };
	struct skep_runtime *runtime;
	struct skep_object *object;

	if (skep_runtime_open(&config, &runtime) != 0)
		return 0;
	if (skep_object_open(runtime, bytes, size, "fuzz", &object) == 0) {
		for (size_t i = 0; i < sizeof(WRITERS) / sizeof(WRITERS[0]); i++)
			check(WRITERS[i], object, &file);
		skep_object_close(object);
	}
	skep_runtime_close(runtime);
	return 0;
}
