/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows: a flow table for XDP.
 *
 * Every frame is taken apart: Ethernet, up to two VLAN tags, IPv4 with options, IPv6 with extension
 * headers, TCP, UDP, ICMP. Its flow's packets and bytes are counted in the map `flows`, the first
 * frame of a flow sends a `struct event` through the ring buffer `events`, `counters` sums up by
 * protocol, and what a rule says is dropped. Nothing here depends on time or on the machine: the
 * same frames in the same order leave the same maps behind.
 *
 * What can be set before load stands under "parameters". Rules that change while the program runs
 * go into the map `rules`.
 *
 *   clang -O2 -g -target bpf -mcpu=v3 -idirafter /usr/include/$(uname -m)-linux-gnu \
 *         -c flows.bpf.c -o flows.bpf.o
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define FLOWS_MAX     4096
#define RULES_MAX     256
#define EVENTS_BYTES  (256 * 1024)
#define VLAN_TAGS_MAX 2
/* RFC 8200, 4.1: as many as its recommended order names before the payload. */
#define EXTENSIONS_MAX 6

/* ---------------------------------------------------------------------------------- parameters */

/* Frames to these ports are dropped unless `rules` says otherwise; 0: no such rule. */
const volatile __u16 drop_tcp_port = 23; /* telnet */
const volatile __u16 drop_udp_port = 69; /* TFTP */

/* Drops every frame that carries part of a fragmented packet. */
const volatile bool drop_fragments = false;

/* Whether the VLAN ids are part of what tells flows apart. */
const volatile bool count_vlan = true;

/* Whether a new flow is told through `events`. */
const volatile bool send_events = true;

/* New flows beyond this many are not entered; at most FLOWS_MAX. */
const volatile __u32 max_flows = FLOWS_MAX;

/* ----------------------------------------------------------------------- what can be read after */

__u64 flow_count = 0;   /* flows entered */
__u64 flows_missed = 0; /* frames whose flow found no room */
__u64 events_lost = 0;  /* events that found no room */

/* What tells flows apart, one direction each. Ports and VLAN ids are in host byte order. */
struct flow_key {
	struct in6_addr src; /* IPv4 as ::ffff:a.b.c.d */
	struct in6_addr dst;
	__u16 src_port; /* 0 where the protocol has none */
	__u16 dst_port; /* for ICMP and ICMPv6 type * 256 + code, as NetFlow has it */
	__u16 vlan;     /* the outer tag's id; 0: none */
	__u16 inner_vlan;
	__u8 protocol;       /* IPPROTO_*, after all extension headers */
	__u8 later_fragment; /* 1: has no transport header, so its ports are 0 */
	__u16 reserved;      /* 0, as hash keys have no holes */
};

struct flow {
	__u64 packets;
	__u64 bytes;   /* of whole frames, from the destination address to the end */
	__u64 dropped; /* packets of these */
};

/* The first frame of a flow. */
struct event {
	struct flow_key key;
	__u8 tcp_flags; /* of a TCP header: SYN here means that the flow was seen from its start */
	__u8 dropped;
	__u16 reserved; /* 0 */
	__u32 bytes;
};

struct rule_key {
	__u16 port; /* destination */
	__u8 protocol;
	__u8 reserved; /* 0 */
};

/* Index into `counters`. A frame counts once under each name that is true of it. */
enum count {
	COUNT_IPV4,
	COUNT_IPV6,
	COUNT_NOT_IP,
	COUNT_TCP,
	COUNT_UDP,
	COUNT_ICMP,
	COUNT_ICMPV6,
	COUNT_OTHER, /* IP with another protocol */
	COUNT_VLAN,
	COUNT_QINQ,      /* two tags */
	COUNT_FRAGMENT,  /* first, middle or last of a fragmented packet */
	COUNT_MALFORMED, /* ends inside a header, or a header contradicts itself */
	COUNT_DROPPED,
	COUNT_MAX
};

struct counter {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FLOWS_MAX);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

/* enum xdp_action by port: goes before the parameters, so XDP_PASS makes an exception. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RULES_MAX);
	__type(key, struct rule_key);
	__type(value, __u32);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNT_MAX);
	__type(key, __u32);
	__type(value, struct counter);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENTS_BYTES);
} events SEC(".maps");

/* Nothing refers to struct event by a map's type; this keeps it in the BTF for readers. */
const struct event *event_type __attribute__((unused));

/* ------------------------------------------------------------------------------------- parsing */

/* Headers that the kernel's exported files lack, or spoil: <linux/icmp.h> wants a libc. */
struct vlan_header {
	__be16 tag; /* id in the low 12 bits */
	__be16 type;
};

struct fragment_header {
	__u8 next;
	__u8 reserved;
	__be16 offset; /* in the high 13 bits; the lowest: more follow */
	__be32 id;
};

struct port_header {
	__be16 src;
	__be16 dst;
};

struct icmp_header {
	__u8 type;
	__u8 code;
	__be16 checksum;
};

#define VLAN_ID_MASK     0x0fff
#define IPV4_MORE        0x2000
#define IPV4_OFFSET_MASK 0x1fff
#define IPV6_MORE        0x0001
#define IPV6_OFFSET_MASK 0xfff8
#define TCP_FLAGS_BYTE   13

/* What is left of a frame. */
struct cursor {
	void *next;
	void *end;
};

/* What a frame turned out to be. */
struct packet {
	struct flow_key key;
	__u16 type; /* ETH_P_*, behind the VLAN tags */
	__u8 tags;
	__u8 tcp_flags;
	bool fragment;
};

/* Moves behind the header that begins at `header` and has `size` bytes, if the frame has them. */
static __always_inline bool skip(struct cursor *cursor, void *header, __u32 size)
{
	if (header + size > cursor->end)
		return false;
	cursor->next = header + size;
	return true;
}

/* The next header, of at least `size` bytes, or NULL if the frame ends before. */
static __always_inline void *take(struct cursor *cursor, __u32 size)
{
	void *header = cursor->next;

	return skip(cursor, header, size) ? header : NULL;
}

static __always_inline bool is_vlan(__u16 type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

static __always_inline bool parse_ethernet(struct cursor *cursor, struct packet *packet)
{
	struct ethhdr *ethernet = take(cursor, sizeof(*ethernet));

	if (!ethernet)
		return false;
	packet->type = bpf_ntohs(ethernet->h_proto);

	for (int i = 0; i < VLAN_TAGS_MAX && is_vlan(packet->type); i++) {
		struct vlan_header *vlan = take(cursor, sizeof(*vlan));

		if (!vlan)
			return false;
		packet->type = bpf_ntohs(vlan->type);
		packet->tags++;
		if (!count_vlan)
			continue;
		if (i == 0)
			packet->key.vlan = bpf_ntohs(vlan->tag) & VLAN_ID_MASK;
		else
			packet->key.inner_vlan = bpf_ntohs(vlan->tag) & VLAN_ID_MASK;
	}
	return true;
}

static __always_inline bool parse_ipv4(struct cursor *cursor, struct packet *packet)
{
	struct iphdr *ip = take(cursor, sizeof(*ip));
	__u16 fragment;

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return false;
	if (!skip(cursor, ip, ip->ihl * 4)) /* with its options */
		return false;

	fragment = bpf_ntohs(ip->frag_off);
	packet->fragment = fragment & (IPV4_MORE | IPV4_OFFSET_MASK);
	packet->key.later_fragment = (fragment & IPV4_OFFSET_MASK) != 0;
	packet->key.protocol = ip->protocol;
	packet->key.src.s6_addr16[5] = 0xffff;
	packet->key.src.s6_addr32[3] = ip->saddr;
	packet->key.dst.s6_addr16[5] = 0xffff;
	packet->key.dst.s6_addr32[3] = ip->daddr;
	return true;
}

/* Steps over one extension header if `packet->key.protocol` names one. */
static __always_inline bool parse_extension(struct cursor *cursor, struct packet *packet,
					    bool *more)
{
	struct fragment_header *fragment;
	struct ipv6_opt_hdr *extension;
	__u32 size;

	switch (packet->key.protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
		extension = take(cursor, sizeof(*extension));
		if (!extension)
			return false;
		size = packet->key.protocol == IPPROTO_AH ? (extension->hdrlen + 2) * 4
							  : (extension->hdrlen + 1) * 8;
		packet->key.protocol = extension->nexthdr;
		return skip(cursor, extension, size);
	case IPPROTO_FRAGMENT:
		fragment = take(cursor, sizeof(*fragment));
		if (!fragment)
			return false;
		packet->key.protocol = fragment->next;
		packet->fragment = fragment->offset & bpf_htons(IPV6_OFFSET_MASK | IPV6_MORE);
		if (fragment->offset & bpf_htons(IPV6_OFFSET_MASK)) {
			packet->key.later_fragment = 1;
			*more = false;
		}
		return true;
	default: *more = false; return true;
	}
}

static __always_inline bool parse_ipv6(struct cursor *cursor, struct packet *packet)
{
	struct ipv6hdr *ip = take(cursor, sizeof(*ip));
	bool more = true;

	if (!ip || ip->version != 6)
		return false;
	packet->key.protocol = ip->nexthdr;
	packet->key.src = ip->saddr;
	packet->key.dst = ip->daddr;

	for (int i = 0; i < EXTENSIONS_MAX && more; i++) {
		if (!parse_extension(cursor, packet, &more))
			return false;
	}
	return true;
}

static __always_inline bool parse_transport(struct cursor *cursor, struct packet *packet)
{
	struct port_header *ports;
	struct icmp_header *icmp;
	__u8 *tcp;

	if (packet->key.later_fragment)
		return true;

	switch (packet->key.protocol) {
	case IPPROTO_TCP:
		tcp = take(cursor, sizeof(struct tcphdr));
		if (!tcp)
			return false;
		packet->tcp_flags = tcp[TCP_FLAGS_BYTE];
		ports = (struct port_header *)tcp;
		break;
	case IPPROTO_UDP:
		ports = take(cursor, sizeof(*ports));
		if (!ports)
			return false;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6: /* begins as ICMP does */
		icmp = take(cursor, sizeof(*icmp));
		if (!icmp)
			return false;
		packet->key.dst_port = icmp->type << 8 | icmp->code;
		return true;
	default: return true;
	}
	packet->key.src_port = bpf_ntohs(ports->src);
	packet->key.dst_port = bpf_ntohs(ports->dst);
	return true;
}

/* Fills `packet`, which is all zeroes at first, as far as the frame is sound; says whether it is.
 */
static __always_inline bool parse(struct cursor *cursor, struct packet *packet)
{
	if (!parse_ethernet(cursor, packet))
		return false;
	switch (packet->type) {
	case ETH_P_IP: return parse_ipv4(cursor, packet) && parse_transport(cursor, packet);
	case ETH_P_IPV6: return parse_ipv6(cursor, packet) && parse_transport(cursor, packet);
	default: return true;
	}
}

/* ------------------------------------------------------------------------------------ counting */

static __always_inline void count(__u32 index, __u64 bytes)
{
	struct counter *counter = bpf_map_lookup_elem(&counters, &index);

	if (!counter)
		return;
	counter->packets++; /* this cpu's own */
	counter->bytes += bytes;
}

static __always_inline __u32 transport_index(const struct packet *packet)
{
	switch (packet->key.protocol) {
	case IPPROTO_TCP: return COUNT_TCP;
	case IPPROTO_UDP: return COUNT_UDP;
	case IPPROTO_ICMP: return COUNT_ICMP;
	case IPPROTO_ICMPV6: return COUNT_ICMPV6;
	default: return COUNT_OTHER;
	}
}

static __always_inline void tell(const struct packet *packet, bool dropped, __u64 bytes)
{
	struct event *event;

	if (!send_events)
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&events_lost, 1);
		return;
	}
	event->key = packet->key;
	event->tcp_flags = packet->tcp_flags;
	event->dropped = dropped;
	event->reserved = 0;
	event->bytes = bytes;
	bpf_ringbuf_submit(event, 0);
}

/* Counts the frame in its flow, which it enters if it is new. Two cpus may meet here with the first
 * two frames of one flow: BPF_NOEXIST lets one of them enter it, the other finds it then. */
static __always_inline void account(const struct packet *packet, bool dropped, __u64 bytes)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, &packet->key);

	if (!flow) {
		struct flow empty = {};

		if (flow_count < max_flows &&
		    bpf_map_update_elem(&flows, &packet->key, &empty, BPF_NOEXIST) == 0) {
			__sync_fetch_and_add(&flow_count, 1);
			tell(packet, dropped, bytes);
		}
		flow = bpf_map_lookup_elem(&flows, &packet->key);
		if (!flow) {
			__sync_fetch_and_add(&flows_missed, 1);
			return;
		}
	}
	__sync_fetch_and_add(&flow->packets, 1);
	__sync_fetch_and_add(&flow->bytes, bytes);
	if (dropped)
		__sync_fetch_and_add(&flow->dropped, 1);
}

/* --------------------------------------------------------------------------------------- rules */

static __always_inline bool is_dropped(const struct packet *packet)
{
	struct rule_key key = { .port = packet->key.dst_port, .protocol = packet->key.protocol };
	__u32 *action;

	if (packet->fragment && drop_fragments)
		return true;
	action = bpf_map_lookup_elem(&rules, &key);
	if (action)
		return *action == XDP_DROP;
	switch (key.protocol) {
	case IPPROTO_TCP: return drop_tcp_port && key.port == drop_tcp_port;
	case IPPROTO_UDP: return drop_udp_port && key.port == drop_udp_port;
	default: return false;
	}
}

SEC("xdp")
int count_flows(struct xdp_md *ctx)
{
	struct cursor cursor = { .next = (void *)(long)ctx->data,
				 .end = (void *)(long)ctx->data_end };
	__u64 bytes = cursor.end - cursor.next;
	struct packet packet = {};
	bool dropped;

	if (!parse(&cursor, &packet)) {
		count(COUNT_MALFORMED, bytes);
		return XDP_PASS;
	}
	if (packet.tags > 0)
		count(COUNT_VLAN, bytes);
	if (packet.tags > 1)
		count(COUNT_QINQ, bytes);
	if (packet.type != ETH_P_IP && packet.type != ETH_P_IPV6) {
		count(COUNT_NOT_IP, bytes);
		return XDP_PASS;
	}
	count(packet.type == ETH_P_IP ? COUNT_IPV4 : COUNT_IPV6, bytes);
	count(transport_index(&packet), bytes);
	if (packet.fragment)
		count(COUNT_FRAGMENT, bytes);

	dropped = is_dropped(&packet);
	if (dropped)
		count(COUNT_DROPPED, bytes);
	account(&packet, dropped, bytes);
	return dropped ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Apache-2.0";
