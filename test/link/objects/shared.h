/* SPDX-License-Identifier: Apache-2.0 */
/* What two objects that are linked have in common. */
#ifndef SHARED_H
#define SHARED_H

#include "../../objects/bpf.h"

struct node;

/* Known in both, with a cycle. */
struct record {
	u32 packets;
	u32 bytes;
	struct record *next;
	struct node *node; /* declared here, defined in second.bpf.c */
};

#endif
