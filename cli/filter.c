/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep run --filter: an expression of libpcap's language and a capture go in, how many packets
 * match comes out. libpcap compiles the expression to classic BPF for the capture's link type;
 * libskep translates that to eBPF, verifies and runs it. Which packets match is what libpcap itself
 * says of them.
 */
#define _GNU_SOURCE 1
#include "filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "clock.h"
#include "engine.h"
#include "listing.h"
#include "memory.h"
#include "message.h"
#include "writer.h"

enum { KEEP_BYTES = 262144 }; /* what a filter without a capture returns for what matches */

/* All that lives during a run. */
struct session {
	const struct filter_request *request;
	struct capture *capture;
	struct capture_writer *writer;
	struct bpf_program classic;
	struct report_log log;
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct skep_prog *prog;
	struct skep_prog_info info;
	uint64_t packets, bytes, matched, matched_bytes, ns;
};

static const char *link_name(int link, char text[24])
{
	const char *name = pcap_datalink_val_to_name(link);

	if (name != NULL)
		return name;
	snprintf(text, 24, "%d", link);
	return text;
}

static int link_of(const struct session *session)
{
	return session->capture != NULL ? capture_link(session->capture) : DLT_EN10MB;
}

/* A copy of the expression that can be shown: what goes to a terminal must not command it. */
static char *shown(const char *expression)
{
	char *copy = duplicate(expression);

	for (char *c = copy; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	return copy;
}

/* From the expression to classic BPF, as the capture's own handle compiles it: without a capture,
 * libpcap would take what it knows of live interfaces. */
static enum status compile(struct session *session)
{
	pcap_t *dead = NULL, *pcap;
	enum status status = STATUS_DONE;
	char *expression = shown(session->request->expression), text[24];

	if (session->capture != NULL)
		pcap = capture_handle(session->capture);
	else
		pcap = dead = pcap_open_dead(DLT_EN10MB, KEEP_BYTES);
	if (pcap == NULL)
		status = complain("--filter \"%s\": out of memory", expression);
	else if (pcap_compile(pcap, &session->classic, session->request->expression, 1,
			      PCAP_NETMASK_UNKNOWN) != 0)
		status = complain("--filter \"%s\": libpcap cannot compile it for link type %s: %s",
				  expression, link_name(link_of(session), text), pcap_geterr(pcap));
	free(expression);
	if (dead != NULL)
		pcap_close(dead);
	return status;
}

/* From classic BPF to a program that is ready. */
static enum status load(struct session *session)
{
	const struct skep_config config = {
		.port = skep_port_posix(),
		.log = report_log_take,
		.log_ctx = &session->log,
		.engine = session->request->engine,
	};
	const struct bpf_program *classic = &session->classic;
	struct skep_classic_insn *insns = allocate(classic->bf_len, sizeof(*insns));
	int err;

	for (uint32_t i = 0; i < classic->bf_len; i++)
		insns[i] = (struct skep_classic_insn){
			.code = classic->bf_insns[i].code,
			.jt = classic->bf_insns[i].jt,
			.jf = classic->bf_insns[i].jf,
			.k = classic->bf_insns[i].k,
		};
	err = skep_runtime_open(&config, &session->runtime);
	if (err == 0)
		err = skep_object_open_classic(session->runtime, insns, classic->bf_len,
					       SKEP_CLASSIC_LIBPCAP, "filter", &session->object);
	free(insns);
	if (err == 0)
		err = skep_object_load(session->object);
	if (err != 0)
		return STATUS_BAD;
	session->prog = skep_object_prog(session->object, 0);
	skep_prog_info(session->prog, &session->info);
	return STATUS_DONE;
}

static enum status run_packet(struct session *session, const struct capture_frame *frame,
			      uint64_t clock_ns)
{
	/* A filter reads the packet and nothing else. */
	uint8_t *data = (uint8_t *)(uintptr_t)frame->data;
	struct skep_skb skb = {
		.data = data,
		.data_end = data + frame->size,
		.mac_header = data,
		.len = (uint32_t)frame->size_on_wire,
	};
	const uint64_t begin = clock_now_ns();
	uint64_t elapsed, r0 = 0;
	const int err = skep_prog_run(session->prog, &skb, &r0);

	elapsed = clock_now_ns() - begin;
	if (err != 0)
		return complain("%s: the run failed: %s", session->request->pcap,
				skep_err_text(err));
	session->ns += elapsed > clock_ns ? elapsed - clock_ns : 0;
	session->packets++;
	session->bytes += frame->size;
	if (r0 == 0)
		return STATUS_DONE;
	session->matched++;
	session->matched_bytes += frame->size;
	if (session->writer != NULL)
		capture_write(session->writer, frame);
	return STATUS_DONE;
}

/* A capture damaged in the middle is an error only after all the packets before. */
static enum status run_capture(struct session *session)
{
	const uint64_t clock_ns = clock_cost_ns();
	enum status status = STATUS_DONE;
	struct capture_frame frame;
	int got = 1;

	while (status == STATUS_DONE && (got = capture_read(session->capture, &frame)) == 1)
		status = run_packet(session, &frame, clock_ns);
	return got < 0 ? STATUS_BAD : status;
}

static const char *engine_name(const struct session *session)
{
	return skep_runtime_engine(session->runtime) == SKEP_ENGINE_JIT ? "jit" : "interp";
}

static double ns_per_run(const struct session *session)
{
	return session->packets > 0 ? (double)session->ns / (double)session->packets : 0.0;
}

static void write_classic(const struct session *session, struct writer *writer)
{
	writer_key(writer, "classic");
	writer_open_list(writer);
	for (uint32_t i = 0; i < session->classic.bf_len; i++) {
		const struct bpf_insn *insn = &session->classic.bf_insns[i];

		writer_open_object(writer);
		writer_member_unsigned(writer, "code", insn->code);
		writer_member_unsigned(writer, "jt", insn->jt);
		writer_member_unsigned(writer, "jf", insn->jf);
		writer_member_unsigned(writer, "k", insn->k);
		writer_member_string(writer, "text", bpf_image(insn, (int)i));
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

static void write_listing(const struct session *session, struct writer *writer)
{
	struct listing listing = { .prog = session->prog };

	write_classic(session, writer);
	writer_key(writer, "translation");
	writer_open_list(writer);
	for (; listing_look(&listing); listing.index += listing.slots) {
		writer_open_object(writer);
		listing_write(&listing, writer);
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

static void print_json(const struct session *session)
{
	const struct filter_request *request = session->request;
	struct writer writer = { .file = stdout };
	char text[24];

	writer_open_object(&writer);
	writer_member_string(&writer, "filter", request->expression);
	writer_member_string(&writer, "link", link_name(link_of(session), text));
	writer_member_string(&writer, "engine", engine_name(session));
	writer_member_unsigned(&writer, "classic_insns", session->classic.bf_len);
	writer_member_unsigned(&writer, "insns", session->info.insn_count);
	writer_member_unsigned(&writer, "verify_ns", session->info.verify_ns);
	writer_member_unsigned(&writer, "compile_ns", session->info.compile_ns);
	writer_member_unsigned(&writer, "code_bytes", session->info.code_bytes);
	if (request->listing) {
		write_listing(session, &writer);
	} else {
		writer_member_unsigned(&writer, "packets", session->packets);
		writer_member_unsigned(&writer, "bytes", session->bytes);
		writer_member_unsigned(&writer, "matched", session->matched);
		writer_member_unsigned(&writer, "matched_bytes", session->matched_bytes);
		writer_key(&writer, "ns_per_run");
		writer_real(&writer, ns_per_run(session), 2);
	}
	writer_close_object(&writer);
	fputc('\n', stdout);
}

static void print_listing(const struct session *session)
{
	struct listing listing = { .prog = session->prog };

	printf("\n%u instructions of classic BPF:\n", session->classic.bf_len);
	for (uint32_t i = 0; i < session->classic.bf_len; i++)
		printf("%s\n", bpf_image(&session->classic.bf_insns[i], (int)i));
	printf("\n%u of eBPF:\n", (unsigned)session->info.insn_count);
	for (; listing_look(&listing); listing.index += listing.slots) {
		listing_print(&listing);
		putchar('\n');
	}
}

static void print_text(const struct session *session)
{
	const struct filter_request *request = session->request;
	char text[24];

	if (request->pcap != NULL)
		printf("%s: ", request->pcap);
	printf("filter \"");
	listing_print_safe(request->expression);
	printf("\" for link type %s, engine %s, %u instructions verified in %.3f ms",
	       link_name(link_of(session), text), engine_name(session),
	       (unsigned)session->info.insn_count, (double)session->info.verify_ns / 1e6);
	if (session->info.code_bytes > 0)
		printf(", %u bytes of code in %.3f ms", (unsigned)session->info.code_bytes,
		       (double)session->info.compile_ns / 1e6);
	putchar('\n');
	if (request->listing) {
		print_listing(session);
		return;
	}
	printf("  matched: %llu of %llu packets, %llu of %llu bytes\n",
	       (unsigned long long)session->matched, (unsigned long long)session->packets,
	       (unsigned long long)session->matched_bytes, (unsigned long long)session->bytes);
	if (session->packets > 0)
		printf("  rate: %.1f ns a packet in the filter\n", ns_per_run(session));
}

/* What is read before what is compiled, and what is written last: files are not emptied for
 * nothing. */
static enum status prepare(struct session *session)
{
	const struct filter_request *request = session->request;
	enum status status = STATUS_DONE;

	if (request->pcap != NULL)
		status = capture_open_any(request->pcap, &session->capture);
	if (status == STATUS_DONE)
		status = compile(session);
	if (status == STATUS_DONE)
		status = load(session);
	if (status == STATUS_DONE && request->pcap_out != NULL && !request->listing)
		status = capture_create_like(request->pcap_out, request->pcap, session->capture,
					     &session->writer);
	return status;
}

enum status filter_run(const struct filter_request *request)
{
	struct session session = { .request = request };
	enum status status = prepare(&session), written;

	if (status == STATUS_DONE) {
		if (!request->listing)
			status = run_capture(&session);
		if (request->json)
			print_json(&session);
		else
			print_text(&session);
		status = finish_output(status);
	}
	written = capture_finish(session.writer);
	skep_object_close(session.object);
	skep_runtime_close(session.runtime);
	report_log_clear(&session.log);
	pcap_freecode(&session.classic);
	capture_close(session.capture);
	return status != STATUS_DONE ? status : written;
}
