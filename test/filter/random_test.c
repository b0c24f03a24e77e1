/* SPDX-License-Identifier: Apache-2.0 */
/* Random classic programs, translated and run on both engines: in Linux's dialect they give what a
 * direct interpretation gives, in libpcap's what its bpf_filter() gives, and where the dialects do
 * not differ the two agree. */
#include <sys/types.h>

#include <pcap/bpf.h>

#include "filter.h"
#include "harness.h"
#include "random.h"

enum { PROGRAMS = 1500, PACKETS = 6 };

/* One program, loaded in a dialect on both engines. */
struct loaded {
	struct skep_object *objects[2];
};

static bool load(struct skep_runtime *const runtimes[2], const struct random_program *program,
		 enum skep_classic_dialect dialect, struct loaded *out)
{
	int err = 0;

	for (size_t engine = 0; engine < 2; engine++) {
		out->objects[engine] = load_filter(runtimes[engine], program->insns, program->count,
						   dialect, &err);
		if (err != 0)
			test_note("%s", last_report);
	}
	return out->objects[0] != NULL && out->objects[1] != NULL;
}

static void unload(struct loaded *loaded)
{
	skep_object_close(loaded->objects[0]);
	skep_object_close(loaded->objects[1]);
}

static bool gives(const struct loaded *loaded, struct skep_skb *skb, uint32_t wanted)
{
	return run_filter(loaded->objects[0], skb) == wanted &&
	       run_filter(loaded->objects[1], skb) == wanted;
}

static uint32_t ask_libpcap(const struct random_program *program, const struct skep_skb *skb)
{
	return bpf_filter((const struct bpf_insn *)program->insns, skb->data, skb->len,
			  (unsigned)(skb->data_end - skb->data));
}

static struct skep_skb random_skb(uint8_t packet[RANDOM_PACKET_MAX], struct random *random)
{
	struct skep_skb skb = skb_over(packet, random_packet(packet, random));

	skb.len += random_below(random, 3);
	skb.ifindex = random_below(random, 3);
	skb.pkt_type = random_below(random, 5);
	skb.mark = random_number(random);
	skb.queue_mapping = random_number(random) & 0xffff;
	skb.protocol = random_number(random) & 0xffff;
	skb.vlan_present = random_below(random, 2);
	skb.vlan_tci = random_number(random) & 0xffff;
	skb.vlan_proto = random_number(random) & 0xffff;
	skb.hash = random_number(random);
	skb.dev_type = random_number(random) & 0xffff;
	return skb;
}

TEST(linux_s_dialect)
{
	struct skep_runtime *const runtimes[2] = { runtime_on(SKEP_ENGINE_INTERP),
						   runtime_on(SKEP_ENGINE_AUTO) };
	struct random_program program;
	unsigned far = 0;

	for (unsigned i = 0; i < PROGRAMS; i++) {
		struct random random = { 1000000 + i };
		struct loaded loaded;

		random_make(&program, &random, true);
		test_case("program %u", i);
		CHECK(load(runtimes, &program, SKEP_CLASSIC_LINUX, &loaded));
		for (unsigned packet = 0; packet < PACKETS; packet++) {
			uint8_t bytes[RANDOM_PACKET_MAX];
			struct skep_skb skb = random_skb(bytes, &random);
			const struct reference wanted =
				reference_run(program.insns, program.count, &skb);

			CHECK(gives(&loaded, &skb, wanted.result));
			far += wanted.result != 0;
		}
		unload(&loaded);
	}
	/* The programs are worth running. */
	CHECK(far > PROGRAMS * PACKETS / 4);
	skep_runtime_close(runtimes[0]);
	skep_runtime_close(runtimes[1]);
}

TEST(libpcap_s_dialect)
{
	struct skep_runtime *const runtimes[2] = { runtime_on(SKEP_ENGINE_INTERP),
						   runtime_on(SKEP_ENGINE_AUTO) };
	struct random_program program;
	unsigned far = 0, strange = 0;

	for (unsigned i = 0; i < PROGRAMS; i++) {
		struct random random = { 2000000 + i };
		struct loaded loaded;

		random_make(&program, &random, i % 8 == 0);
		test_case("program %u", i);
		CHECK(load(runtimes, &program, SKEP_CLASSIC_LIBPCAP, &loaded));
		for (unsigned packet = 0; packet < PACKETS; packet++) {
			uint8_t bytes[RANDOM_PACKET_MAX];
			struct skep_skb skb = random_skb(bytes, &random);
			const uint32_t wanted = ask_libpcap(&program, &skb);
			const struct reference other =
				reference_run(program.insns, program.count, &skb);

			CHECK(gives(&loaded, &skb, wanted));
			CHECK(i % 8 == 0 || other.strange || other.result == wanted);
			far += wanted != 0;
			strange += other.strange;
		}
		unload(&loaded);
	}
	CHECK(far > PROGRAMS * PACKETS / 4);
	CHECK(strange > PROGRAMS * PACKETS / 10);
	skep_runtime_close(runtimes[0]);
	skep_runtime_close(runtimes[1]);
}

TESTS_BEGIN
T(linux_s_dialect)
T(libpcap_s_dialect)
TESTS_END
