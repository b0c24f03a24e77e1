/* SPDX-License-Identifier: Apache-2.0 */
/* Packet bytes for programs whose context is a struct skep_skb: copied out in one piece, counted
 * from where the packet begins or from one of its headers. What is not there is SKEP_EFAULT, and
 * the program's buffer becomes zeros, as in Linux. */
#include "base/bytes.h"
#include "helper/helpers.h"

/* Where bpf_skb_load_bytes_relative() counts from (Linux's enum bpf_hdr_start_off). */
enum { START_MAC, START_NETWORK, RELATIVE_OFFSET_MAX = 0xffff };

static uint64_t copy(const struct skep_skb *skb, const uint8_t *start, uint32_t offset, void *to,
		     uint32_t size)
{
	if (start == NULL || !skep_in_bounds(offset, size, (size_t)(skb->data_end - start))) {
		memset(to, 0, size);
		return skep_helper_result(SKEP_EFAULT);
	}
	memcpy(to, start + offset, size);
	return 0;
}

uint64_t skep_helper_skb_load_bytes(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
				    struct skep_env *env)
{
	const struct skep_skb *skb = skep_helper_pointer(r1);
	const uint32_t offset = (uint32_t)r2;

	(void)r5;
	(void)env;
	return copy(skb, offset <= INT32_MAX ? skb->data : NULL, offset, skep_helper_pointer(r3),
		    (uint32_t)r4);
}

uint64_t skep_helper_skb_load_bytes_relative(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
					     uint64_t r5, struct skep_env *env)
{
	const struct skep_skb *skb = skep_helper_pointer(r1);
	const uint32_t offset = (uint32_t)r2, which = (uint32_t)r5;
	const uint8_t *start = NULL;

	(void)env;
	if (which == START_MAC)
		start = skb->mac_header;
	else if (which == START_NETWORK)
		start = skb->network_header;
	return copy(skb, offset <= RELATIVE_OFFSET_MAX ? start : NULL, offset,
		    skep_helper_pointer(r3), (uint32_t)r4);
}
