/* SPDX-License-Identifier: Apache-2.0 */
/* BTF of real objects, cut at every byte and with every byte changed: refused with one report, or
 * read, written as C and compared with what it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../load/sound.h"
#include "btf/btf.h"
#include "harness.h"
#include "object.h"

static const char *const FILES[] = {
	"test/fuzz/seeds/btf/btf_layout.btf",
	"test/fuzz/seeds/btf/btf_layout_eb.btf",
	"test/fuzz/seeds/btf/cli_types.btf",
	"test/fuzz/seeds/btf/each_eb.btf",
};

struct reading {
	struct skep_arena arena;
	struct test_log errors;
	struct skep_log log;
	struct skep_btf *btf;
	int err;
};

static void open_reading(struct reading *reading, const uint8_t *bytes, size_t size)
{
	memset(reading, 0, sizeof(*reading));
	reading->log.sink = test_log;
	reading->log.sink_ctx = &reading->errors;
	skep_arena_init(&reading->arena, skep_port_posix(), 0);
	reading->err = skep_btf_read(bytes, size, size != 0 && bytes[0] == 0xeb, &reading->arena,
				     &reading->log, &reading->btf);
}

static void take_text(void *ctx, const char *text, size_t size)
{
	(void)text;
	*(size_t *)ctx += size;
}

static void count_difference(void *ctx, const struct skep_btf_difference *difference)
{
	*(unsigned *)ctx += difference->name[0] != '\0';
}

/* Whether all that can be done with the bytes ends as it should. */
static bool try_bytes(const uint8_t *bytes, size_t size, const struct skep_btf *original,
		      unsigned *accepted)
{
	struct reading reading;
	size_t text_size = 0;
	unsigned differences = 0;
	bool ok;
	int err;

	open_reading(&reading, bytes, size);
	ok = reading.errors.errors == (reading.err < 0);
	if (reading.err == 0) {
		*accepted += 1;
		ok = ok && sound_btf(reading.btf) == NULL;
		err = skep_btf_dump(reading.btf, NULL, 0, NULL, &reading.arena, &reading.log,
				    take_text, &text_size);
		ok = ok && (err == 0 || err == SKEP_EINVAL) && reading.errors.errors == (err < 0);
		ok = ok && skep_btf_compare(original, reading.btf, count_difference, &differences,
					    &reading.arena, &reading.log) == 0;
	}
	skep_arena_free(&reading.arena);
	return ok;
}

TEST(cut_at_every_byte)
{
	for (size_t f = 0; f < SKEP_COUNT(FILES); f++) {
		size_t size = 0;
		uint8_t *bytes = test_object_read(FILES[f], &size);
		struct reading whole;
		unsigned accepted = 0;

		test_case("%s", FILES[f]);
		CHECK(bytes != NULL);
		open_reading(&whole, bytes, size);
		CHECK_EQ(whole.err, 0);
		for (size_t cut = 0; cut < size; cut++) {
			/* At the end of memory of its own, so that a sanitizer sees what is read
			 * behind it. */
			uint8_t *copy = malloc(cut + 1);

			memcpy(copy + 1, bytes, cut);
			CHECK(try_bytes(copy + 1, cut, whole.btf, &accepted));
			free(copy);
		}
		CHECK_EQ(accepted, 0);
		skep_arena_free(&whole.arena);
		free(bytes);
	}
}

TEST(every_byte_changed)
{
	static const uint8_t MASKS[] = { 0x01, 0x80, 0xff };

	for (size_t f = 0; f < SKEP_COUNT(FILES); f++) {
		size_t size = 0;
		uint8_t *bytes = test_object_read(FILES[f], &size);
		struct reading whole;
		unsigned accepted = 0;

		test_case("%s", FILES[f]);
		CHECK(bytes != NULL);
		open_reading(&whole, bytes, size);
		CHECK_EQ(whole.err, 0);
		for (size_t at = 0; at < size; at++) {
			for (size_t m = 0; m < SKEP_COUNT(MASKS); m++) {
				bytes[at] ^= MASKS[m];
				if (!try_bytes(bytes, size, whole.btf, &accepted)) {
					test_note("byte %u ^ %02x", (unsigned)at, MASKS[m]);
					CHECK(false);
				}
				bytes[at] ^= MASKS[m];
			}
		}
		/* Letters of names, sizes of what nothing contains. */
		CHECK(accepted > 0);
		skep_arena_free(&whole.arena);
		free(bytes);
	}
}

TESTS_BEGIN
T(cut_at_every_byte)
T(every_byte_changed)
TESTS_END
