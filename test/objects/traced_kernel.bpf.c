/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up kernel, of which only the types count: they are the target of traced.bpf.c. */
#include "bpf.h"

struct task_struct {
	int pid;
	int tgid;
};

struct inside {
	u32 first, second;
};

struct thing {
	u64 number;
	struct inside inside[2];
	struct thing *next;
	char name[8];
	u32 low : 4, high : 12;
	struct task_struct *task;
	const int *count;
	u64 *const __attribute__((btf_type_tag("user"))) * outside;
	union {
		u32 one;
		struct thing *other;
	};
	struct thing __attribute__((btf_type_tag("user"))) * theirs;
};

typedef void (*btf_trace_happened)(void *, struct thing *, int);
typedef void (*btf_trace_kfree_skb)(void *, struct thing *, void *, int, struct thing *);

btf_trace_happened happened;
btf_trace_kfree_skb freed;

int do_thing(struct thing *thing, int number, struct task_struct *maybe__nullable)
{
	return thing->number == (u64)number && maybe__nullable->pid;
}

struct thing *find_thing(int number)
{
	return number ? NULL : (struct thing *)1;
}

int bpf_lsm_thing_open(struct thing *thing)
{
	return thing->number != 0;
}

int bpf_iter_thing(struct inside *meta, struct thing *thing)
{
	return meta->first && thing->number;
}
