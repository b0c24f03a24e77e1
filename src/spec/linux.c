/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of helpers.def and maps.def that skep does not run, as tables for the verifier. Nothing
 * here is linked into programs that never call skep_prog_verify().
 */
#include "spec/linux.h"

#include "base/bytes.h"

/* Program types by number, as bits. */
enum {
#define PROG(number, name)        TYPE_##name = (number),
#define PROG_ABSENT(number, name) PROG(number, name)
#include "spec/progs.def"
};
#define BIT(name) SKEP_GROUP_OF_TYPE(TYPE_##name)

/* Sets of program types, for helpers.def. */
#define SOCKET_FILTER    BIT(socket_filter)
#define KPROBE           BIT(kprobe)
#define TC               (BIT(sched_cls) | BIT(sched_act))
#define TRACEPOINT       BIT(tracepoint)
#define XDP              BIT(xdp)
#define PERF_EVENT       BIT(perf_event)
#define CGROUP_SKB       BIT(cgroup_skb)
#define CGROUP_SOCK      BIT(cgroup_sock)
#define LWT_IN           BIT(lwt_in)
#define LWT_XMIT         BIT(lwt_xmit)
#define LWT_SEG6LOCAL    BIT(lwt_seg6local)
#define LWT              (LWT_IN | BIT(lwt_out) | LWT_XMIT | LWT_SEG6LOCAL)
#define SOCK_OPS         BIT(sock_ops)
#define SK_SKB           BIT(sk_skb)
#define CGROUP_DEVICE    BIT(cgroup_device)
#define SK_MSG           BIT(sk_msg)
#define RAW_TRACEPOINTS  (BIT(raw_tracepoint) | BIT(raw_tracepoint_writable))
#define CGROUP_SOCK_ADDR BIT(cgroup_sock_addr)
#define LIRC_MODE2       BIT(lirc_mode2)
#define SK_REUSEPORT     BIT(sk_reuseport)
#define FLOW_DISSECTOR   BIT(flow_dissector)
#define CGROUP_SYSCTL    BIT(cgroup_sysctl)
#define CGROUP_SOCKOPT   BIT(cgroup_sockopt)
#define TRACING          BIT(tracing)
#define STRUCT_OPS       BIT(struct_ops)
#define LSM              BIT(lsm)
#define SK_LOOKUP        BIT(sk_lookup)
#define SYSCALL          BIT(syscall)
#define NETFILTER        BIT(netfilter)
#define EVERY            (UINT64_MAX << 32)
#define BTF              (TRACING | LSM | SYSCALL) /* whose programs see the kernel's structures */
#define TRACE            (KPROBE | TRACEPOINT | PERF_EVENT | RAW_TRACEPOINTS | BTF)
#define SOCK_LOOKUP      (TC | XDP | CGROUP_SKB | SK_SKB | CGROUP_SOCK_ADDR)
#define CGROUP                                                                                     \
	(CGROUP_SKB | CGROUP_SOCK | SOCK_OPS | CGROUP_DEVICE | CGROUP_SOCK_ADDR | CGROUP_SYSCTL |  \
	 CGROUP_SOCKOPT)
#define SOCKS                                                                                      \
	(EVERY & ~(KPROBE | TRACEPOINT | PERF_EVENT | CGROUP_SOCK | CGROUP_DEVICE |                \
		   RAW_TRACEPOINTS | SK_REUSEPORT | CGROUP_SYSCTL | CGROUP_SOCKOPT | NETFILTER))

static const struct skep_helper HELPERS[] = {
#define HELPER(id, name, ret, a1, a2, a3, a4, a5, groups, caps, flags)
#define HELPER_ABSENT(id, name, ret, a1, a2, a3, a4, a5, types, caps, flags)                       \
	{ id,                                                                                      \
	  #name,                                                                                   \
	  SKEP_RET_##ret,                                                                          \
	  { SKEP_ARG_##a1, SKEP_ARG_##a2, SKEP_ARG_##a3, SKEP_ARG_##a4, SKEP_ARG_##a5 },           \
	  (types),                                                                                 \
	  SKEP_CAP_##caps,                                                                         \
	  flags,                                                                                   \
	  NULL },
#include "spec/helpers.def"
};

void skep_linux_add(struct skep_contracts *contracts)
{
	contracts->helpers[2] = HELPERS;
	contracts->helper_count[2] = SKEP_COUNT(HELPERS);
	contracts->prog_types[2] = skep_linux_types;
	contracts->prog_type_count[2] = skep_linux_type_count;
	contracts->socks = skep_linux_socks;
}

uint32_t skep_linux_map_caps(uint32_t type)
{
	switch (type) {
#define MAP(number, name, caps)                                                                    \
	case number:                                                                               \
		return caps;
#define MAP_ABSENT(number, name, caps) MAP(number, name, caps)
#include "spec/maps.def"
	default: return 0;
	}
}

bool skep_linux_result(uint32_t type, uint32_t attach_type, int64_t *min, int64_t *max)
{
	static const struct {
		uint32_t type, attach_type;
		int64_t min, max;
	} RESULTS[] = {
		{ TYPE_cgroup_skb, 1, 0, 3 },        /* egress */
		{ TYPE_cgroup_sock_addr, 8, 0, 3 },  /* bind4 */
		{ TYPE_cgroup_sock_addr, 9, 0, 3 },  /* bind6 */
		{ TYPE_cgroup_sock_addr, 19, 1, 1 }, /* recvmsg4, recvmsg6, recvmsg_unix */
		{ TYPE_cgroup_sock_addr, 20, 1, 1 }, { TYPE_cgroup_sock_addr, 51, 1, 1 },
		{ TYPE_cgroup_sock_addr, 29, 1, 1 }, /* getpeername and getsockname */
		{ TYPE_cgroup_sock_addr, 30, 1, 1 }, { TYPE_cgroup_sock_addr, 31, 1, 1 },
		{ TYPE_cgroup_sock_addr, 32, 1, 1 }, { TYPE_cgroup_sock_addr, 52, 1, 1 },
		{ TYPE_cgroup_sock_addr, 53, 1, 1 },
	};

	for (size_t i = 0; i < SKEP_COUNT(RESULTS); i++) {
		if (RESULTS[i].type != type || RESULTS[i].attach_type != attach_type)
			continue;
		*min = RESULTS[i].min;
		*max = RESULTS[i].max;
		return true;
	}
	return false;
}
