/* SPDX-License-Identifier: Apache-2.0 */
/* Asks CO-RE for a real kernel's types, some of which it may lack. */
#include "bpf.h"
#include "core.h"

struct sched_entity {
	u64 vruntime;
} PORTABLE;

struct task_struct {
	u32 flags;
	int pid;
	struct sched_entity se;
	char comm[16];
	unsigned in_execve : 1;
	unsigned no_new_privs : 1;
} PORTABLE;

struct task_struct___before_5_14 {
	long state;
} PORTABLE;

struct sk_buff {
	u32 len;
	u8 pkt_type : 3;
	u8 ip_summed : 2;
	u16 protocol;
	void *data;
} PORTABLE;

typedef struct {
	int counter;
} atomic_t;

enum bpf_map_type { BPF_HASH_IS_NOT_THERE = 77, BPF_MAP_TYPE_LRU = 9 };
enum bpf_map_type___flavoured { BPF_MAP_TYPE_RINGBUF_IS = 1, BPF_MAP_TYPE_LRU_HASH___x = 5 };

SEC("xdp") int offsets(struct xdp_md *ctx)
{
	struct task_struct *task = NULL;
	struct sk_buff *skb = NULL;

	return field_offset(task->pid) + field_offset(task->se.vruntime) * 3 +
	       field_offset(task->comm[5]) * 5 + field_offset(skb->data) * 7 +
	       field_size(task->comm) * 11 + field_signed(task->pid);
}

SEC("xdp") int bits(struct xdp_md *ctx)
{
	struct task_struct *task = NULL;
	struct sk_buff *skb = NULL;

	return field_offset(skb->pkt_type) + field_lshift(skb->pkt_type) * 3 +
	       field_rshift(skb->pkt_type) * 5 + field_size(skb->pkt_type) * 7 +
	       field_offset(skb->ip_summed) * 11 + field_lshift(skb->ip_summed) * 13 +
	       field_lshift(task->no_new_privs) * 17 + field_offset(task->no_new_privs) * 19 +
	       field_lshift(skb->protocol) * 23;
}

SEC("xdp") int types(struct xdp_md *ctx)
{
	return (int)(type_size(struct task_struct) + type_target(struct task_struct) * 3 +
		     type_target(atomic_t) * 5 + type_matches(atomic_t) * 7 +
		     type_matches(struct sk_buff) * 11 + type_exists(enum bpf_map_type) * 13);
}

SEC("xdp") int questions(struct xdp_md *ctx)
{
	struct task_struct___before_5_14 *old = NULL;

	return field_exists(old->state) +
	       enum_exists(enum bpf_map_type, BPF_HASH_IS_NOT_THERE) * 3 +
	       (int)enum_value(enum bpf_map_type___flavoured, BPF_MAP_TYPE_LRU_HASH___x) * 5;
}

SEC("xdp") int loads(struct xdp_md *ctx)
{
	struct task_struct *task = (struct task_struct *)(long)ctx->data;
	struct sk_buff *skb = (struct sk_buff *)(long)ctx->data;

	return task->flags + task->pid + (int)task->se.vruntime + task->comm[3] + skb->protocol;
}

SEC("xdp") int lacking(struct xdp_md *ctx)
{
	struct task_struct___before_5_14 *old = (void *)(long)ctx->data;

	return (int)old->state;
}

SEC("xdp") int local_id(struct xdp_md *ctx)
{
	return (int)type_local(struct task_struct);
}

SEC("xdp") int more(struct xdp_md *ctx)
{
	return (int)type_local(struct sk_buff) + type_exists(struct sk_buff);
}

SEC("xdp") int and_more(struct xdp_md *ctx)
{
	return type_size(struct sk_buff);
}

LICENSE("GPL");
