/* SPDX-License-Identifier: Apache-2.0 */
/* Asks CO-RE for nothing but a type of its own. */
#include "bpf.h"
#include "core.h"

struct mine {
	u32 a;
};

SEC("xdp") int local(struct xdp_md *ctx)
{
	return (int)type_local(struct mine);
}

LICENSE("GPL");
