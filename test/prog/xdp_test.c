/* SPDX-License-Identifier: Apache-2.0 */
/* The XDP program type: the layout of Linux's struct xdp_md, written out by hand, and which
 * contexts may run. */
#include <string.h>

#include "base/bytes.h"
#include "harness.h"
#include "prog/types.h"

TEST(fields)
{
	static const struct {
		const char *name;
		uint16_t offset;
		enum skep_field_kind kind;
		size_t real_offset;
	} wanted[] = {
		{ "data", 0, SKEP_FIELD_PKT, offsetof(struct skep_xdp, data) },
		{ "data_end", 4, SKEP_FIELD_PKT_END, offsetof(struct skep_xdp, data_end) },
		{ "data_meta", 8, SKEP_FIELD_PKT_META, offsetof(struct skep_xdp, data_meta) },
		{ "ingress_ifindex", 12, SKEP_FIELD_SCALAR,
		  offsetof(struct skep_xdp, ingress_ifindex) },
		{ "rx_queue_index", 16, SKEP_FIELD_SCALAR,
		  offsetof(struct skep_xdp, rx_queue_index) },
		{ "egress_ifindex", 20, SKEP_FIELD_SCALAR,
		  offsetof(struct skep_xdp, egress_ifindex) },
	};
	const struct skep_prog_type *type = &skep_prog_type_xdp;

	CHECK_EQ(type->type, 6);
	CHECK_TEXT(type->name, "xdp");
	CHECK_EQ(type->ctx_size, 24);
	CHECK_EQ(type->field_count, SKEP_COUNT(wanted));
	for (size_t i = 0; i < SKEP_COUNT(wanted); i++) {
		const struct skep_ctx_field *field = &type->fields[i];

		test_case("%s", wanted[i].name);
		CHECK_TEXT(field->name, wanted[i].name);
		CHECK_EQ(field->offset, wanted[i].offset);
		CHECK_EQ(field->size, 4);
		CHECK_EQ(field->kind, wanted[i].kind);
		CHECK(!field->writable);
		CHECK_EQ(field->real_offset, wanted[i].real_offset);
		CHECK_EQ(field->real_size,
			 wanted[i].kind == SKEP_FIELD_SCALAR ? 4 : sizeof(void *));
	}
	CHECK(!type->ret_checked);
	CHECK(type->packet_writable);
	CHECK_EQ(type->groups, SKEP_GROUP_BASE | SKEP_GROUP_XDP | SKEP_GROUP_OF_TYPE(6));
}

/* Every order of the five edges but the right one is refused; edges may coincide. */
TEST(contexts)
{
	uint8_t bytes[8];
	unsigned accepted = 0;

	for (unsigned i = 0; i < 3 * 3 * 3 * 3 * 3; i++) {
		const unsigned at[5] = { i % 3, i / 3 % 3, i / 9 % 3, i / 27 % 3, i / 81 };
		const struct skep_xdp xdp = {
			.data_hard_start = bytes + at[0],
			.data_meta = bytes + at[1],
			.data = bytes + at[2],
			.data_end = bytes + at[3],
			.frame_end = bytes + at[4],
		};
		const bool right =
			at[0] <= at[1] && at[1] <= at[2] && at[2] <= at[3] && at[3] <= at[4];

		CHECK_EQ(skep_prog_type_xdp.check_ctx(&xdp), right ? 0 : SKEP_EINVAL);
		accepted += right;
	}
	CHECK_EQ(accepted, 21);
	CHECK_EQ(skep_prog_type_xdp.check_ctx(NULL), SKEP_EINVAL);
	CHECK_EQ(skep_prog_type_xdp.check_ctx(&(struct skep_xdp){ .data = NULL }), SKEP_EINVAL);
}

TESTS_BEGIN
T(fields)
T(contexts)
TESTS_END
