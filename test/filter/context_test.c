/* SPDX-License-Identifier: Apache-2.0 */
/* What socket filters may read and write of struct __sk_buff: every offset in every size, decided
 * as the running kernel decides it, and where there is none as written here. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "harness.h"
#include "prog/types.h"
#include "verify/verify.h"

enum { CONTEXT_BYTES = 192, SK = 168 /* the socket, which Linux alone has */ };

/* One access, its result thrown away. */
static uint32_t make_program(struct skep_insn insns[4], int16_t offset, uint32_t size, bool write)
{
	const uint8_t width = size == 1 ? BPF_B : size == 2 ? BPF_H : size == 4 ? BPF_W : BPF_DW;

	insns[0] = (struct skep_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	insns[1] = (struct skep_insn){ .code = (uint8_t)((write ? BPF_STX : BPF_LDX) | BPF_MEM |
							 width),
				       .dst_reg = (uint8_t)(write ? 1 : 2),
				       .src_reg = (uint8_t)(write ? 0 : 1),
				       .off = offset };
	insns[2] = (struct skep_insn){ .code = BPF_JMP | BPF_EXIT };
	return 3;
}

static bool skep_accepts(const struct skep_insn *insns, uint32_t count)
{
	static const struct skep_contracts contracts;
	const struct skep_bytecode code = { .name = "access",
					    .insns = insns,
					    .count = count,
					    .type = &skep_prog_type_socket_filter,
					    .contracts = &contracts };
	const struct skep_verify_limits limits = { .insns_max = 100, .bytes_max = 1 << 20 };
	struct skep_facts facts = { 0 };
	struct skep_log log = { 0 };
	struct skep_arena arena;
	int err;

	skep_arena_init(&arena, skep_port_posix(), 0);
	err = skep_verify(&code, &limits, skep_port_posix(), &arena, &log, &facts);
	skep_arena_free(&arena);
	return err == 0;
}

/* The beginning of union bpf_attr as BPF_PROG_LOAD takes it (Linux's include/uapi/linux/bpf.h). */
struct prog_load {
	uint32_t type, insn_count;
	uint64_t insns, license;
	uint32_t log_level, log_size;
	uint64_t log;
	uint32_t version, flags;
};

/* 0, or the negated errno. */
static int load_in_kernel(const struct skep_insn *insns, uint32_t count)
{
	enum { PROG_LOAD = 5, SOCKET_FILTER = 1 };
	const struct prog_load load = { .type = SOCKET_FILTER,
					.insn_count = count,
					.insns = (uintptr_t)insns,
					.license = (uintptr_t) "GPL" };
	const long fd = syscall(SYS_bpf, PROG_LOAD, &load, sizeof(load));

	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

/* By the layout of the structure: whether a 4-byte field that may be read begins here. */
static bool is_number(uint32_t at)
{
	static const uint8_t AT[] = {
		0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 68, 84, 164, 176
	};

	for (size_t i = 0; i < sizeof(AT); i++)
		if (AT[i] == at)
			return true;
	return false;
}

static bool is_allowed(int32_t offset, uint32_t size, bool write)
{
	const bool in_cb = offset >= 48 && offset + (int32_t)size <= 68;

	if (offset < 0 || (uint32_t)offset % size != 0)
		return false;
	return in_cb || (!write && size <= 4 && is_number((uint32_t)offset & ~3u));
}

TEST(every_access_to_the_context)
{
	for (int32_t offset = -8; offset < CONTEXT_BYTES + 8; offset++) {
		for (uint32_t size = 1; size <= 8; size *= 2) {
			for (int write = 0; write < 2; write++) {
				struct skep_insn insns[4];
				const uint32_t count =
					make_program(insns, (int16_t)offset, size, write != 0);

				test_case("%s of %u bytes at %d", write ? "store" : "load",
					  (unsigned)size, (int)offset);
				CHECK_EQ(skep_accepts(insns, count),
					 is_allowed(offset, size, write != 0));
			}
		}
	}
}

TEST(as_linux_has_it)
{
	struct skep_insn insns[4];
	uint32_t count = make_program(insns, 0, 4, false);
	const int err = load_in_kernel(insns, count);

	if (err != 0) {
		test_skip(strerror(-err));
		return;
	}
	for (int32_t offset = -8; offset < CONTEXT_BYTES + 8; offset++) {
		for (uint32_t size = 1; size <= 8; size *= 2) {
			for (int write = 0; write < 2; write++) {
				if (offset == SK && size == 8)
					continue;
				count = make_program(insns, (int16_t)offset, size, write != 0);
				test_case("%s of %u bytes at %d", write ? "store" : "load",
					  (unsigned)size, (int)offset);
				CHECK_EQ(skep_accepts(insns, count),
					 load_in_kernel(insns, count) == 0);
			}
		}
	}
}

/* A context that is not sound is refused before anything runs. */
TEST(the_structure_behind_it)
{
	static const struct skep_classic_insn LENGTH[] = { { 0x80, 0, 0, 0 }, { 0x16, 0, 0, 0 } };
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	uint8_t bytes[64] = { 0 };
	struct skep_skb good = skb_over(bytes, sizeof(bytes)), bad;
	struct skep_object *object;
	uint64_t r0 = 0;
	int err = 0;

	object = load_filter(runtime, LENGTH, 2, SKEP_CLASSIC_LINUX, &err);
	CHECK(object != NULL);
	CHECK_EQ(skep_prog_run(skep_object_prog(object, 0), &good, &r0), 0);
	CHECK_EQ(r0, 64);
	CHECK_EQ(skep_prog_run(skep_object_prog(object, 0), NULL, &r0), SKEP_EINVAL);
	bad = good;
	bad.data = NULL;
	CHECK_EQ(skep_prog_run(skep_object_prog(object, 0), &bad, &r0), SKEP_EINVAL);
	bad = good;
	bad.data = good.data + 1;
	bad.data_end = good.data;
	CHECK_EQ(skep_prog_run(skep_object_prog(object, 0), &bad, &r0), SKEP_EINVAL);
	bad = good;
	bad.data_end--;
	bad.mac_header = good.data_end;
	CHECK_EQ(skep_prog_run(skep_object_prog(object, 0), &bad, &r0), SKEP_EINVAL);
	bad = good;
	bad.data_end--;
	bad.network_header = good.data_end;
	CHECK_EQ(skep_prog_run(skep_object_prog(object, 0), &bad, &r0), SKEP_EINVAL);
	bad = good;
	bad.mac_header = NULL;
	bad.network_header = NULL;
	CHECK_EQ(skep_prog_run(skep_object_prog(object, 0), &bad, &r0), 0);
	skep_object_close(object);
	skep_runtime_close(runtime);
}

TESTS_BEGIN
T(every_access_to_the_context)
T(as_linux_has_it)
T(the_structure_behind_it)
TESTS_END
