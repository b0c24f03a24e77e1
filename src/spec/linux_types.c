/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts of Linux's program types that skep does not run, as programs see them: offsets and sizes
 * of include/uapi/linux/bpf.h, who may read and write what as in Linux 6.18. Types whose contexts
 * only the BTF of a kernel tells (tracing, lsm, struct_ops, ext) have no row.
 *
 * Three simplifications, none of which lets a program touch what it must not: plain memory (kprobe,
 * tracepoint) may be read in parts where Linux wants words; fields that depend on the attach type
 * are open to all of a program type; registers of a probe are those of x86-64.
 */
#include "base/bytes.h"
#include "spec/linux.h"

#define FIELD(field, at, bytes, can_write, what)                                                   \
	{                                                                                          \
		.name = (field), .offset = (at), .size = (bytes), .writable = (can_write),         \
		.kind = SKEP_FIELD_##what, .real_offset = (at), .real_size = (bytes)               \
	}
#define READ(field, at, bytes)    FIELD(field, at, bytes, false, PARTS)
#define WRITE(field, at, bytes)   FIELD(field, at, bytes, true, PARTS)
#define WHOLE(field, at, bytes)   FIELD(field, at, bytes, false, SCALAR)
#define PKT(at, bytes)            FIELD("data", at, bytes, false, PKT)
#define PKT_END(at, bytes)        FIELD("data_end", at, bytes, false, PKT_END)
#define SOCK_COMMON(field, at)    FIELD(field, at, 8, false, SOCK_COMMON_OR_NULL)
#define SOCKET_OR_NULL(field, at) FIELD(field, at, 8, false, SOCKET_OR_NULL)
#define SOCKET(field, at)         FIELD(field, at, 8, false, SOCKET)

/* ------------------------------------------------------------------------------ registers, words
 */

enum {
	PT_REGS_BYTES = 168, /* struct pt_regs of x86-64 */
	TRACE_ENTRY_BYTES = 8192,
	TRACE_ARGS_BYTES = 96, /* 12 arguments at most */
	SYSCALL_CTX_BYTES = 65528,
};

static const struct skep_ctx_field KPROBE[] = { FIELD("pt_regs", 0, PT_REGS_BYTES, false, BYTES) };
/* The first 8 bytes are the kernel's own. */
static const struct skep_ctx_field TRACEPOINT[] = {
	FIELD("entry", 8, TRACE_ENTRY_BYTES - 8, false, BYTES),
};
static const struct skep_ctx_field RAW_TRACEPOINT[] = {
	FIELD("args", 0, TRACE_ARGS_BYTES, false, BYTES),
};
/* args[0] points to a buffer of the tracepoint's own, which is not modelled. */
static const struct skep_ctx_field RAW_TRACEPOINT_WRITABLE[] = {
	FIELD("args", 8, TRACE_ARGS_BYTES - 8, false, BYTES),
};
static const struct skep_ctx_field PERF_EVENT[] = {
	FIELD("regs", 0, PT_REGS_BYTES, false, BYTES),
	READ("sample_period", PT_REGS_BYTES, 8),
	READ("addr", PT_REGS_BYTES + 8, 8),
};
static const struct skep_ctx_field SYSCALL[] = { FIELD("ctx", 0, SYSCALL_CTX_BYTES, true, BYTES) };
static const struct skep_ctx_field LIRC_MODE2[] = { WHOLE("sample", 0, 4) };

/* ----------------------------------------------------------------------------- struct __sk_buff */

#define SK_BUFF_ALL                                                                                \
	READ("len", 0, 4), READ("pkt_type", 4, 4), READ("protocol", 16, 4),                        \
		READ("vlan_present", 20, 4), READ("vlan_tci", 24, 4), READ("vlan_proto", 28, 4),   \
		READ("ingress_ifindex", 36, 4), READ("ifindex", 40, 4), READ("hash", 68, 4),       \
		READ("napi_id", 84, 4), READ("gso_segs", 164, 4), SOCK_COMMON("sk", 168),          \
		READ("gso_size", 176, 4), FIELD("cb", 48, 20, true, BYTES), PKT(76, 4),            \
		PKT_END(80, 4)
#define SK_BUFF_ADDRESSES                                                                          \
	READ("family", 88, 4), READ("remote_ip4", 92, 4), READ("local_ip4", 96, 4),                \
		READ("remote_ip6", 100, 4), READ("remote_ip6", 104, 4),                            \
		READ("remote_ip6", 108, 4), READ("remote_ip6", 112, 4), READ("local_ip6", 116, 4), \
		READ("local_ip6", 120, 4), READ("local_ip6", 124, 4), READ("local_ip6", 128, 4),   \
		READ("remote_port", 132, 4), READ("local_port", 136, 4)

static const struct skep_ctx_field TC[] = {
	SK_BUFF_ALL,
	WRITE("mark", 8, 4),
	WRITE("queue_mapping", 12, 4),
	WRITE("priority", 32, 4),
	WRITE("tc_index", 44, 4),
	WRITE("tc_classid", 72, 4),
	FIELD("data_meta", 140, 4, false, PKT_META),
	FIELD("tstamp", 152, 8, true, SCALAR),
	READ("wire_len", 160, 4),
	WHOLE("hwtstamp", 184, 8),
};
static const struct skep_ctx_field CGROUP_SKB[] = {
	SK_BUFF_ALL,
	SK_BUFF_ADDRESSES,
	WRITE("mark", 8, 4),
	READ("queue_mapping", 12, 4),
	WRITE("priority", 32, 4),
	READ("tc_index", 44, 4),
	FIELD("tstamp", 152, 8, true, SCALAR),
	WHOLE("hwtstamp", 184, 8),
};
static const struct skep_ctx_field LWT[] = {
	SK_BUFF_ALL,
	WRITE("mark", 8, 4),
	READ("queue_mapping", 12, 4),
	WRITE("priority", 32, 4),
	READ("tc_index", 44, 4),
};
static const struct skep_ctx_field SK_SKB[] = {
	SK_BUFF_ALL,
	SK_BUFF_ADDRESSES,
	READ("queue_mapping", 12, 4),
	WRITE("priority", 32, 4),
	WRITE("tc_index", 44, 4),
};
/* flow_keys, at 144, is not modelled. */
static const struct skep_ctx_field FLOW_DISSECTOR[] = { PKT(76, 4), PKT_END(80, 4) };

/* -------------------------------------------------------------------------------------- sockets */

static const struct skep_ctx_field SK_MSG[] = {
	PKT(0, 8),
	PKT_END(8, 8),
	WHOLE("family", 16, 4),
	WHOLE("remote_ip4", 20, 4),
	WHOLE("local_ip4", 24, 4),
	WHOLE("remote_ip6", 28, 4),
	WHOLE("remote_ip6", 32, 4),
	WHOLE("remote_ip6", 36, 4),
	WHOLE("remote_ip6", 40, 4),
	WHOLE("local_ip6", 44, 4),
	WHOLE("local_ip6", 48, 4),
	WHOLE("local_ip6", 52, 4),
	WHOLE("local_ip6", 56, 4),
	WHOLE("remote_port", 60, 4),
	WHOLE("local_port", 64, 4),
	WHOLE("size", 68, 4),
	SOCKET("sk", 72),
};

static const struct skep_ctx_field SOCK_OPS[] = {
	WHOLE("op", 0, 4),
	FIELD("reply", 4, 4, true, SCALAR),
	FIELD("replylong", 8, 4, true, SCALAR),
	FIELD("replylong", 12, 4, true, SCALAR),
	FIELD("replylong", 16, 4, true, SCALAR),
	WHOLE("family", 20, 4),
	WHOLE("remote_ip4", 24, 4),
	WHOLE("local_ip4", 28, 4),
	WHOLE("remote_ip6", 32, 4),
	WHOLE("remote_ip6", 36, 4),
	WHOLE("remote_ip6", 40, 4),
	WHOLE("remote_ip6", 44, 4),
	WHOLE("local_ip6", 48, 4),
	WHOLE("local_ip6", 52, 4),
	WHOLE("local_ip6", 56, 4),
	WHOLE("local_ip6", 60, 4),
	WHOLE("remote_port", 64, 4),
	WHOLE("local_port", 68, 4),
	WHOLE("is_fullsock", 72, 4),
	WHOLE("snd_cwnd", 76, 4),
	WHOLE("srtt_us", 80, 4),
	WHOLE("bpf_sock_ops_cb_flags", 84, 4),
	WHOLE("state", 88, 4),
	WHOLE("rtt_min", 92, 4),
	WHOLE("snd_ssthresh", 96, 4),
	WHOLE("rcv_nxt", 100, 4),
	WHOLE("snd_nxt", 104, 4),
	WHOLE("snd_una", 108, 4),
	WHOLE("mss_cache", 112, 4),
	WHOLE("ecn_flags", 116, 4),
	WHOLE("rate_delivered", 120, 4),
	WHOLE("rate_interval_us", 124, 4),
	WHOLE("packets_out", 128, 4),
	WHOLE("retrans_out", 132, 4),
	WHOLE("total_retrans", 136, 4),
	WHOLE("segs_in", 140, 4),
	WHOLE("data_segs_in", 144, 4),
	WHOLE("segs_out", 148, 4),
	WHOLE("data_segs_out", 152, 4),
	WHOLE("lost_out", 156, 4),
	WHOLE("sacked_out", 160, 4),
	FIELD("sk_txhash", 164, 4, true, SCALAR),
	WHOLE("bytes_received", 168, 8),
	WHOLE("bytes_acked", 176, 8),
	SOCKET_OR_NULL("sk", 184),
	PKT(192, 8),
	PKT_END(200, 8),
	WHOLE("skb_len", 208, 4),
	READ("skb_tcp_flags", 212, 4),
	WHOLE("skb_hwtstamp", 216, 8),
};

/* struct bpf_sock; the first rows are what every socket has (is a struct sock_common). */
#define SOCK_PARTS                                                                                 \
	WHOLE("bound_dev_if", 0, 4), READ("family", 4, 4), READ("src_ip4", 24, 4),                 \
		READ("src_ip6", 28, 4), READ("src_ip6", 32, 4), READ("src_ip6", 36, 4),            \
		READ("src_ip6", 40, 4), READ("src_port", 44, 4), WHOLE("dst_port", 48, 4),         \
		READ("dst_port", 48, 2), READ("dst_ip4", 52, 4), READ("dst_ip6", 56, 4),           \
		READ("dst_ip6", 60, 4), READ("dst_ip6", 64, 4), READ("dst_ip6", 68, 4),            \
		READ("state", 72, 4), READ("rx_queue_mapping", 76, 4), READ("type", 8, 4),         \
		READ("protocol", 12, 4)

static const struct skep_ctx_field SOCK[] = {
	SOCK_PARTS,
	WHOLE("mark", 16, 4),
	WHOLE("priority", 20, 4),
};
static const struct skep_ctx_field CGROUP_SOCK[] = {
	FIELD("bound_dev_if", 0, 4, true, SCALAR),
	SOCK_PARTS,
	FIELD("mark", 16, 4, true, SCALAR),
	FIELD("priority", 20, 4, true, SCALAR),
};
/* struct bpf_tcp_sock: 20 fields of 4 bytes, 2 of 8, then 7 of 4. */
static const struct skep_ctx_field TCP_SOCK[] = {
	WHOLE("snd_cwnd", 0, 4),          WHOLE("srtt_us", 4, 4),
	WHOLE("rtt_min", 8, 4),           WHOLE("snd_ssthresh", 12, 4),
	WHOLE("rcv_nxt", 16, 4),          WHOLE("snd_nxt", 20, 4),
	WHOLE("snd_una", 24, 4),          WHOLE("mss_cache", 28, 4),
	WHOLE("ecn_flags", 32, 4),        WHOLE("rate_delivered", 36, 4),
	WHOLE("rate_interval_us", 40, 4), WHOLE("packets_out", 44, 4),
	WHOLE("retrans_out", 48, 4),      WHOLE("total_retrans", 52, 4),
	WHOLE("segs_in", 56, 4),          WHOLE("data_segs_in", 60, 4),
	WHOLE("segs_out", 64, 4),         WHOLE("data_segs_out", 68, 4),
	WHOLE("lost_out", 72, 4),         WHOLE("sacked_out", 76, 4),
	WHOLE("bytes_received", 80, 8),   WHOLE("bytes_acked", 88, 8),
	WHOLE("dsack_dups", 96, 4),       WHOLE("delivered", 100, 4),
	WHOLE("delivered_ce", 104, 4),    WHOLE("icsk_retransmits", 108, 4),
};

static const struct skep_ctx_field XSK[] = { WHOLE("queue_id", 0, 4) };

const struct skep_layout skep_linux_socks[SKEP_SOCK_COUNT] = {
	/* mark and priority are missing in what is not a full socket. */
	[SKEP_SOCK_COMMON] = { SOCK, SKEP_COUNT(SOCK) - 4 },
	[SKEP_SOCK_FULL] = { SOCK, SKEP_COUNT(SOCK) },
	[SKEP_SOCK_TCP] = { TCP_SOCK, SKEP_COUNT(TCP_SOCK) },
	[SKEP_SOCK_XSK] = { XSK, SKEP_COUNT(XSK) },
};

static const struct skep_ctx_field SOCK_ADDR[] = {
	READ("user_family", 0, 4),
	WRITE("user_ip4", 4, 4),
	FIELD("user_ip6", 8, 16, true, BYTES),
	WRITE("user_port", 24, 4),
	READ("family", 28, 4),
	READ("type", 32, 4),
	READ("protocol", 36, 4),
	WRITE("msg_src_ip4", 40, 4),
	WRITE("msg_src_ip6", 44, 4),
	WRITE("msg_src_ip6", 48, 4),
	WRITE("msg_src_ip6", 52, 4),
	WRITE("msg_src_ip6", 56, 4),
	SOCKET("sk", 64),
};
static const struct skep_ctx_field SK_LOOKUP[] = {
	SOCKET_OR_NULL("sk", 0),    READ("family", 8, 4),           READ("protocol", 12, 4),
	READ("remote_ip4", 16, 4),  READ("remote_ip6", 20, 4),      READ("remote_ip6", 24, 4),
	READ("remote_ip6", 28, 4),  READ("remote_ip6", 32, 4),      WHOLE("remote_port", 36, 4),
	READ("remote_port", 36, 2), READ("local_ip4", 40, 4),       READ("local_ip6", 44, 4),
	READ("local_ip6", 48, 4),   READ("local_ip6", 52, 4),       READ("local_ip6", 56, 4),
	READ("local_port", 60, 4),  READ("ingress_ifindex", 64, 4),
};
static const struct skep_ctx_field SK_REUSEPORT[] = {
	PKT(0, 8),
	PKT_END(8, 8),
	READ("len", 16, 4),
	READ("eth_protocol", 20, 4),
	READ("ip_protocol", 24, 4),
	READ("bind_inany", 28, 4),
	WHOLE("hash", 32, 4),
	SOCKET("sk", 40),
	SOCK_COMMON("migrating_sk", 48),
};

/* -------------------------------------------------------------------------------------- cgroups */

static const struct skep_ctx_field CGROUP_DEVICE[] = {
	READ("access_type", 0, 4),
	WHOLE("major", 4, 4),
	WHOLE("minor", 8, 4),
};
static const struct skep_ctx_field CGROUP_SYSCTL[] = {
	READ("write", 0, 4),
	WRITE("file_pos", 4, 4),
};
/* The option's value is bounded by its end, like a packet. */
static const struct skep_ctx_field CGROUP_SOCKOPT[] = {
	SOCKET("sk", 0),
	FIELD("optval", 8, 8, false, PKT),
	FIELD("optval_end", 16, 8, false, PKT_END),
	FIELD("level", 24, 4, true, SCALAR),
	FIELD("optname", 28, 4, true, SCALAR),
	FIELD("optlen", 32, 4, true, SCALAR),
	FIELD("retval", 36, 4, true, SCALAR),
};

/* ---------------------------------------------------------------------------------------- types */

#define TYPE(number, text, bytes, table, more)                                                     \
	.type = (number), .name = (text), .ctx_size = (bytes), .fields = (table),                  \
	.field_count = SKEP_COUNT(table),                                                          \
	.groups = SKEP_GROUP_BASE | SKEP_GROUP_OF_TYPE(number) | (more)
#define RETURNS(low, high) .ret_checked = true, .ret_min = (low), .ret_max = (high)
#define SKB                SKEP_GROUP_SKB
#define HEADERS            (SKEP_GROUP_SKB | SKEP_GROUP_SKB_HEADERS)

enum { SK_BUFF_BYTES = 192 };

/* Says that programs of a type may use packet loads; none of them is run. */
static int64_t packet_load(const void *ctx, int32_t offset, uint32_t size)
{
	(void)ctx;
	(void)offset;
	(void)size;
	return -1;
}

const struct skep_prog_type skep_linux_types[] = {
	{ TYPE(2, "kprobe", PT_REGS_BYTES, KPROBE, 0) },
	{ TYPE(3, "sched_cls", SK_BUFF_BYTES, TC, HEADERS), .packet_writable = true,
	  .packet_load = packet_load },
	{ TYPE(4, "sched_act", SK_BUFF_BYTES, TC, HEADERS), .packet_writable = true,
	  .packet_load = packet_load },
	{ TYPE(5, "tracepoint", TRACE_ENTRY_BYTES, TRACEPOINT, 0) },
	{ TYPE(7, "perf_event", PT_REGS_BYTES + 16, PERF_EVENT, 0) },
	{ TYPE(8, "cgroup_skb", SK_BUFF_BYTES, CGROUP_SKB, HEADERS), RETURNS(0, 1) },
	{ TYPE(9, "cgroup_sock", 80, CGROUP_SOCK, 0), RETURNS(0, 1) },
	{ TYPE(10, "lwt_in", SK_BUFF_BYTES, LWT, SKB) },
	{ TYPE(11, "lwt_out", SK_BUFF_BYTES, LWT, SKB) },
	{ TYPE(12, "lwt_xmit", SK_BUFF_BYTES, LWT, SKB), .packet_writable = true },
	{ TYPE(13, "sock_ops", 224, SOCK_OPS, 0), RETURNS(0, 1) },
	{ TYPE(14, "sk_skb", SK_BUFF_BYTES, SK_SKB, SKB), .packet_writable = true },
	{ TYPE(15, "cgroup_device", 12, CGROUP_DEVICE, 0), RETURNS(0, 1) },
	{ TYPE(16, "sk_msg", 80, SK_MSG, 0), .packet_writable = true },
	{ TYPE(17, "raw_tracepoint", TRACE_ARGS_BYTES, RAW_TRACEPOINT, 0) },
	{ TYPE(18, "cgroup_sock_addr", 72, SOCK_ADDR, 0), RETURNS(0, 1) },
	{ TYPE(19, "lwt_seg6local", SK_BUFF_BYTES, LWT, SKB) },
	{ TYPE(20, "lirc_mode2", 4, LIRC_MODE2, 0) },
	{ TYPE(21, "sk_reuseport", 56, SK_REUSEPORT, HEADERS) },
	{ TYPE(22, "flow_dissector", SK_BUFF_BYTES, FLOW_DISSECTOR, SKB) },
	{ TYPE(23, "cgroup_sysctl", 8, CGROUP_SYSCTL, 0), RETURNS(0, 1) },
	{ TYPE(24, "raw_tracepoint_writable", TRACE_ARGS_BYTES, RAW_TRACEPOINT_WRITABLE, 0) },
	{ TYPE(25, "cgroup_sockopt", 40, CGROUP_SOCKOPT, 0), RETURNS(0, 1),
	  .packet_writable = true },
	{ TYPE(30, "sk_lookup", 72, SK_LOOKUP, 0), RETURNS(0, 1) },
	{ TYPE(31, "syscall", SYSCALL_CTX_BYTES, SYSCALL, 0) },
};

const uint32_t skep_linux_type_count = SKEP_COUNT(skep_linux_types);
