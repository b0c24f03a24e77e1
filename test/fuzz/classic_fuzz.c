/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in, as a dialect, a packet and a classic filter: it is refused with one report, or its
 * translation passes the verifier (unless the proof would be too long) and gives the same on both
 * engines as a direct interpretation.
 */
#include "../filter/filter.h"

enum { INSNS_MAX = 256, PACKET_MAX = 64, HEADER_BYTES = 2, INSN_BYTES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "not so: %s (%s)\n", what, last_report);
	abort();
}

/* Instructions as tcpdump -ddd has them in memory, least significant byte first. */
static uint32_t read_insns(const uint8_t *bytes, size_t size,
			   struct skep_classic_insn insns[INSNS_MAX])
{
	uint32_t count = 0;

	for (; count < INSNS_MAX && size >= INSN_BYTES; count++) {
		insns[count] = (struct skep_classic_insn){
			.code = (uint16_t)(bytes[0] | bytes[1] << 8),
			.jt = bytes[2],
			.jf = bytes[3],
			.k = (uint32_t)bytes[4] | (uint32_t)bytes[5] << 8 |
			     (uint32_t)bytes[6] << 16 | (uint32_t)bytes[7] << 24,
		};
		bytes += INSN_BYTES;
		size -= INSN_BYTES;
	}
	return count;
}

/* Whether the direct interpretation knows all that the filter does: not what helpers give, nor what
 * only libpcap's dialect has. */
static bool is_plain(const struct skep_classic_insn *insns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t what = insns[i].k - 0xfffff000u;

		if ((insns[i].code & 0xe7) == 0x20 && insns[i].k >= 0xfffff000u &&
		    (what == 12 || what == 16 || what == 36 || what == 52 || what == 56))
			return false;
	}
	return true;
}

static bool has_random(const struct skep_classic_insn *insns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if ((insns[i].code & 0xe7) == 0x20 &&
		    (insns[i].k == 0xfffff000u + 36 || insns[i].k == 0xfffff000u + 56))
			return true;
	return false;
}

static void run(struct skep_object *const objects[2], const struct skep_classic_insn *insns,
		uint32_t count, const uint8_t *packet, size_t size, bool linux_dialect)
{
	/* Memory of its own, for AddressSanitizer to guard. */
	uint8_t *copy = malloc(size + 1);
	struct skep_skb skb;
	uint64_t first, second;

	if (copy == NULL)
		abort();
	memcpy(copy, packet, size);
	skb = skb_over(copy, size);
	skb.protocol = 8;
	first = run_filter(objects[0], &skb);
	second = run_filter(objects[1], &skb);
	expect(first <= UINT32_MAX && second <= UINT32_MAX, "a result has 32 bits");
	if (!has_random(insns, count))
		expect(first == second, "the engines agree");
	if (linux_dialect && is_plain(insns, count))
		expect(first == reference_run(insns, count, &skb).result,
		       "the translation does what the filter does");
	free(copy);
}

/* With a limit that keeps proofs short. */
static struct skep_runtime *open_runtime(enum skep_engine engine)
{
	const struct skep_config config = { .port = skep_port_posix(),
					    .log = keep_report,
					    .engine = engine,
					    .limits.verify_insns_max = 3000 };
	struct skep_runtime *runtime = NULL;

	expect(skep_runtime_open(&config, &runtime) == 0, "there is a runtime");
	return runtime;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct skep_runtime *runtimes[2];
	static struct skep_classic_insn insns[INSNS_MAX];
	struct skep_object *objects[2] = { NULL, NULL };
	enum skep_classic_dialect dialect;
	const uint8_t *packet;
	size_t packet_size;
	uint32_t count;
	int err = 0;

	if (size < HEADER_BYTES)
		return 0;
	if (runtimes[0] == NULL) {
		runtimes[0] = open_runtime(SKEP_ENGINE_INTERP);
		runtimes[1] = open_runtime(SKEP_ENGINE_AUTO);
	}
	dialect = bytes[0] % 2 == 0 ? SKEP_CLASSIC_LINUX : SKEP_CLASSIC_LIBPCAP;
	packet_size = bytes[1] % (PACKET_MAX + 1);
	bytes += HEADER_BYTES;
	size -= HEADER_BYTES;
	if (packet_size > size)
		packet_size = size;
	packet = bytes;
	count = read_insns(bytes + packet_size, size - packet_size, insns);
	for (size_t engine = 0; engine < 2 && err == 0; engine++)
		objects[engine] = load_filter(runtimes[engine], insns, count, dialect, &err);
	expect((err == 0) == (last_report[0] == '\0'),
	       "a report for each failure, and for no success");
	expect(err == 0 || err == SKEP_EINVAL || err == SKEP_E2BIG, "a translation is verified");
	if (err == 0)
		run(objects, insns, count, packet, packet_size, dialect == SKEP_CLASSIC_LINUX);
	skep_object_close(objects[0]);
	skep_object_close(objects[1]);
	return 0;
}
