/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What classic BPF filters load beside the packet (SKF_AD_*) and eBPF programs of Linux cannot: the
 * type of the device, netlink attributes in the packet, and where the packet's payload begins. The
 * translation of isa/classic.c calls them by number.
 *
 * The payload's offset is found as Linux's flow dissector finds it: one header after the other from
 * the network header on, the protocol's number in hand saying which is next, through tags, tunnels
 * and extension headers, until one that carries a payload. The chain is cut after HEADERS_MAX
 * headers. Two protocols that Linux follows are not followed here: TIPC and B.A.T.M.A.N.
 */
#include "isa/classic.h"
#include "base/bytes.h"
#include "helper/helpers.h"

/* The numbers stand in helpers.def, and where isa/ can see them. */
#define HELPER(id, name, ret, a1, a2, a3, a4, a5, groups, caps, flags) NUMBER_##name = (id),
#define HELPER_ABSENT(id, name, ret, a1, a2, a3, a4, a5, types, caps, flags)
enum {
#include "spec/helpers.def"
};
_Static_assert((int)NUMBER_get_prandom_u32 == (int)SKEP_CLASSIC_CALL_RANDOM, "one number");
_Static_assert((int)NUMBER_get_smp_processor_id == (int)SKEP_CLASSIC_CALL_CPU, "one number");
_Static_assert((int)NUMBER_classic_hatype == (int)SKEP_CLASSIC_CALL_HATYPE, "one number");
_Static_assert((int)NUMBER_classic_nlattr == (int)SKEP_CLASSIC_CALL_NLATTR, "one number");
_Static_assert((int)NUMBER_classic_nlattr_nest == (int)SKEP_CLASSIC_CALL_NLATTR_NEST, "one number");
_Static_assert((int)NUMBER_classic_pay_offset == (int)SKEP_CLASSIC_CALL_PAY_OFFSET, "one number");

uint64_t skep_helper_classic_hatype(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
				    struct skep_env *env)
{
	const struct skep_skb *skb = skep_helper_pointer(r1);

	(void)r2;
	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	return (uint16_t)skb->dev_type;
}

/* ------------------------------------------------------------------------ netlink attributes */

enum {
	ATTRIBUTE_HEADER = 4, /* length and type, 16 bits each in the host's byte order */
	ATTRIBUTE_TYPE = 0x3fff,
};

/* An attribute that lies within `rest` bytes. */
static bool is_whole(const uint8_t *attribute, size_t rest)
{
	return rest >= ATTRIBUTE_HEADER && skep_load16(attribute) >= ATTRIBUTE_HEADER &&
	       skep_load16(attribute) <= rest;
}

/* The first attribute of that type among those that follow each other in `size` bytes, or NULL. */
static const uint8_t *find_attribute(const uint8_t *at, size_t size, uint32_t type)
{
	while (is_whole(at, size)) {
		const size_t step = ((size_t)skep_load16(at) + 3) & ~(size_t)3;

		if ((skep_load16(at + 2) & ATTRIBUTE_TYPE) == type)
			return at;
		if (step >= size)
			return NULL;
		at += step;
		size -= step;
	}
	return NULL;
}

static uint64_t look_up_attribute(const struct skep_skb *skb, uint32_t offset, uint32_t type,
				  bool nested)
{
	const size_t size = (size_t)(skb->data_end - skb->data);
	const uint8_t *at, *found;

	if (!skep_in_bounds(offset, ATTRIBUTE_HEADER, size))
		return 0;
	at = skb->data + offset;
	if (nested && !is_whole(at, size - offset))
		return 0;
	found = nested ? find_attribute(at + ATTRIBUTE_HEADER,
					(size_t)skep_load16(at) - ATTRIBUTE_HEADER, type)
		       : find_attribute(at, size - offset, type);
	return found != NULL ? (uint32_t)(found - skb->data) : 0;
}

uint64_t skep_helper_classic_nlattr(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
				    struct skep_env *env)
{
	(void)r4;
	(void)r5;
	(void)env;
	return look_up_attribute(skep_helper_pointer(r1), (uint32_t)r2, (uint32_t)r3, false);
}

uint64_t skep_helper_classic_nlattr_nest(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
					 uint64_t r5, struct skep_env *env)
{
	(void)r4;
	(void)r5;
	(void)env;
	return look_up_attribute(skep_helper_pointer(r1), (uint32_t)r2, (uint32_t)r3, true);
}

/* ------------------------------------------------------------------------------- the payload */

/* EtherTypes, protocol numbers of IP, and of PPP (IANA). */
enum {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_BRIDGED = 0x6558,
	ETHER_RARP = 0x8035,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_PPP = 0x880b,
	ETHER_PRP = 0x88fb,
	ETHER_QINQ = 0x88a8,
	ETHER_PTP = 0x88f7,
	ETHER_CFM = 0x8902,
	ETHER_FCOE = 0x8906,
	ETHER_HSR = 0x892f,
	IP_HOP_BY_HOP = 0,
	IP_ICMP = 1,
	IP_IGMP = 2,
	IP_IPV4 = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_DCCP = 33,
	IP_IPV6 = 41,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_GRE = 47,
	IP_ICMPV6 = 58,
	IP_DESTINATION = 60,
	IP_SCTP = 132,
	IP_UDPLITE = 136,
	IP_MPLS = 137,
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_MPLS = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
	HEADERS_MAX = 15,
};

enum step {
	STEP_ETHER, /* a header named by an EtherType follows */
	STEP_IP,    /* one named by IP's protocol number */
	STEP_DONE,
	STEP_BAD, /* not known, or cut off */
};

struct dissection {
	const struct skep_skb *skb;
	int64_t at;     /* of the next header, from data on */
	uint16_t ether; /* names the header at `at`, or the last one of its kind */
	uint8_t ip;     /* the same */
	bool later_fragment;
	const uint8_t *header; /* the bytes last asked for */
};

/* Bytes of the header in hand; false if they are not all there. */
static bool need(struct dissection *d, int64_t offset, uint32_t size)
{
	const int64_t all = d->skb->data_end - d->skb->data;

	if (all - (d->at + offset) < size)
		return false;
	d->header = d->skb->data + d->at + offset;
	return true;
}

static uint16_t be16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static enum step dissect_ipv4(struct dissection *d)
{
	uint16_t fragment;

	if (!need(d, 0, 20) || (d->header[0] & 15) < 5)
		return STEP_BAD;
	d->ip = d->header[9];
	fragment = be16(d->header + 6);
	d->at += 4 * (d->header[0] & 15);
	if ((fragment & 0x3fff) == 0) /* neither more to come nor an offset */
		return STEP_IP;
	d->later_fragment = (fragment & 0x1fff) != 0;
	return STEP_DONE;
}

static enum step dissect_ipv6(struct dissection *d)
{
	if (!need(d, 0, 40))
		return STEP_BAD;
	d->ip = d->header[6];
	d->at += 40;
	return STEP_IP;
}

static enum step dissect_pppoe(struct dissection *d)
{
	uint16_t protocol;

	/* Version 1, type 1, session data. */
	if (!need(d, 0, 8) || d->header[0] != 0x11 || d->header[1] != 0)
		return STEP_BAD;
	protocol = be16(d->header + 6);
	d->at += 8;
	switch (protocol) {
	case PPP_IPV4: d->ether = ETHER_IPV4; return STEP_ETHER;
	case PPP_IPV6: d->ether = ETHER_IPV6; return STEP_ETHER;
	case PPP_MPLS: d->ether = ETHER_MPLS; return STEP_ETHER;
	case PPP_MPLS_MULTICAST: d->ether = ETHER_MPLS_MULTICAST; return STEP_ETHER;
	default: return (protocol & 0x0101) == 1 ? STEP_DONE : STEP_BAD;
	}
}

/* A header whose size is all that counts. */
static enum step pass(struct dissection *d, uint32_t size)
{
	if (!need(d, 0, size))
		return STEP_BAD;
	d->at += size;
	return STEP_DONE;
}

static enum step dissect_ether(struct dissection *d)
{
	switch (d->ether) {
	case ETHER_IPV4: return dissect_ipv4(d);
	case ETHER_IPV6: return dissect_ipv6(d);
	case ETHER_VLAN:
	case ETHER_QINQ:
		if (!need(d, 0, 4))
			return STEP_BAD;
		d->ether = be16(d->header + 2);
		d->at += 4;
		return STEP_ETHER;
	case ETHER_PPPOE: return dissect_pppoe(d);
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST: d->at += 4; return STEP_DONE;
	case ETHER_PRP:
	case ETHER_HSR:
		if (!need(d, 0, 6))
			return STEP_BAD;
		d->ether = be16(d->header + 4);
		d->at += 6;
		return STEP_ETHER;
	case ETHER_FCOE: return pass(d, 38);
	case ETHER_PTP: return pass(d, 34);
	case ETHER_ARP:
	case ETHER_RARP:
	case ETHER_CFM: return STEP_DONE;
	default: return STEP_BAD;
	}
}

/* Version 1: PPP inside (PPTP). */
static enum step dissect_gre_ppp(struct dissection *d, int64_t offset, bool acknowledges)
{
	offset += acknowledges ? 4 : 0;
	if (!need(d, offset, 4))
		return STEP_BAD;
	if (be16(d->header + 2) == PPP_IPV4)
		d->ether = ETHER_IPV4;
	else if (be16(d->header + 2) == PPP_IPV6)
		d->ether = ETHER_IPV6;
	d->at += offset + 4;
	return STEP_ETHER;
}

/* What is not known inside is the payload. */
static enum step dissect_gre(struct dissection *d)
{
	enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x80 };
	uint16_t flags, protocol;
	int64_t offset = 4;

	if (!need(d, 0, 4))
		return STEP_BAD;
	flags = be16(d->header);
	protocol = be16(d->header + 2);
	if ((flags & ROUTING) != 0 || (flags & 7) > 1)
		return STEP_DONE;
	d->ether = protocol;
	if ((flags & 7) == 1 && (protocol != ETHER_PPP || (flags & KEY) == 0))
		return STEP_DONE;
	offset += (flags & CHECKSUM) != 0 ? 4 : 0;
	if ((flags & KEY) != 0 && !need(d, offset, 4))
		return STEP_BAD;
	offset += (flags & KEY) != 0 ? 4 : 0;
	offset += (flags & SEQUENCE) != 0 ? 4 : 0;
	if ((flags & 7) == 1)
		return dissect_gre_ppp(d, offset, (flags & ACK) != 0);
	if (protocol == ETHER_BRIDGED) {
		if (!need(d, offset, 14))
			return STEP_BAD;
		d->ether = be16(d->header + 12);
		offset += 14;
	}
	d->at += offset;
	return STEP_ETHER;
}

/* An extension header of IPv6, and only there. */
static enum step dissect_extension(struct dissection *d)
{
	if (d->ether != ETHER_IPV6)
		return STEP_DONE;
	if (!need(d, 0, d->ip == IP_FRAGMENT ? 8 : 2))
		return STEP_BAD;
	if (d->ip == IP_FRAGMENT) {
		d->later_fragment = (be16(d->header + 2) & 0xfff8) != 0;
		d->ip = d->header[0];
		d->at += 8;
		return STEP_DONE;
	}
	d->ip = d->header[0];
	d->at += 8 * (d->header[1] + 1);
	return STEP_IP;
}

static enum step dissect_ip(struct dissection *d)
{
	switch (d->ip) {
	case IP_HOP_BY_HOP:
	case IP_ROUTING:
	case IP_DESTINATION:
	case IP_FRAGMENT: return dissect_extension(d);
	case IP_GRE: return dissect_gre(d);
	case IP_IPV4: d->ether = ETHER_IPV4; return STEP_ETHER;
	case IP_IPV6: d->ether = ETHER_IPV6; return STEP_ETHER;
	case IP_MPLS: d->ether = ETHER_MPLS; return STEP_ETHER;
	default: return STEP_DONE;
	}
}

/* Goes through the headers; false if one is not known or cut off. */
static bool dissect(struct dissection *d)
{
	enum step step = STEP_ETHER;
	/* A tag that the device took off counts. */
	unsigned headers = d->skb->vlan_present != 0 ? 1 : 0;

	while (step == STEP_ETHER || step == STEP_IP) {
		const bool is_ip = step == STEP_IP;

		step = is_ip ? dissect_ip(d) : dissect_ether(d);
		/* From IP's own header to what it carries is no new round in Linux. */
		if ((is_ip || step == STEP_ETHER) && (step == STEP_ETHER || step == STEP_IP) &&
		    ++headers > HEADERS_MAX)
			return true;
	}
	return step == STEP_DONE;
}

/* Bytes of the header that comes before the payload. */
static uint32_t transport_bytes(struct dissection *d)
{
	uint32_t bytes;

	switch (d->ip) {
	case IP_TCP:
		if (!need(d, 12, 1))
			return 0;
		bytes = (d->header[0] & 0xf0u) >> 2;
		return bytes > 20 ? bytes : 20;
	case IP_ICMP:
	case IP_ICMPV6:
	case IP_IGMP:
	case IP_UDP:
	case IP_UDPLITE: return 8;
	case IP_DCCP:
	case IP_SCTP: return 12;
	default: return 0;
	}
}

uint64_t skep_helper_classic_pay_offset(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
					uint64_t r5, struct skep_env *env)
{
	const struct skep_skb *skb = skep_helper_pointer(r1);
	const uint16_t protocol = (uint16_t)skb->protocol;
	struct dissection d = { .skb = skb };

	(void)r2;
	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	if (skb->network_header == NULL)
		return 0;
	d.at = skb->network_header - skb->data;
	d.ether = skep_host_is_big_endian() ? protocol : skep_swap16(protocol);
	if (!dissect(&d))
		return 0;
	d.at = (uint16_t)d.at < (uint16_t)skb->len ? (uint16_t)d.at : (uint16_t)skb->len;
	if (d.later_fragment)
		return (uint32_t)d.at;
	return (uint32_t)d.at + transport_bytes(&d);
}
