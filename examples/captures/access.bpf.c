/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access ports for the switches of record.sh: what enters from a host gets the port's VLAN tags,
 * what leaves to it must have them and loses them. Two programs per port (tc ingress and egress),
 * one section each, as tc picks programs by section. The tags are pushed and popped by the kernel
 * itself, which needs no 802.1Q device support for it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define VLAN_VOICE    20  /* 802.1Q */
#define VLAN_CUSTOMER 30  /* 802.1Q, inside */
#define VLAN_PROVIDER 100 /* 802.1ad, outside */
#define VLAN_ID_MASK  0x0fff

static __always_inline int is_tagged(struct __sk_buff *skb, __u16 type, __u16 id)
{
	return skb->vlan_present && skb->vlan_proto == bpf_htons(type) &&
	       (skb->vlan_tci & VLAN_ID_MASK) == id;
}

SEC("tc/plain_out")
int plain_out(struct __sk_buff *skb)
{
	return skb->vlan_present ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc/voice_in")
int voice_in(struct __sk_buff *skb)
{
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), VLAN_VOICE) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc/voice_out")
int voice_out(struct __sk_buff *skb)
{
	if (!is_tagged(skb, ETH_P_8021Q, VLAN_VOICE) || bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

SEC("tc/branch_in")
int branch_in(struct __sk_buff *skb)
{
	if (bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), VLAN_CUSTOMER) ||
	    bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021AD), VLAN_PROVIDER))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

SEC("tc/branch_out")
int branch_out(struct __sk_buff *skb)
{
	if (!is_tagged(skb, ETH_P_8021AD, VLAN_PROVIDER) || bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	if (!is_tagged(skb, ETH_P_8021Q, VLAN_CUSTOMER) || bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

char _license[] SEC("license") = "Apache-2.0";
