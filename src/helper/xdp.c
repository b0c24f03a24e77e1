/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XDP: moving the edges of packet and metadata inside the frame. Limits and errors are those of
 * Linux (net/core/filter.c), for one linear buffer:
 *
 *	data_hard_start | reserved | headroom | metadata | packet | tailroom | frame_end
 *
 * All sums are made with 64-bit numbers before any pointer is: no address outside the frame ever
 * comes to be.
 */
#include "base/bytes.h"
#include "helper/helpers.h"

enum {
	/* Linux keeps its struct xdp_frame at the start of the headroom. Nothing is kept there
	 * here, but a program must find as much room as it does in Linux. */
	RESERVED_BYTES = 40,
	ETHERNET_HEADER_BYTES = 14, /* the least a packet may shrink to */
	META_BYTES_MAX = 255,
	META_UNIT = 4,
};

/* Whether an edge may move to `position` bytes from data_hard_start. A frame with less than the
 * reserved room is none that Linux would make: there an edge can only move up. */
static bool has_headroom(int64_t position, int64_t offset)
{
	return offset >= 0 || position >= RESERVED_BYTES;
}

uint64_t skep_helper_xdp_adjust_head(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	struct skep_xdp *xdp = skep_helper_pointer(r1);
	const int64_t offset = (int32_t)r2;
	const int64_t meta = xdp->data_meta - xdp->data_hard_start + offset;
	const size_t meta_bytes = (size_t)(xdp->data - xdp->data_meta);

	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	if (!has_headroom(meta, offset) ||
	    xdp->data_end - xdp->data - offset < ETHERNET_HEADER_BYTES)
		return skep_helper_result(SKEP_EINVAL);
	/* The metadata goes with the packet. */
	memmove(xdp->data_hard_start + meta, xdp->data_meta, meta_bytes);
	xdp->data_meta = xdp->data_hard_start + meta;
	xdp->data = xdp->data_meta + meta_bytes;
	return 0;
}

uint64_t skep_helper_xdp_adjust_tail(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	struct skep_xdp *xdp = skep_helper_pointer(r1);
	const int64_t offset = (int32_t)r2;

	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	if (xdp->frame_end - xdp->data_end < offset ||
	    xdp->data_end - xdp->data + offset < ETHERNET_HEADER_BYTES)
		return skep_helper_result(SKEP_EINVAL);
	if (offset > 0)
		memset(xdp->data_end, 0, (size_t)offset);
	xdp->data_end += offset;
	return 0;
}

uint64_t skep_helper_xdp_adjust_meta(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	struct skep_xdp *xdp = skep_helper_pointer(r1);
	const int64_t offset = (int32_t)r2;
	const int64_t meta = xdp->data_meta - xdp->data_hard_start + offset;
	const int64_t meta_bytes = xdp->data - xdp->data_meta - offset;

	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	if (!has_headroom(meta, offset) || meta_bytes < 0)
		return skep_helper_result(SKEP_EINVAL);
	if (meta_bytes % META_UNIT != 0 || meta_bytes > META_BYTES_MAX)
		return skep_helper_result(SKEP_EACCES);
	xdp->data_meta = xdp->data_hard_start + meta;
	return 0;
}
