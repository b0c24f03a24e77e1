/* SPDX-License-Identifier: Apache-2.0 */
/* Socket filters: what they may see of struct __sk_buff, packet loads in the program and in its
 * functions, and helpers that copy from the packet. Results are numbers that a test knows. */
#include "bpf.h"

LICENSE("Dual BSD/GPL");

struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto;
	u32 priority, ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid;
	u32 data, data_end, napi_id, family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4];
	u32 remote_port, local_port, data_meta;
	u64 flow_keys, tstamp;
	u32 wire_len, gso_segs;
	u64 sk;
	u32 gso_size;
};

HELPER long (*const bpf_skb_load_bytes)(const void *skb, u32 offset, void *to,
					u32 size) = (void *)26;
HELPER long (*const bpf_skb_load_bytes_relative)(const void *skb, u32 offset, void *to, u32 size,
						 u32 start) = (void *)68;

/* The instructions BPF_ABS and BPF_IND. */
u64 load_byte(void *skb, u64 offset) asm("llvm.bpf.load.byte");
u64 load_half(void *skb, u64 offset) asm("llvm.bpf.load.half");
u64 load_word(void *skb, u64 offset) asm("llvm.bpf.load.word");

#define NET_OFF (-0x100000)
#define LL_OFF  (-0x200000)

/* Every number of the context that Linux lets a socket filter read, one after the other. */
u32 seen[32];

SEC("socket") int fields(struct __sk_buff *skb)
{
	seen[0] = skb->len;
	seen[1] = skb->pkt_type;
	seen[2] = skb->mark;
	seen[3] = skb->queue_mapping;
	seen[4] = skb->protocol;
	seen[5] = skb->vlan_present;
	seen[6] = skb->vlan_tci;
	seen[7] = skb->vlan_proto;
	seen[8] = skb->priority;
	seen[9] = skb->ingress_ifindex;
	seen[10] = skb->ifindex;
	seen[11] = skb->tc_index;
	for (int i = 0; i < 5; i++)
		seen[12 + i] = skb->cb[i];
	seen[17] = skb->hash;
	seen[18] = skb->napi_id;
	seen[19] = skb->gso_segs;
	seen[20] = skb->gso_size;
	return skb->len;
}

#define PART(type, field, at) (*(volatile type *)((char *)&skb->field + (at)))

/* Aligned parts of a number; and cb, which is memory. */
SEC("socket") int parts(struct __sk_buff *skb)
{
	seen[0] = PART(u8, mark, 0);
	seen[1] = PART(u8, mark, 1);
	seen[2] = PART(u8, mark, 2);
	seen[3] = PART(u8, mark, 3);
	seen[4] = PART(u16, mark, 0);
	seen[5] = PART(u16, mark, 2);
	seen[6] = PART(u16, protocol, 0);
	PART(u64, cb, 0) = 0x0807060504030201;
	PART(u64, cb, 8) = 0x1817161514131211;
	PART(u32, cb, 16) = 0x24232221;
	PART(u8, cb, 1) = 0xaa;
	PART(u16, cb, 18) = 0xbbcc;
	for (int i = 0; i < 5; i++)
		seen[7 + i] = skb->cb[i];
	return PART(u16, cb, 0);
}

/* Counts its runs in cb, which stays from one to the next. */
SEC("socket") int again(struct __sk_buff *skb)
{
	return ++skb->cb[3];
}

/* The destination port of TCP or UDP in IPv4, counted from the network header. */
SEC("socket") int port(struct __sk_buff *skb)
{
	const u64 header = (load_byte(skb, 0) & 15) * 4;
	const u64 protocol = load_byte(skb, 9);

	if (protocol != 6 && protocol != 17)
		return 1;
	return (int)load_half(skb, header + 2);
}

/* Offsets relative to headers. */
SEC("socket") int headers(struct __sk_buff *skb)
{
	seen[0] = (u32)load_half(skb, LL_OFF + 12);
	seen[1] = (u32)load_word(skb, NET_OFF);
	seen[2] = (u32)load_byte(skb, (u32)(LL_OFF + 14));
	return 1;
}

SEC("socket") int below_the_headers(struct __sk_buff *skb)
{
	seen[0] = 1;
	seen[1] = (u32)load_half(skb, LL_OFF - 1);
	return 1;
}

/* The last four bytes, then one past the end, which ends the program. */
SEC("socket") int past_the_end(struct __sk_buff *skb)
{
	const u32 size = skb->len;

	seen[0] = (u32)load_word(skb, size - 4);
	seen[1] = 7;
	seen[2] = (u32)load_word(skb, size - 3);
	seen[3] = 8;
	return 5;
}

static NOINLINE int byte_or_zero(struct __sk_buff *skb, u32 offset)
{
	seen[0]++;
	return (int)load_byte(skb, offset) + 1;
}

/* A load outside the packet ends only the function it is in. */
SEC("socket") int in_a_function(struct __sk_buff *skb)
{
	const int there = byte_or_zero(skb, 0), absent = byte_or_zero(skb, 0x7fffffff);

	return there * 1000 + absent * 100 + (int)seen[0];
}

SEC("socket") int copies(struct __sk_buff *skb)
{
	u8 bytes[8] = { 9, 9, 9, 9, 9, 9, 9, 9 };
	long err;

	seen[0] = (u32)bpf_skb_load_bytes(skb, 0, bytes, 4);
	seen[1] = *(u32 *)bytes;
	seen[2] = (u32)bpf_skb_load_bytes(skb, skb->len - 8, bytes, 8);
	seen[3] = (u32)bpf_skb_load_bytes(skb, skb->len - 7, bytes, 8);
	seen[4] = *(u32 *)bytes;
	seen[5] = (u32)bpf_skb_load_bytes(skb, (u32)-4, bytes, 4);
	err = bpf_skb_load_bytes_relative(skb, 12, bytes, 2, 0);
	seen[6] = err == 0 ? *(u16 *)bytes : (u32)err;
	err = bpf_skb_load_bytes_relative(skb, 0, bytes, 4, 1);
	seen[7] = err == 0 ? *(u32 *)bytes : (u32)err;
	seen[8] = (u32)bpf_skb_load_bytes_relative(skb, 0, bytes, 4, 2);
	seen[9] = (u32)bpf_skb_load_bytes_relative(skb, 0x10000, bytes, 4, 1);
	return 1;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, int(void *));
} next SEC(".maps") = { .values = { [0] = (void *)&port } };

SEC("socket") int tail(struct __sk_buff *skb)
{
	if (load_byte(skb, 0) >> 4 == 4)
		bpf_tail_call(skb, &next, 0);
	return 2;
}
