/* SPDX-License-Identifier: Apache-2.0 */
/* Programs whose contexts the BTF of traced_kernel.bpf.c tells. Those named yes_ are to be
 * accepted, those named no_ are not, and traced_test.py says why. Offsets are written out, since
 * they are what the verifier sees: number 0, inside 8, next 24, name 32, low and high 40, task 48,
 * count 56, outside 64, the union 72, theirs 80. */
#include "bpf.h"

#define PROGRAM(section, name, text)                                                               \
	SEC(section) int name(u64 *ctx)                                                            \
	{                                                                                          \
		u64 value;                                                                         \
		asm volatile(text                                                                  \
			     : [value] "=&r"(value)                                                \
			     : [ctx] "r"(ctx)                                                      \
			     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");                      \
		return 0;                                                                          \
	}

#define FIRST "%[value] = *(u64 *)(%[ctx] + 0);"

PROGRAM("fentry/do_thing", yes_number, FIRST "%[value] = *(u64 *)(%[value] + 0);")
PROGRAM("fentry/do_thing", yes_part, FIRST "%[value] = *(u8 *)(%[value] + 7);")
PROGRAM("fentry/do_thing", no_two_members, FIRST "%[value] = *(u64 *)(%[value] + 4);")
PROGRAM("fentry/do_thing", yes_in_array, FIRST "%[value] = *(u32 *)(%[value] + 20);")
PROGRAM("fentry/do_thing", no_across_elements, FIRST "%[value] = *(u64 *)(%[value] + 12);")
PROGRAM("fentry/do_thing", yes_next,
	FIRST "%[value] = *(u64 *)(%[value] + 24);"
	      "%[value] = *(u64 *)(%[value] + 24);"
	      "%[value] = *(u64 *)(%[value] + 0);")
PROGRAM("fentry/do_thing", no_half_pointer, FIRST "%[value] = *(u32 *)(%[value] + 24);")
PROGRAM("fentry/do_thing", yes_name, FIRST "%[value] = *(u8 *)(%[value] + 39);")
PROGRAM("fentry/do_thing", yes_bits, FIRST "%[value] = *(u16 *)(%[value] + 40);")
PROGRAM("fentry/do_thing", no_past_end, FIRST "%[value] = *(u64 *)(%[value] + 88);")
PROGRAM("fentry/do_thing", no_before, FIRST "%[value] = *(u64 *)(%[value] - 8);")
PROGRAM("fentry/do_thing", yes_moved,
	FIRST "%[value] += 24;"
	      "%[value] = *(u64 *)(%[value] - 24);")
PROGRAM("fentry/do_thing", no_moved_by_any,
	FIRST "r1 = *(u64 *)(%[ctx] + 8);"
	      "%[value] += r1;")
PROGRAM("fentry/do_thing", no_number,
	FIRST "%[value] = *(u64 *)(%[value] + 56);"
	      "%[value] = *(u32 *)(%[value] + 0);")
PROGRAM("fentry/do_thing", no_user,
	FIRST "%[value] = *(u64 *)(%[value] + 80);"
	      "%[value] = *(u64 *)(%[value] + 0);")
PROGRAM("fentry/do_thing", yes_union_number, FIRST "%[value] = *(u32 *)(%[value] + 72);")
PROGRAM("fentry/do_thing", no_write, FIRST "r1 = 0; *(u64 *)(%[value] + 0) = r1;")
PROGRAM("fentry/do_thing", no_atomic, FIRST "r1 = 1; lock *(u64 *)(%[value] + 0) += r1;")
PROGRAM("fentry/do_thing", yes_argument, "%[value] = *(u32 *)(%[ctx] + 8);")
PROGRAM("fentry/do_thing", no_half_argument, "%[value] = *(u32 *)(%[ctx] + 0);")
PROGRAM("fentry/do_thing", no_fourth_argument, "%[value] = *(u64 *)(%[ctx] + 24);")
PROGRAM("fentry/do_thing", no_null_argument,
	"r1 = *(u64 *)(%[ctx] + 16);"
	"%[value] = *(u32 *)(r1 + 0);")
PROGRAM("fentry/do_thing", yes_null_checked,
	"r1 = *(u64 *)(%[ctx] + 16); %[value] = 0;"
	"if r1 == 0 goto +1; %[value] = *(u32 *)(r1 + 0);")
PROGRAM("fexit/do_thing", yes_result, "%[value] = *(u64 *)(%[ctx] + 24);")
PROGRAM("fexit/find_thing", yes_result_thing,
	"r1 = *(u64 *)(%[ctx] + 8);"
	"%[value] = *(u64 *)(r1 + 0);")
PROGRAM("tp_btf/happened", yes_tracepoint, FIRST "%[value] = *(u64 *)(%[value] + 0);")
PROGRAM("tp_btf/happened", no_third, "%[value] = *(u64 *)(%[ctx] + 16);")
PROGRAM("tp_btf/kfree_skb", no_doubted,
	"r1 = *(u64 *)(%[ctx] + 24);"
	"%[value] = *(u64 *)(r1 + 0);")
PROGRAM("tp_btf/kfree_skb", yes_undoubted, FIRST "%[value] = *(u64 *)(%[value] + 0);")
PROGRAM("iter/thing", yes_iterator, FIRST "%[value] = *(u32 *)(%[value] + 0);")
PROGRAM("iter/thing", no_iterator_end,
	"r1 = *(u64 *)(%[ctx] + 8);"
	"%[value] = *(u64 *)(r1 + 0);")
PROGRAM("lsm/thing_open", yes_lsm, FIRST "%[value] = *(u64 *)(%[value] + 0);")
PROGRAM("kprobe/any", yes_task, "call 158; %[value] = *(u32 *)(r0 + 4);")
PROGRAM("kprobe/any", yes_stack_of_task,
	"call 158; r1 = r0; r2 = r10; r2 += -64; r3 = 64; r4 = 0;"
	"call 141; %[value] = r0;")
PROGRAM("fentry/do_thing", no_stack_of_thing,
	FIRST "r1 = %[value]; r2 = r10; r2 += -64; r3 = 64;"
	      "r4 = 0; call 141;")
PROGRAM("fentry/do_thing", no_stack_of_loaded,
	FIRST "r1 = *(u64 *)(%[value] + 48); r2 = r10;"
	      "r2 += -64; r3 = 64; r4 = 0; call 141;")
PROGRAM("fentry/do_thing", no_memory, FIRST "r1 = %[value]; r2 = 8; r3 = 0; call 6;")

SEC("fentry/do_thing") int no_result(u64 *ctx)
{
	return ctx[1] & 1;
}

SEC("lsm/thing_open") int no_lsm_result(u64 *ctx)
{
	return ctx != NULL;
}

SEC("fentry/not_there") int unsupported_name(u64 *ctx)
{
	return 0;
}

/* Bytes 8 to 11 of the value are a lock, 16 to 23 an object of the kernel. */
struct bpf_spin_lock {
	u32 val;
};
struct locked {
	u64 before;
	struct bpf_spin_lock lock;
	u32 after;
	struct task_struct __attribute__((btf_type_tag("kptr"))) * task;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct locked);
} locked SEC(".maps");

static void *(*const lookup)(void *, const void *) = (void *)1;

#define VALUE(name, what)                                                                          \
	SEC("xdp") int name(void *ctx)                                                             \
	{                                                                                          \
		u32 key = 0;                                                                       \
		struct locked *value = lookup(&locked, &key);                                      \
		if (value != NULL)                                                                 \
			what;                                                                      \
		return 0;                                                                          \
	}

VALUE(yes_before_lock, *(volatile u64 *)&value->before = 1)
VALUE(yes_after_lock, *(volatile u32 *)&value->after = 1)
VALUE(no_lock_written, *(volatile u32 *)&value->lock.val = 1)
VALUE(no_lock_read, (void)*(volatile u8 *)((char *)value + 11))
VALUE(no_object, *(volatile u64 *)((char *)value + 16) = 1)

LICENSE("Dual BSD/GPL");
