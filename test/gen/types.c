/* SPDX-License-Identifier: Apache-2.0 */
/* Runs test/objects/gen_types.bpf.c through the skeleton that skep gen wrote of it, in C11 and in
 * C++17, and says of every variable what is not as the program left it. The values stand in the
 * program's source. */
#define _POSIX_C_SOURCE 200809L
#include "types.skep.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed;

static void expect(bool ok, const char *what, int line)
{
	if (ok)
		return;
	printf("line %d: not so: %s\n", line, what);
	failed = 1;
}

#define EXPECT(condition) expect(condition, #condition, __LINE__)

static void complain(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	printf("%s\n", report->text);
}

static void check_initial(const struct types *x)
{
	EXPECT(x->rodata->rate == 3);
	EXPECT(x->rodata->constants.a == 1 && x->rodata->constants.b == 2);
	EXPECT(x->rodata->constants.c == 3 && x->rodata->constants.d == 4);
	EXPECT(x->rodata->constants.e == 5);
	EXPECT(x->bss->counter == 0);
	EXPECT(x->data->tight.b == UINT64_C(0x0102030405060708));
	EXPECT(x->data->tight.c[2] == 11 && x->data->tight.gaps.e == 5);
	EXPECT(x->data->class_.new_ == 1 && x->data->class_.delete_ == 2);
	EXPECT(x->data->class_.x__line == 8 && x->data->class_.bool_ == 9);
	EXPECT(x->data->tail.count == 3 && x->data->hidden == 77);
	EXPECT(x->data_a_b->other == 6);
}

static void check_after(const struct types *x)
{
	const struct types__bits *bits = &x->bss->bits;
	const struct types__node *node = &x->bss->node;
	uint16_t more[3];

	EXPECT(x->rodata->rate == 10);
	EXPECT(x->bss->counter == 100 + 10 + 10);
	EXPECT(bits->a == 5 && bits->b == 1000 && bits->c == -3 && bits->plain == 0xbb);
	EXPECT(bits->d == UINT64_C(0x123456789a) && bits->e == 0xabcdef);
	EXPECT(bits->f == 1 && bits->g == 1 && bits->h == 300);
	EXPECT(x->bss->crossing.a == 0x2aaaaaaa && x->bss->crossing.b == 9);
	EXPECT(x->bss->crossing.c == 200 && x->bss->crossing.d == 0x1ffff);
	EXPECT(x->data->tight.b == UINT64_C(0x010203040506070a));
	EXPECT(x->data->tight.gaps.d == 4 + 120);
	EXPECT(node->at[1][2].y == -9);
	EXPECT(node->word == UINT64_C(0x0000000500000006));
	EXPECT(node->low + node->high == 11);
	EXPECT(node->inner.text[0] == 'a' + (0xaa & 15));
	EXPECT(node->color == types__RED && node->wide == types__WIDE_TOP);
	EXPECT(node->deep == types__DEEP);
	EXPECT(node->address == 0x0100007f && node->set == 1);
	EXPECT(x->data->class_.this_ == 6);
	EXPECT(x->data->hidden == 79 && x->data_a_b->other == 9 && x->bss_small->small == -4);
	EXPECT(x->bss->huge[0] + x->bss->huge[1] == 1);
	EXPECT(x->bss->corners[1].x == 12);
	memcpy(more, x->data->tail_more, sizeof(more));
	EXPECT(more[0] == 100 && more[1] == 200 && more[2] == 303);
}

static int take_record(void *ctx, const void *bytes, size_t size)
{
	const struct types__record *record = (const struct types__record *)bytes;

	(void)ctx;
	EXPECT(size == sizeof(*record) && record->number == UINT64_C(0x1122334455667788));
	EXPECT(record->tag == 7);
	return 0;
}

static void check_maps(const struct types *x)
{
	struct types__gaps key;
	struct types__node value;

	memset(&key, 0, sizeof(key));
	key.a = 0xaa;
	key.d = UINT64_C(1) << 40;
	EXPECT(skep_map_lookup(x->maps.virtual_, &key, &value) == 0);
	EXPECT(value.deep == types__DEEP && value.at[1][2].y == -9);
	EXPECT(skep_ringbuf_consume(x->maps.records, take_record, NULL) == 2);
}

static void check_frozen(const struct types *x)
{
	const uint32_t rate = 11;
	struct skep_var var;
	int status = 0;
	pid_t child;

	EXPECT(skep_object_var_by_name(x->object, "rate", &var) == 0);
	EXPECT(skep_var_write(&var, &rate, sizeof(rate)) == SKEP_EPERM);
	EXPECT(x->rodata->rate == 10);
	/* Through the pointer neither: a process that writes there ends. */
	child = fork();
	if (child == 0) {
		*(volatile uint32_t *)&x->rodata->rate = rate;
		_exit(0);
	}
	EXPECT(child > 0 && waitpid(child, &status, 0) == child);
	EXPECT(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

int main(void)
{
	uint8_t frame[64] = { 0xaa, 0xbb };
	struct skep_xdp xdp;
	struct skep_skb skb;
	struct skep_config config;
	struct skep_runtime *runtime;
	struct types x, second;
	uint64_t r0 = 0;
	uint16_t item;

	memset(&config, 0, sizeof(config));
	config.port = skep_port_posix();
	config.log = complain;
	if (skep_runtime_open(&config, &runtime) != 0 || types__open(&x, runtime) != 0)
		return 1;
	check_initial(&x);
	EXPECT(types__run_export(&x, &xdp, &r0) == SKEP_EPERM);
	x.rodata->rate = 10;
	x.bss->counter = 100;
	if (types__load(&x) != 0)
		return 1;
	memset(&xdp, 0, sizeof(xdp));
	xdp.data_hard_start = xdp.data_meta = xdp.data = frame;
	xdp.data_end = xdp.frame_end = frame + sizeof(frame);
	EXPECT(types__run_export(&x, &xdp, &r0) == 0 && r0 == 2);
	x.data->hidden = 78;
	x.data->class_.this_ = 5;
	memcpy(&item, x.data->tail_more + 4, sizeof(item));
	item++;
	memcpy(x.data->tail_more + 4, &item, sizeof(item));
	EXPECT(types__run_export(&x, &xdp, &r0) == 0 && r0 == 2);
	memset(&skb, 0, sizeof(skb));
	skb.data = frame;
	skb.data_end = frame + sizeof(frame);
	EXPECT(types__run_switch_(&x, &skb, &r0) == 0 && r0 == 120);
	check_after(&x);
	check_maps(&x);
	check_frozen(&x);
	/* Another of the same shares nothing with it. */
	EXPECT(types__open_and_load(&second, runtime) == 0);
	EXPECT(second.bss->counter == 0 && second.rodata->rate == 3);
	types__destroy(&second);
	types__destroy(&second);
	types__destroy(&x);
	skep_runtime_close(runtime);
	puts(failed ? "failed" : "done");
	return failed;
}
