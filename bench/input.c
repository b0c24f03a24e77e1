/* SPDX-License-Identifier: Apache-2.0 */
/* What kernels work on: noise, decimal numbers, HTTP requests or frames, the same in every run and
 * on every machine. And the objects they were compiled to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "noise.h"

enum { ROOM = 256, FRAME_BYTES = 128 };

/* Text of one number or request after the other, cut where the room ends. */
static void fill_numbers(uint8_t *to, size_t size)
{
	uint32_t state = 88172645;
	char text[32];

	for (size_t at = 0; at < size;) {
		const uint32_t number = next_noise(&state) >> next_noise(&state) % 32;
		const int length = snprintf(text, sizeof(text), "%s%u%s", number & 1 ? "-" : "",
					    (unsigned)number, number & 2 ? "\n" : ", ");
		const size_t left = size - at;
		const size_t part = (size_t)length < left ? (size_t)length : left;

		memcpy(to + at, text, part);
		at += part;
	}
}

static void fill_requests(uint8_t *to, size_t size)
{
	static const char TEXT[] = "GET /index.html HTTP/1.1\r\n"
				   "Host: www.example.org\r\n"
				   "User-Agent: bench/1.0 (kernels)\r\n"
				   "Accept: text/html, text/plain;q=0.8\r\n"
				   "Accept-Language: en, de;q=0.7\r\n"
				   "Accept-Encoding: gzip, br\r\n"
				   "Connection: keep-alive\r\n"
				   "\r\n"
				   "POST /measurements?unit=ns HTTP/1.1\r\n"
				   "Host: api.example.org\r\n"
				   "Content-Type: application/json\r\n"
				   "Content-Length: 0\r\n"
				   "Authorization: Bearer 0123456789abcdef\r\n"
				   "\r\n";

	for (size_t at = 0; at < size; at++)
		to[at] = (uint8_t)TEXT[at % (sizeof(TEXT) - 1)];
}

/* Ethernet, none to two VLAN tags, IPv4 with or without options or IPv6, TCP, UDP or another. */
static void fill_frame(uint8_t *frame, uint32_t number)
{
	static const uint8_t PROTOCOLS[] = { 6, 17, 6, 1 };
	const uint32_t tags = number % 5 < 3 ? 0 : number % 5 - 2;
	const bool wide = number % 3 == 2;
	uint8_t *at = frame + 12;

	for (uint32_t i = 0; i < tags; i++, at += 4) {
		at[0] = tags == 2 && i == 0 ? 0x88 : 0x81;
		at[1] = tags == 2 && i == 0 ? 0xa8 : 0x00;
	}
	at[0] = wide ? 0x86 : 0x08;
	at[1] = wide ? 0xdd : 0x00;
	if (number % 16 == 15)
		at[1] = 0x06; /* ARP, or nothing known */
	at[2] = wide ? 0x60 : (uint8_t)(0x45 + number % 7 / 5);
	at[2 + (wide ? 6 : 9)] = PROTOCOLS[number % 4];
}

static void fill(enum content content, uint8_t *to, size_t size)
{
	switch (content) {
	case NOTHING: memset(to, 0, size); break;
	case NOISE: fill_noise(to, size); break;
	case NUMBERS: fill_numbers(to, size); break;
	case REQUESTS: fill_requests(to, size); break;
	case FRAMES:
		fill_noise(to, size);
		for (uint32_t i = 0; i < size / FRAME_BYTES; i++)
			fill_frame(to + (size_t)i * FRAME_BYTES, i);
		break;
	}
}

static bool read_object(struct subject *subject)
{
	char path[512];
	FILE *file;
	long size = -1;

	snprintf(path, sizeof(path), "%s/%s.o", BENCH_OBJECTS, subject->name);
	file = fopen(path, "rb");
	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size > 0) {
		rewind(file);
		subject->object = malloc((size_t)size);
		if (subject->object != NULL)
			subject->object_size = fread(subject->object, 1, (size_t)size, file);
	}
	if (file != NULL)
		fclose(file);
	if (size > 0 && subject->object_size == (size_t)size)
		return true;
	fprintf(stderr, "skep-bench: %s cannot be read; build it with `make bench`\n", path);
	return false;
}

bool subject_open(struct subject *subject, const char *name, const struct bench_native *native,
		  enum content content, size_t packet_size)
{
	*subject = (struct subject){
		.name = name,
		.native = native,
		.packet_size = packet_size,
		.input_size = native->input_bytes > 1 ? native->input_bytes : 0,
	};
	uint8_t *buffer = calloc(1, ROOM + packet_size + ROOM);

	subject->input = calloc(1, subject->input_size + 1);
	if (buffer == NULL || subject->input == NULL || !read_object(subject))
		return false;
	subject->packet = buffer + ROOM;
	fill_noise(subject->packet, packet_size);
	fill(content, subject->input, subject->input_size);
	memcpy(native->input, subject->input, subject->input_size);
	subject->ctx = (struct skep_xdp){
		.data_hard_start = buffer,
		.data_meta = subject->packet,
		.data = subject->packet,
		.data_end = subject->packet + packet_size,
		.frame_end = subject->packet + packet_size + ROOM,
		.ingress_ifindex = 1,
	};
	return true;
}

void subject_close(struct subject *subject)
{
	free(subject->object);
	free(subject->ctx.data_hard_start);
	free(subject->input);
}
