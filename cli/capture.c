/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures through libpcap. A link type is taken when an Ethernet frame stands in every packet at a
 * place that a row of LINKS tells; anything else is refused by name, since a program would read
 * other headers than it expects. A damaged file gives the packets before the damage.
 */
#define _GNU_SOURCE 1
#include "capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memory.h"
#include "message.h"
#include "object.h"

/* What a link type has around the Ethernet frame, in bytes. */
static const struct link {
	int type;
	uint8_t before; /* other headers and preamble */
	uint8_t after;  /* frame check sequence, present when the packet is whole */
} LINKS[] = {
	{ DLT_EN10MB, 0, 0 },
	{ DLT_NETANALYZER, 4, 4 },
	{ DLT_NETANALYZER_TRANSPARENT, 4 + 8, 4 },
	{ DLT_ETHERNET_MPACKET, 8, 4 },
	/* Frames of switch ports, with the switch's tag where the wire has it. */
	{ DLT_DSA_TAG_BRCM, 0, 0 },
	{ DLT_DSA_TAG_BRCM_PREPEND, 4, 0 },
	{ DLT_DSA_TAG_DSA, 0, 0 },
	{ DLT_DSA_TAG_EDSA, 0, 0 },
};

struct capture {
	pcap_t *pcap;
	const char *path;
	struct link link;
	uint64_t count;
	off_t bytes; /* of the file, 0 when not known */
};

struct capture_writer {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	const char *path;
};

/* libpcap's sentences begin with the file's name as often as not; ours always do. */
static const char *without_path(const char *text, const char *path)
{
	const size_t size = strlen(path);

	return strncmp(text, path, size) == 0 && strncmp(text + size, ": ", 2) == 0
		       ? text + size + 2
		       : text;
}

static enum status find_link(const char *path, pcap_t *pcap, struct link *out)
{
	const int type = pcap_datalink(pcap);
	const char *name = pcap_datalink_val_to_name(type);
	const char *description = pcap_datalink_val_to_description(type);

	for (size_t i = 0; i < sizeof(LINKS) / sizeof(LINKS[0]); i++) {
		if (LINKS[i].type == type) {
			*out = LINKS[i];
			return STATUS_DONE;
		}
	}
	if (name == NULL)
		return complain("%s: the packets have link type %d, which is not known; capture on "
				"an Ethernet interface",
				path, type);
	return complain("%s: the packets have link type %s (%s), which has no Ethernet frame at a "
			"known place; capture on an Ethernet interface",
			path, name, description != NULL ? description : "no description");
}

static enum status open_file(const char *path, bool any_link, struct capture **out)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	struct capture *capture;
	FILE *stream = strcmp(path, "-") == 0 ? stdin : file_open(path);
	struct stat file;
	struct link link;
	pcap_t *pcap;

	if (stream == NULL)
		return STATUS_BAD;
	pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (pcap == NULL) {
		if (stream != stdin)
			fclose(stream);
		return complain("%s: cannot be read as a capture: %s; name a pcap or pcapng file",
				path, without_path(reason, path));
	}
	link = (struct link){ .type = pcap_datalink(pcap) };
	if (!any_link && find_link(path, pcap, &link) != STATUS_DONE) {
		pcap_close(pcap);
		return STATUS_BAD;
	}
	capture = allocate(1, sizeof(*capture));
	capture->pcap = pcap;
	capture->path = path;
	capture->link = link;
	if (fstat(fileno(pcap_file(pcap)), &file) == 0 && S_ISREG(file.st_mode))
		capture->bytes = file.st_size;
	*out = capture;
	return STATUS_DONE;
}

enum status capture_open(const char *path, struct capture **out)
{
	return open_file(path, false, out);
}

enum status capture_open_any(const char *path, struct capture **out)
{
	return open_file(path, true, out);
}

int capture_link(const struct capture *capture)
{
	return capture->link.type;
}

struct pcap *capture_handle(const struct capture *capture)
{
	return capture->pcap;
}

int capture_read(struct capture *capture, struct capture_frame *out)
{
	const struct link *link = &capture->link;
	struct pcap_pkthdr *header;
	const unsigned char *data;
	size_t size, on_wire, after;
	const int result = pcap_next_ex(capture->pcap, &header, &data);

	if (result == PCAP_ERROR_BREAK)
		return 0;
	if (result != 1) {
		complain("%s: packet %llu cannot be read: %s; the %llu packets before it were used",
			 capture->path, (unsigned long long)capture->count + 1,
			 without_path(pcap_geterr(capture->pcap), capture->path),
			 (unsigned long long)capture->count);
		return -1;
	}
	capture->count++;
	size = header->caplen;
	on_wire = header->len > size ? header->len : size;
	after = on_wire > link->after ? on_wire - link->after : 0;
	/* The check sequence ends the packet on the wire, whether or not it was captured. */
	if (size > after)
		size = after;
	on_wire = after;
	out->data = data + (size > link->before ? link->before : size);
	out->size = size > link->before ? size - link->before : 0;
	out->size_on_wire = on_wire > link->before ? on_wire - link->before : 0;
	out->stamp = header->ts;
	return 1;
}

uint64_t capture_count(const struct capture *capture)
{
	return capture->count;
}

double capture_progress(const struct capture *capture)
{
	const off_t at = capture->bytes > 0 ? ftello(pcap_file(capture->pcap)) : -1;

	return at < 0 ? -1.0 : (double)at / (double)capture->bytes;
}

void capture_close(struct capture *capture)
{
	if (capture == NULL)
		return;
	pcap_close(capture->pcap);
	free(capture);
}

static bool same_file(const char *a, const char *b)
{
	struct stat left, right;

	return stat(a, &left) == 0 && stat(b, &right) == 0 && S_ISREG(left.st_mode) &&
	       left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

static enum status create_file(const char *path, const char *input, int link,
			       struct capture_writer **out)
{
	struct capture_writer *writer;
	pcap_dumper_t *dumper;
	pcap_t *pcap;

	if (strcmp(path, "-") == 0)
		return complain("--pcap-out -: standard output has the results; name a file");
	if (input != NULL && same_file(path, input))
		return complain("%s: is the capture that is being read; write to another file",
				path);
	pcap = pcap_open_dead_with_tstamp_precision(link, 262144, PCAP_TSTAMP_PRECISION_NANO);
	if (pcap == NULL)
		return complain("%s: out of memory for the capture's header", path);
	dumper = pcap_dump_open(pcap, path);
	if (dumper == NULL) {
		complain("%s: cannot be written: %s; choose another place", path,
			 without_path(pcap_geterr(pcap), path));
		pcap_close(pcap);
		return STATUS_BAD;
	}
	writer = allocate(1, sizeof(*writer));
	writer->pcap = pcap;
	writer->dumper = dumper;
	writer->path = path;
	*out = writer;
	return STATUS_DONE;
}

enum status capture_create(const char *path, const char *input, struct capture_writer **out)
{
	return create_file(path, input, DLT_EN10MB, out);
}

enum status capture_create_like(const char *path, const char *input, const struct capture *capture,
				struct capture_writer **out)
{
	return create_file(path, input, capture->link.type, out);
}

void capture_write(struct capture_writer *writer, const struct capture_frame *frame)
{
	const struct pcap_pkthdr header = { frame->stamp, (bpf_u_int32)frame->size,
					    (bpf_u_int32)frame->size_on_wire };

	pcap_dump((unsigned char *)writer->dumper, &header, frame->data);
}

enum status capture_finish(struct capture_writer *writer)
{
	enum status status = STATUS_DONE;

	if (writer == NULL)
		return STATUS_DONE;
	errno = 0;
	if (pcap_dump_flush(writer->dumper) != 0 || ferror(pcap_dump_file(writer->dumper)) != 0)
		status = complain("%s: could not be written to the end: %s; make room or choose "
				  "another place",
				  writer->path, strerror(errno != 0 ? errno : EIO));
	pcap_dump_close(writer->dumper);
	pcap_close(writer->pcap);
	free(writer);
	return status;
}
