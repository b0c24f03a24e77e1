/* SPDX-License-Identifier: Apache-2.0 */
/* Captures of Ethernet frames, and for filters of any packets: pcap and pcapng in, pcap out. */
#ifndef SKEP_CLI_CAPTURE_H
#define SKEP_CLI_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#include "command.h"

struct capture;
struct capture_writer;

/* One Ethernet frame, without preamble and checksum. `data` is good until the next read. */
struct capture_frame {
	const uint8_t *data;
	size_t size;          /* what the capture has of it */
	size_t size_on_wire;  /* more, if the capture kept only its beginning */
	struct timeval stamp; /* tv_usec holds nanoseconds */
};

/* Opens a capture ("-": standard input). STATUS_BAD, reported: it cannot be read, is no capture, or
 * its packets are no Ethernet frames. */
enum status capture_open(const char *path, struct capture **out);

/* The same for packets of any link type, which are then given as they stand in the capture. */
enum status capture_open_any(const char *path, struct capture **out);

/* The link type of the packets, one of libpcap's DLT_* numbers. */
int capture_link(const struct capture *capture);

/* libpcap's handle of it, for compiling filters. */
struct pcap *capture_handle(const struct capture *capture);

/* 1: a frame; 0: the end; -1, reported with the packet's number: damaged from here on. */
int capture_read(struct capture *capture, struct capture_frame *out);

/* Packets read so far. */
uint64_t capture_count(const struct capture *capture);

/* How far reading has come, 0 to 1; negative: not known. */
double capture_progress(const struct capture *capture);

void capture_close(struct capture *capture);

/* Makes a capture file of Ethernet frames with nanosecond stamps; refuses to write over `input`
 * (NULL: no input file). STATUS_BAD: reported. */
enum status capture_create(const char *path, const char *input, struct capture_writer **out);

/* The same for packets of the link type of `capture`. */
enum status capture_create_like(const char *path, const char *input, const struct capture *capture,
				struct capture_writer **out);

void capture_write(struct capture_writer *writer, const struct capture_frame *frame);

/* STATUS_BAD, reported, when something could not be written. */
enum status capture_finish(struct capture_writer *writer);

#endif
