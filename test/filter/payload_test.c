/* SPDX-License-Identifier: Apache-2.0 */
/* Where the payload begins (SKF_AD_PAY_OFFSET), over frames of each protocol that Linux's flow
 * dissector follows, whole and cut. The offsets were counted by hand, and Linux 6.18 gives the same
 * on a packet socket, but for the outermost tag, which it takes off the frame before. */
#include "base/bytes.h"
#include "filter.h"
#include "harness.h"

/* Headers in hexadecimal; addresses and check sums do not matter. */
#define ETHER(type) "020000000001 020000000002" type
#define IPV4        "0800"
#define IPV6        "86dd"
/* `words`: length of the header in words of 4 bytes; flags and fragment offset; protocol. */
#define IP4(words, fragment, protocol)                                                             \
	"4" words "000050 0001" fragment "40" protocol "0000 0a000001 0a000002"
#define IP6(next)                                                                                  \
	"60000000 0020" next "40"                                                                  \
	"20010db8000000000000000000000001"                                                         \
	"20010db8000000000000000000000002"
#define TCP(words) "1234 0050 00000001 00000000" words "0022000 0000 0000"
#define UDP        "1234 0035 0010 0000"
#define WORD       "00000000"
#define BYTES16    WORD WORD WORD WORD

enum { FRAME_MAX = 256 };

static const struct {
	const char *what;
	uint32_t offset;
	const char *frame;
} FRAMES[] = {
	{ "TCP", 14 + 20 + 20, ETHER(IPV4) IP4("5", "0000", "06") TCP("5") BYTES16 },
	{ "TCP with options", 14 + 20 + 32, ETHER(IPV4) IP4("5", "0000", "06") TCP("8") BYTES16 },
	{ "TCP whose header says 4 bytes", 14 + 20 + 20,
	  ETHER(IPV4) IP4("5", "0000", "06") TCP("1") BYTES16 },
	{ "TCP, cut before its length", 14 + 20,
	  ETHER(IPV4) IP4("5", "0000", "06") WORD WORD WORD },
	{ "TCP, cut behind its length", 14 + 20 + 60,
	  ETHER(IPV4) IP4("5", "0000", "06") WORD WORD WORD "f0" },
	{ "UDP", 14 + 20 + 8, ETHER(IPV4) IP4("5", "0000", "11") UDP BYTES16 },
	{ "IP with options", 14 + 28 + 8, ETHER(IPV4) IP4("7", "0000", "11") WORD WORD UDP WORD },
	{ "IP that must not be fragmented", 14 + 20 + 8,
	  ETHER(IPV4) IP4("5", "4000", "11") UDP BYTES16 },
	{ "the first fragment", 14 + 20 + 8, ETHER(IPV4) IP4("5", "2000", "11") UDP BYTES16 },
	{ "a later fragment", 14 + 20, ETHER(IPV4) IP4("5", "20b9", "11") BYTES16 },
	{ "the last fragment", 14 + 20, ETHER(IPV4) IP4("5", "00b9", "11") BYTES16 },
	{ "the first fragment of a tunnel", 14 + 20,
	  ETHER(IPV4) IP4("5", "2000", "04") IP4("5", "0000", "11") UDP },
	{ "IP whose header has 16 bytes", 0, ETHER(IPV4) IP4("4", "0000", "11") UDP BYTES16 },
	{ "IP, cut", 0, ETHER(IPV4) "45000050 00010000 40110000 0a000001 0a0000" },
	{ "IP whose options are cut", 38, ETHER(IPV4) IP4("7", "0000", "59") WORD },
	{ "ICMP", 14 + 20 + 8, ETHER(IPV4) IP4("5", "0000", "01") BYTES16 },
	{ "IGMP", 14 + 20 + 8, ETHER(IPV4) IP4("5", "0000", "02") BYTES16 },
	{ "UDP-Lite", 14 + 20 + 8, ETHER(IPV4) IP4("5", "0000", "88") BYTES16 },
	{ "DCCP", 14 + 20 + 12, ETHER(IPV4) IP4("5", "0000", "21") BYTES16 },
	{ "SCTP", 14 + 20 + 12, ETHER(IPV4) IP4("5", "0000", "84") BYTES16 },
	{ "OSPF", 14 + 20, ETHER(IPV4) IP4("5", "0000", "59") BYTES16 },
	{ "ESP", 14 + 20, ETHER(IPV4) IP4("5", "0000", "32") BYTES16 },
	{ "IPv6", 14 + 40 + 8, ETHER(IPV6) IP6("11") UDP WORD },
	{ "IPv6, cut", 0,
	  ETHER(IPV6) "60000000 00201140 20010db8000000000000000000000001"
		      "20010db80000000000000000000000" },
	{ "ICMPv6", 14 + 40 + 8, ETHER(IPV6) IP6("3a") BYTES16 },
	{ "hop-by-hop and destination options", 14 + 40 + 8 + 16 + 8,
	  ETHER(IPV6) IP6("00") "3c00"
				"000000000000"
				"1101"
				"000000000000" WORD WORD UDP WORD },
	{ "a routing header", 14 + 40 + 24 + 20,
	  ETHER(IPV6) IP6("2b") "0602"
				"000000000000" BYTES16 TCP("5") },
	{ "an extension header that is cut", 0, ETHER(IPV6) IP6("00") "3c" },
	{ "an extension header longer than the packet", 14 + 40 + 16,
	  ETHER(IPV6) IP6("00") "3b07"
				"000000000000" WORD WORD },
	{ "options of IPv6 in IPv4", 14 + 20, ETHER(IPV4) IP4("5", "0000", "3c") BYTES16 },
	{ "the first fragment of IPv6", 14 + 40 + 8 + 8,
	  ETHER(IPV6) IP6("2c") "11000001 00000001" UDP WORD },
	{ "a later fragment of IPv6", 14 + 40 + 8,
	  ETHER(IPV6) IP6("2c") "11000011 00000001" UDP WORD },
	{ "a fragment header that is cut", 0, ETHER(IPV6) IP6("2c") "11000001 000000" },
	{ "IPv4 in IPv4", 14 + 20 + 20 + 8,
	  ETHER(IPV4) IP4("5", "0000", "04") IP4("5", "0000", "11") UDP },
	{ "IPv6 in IPv4", 14 + 20 + 40 + 8, ETHER(IPV4) IP4("5", "0000", "29") IP6("11") UDP },
	{ "IPv4 in IPv6", 14 + 40 + 20 + 8, ETHER(IPV6) IP6("04") IP4("5", "0000", "11") UDP },
	{ "MPLS in IPv4", 14 + 20 + 4, ETHER(IPV4) IP4("5", "0000", "89") BYTES16 },
	{ "GRE", 14 + 20 + 4 + 20 + 8,
	  ETHER(IPV4) IP4("5", "0000", "2f") "0000" IPV4 IP4("5", "0000", "11") UDP },
	{ "GRE with check sum, key and sequence", 14 + 20 + 16 + 40 + 8,
	  ETHER(IPV4) IP4("5", "0000", "2f") "b000" IPV6 WORD WORD WORD IP6("11") UDP },
	{ "GRE with routing", 14 + 20, ETHER(IPV4) IP4("5", "0000", "2f") "4000" IPV4 BYTES16 },
	{ "GRE of version 2", 14 + 20, ETHER(IPV4) IP4("5", "0000", "2f") "0002" IPV4 BYTES16 },
	{ "GRE of version 1 that is no PPTP", 14 + 20,
	  ETHER(IPV4) IP4("5", "0000", "2f") "2001" IPV4 BYTES16 },
	{ "PPTP", 14 + 20 + 16 + 4 + 20 + 8,
	  ETHER(IPV4) IP4("5", "0000", "2f") "3081 880b" WORD WORD WORD
					     "ff030021" IP4("5", "0000", "11") UDP },
	{ "PPTP with IPv6", 14 + 20 + 8 + 4 + 40 + 8,
	  ETHER(IPV4) IP4("5", "0000", "2f") "2001 880b" WORD "ff030057" IP6("11") UDP },
	{ "PPTP of a protocol that is not followed", 0,
	  ETHER(IPV4) IP4("5", "0000", "2f") "2001 880b" WORD "ff038021" BYTES16 },
	{ "GRE, cut", 0, ETHER(IPV4) IP4("5", "0000", "2f") "0000" },
	{ "GRE whose key is cut", 0, ETHER(IPV4) IP4("5", "0000", "2f") "2000" IPV4 "0000" },
	{ "Ethernet in GRE", 14 + 20 + 4 + 14 + 20 + 8,
	  ETHER(IPV4) IP4("5", "0000", "2f") "0000 6558" ETHER(IPV4) IP4("5", "0000", "11") UDP },
	{ "Ethernet in GRE, cut", 0, ETHER(IPV4) IP4("5", "0000", "2f") "0000 6558 0200" },
	{ "GRE of a protocol that is not known", 0,
	  ETHER(IPV4) IP4("5", "0000", "2f") "0000 1234" BYTES16 },
	{ "two tags", 14 + 8 + 20 + 8,
	  ETHER("88a8") "0064 8100 00c8" IPV4 IP4("5", "0000", "11") UDP },
	{ "PPPoE", 14 + 8 + 20 + 8,
	  ETHER("8864") "1100 0001 0030 0021" IP4("5", "0000", "11") UDP },
	{ "PPPoE with IPv6", 14 + 8 + 40 + 8, ETHER("8864") "1100 0001 0030 0057" IP6("11") UDP },
	{ "PPPoE with a protocol of one byte", 0,
	  ETHER("8864") "1100 0001 0030 21" IP4("5", "0000", "11") UDP },
	{ "PPPoE with MPLS", 14 + 8 + 4, ETHER("8864") "1100 0001 0030 0281" BYTES16 },
	{ "PPPoE with LCP", 14 + 8, ETHER("8864") "1100 0001 0030 c021" BYTES16 },
	{ "PPPoE with a number that is no protocol", 0,
	  ETHER("8864") "1100 0001 0030 0020" BYTES16 },
	{ "PPPoE of another version", 0, ETHER("8864") "2100 0001 0030 0021" BYTES16 },
	{ "PPPoE that is no session's data", 0, ETHER("8864") "1107 0001 0030 0021" BYTES16 },
	{ "PPPoE, cut", 0, ETHER("8864") "1100 0001 0030 00" },
	{ "MPLS", 14 + 4, ETHER("8847") "00064140" IP4("5", "0000", "11") UDP },
	{ "MPLS multicast", 14 + 4, ETHER("8848") "00064140" WORD },
	{ "ARP", 14, ETHER("0806") "0001 0800 06 04 0001" BYTES16 },
	{ "RARP", 14, ETHER("8035") BYTES16 },
	{ "HSR", 14 + 6 + 20 + 8, ETHER("892f") "1030 0001" IPV4 IP4("5", "0000", "11") UDP },
	{ "PRP", 14 + 6 + 20 + 8, ETHER("88fb") "1030 0001" IPV4 IP4("5", "0000", "11") UDP },
	{ "HSR, cut", 0, ETHER("892f") "1030 0001 08" },
	{ "FCoE", 14 + 38, ETHER("8906") BYTES16 BYTES16 BYTES16 },
	{ "FCoE, cut", 0, ETHER("8906") BYTES16 BYTES16 },
	{ "PTP", 14 + 34, ETHER("88f7") "0b02" BYTES16 BYTES16 BYTES16 },
	{ "PTP, cut", 0, ETHER("88f7") "0b02" BYTES16 },
	{ "CFM", 14, ETHER("8902") BYTES16 },
	{ "LLDP", 0, ETHER("88cc") BYTES16 },
	{ "802.3", 0, ETHER("0026") "424203" BYTES16 },
	{ "more headers than are followed", 14 + 4 * 16,
	  ETHER("8100") "0001 8100 0001 8100 0001 8100 0001 8100 0001 8100 0001 8100 0001 8100"
			"0001 8100 0001 8100 0001 8100 0001 8100 0001 8100 0001 8100 0001 8100"
			"0001 8100 0001 8100 0001 0800" IP4("5", "0000", "11") UDP },
};

static size_t make_frame(const char *text, uint8_t *out)
{
	static const char DIGITS[] = "0123456789abcdef";
	size_t digits = 0;

	memset(out, 0, FRAME_MAX);
	for (; *text != '\0'; text++) {
		const char *digit = strchr(DIGITS, *text);

		if (digit == NULL || digits == 2 * (size_t)FRAME_MAX)
			continue;
		out[digits / 2] |= (uint8_t)((digit - DIGITS) << (digits % 2 == 0 ? 4 : 0));
		digits++;
	}
	return digits / 2;
}

/* A frame as a packet socket has it. */
static struct skep_skb skb_of(uint8_t *frame, size_t size)
{
	struct skep_skb skb = skb_over(frame, size);
	uint16_t type;

	memcpy(&type, frame + 12, 2);
	skb.protocol = type;
	return skb;
}

static struct skep_object *load(struct skep_runtime *runtime)
{
	static const struct skep_classic_insn INSNS[] = { { 0x20, 0, 0, 0xfffff034u },
							  { 0x16, 0, 0, 0 } };
	int err = 0;

	return load_filter(runtime, INSNS, 2, SKEP_CLASSIC_LINUX, &err);
}

TEST(the_payload_of_each_protocol)
{
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	struct skep_object *object = load(runtime);
	uint8_t frame[FRAME_MAX];

	CHECK(object != NULL);
	for (size_t i = 0; i < SKEP_COUNT(FRAMES); i++) {
		const size_t size = make_frame(FRAMES[i].frame, frame);
		struct skep_skb skb = skb_of(frame, size);

		test_case("%s", FRAMES[i].what);
		CHECK_EQ(run_filter(object, &skb), FRAMES[i].offset);
	}
	skep_object_close(object);
	skep_runtime_close(runtime);
}

/* Offsets count from where the socket's packets begin, not from the frame. */
TEST(behind_the_link_s_header)
{
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	struct skep_object *object = load(runtime);
	uint8_t frame[FRAME_MAX];
	const size_t size = make_frame(ETHER(IPV4) IP4("5", "0000", "06") TCP("6") BYTES16, frame);
	struct skep_skb skb = skb_of(frame, size);

	CHECK(object != NULL);
	skb.data += 14;
	skb.len -= 14;
	CHECK_EQ(run_filter(object, &skb), 20 + 24);
	skb.network_header = NULL;
	CHECK_EQ(run_filter(object, &skb), 0);
	/* A tag that was taken off is one of the headers that are followed at most. */
	CHECK_EQ(make_frame(FRAMES[SKEP_COUNT(FRAMES) - 1].frame, frame), 14 + 68 + 20 + 8);
	skb = skb_of(frame, 14 + 68 + 20 + 8);
	skb.vlan_present = 1;
	CHECK_EQ(run_filter(object, &skb), 14 + 4 * 15);
	skep_object_close(object);
	skep_runtime_close(runtime);
}

/* Every beginning of every frame, each in memory of its own, for AddressSanitizer to guard. */
TEST(frames_cut_anywhere)
{
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	struct skep_object *object = load(runtime);
	uint8_t frame[FRAME_MAX];

	CHECK(object != NULL);
	for (size_t i = 0; i < SKEP_COUNT(FRAMES); i++) {
		const size_t whole = make_frame(FRAMES[i].frame, frame);

		test_case("%s", FRAMES[i].what);
		for (size_t size = 14; size < whole; size++) {
			uint8_t *copy = malloc(size);
			struct skep_skb skb;
			uint64_t offset;

			if (copy == NULL)
				abort();
			memcpy(copy, frame, size);
			skb = skb_of(copy, size);
			offset = run_filter(object, &skb);
			free(copy);
			/* A header's least size is added whether it is there or not. */
			CHECK(offset <= size + 60);
		}
	}
	skep_object_close(object);
	skep_runtime_close(runtime);
}

TESTS_BEGIN
T(the_payload_of_each_protocol)
T(behind_the_link_s_header)
T(frames_cut_anywhere)
TESTS_END
