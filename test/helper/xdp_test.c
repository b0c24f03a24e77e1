/* SPDX-License-Identifier: Apache-2.0 */
/* bpf_xdp_adjust_head(), _tail() and _meta(). The sequences and their results were seen in Linux
 * 6.18 with BPF_PROG_TEST_RUN: a packet of 60 bytes, 256 bytes of headroom, tailroom up to 3520
 * bytes of packet. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "helper/helpers.h"

enum { HEADROOM = 256, PACKET = 60, TAILROOM = 3460 };

struct frame {
	struct skep_xdp xdp;
	uint8_t *memory;
};

/* A frame in memory of just its size. */
static void open_frame(struct frame *frame, size_t headroom, size_t packet, size_t tailroom)
{
	frame->memory = malloc(headroom + packet + tailroom);
	memset(frame->memory, 0xee, headroom + packet + tailroom);
	frame->xdp = (struct skep_xdp){
		.data_hard_start = frame->memory,
		.data_meta = frame->memory + headroom,
		.data = frame->memory + headroom,
		.data_end = frame->memory + headroom + packet,
		.frame_end = frame->memory + headroom + packet + tailroom,
	};
	for (size_t i = 0; i < packet; i++)
		frame->xdp.data[i] = (uint8_t)i;
}

static int64_t head(struct frame *frame, int32_t offset)
{
	struct skep_env env = { 0 };

	return (int64_t)skep_helper_xdp_adjust_head((uintptr_t)&frame->xdp, (uint32_t)offset, 0, 0,
						    0, &env);
}

static int64_t tail(struct frame *frame, int32_t offset)
{
	struct skep_env env = { 0 };

	return (int64_t)skep_helper_xdp_adjust_tail((uintptr_t)&frame->xdp, (uint32_t)offset, 0, 0,
						    0, &env);
}

static int64_t meta(struct frame *frame, int32_t offset)
{
	struct skep_env env = { 0 };

	return (int64_t)skep_helper_xdp_adjust_meta((uintptr_t)&frame->xdp, (uint32_t)offset, 0, 0,
						    0, &env);
}

/* Linux's results. */
enum what { END, HEAD, TAIL, META, LENGTH, META_LENGTH };
static const struct {
	enum what what;
	int32_t offset;
	int64_t result;
} SEQUENCES[][8] = {
	{ { HEAD, -216, 0 }, { HEAD, -1, SKEP_EINVAL } },
	{ { HEAD, -217, SKEP_EINVAL } },
	{ { HEAD, 46, 0 }, { LENGTH, 0, 14 }, { HEAD, 1, SKEP_EINVAL } },
	{ { HEAD, 47, SKEP_EINVAL } },
	{ { TAIL, -46, 0 }, { LENGTH, 0, 14 }, { TAIL, -1, SKEP_EINVAL } },
	{ { TAIL, -47, SKEP_EINVAL } },
	{ { TAIL, 1, 0 }, { TAIL, 1000, 0 }, { TAIL, 10000, SKEP_EINVAL }, { LENGTH, 0, 1061 } },
	{ { TAIL, 3460, 0 }, { LENGTH, 0, 3520 }, { TAIL, 1, SKEP_EINVAL } },
	{ { TAIL, 3461, SKEP_EINVAL } },
	{ { META, -216, 0 },
	  { META_LENGTH, 0, 216 },
	  { META, -4, SKEP_EINVAL },
	  { META, 216, 0 },
	  { META_LENGTH, 0, 0 },
	  { META, 4, SKEP_EINVAL } },
	{ { META, -217, SKEP_EINVAL }, { META, -3, SKEP_EACCES }, { META, -220, SKEP_EINVAL } },
	{ { HEAD, 40, 0 }, { META, -252, 0 }, { META_LENGTH, 0, 252 }, { META, -4, SKEP_EACCES } },
	{ { HEAD, 44, 0 },
	  { META, -256, SKEP_EACCES },
	  { META, -257, SKEP_EACCES },
	  { META, -260, SKEP_EACCES },
	  { META, -300, SKEP_EINVAL },
	  { META, -304, SKEP_EINVAL } },
	{ { META, -16, 0 },
	  { HEAD, -200, 0 },
	  { HEAD, -201, SKEP_EINVAL },
	  { META_LENGTH, 0, 16 },
	  { HEAD, 10, 0 },
	  { META_LENGTH, 0, 16 },
	  { HEAD, 46, 0 } },
	{ { HEAD, INT32_MIN, SKEP_EINVAL },
	  { HEAD, INT32_MAX, SKEP_EINVAL },
	  { TAIL, INT32_MIN, SKEP_EINVAL },
	  { TAIL, INT32_MAX, SKEP_EINVAL },
	  { META, INT32_MIN, SKEP_EINVAL },
	  { META, INT32_MAX, SKEP_EINVAL },
	  { LENGTH, 0, 60 } },
};

/* A refused call moves nothing. */
TEST(sequences)
{
	for (size_t i = 0; i < sizeof(SEQUENCES) / sizeof(SEQUENCES[0]); i++) {
		struct frame frame;

		open_frame(&frame, HEADROOM, PACKET, TAILROOM);
		for (size_t step = 0; step < 8 && SEQUENCES[i][step].what != END; step++) {
			const int32_t offset = SEQUENCES[i][step].offset;
			const struct skep_xdp before = frame.xdp;
			int64_t result = 0;

			test_case("sequence %u, step %u", (unsigned)i, (unsigned)step);
			switch (SEQUENCES[i][step].what) {
			case HEAD: result = head(&frame, offset); break;
			case TAIL: result = tail(&frame, offset); break;
			case META: result = meta(&frame, offset); break;
			case LENGTH: result = frame.xdp.data_end - frame.xdp.data; break;
			case META_LENGTH: result = frame.xdp.data - frame.xdp.data_meta; break;
			case END: break;
			}
			CHECK_EQ(result, SEQUENCES[i][step].result);
			if (result < 0)
				CHECK(memcmp(&before, &frame.xdp, sizeof(before)) == 0);
		}
		free(frame.memory);
	}
}

/* The packet stays where it is, the metadata goes with its edge. */
TEST(metadata_moves_with_head)
{
	struct frame frame;

	open_frame(&frame, HEADROOM, PACKET, 0);
	CHECK_EQ(meta(&frame, -8), 0);
	memcpy(frame.xdp.data_meta, "metadata", 8);
	CHECK_EQ(head(&frame, -4), 0);
	CHECK(memcmp(frame.xdp.data_meta, "metadata", 8) == 0);
	CHECK(frame.xdp.data == frame.xdp.data_meta + 8);
	CHECK_EQ(frame.xdp.data[4], 0);
	CHECK_EQ(frame.xdp.data[5], 1);
	CHECK_EQ(head(&frame, 14), 0);
	CHECK(memcmp(frame.xdp.data_meta, "metadata", 8) == 0);
	CHECK_EQ(frame.xdp.data[0], 10);
	free(frame.memory);
}

/* What a packet grows by is zero, nothing before it changes. */
TEST(tail_grows_with_zeros)
{
	struct frame frame;

	open_frame(&frame, 0, PACKET, 100);
	CHECK_EQ(tail(&frame, -10), 0);
	CHECK_EQ(tail(&frame, 110), 0);
	CHECK(frame.xdp.data_end == frame.xdp.frame_end);
	for (uint8_t i = 0; i < 50; i++)
		CHECK_EQ(frame.xdp.data[i], i);
	for (size_t i = 50; i < 160; i++)
		CHECK_EQ(frame.xdp.data[i], 0);
	free(frame.memory);
}

/* Without headroom, which Linux never has, edges only move up. */
TEST(no_headroom)
{
	struct frame frame;

	open_frame(&frame, 0, PACKET, 0);
	CHECK_EQ(head(&frame, -1), SKEP_EINVAL);
	CHECK_EQ(meta(&frame, -4), SKEP_EINVAL);
	CHECK_EQ(tail(&frame, 1), SKEP_EINVAL);
	CHECK_EQ(head(&frame, 14), 0);
	CHECK_EQ(head(&frame, -14), SKEP_EINVAL);
	free(frame.memory);
}

/* Only the lower half of the register counts: the parameter is a C int. */
TEST(offset_is_32_bits)
{
	struct skep_env env = { 0 };
	struct frame frame;

	open_frame(&frame, HEADROOM, PACKET, 0);
	CHECK_EQ(skep_helper_xdp_adjust_head((uintptr_t)&frame.xdp, 0xabcdef0000000004, 0, 0, 0,
					     &env),
		 0);
	CHECK_EQ(frame.xdp.data - frame.memory, HEADROOM + 4);
	free(frame.memory);
}

TESTS_BEGIN
T(sequences)
T(metadata_moves_with_head)
T(tail_grows_with_zeros)
T(no_headroom)
T(offset_is_32_bits)
TESTS_END
