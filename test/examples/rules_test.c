/* SPDX-License-Identifier: Apache-2.0 */
/* The map `rules` of examples/flows: what the host puts there goes before the parameters, while the
 * program runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "skep.h"

enum { XDP_DROP = 1, XDP_PASS = 2, UDP = 17, TFTP = 69, NTP = 123, FRAME_BYTES = 42 };

struct rule_key {
	uint16_t port;
	uint8_t protocol;
	uint8_t reserved;
};

struct flows {
	struct skep_runtime *runtime;
	struct skep_object *object;
};

static size_t read_object(unsigned char *bytes, size_t size)
{
	const char *source = getenv("SKEP_SOURCE");
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/examples/flows/flows.bpf.o",
		 source != NULL ? source : ".");
	file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	size = fread(bytes, 1, size, file);
	fclose(file);
	return size;
}

static void note(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

static bool open_flows(struct flows *flows)
{
	static unsigned char bytes[1 << 20];
	struct skep_config config = { .port = skep_port_posix(), .log = note };

	return skep_runtime_open(&config, &flows->runtime) == 0 &&
	       skep_object_open(flows->runtime, bytes, read_object(bytes, sizeof(bytes)), "flows",
				&flows->object) == 0 &&
	       skep_object_load(flows->object) == 0;
}

static void close_flows(struct flows *flows)
{
	skep_object_close(flows->object);
	skep_runtime_close(flows->runtime);
}

/* The verdict over a UDP datagram to `port`. */
static uint64_t send(const struct flows *flows, uint16_t port)
{
	static const uint8_t ipv4_udp[] = { 0x08, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, UDP };
	uint8_t buffer[256 + FRAME_BYTES + 64] = { 0 };
	uint8_t *frame = buffer + 256;
	struct skep_xdp xdp = { .data_hard_start = buffer,
				.data_meta = frame,
				.data = frame,
				.data_end = frame + FRAME_BYTES,
				.frame_end = buffer + sizeof(buffer) };
	uint64_t verdict = 0;

	memcpy(frame + 12, ipv4_udp, sizeof(ipv4_udp));
	frame[36] = (uint8_t)(port >> 8);
	frame[37] = (uint8_t)port;
	return skep_prog_run(skep_object_prog_by_name(flows->object, "count_flows"), &xdp,
			     &verdict) == 0
		       ? verdict
		       : UINT64_MAX;
}

TEST(rules_go_before_the_parameters)
{
	const struct rule_key tftp = { TFTP, UDP, 0 }, ntp = { NTP, UDP, 0 };
	const uint32_t pass = XDP_PASS, drop = XDP_DROP;
	struct flows flows = { 0 };
	struct skep_map *rules;

	CHECK(open_flows(&flows));
	rules = skep_object_map_by_name(flows.object, "rules");
	CHECK(rules != NULL);
	CHECK_EQ(send(&flows, TFTP), XDP_DROP);
	CHECK_EQ(send(&flows, NTP), XDP_PASS);

	CHECK_EQ(skep_map_update(rules, &tftp, &pass, 0), 0);
	CHECK_EQ(skep_map_update(rules, &ntp, &drop, 0), 0);
	CHECK_EQ(send(&flows, TFTP), XDP_PASS);
	CHECK_EQ(send(&flows, NTP), XDP_DROP);

	CHECK_EQ(skep_map_delete(rules, &tftp), 0);
	CHECK_EQ(skep_map_delete(rules, &ntp), 0);
	CHECK_EQ(send(&flows, TFTP), XDP_DROP);
	CHECK_EQ(send(&flows, NTP), XDP_PASS);
	close_flows(&flows);
}

TESTS_BEGIN
T(rules_go_before_the_parameters)
TESTS_END
