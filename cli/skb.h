/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet frames as socket filters see them. */
#ifndef SKEP_CLI_SKB_H
#define SKEP_CLI_SKB_H

#include "engine.h"

enum { SKB_CONTEXT_BYTES = 192 }; /* struct __sk_buff */

/* The context of a socket filter over the frame that stands at `frame`, at least FRAME_LEAST bytes
 * long: packet type and protocol are what Linux finds for one that came in through loopback. */
void skb_make(const struct frame_input *input, uint8_t *frame, struct skep_skb *out);

/* Bytes that Linux's test run asks of a frame that begins like this one: a whole IP header, or of
 * other protocols one byte. */
size_t skb_frame_least(const uint8_t *frame, size_t size, bool from_link);

/* Takes the fields of a struct __sk_buff that Linux's test run takes. STATUS_BAD, reported: another
 * one is not 0. `path` is for the message. */
enum status skb_read_context(const char *path, const uint8_t bytes[SKB_CONTEXT_BYTES],
			     struct frame_input *input);

/* The same the other way. */
void skb_write_context(const struct frame_input *input, uint8_t bytes[SKB_CONTEXT_BYTES]);

#endif
