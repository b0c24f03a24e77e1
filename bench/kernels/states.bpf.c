/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's life (RFC 9293, 3.3.2) under 512 events: a branch for every state and event. */
#include "kernel.h"

enum { EVENTS = 512 };
enum state {
	CLOSED,
	LISTEN,
	SYN_SENT,
	SYN_RECEIVED,
	OPEN,
	FIN_WAIT,
	CLOSING,
	CLOSE_WAIT,
	LAST_ACK
};
enum event { PASSIVE_OPEN, ACTIVE_OPEN, SYN, ACK, FIN, CLOSE, RESET };

MEMORY u8 input[EVENTS];

static inline u32 next(u32 state, u32 event)
{
	if (event == RESET)
		return state == LISTEN ? LISTEN : CLOSED;
	switch (state) {
	case CLOSED:
		return event == PASSIVE_OPEN ? LISTEN : event == ACTIVE_OPEN ? SYN_SENT : CLOSED;
	case LISTEN: return event == SYN ? SYN_RECEIVED : event == CLOSE ? CLOSED : LISTEN;
	case SYN_SENT: return event == SYN ? SYN_RECEIVED : event == ACK ? OPEN : SYN_SENT;
	case SYN_RECEIVED: return event == ACK ? OPEN : event == CLOSE ? FIN_WAIT : SYN_RECEIVED;
	case OPEN: return event == FIN ? CLOSE_WAIT : event == CLOSE ? FIN_WAIT : OPEN;
	case FIN_WAIT: return event == FIN ? CLOSING : event == ACK ? CLOSED : FIN_WAIT;
	case CLOSING: return event == ACK ? CLOSED : CLOSING;
	case CLOSE_WAIT: return event == CLOSE ? LAST_ACK : CLOSE_WAIT;
	default: return event == ACK ? CLOSED : LAST_ACK;
	}
}

KERNEL(states, input)
{
	u32 state = CLOSED, sum = 0;

	(void)ctx;
	for (u32 i = 0; i < EVENTS; i++) {
		state = next(state, input[i] & 7);
		sum = sum * 3 + state;
	}
	return sum;
}
