/* SPDX-License-Identifier: Apache-2.0 */
/* Linux as the witness: it attaches the classic programs that skep opens and refuses those that
 * skep refuses, and on a pair of sockets it keeps as many bytes of each packet. */
#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include "filter.h"
#include "harness.h"
#include "random.h"

enum { PROGRAMS = 600, DAMAGES = 6000, PACKETS = 4 };

/* 0, or the negated errno. */
static int attach(int socket, const struct skep_classic_insn *insns, uint32_t count)
{
	const struct sock_fprog program = { (unsigned short)count, (struct sock_filter *)insns };

	return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0
		       ? 0
		       : -errno;
}

/* A pair of sockets, the second with a filter; false, told: not here. */
static bool open_pair(int pair[2])
{
	static const struct skep_classic_insn ALL[] = { { 0x06, 0, 0, 0xffffffff } };
	static char reason[128];
	int err;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
		snprintf(reason, sizeof(reason), "no pair of sockets: %s", strerror(errno));
		test_skip(reason);
		return false;
	}
	err = attach(pair[1], ALL, 1);
	if (err == 0)
		return true;
	snprintf(reason, sizeof(reason), "SO_ATTACH_FILTER: %s", strerror(-err));
	test_skip(reason);
	close(pair[0]);
	close(pair[1]);
	return false;
}

/* Bytes that arrive of a packet: as many as the filter says, at most all; 0: none. */
static size_t send_packet(const int pair[2], const uint8_t *packet, size_t size)
{
	uint8_t out[RANDOM_PACKET_MAX];
	ssize_t got;

	/* Linux says that a packet was sent even if the other side's filter dropped it. */
	if (send(pair[0], packet, size, 0) != (ssize_t)size)
		return SIZE_MAX;
	got = recv(pair[1], out, sizeof(out), MSG_DONTWAIT);
	return got < 0 ? 0 : (size_t)got;
}

static bool same_on_packets(const int pair[2], const struct random_program *program,
			    struct random *random)
{
	for (unsigned i = 0; i < PACKETS; i++) {
		uint8_t packet[RANDOM_PACKET_MAX];
		const size_t size = random_packet(packet, random);
		struct skep_skb skb = skb_over(packet, size);
		struct reference wanted;
		size_t kept;

		if (size == 0)
			continue;
		/* A packet between such sockets has no headers, no device and no protocol. */
		skb.ifindex = 0;
		skb.network_header = skb.data;
		wanted = reference_run(program->insns, program->count, &skb);
		kept = wanted.result < size ? wanted.result : size;
		/* Where its network header is depends on how it was allocated. */
		if (!wanted.strange && send_packet(pair, packet, size) != kept)
			return false;
	}
	return true;
}

TEST(random_programs_keep_as_many_bytes)
{
	struct random_program program;
	int pair[2];

	if (!open_pair(pair))
		return;
	for (unsigned i = 0; i < PROGRAMS; i++) {
		struct random random = { 3000000 + i };

		test_case("program %u", i);
		random_make(&program, &random, false);
		CHECK_EQ(attach(pair[1], program.insns, program.count), 0);
		CHECK(same_on_packets(pair, &program, &random));
	}
	close(pair[0]);
	close(pair[1]);
}

/* Changes one instruction to anything. */
static void damage(struct random_program *program, struct random *random)
{
	struct skep_classic_insn *insn = &program->insns[random_below(random, program->count)];

	switch (random_below(random, 5)) {
	case 0: insn->code = (uint16_t)random_below(random, 256); break;
	case 1: insn->k = random_number(random); break;
	case 2: insn->k = 0xfffff000u + random_below(random, 72); break;
	case 3: insn->jt = (uint8_t)random_next(random); break;
	default: *insn = program->insns[random_below(random, program->count)]; break;
	}
	if (random_below(random, 16) == 0)
		program->count = random_below(random, program->count + 1);
	else if (random_below(random, 8) == 0)
		program->insns[random_below(random, 16)].code = 0x04; /* a word less is written */
}

TEST(damaged_programs_are_refused_alike)
{
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	struct random_program program;
	unsigned refused = 0;
	int pair[2];

	if (!open_pair(pair))
		return;
	for (unsigned i = 0; i < DAMAGES; i++) {
		struct random random = { 4000000 + i };
		struct skep_object *object = NULL;
		int theirs, ours;

		random_make(&program, &random, false);
		damage(&program, &random);
		theirs = attach(pair[1], program.insns, program.count);
		ours = skep_object_open_classic(runtime, program.insns, program.count,
						SKEP_CLASSIC_LINUX, "filter", &object);
		skep_object_close(object);
		test_case("program %u: %s", i, last_report);
		CHECK_EQ(ours, theirs);
		refused += ours != 0;
	}
	CHECK(refused > DAMAGES / 4);
	CHECK(refused < DAMAGES * 3 / 4);
	close(pair[0]);
	close(pair[1]);
	skep_runtime_close(runtime);
}

/* Every opcode there could be, in a program that is otherwise right. */
TEST(every_opcode_is_refused_alike)
{
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	int pair[2];

	if (!open_pair(pair))
		return;
	for (uint32_t code = 0; code < 0x10000; code += code < 0x200 ? 1 : 0x100) {
		for (uint32_t k = 0; k < 2; k++) {
			const struct skep_classic_insn insns[] = {
				{ 0x02, 0, 0, 0 }, { 0x02, 0, 0, 1 }, { (uint16_t)code, 0, 0, k },
				{ 0x06, 0, 0, 0 }, { 0x16, 0, 0, 0 },
			};
			struct skep_object *object = NULL;

			test_case("opcode 0x%02x, k %u", (unsigned)code, (unsigned)k);
			CHECK_EQ(skep_object_open_classic(runtime, insns, 5, SKEP_CLASSIC_LINUX,
							  "filter", &object),
				 attach(pair[1], insns, 5));
			skep_object_close(object);
		}
	}
	close(pair[0]);
	close(pair[1]);
	skep_runtime_close(runtime);
}

TESTS_BEGIN
T(random_programs_keep_as_many_bytes)
T(damaged_programs_are_refused_alike)
T(every_opcode_is_refused_alike)
TESTS_END
