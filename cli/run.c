/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep run: an object and frames go in; verdicts, what became of the frames and what stands in the
 * maps come out, the same from every engine.
 *
 * The process binds itself to one cpu, so that per-CPU maps come out alike whichever engine ran and
 * however often. Frames that Linux's test run does not take are not run by any engine and are
 * counted. When a capture is damaged, or the kernel fails in the middle, what was run until then is
 * still told.
 */
#define _GNU_SOURCE 1
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "contents.h"
#include "engine.h"
#include "entry.h"
#include "filter.h"
#include "memory.h"
#include "options.h"
#include "skb.h"
#include "tally.h"
#include "variable.h"

enum {
	FRAME_DEFAULT = 64, /* without --data or --pcap: that many zeroes */
	META_MOST = 252,    /* a multiple of four below 256, as Linux has it */
	ROWS_DEFAULT = 10,
	ASSIGNMENTS_MAX = 256,  /* of --set, --entry and --event, each */
	XDP_CONTEXT_BYTES = 24, /* struct xdp_md */
};

enum engine_choice { ENGINE_AUTO, ENGINE_JIT, ENGINE_INTERP, ENGINE_KERNEL, ENGINE_CHOICES };

static const struct {
	const char *name;
	enum skep_engine engine; /* for libskep */
} ENGINES[ENGINE_CHOICES] = {
	[ENGINE_AUTO] = { "auto", SKEP_ENGINE_AUTO },
	[ENGINE_JIT] = { "jit", SKEP_ENGINE_JIT },
	[ENGINE_INTERP] = { "interp", SKEP_ENGINE_INTERP },
	/* libskep only tells what is in the object then. */
	[ENGINE_KERNEL] = { "kernel", SKEP_ENGINE_INTERP },
};

struct request {
	const char *object, *filter, *prog, *type, *data, *pcap, *context, *pcap_out;
	enum engine_choice engine;
	const char *sets[ASSIGNMENTS_MAX], *entries[ASSIGNMENTS_MAX], *events[ASSIGNMENTS_MAX];
	size_t set_count, entry_count, event_count;
	uint64_t repeat, frame_most, ifindex, rows_max;
	bool json, progress, unverified, link_header, filter_asm;
};

/* All that lives during a run. */
struct session {
	const struct request *request;
	struct file file, data;
	struct opened opened;
	struct skep_prog *prog;
	struct engine *engine;
	struct contents *contents;
	struct capture *capture;
	struct capture_writer *writer;
	struct frame_input input; /* for each frame: all but the frame itself */
	struct tally tally;
	uint32_t type;         /* of the program */
	uint32_t context_type; /* program type that --ctx is for, 0: not given */
	bool loaded;
};

static const char HELP[] =
	"usage: skep run OBJECT [OPTIONS]\n"
	"       skep run --filter EXPRESSION --pcap FILE [OPTIONS]\n"
	"\n"
	"Loads, verifies, compiles and runs an XDP program or a socket filter over a capture or\n"
	"one frame; or a filter as tcpdump has it over a capture of any kind.\n"
	"\n"
	"  --prog NAME          the program, if the object has several\n"
	"  --pcap FILE          run it over every frame of a pcap or pcapng file (-: stdin)\n"
	"  --filter EXPRESSION  in place of an object: compiled by libpcap, translated from "
	"classic\n"
	"                       BPF to eBPF, verified; prints how many packets match. Goes with\n"
	"                       --pcap, --pcap-out, --engine jit, interp or auto, and --json\n"
	"  --filter-asm         print the filter and its translation, and run nothing; without\n"
	"                       --pcap for Ethernet\n"
	"  --pcap-out FILE      write the frames that pass (XDP_PASS; socket filters: not 0) as\n"
	"                       they are after the run\n"
	"  --data FILE          run it over one frame, the bytes of FILE; without --pcap and\n"
	"                       --data it is 64 zeroes\n"
	"  --ctx FILE           the 24 bytes of struct xdp_md as BPF_PROG_TEST_RUN takes them: "
	"the\n"
	"                       first `data` bytes of the frame are metadata; or for socket "
	"filters\n"
	"                       the 192 bytes of struct __sk_buff\n"
	"  --link-header        a socket filter's packets begin with the Ethernet header, as "
	"packet\n"
	"                       sockets have them, not behind it, as BPF_PROG_TEST_RUN has them\n"
	"  --engine ENGINE      jit, interp, kernel (Linux's own, by BPF_PROG_TEST_RUN) or auto:\n"
	"                       the JIT if this machine has one\n"
	"  --unverified         do not verify: run it in the checked execution, which stops it at\n"
	"                       the first thing that it must not do (exit status 1), and after\n"
	"                       1,000,000 instructions\n"
	"  --set PATH=VALUE     set a global variable, or a piece such as pts[1].n, before the\n"
	"                       program is verified; repeatable\n"
	"  --set-file FILE      the same for every line PATH = VALUE of a file; also --set @FILE\n"
	"  --entry MAP:KEY=VAL  put an entry into a map before the run; repeatable\n" TARGET_HELP
	"  --repeat N           run each frame N times, on what the run before left of it\n"
	"  --type TYPE          the program's type, if its section name does not tell\n"
	"  --maps N|all|none    rows of each map to print (10); JSON has them all\n"
	"  --event MAP=STRUCT   records of ring buffer MAP are of this structure; not needed if\n"
	"                       it is named like the map, with or without a final s\n"
	"  --ifindex N          xdp_md.ingress_ifindex or __sk_buff.ifindex (1, loopback)\n"
	"  --frame-max BYTES    longest frame to run (3520, which is Linux's without fragments;\n"
	"                       more for skep's own engines)\n"
	"  --progress           tell the progress even if standard error is no terminal\n"
	"  --json               one object: object, program, engine, retval, data_out, meta_out,\n"
	"                       runs, ns_per_run, verify_ns, compile_ns, code_bytes, insns, maps;\n"
	"                       with --pcap also packets, bytes, verdicts, skipped, cut\n"
	"\n"
	"Values are written as their BTF types say: numbers, 'c', true, enumerators, 10.0.0.1,\n"
	"text, {NAME=VALUE, ...}, [VALUE, ...], or hex: and the bytes in memory order; more in\n"
	"skep maps --help. In text, __be16, __be32, in_addr and in6_addr are shown as ports and\n"
	"addresses.\n"
	"\n"
	"example: skep run flows.bpf.o --pcap office.pcap --set drop_tcp_port=80 --maps all\n"
	"example: skep run flows.bpf.o --pcap office.pcap --entry "
	"'rules:{port=53,protocol=17}=1'\n"
	"example: skep run --filter 'tcp port 80 and not host 10.0.0.1' --pcap office.pcap\n";

enum {
	OPTION_PROG = OPTION_OWN,
	OPTION_PCAP,
	OPTION_PCAP_OUT,
	OPTION_DATA,
	OPTION_CTX,
	OPTION_ENGINE,
	OPTION_SET,
	OPTION_SET_FILE,
	OPTION_ENTRY,
	OPTION_REPEAT,
	OPTION_TYPE,
	OPTION_MAPS,
	OPTION_EVENT,
	OPTION_IFINDEX,
	OPTION_FRAME_MAX,
	OPTION_PROGRESS,
	OPTION_UNVERIFIED,
	OPTION_FILTER,
	OPTION_FILTER_ASM,
	OPTION_LINK_HEADER,
};

static const struct option OPTIONS[] = {
	{ "prog", required_argument, NULL, OPTION_PROG },
	{ "pcap", required_argument, NULL, OPTION_PCAP },
	{ "pcap-out", required_argument, NULL, OPTION_PCAP_OUT },
	{ "data", required_argument, NULL, OPTION_DATA },
	{ "ctx", required_argument, NULL, OPTION_CTX },
	{ "engine", required_argument, NULL, OPTION_ENGINE },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "set-file", required_argument, NULL, OPTION_SET_FILE },
	{ "entry", required_argument, NULL, OPTION_ENTRY },
	{ "repeat", required_argument, NULL, OPTION_REPEAT },
	{ "type", required_argument, NULL, OPTION_TYPE },
	{ "maps", required_argument, NULL, OPTION_MAPS },
	{ "event", required_argument, NULL, OPTION_EVENT },
	{ "ifindex", required_argument, NULL, OPTION_IFINDEX },
	{ "frame-max", required_argument, NULL, OPTION_FRAME_MAX },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "unverified", no_argument, NULL, OPTION_UNVERIFIED },
	{ "filter", required_argument, NULL, OPTION_FILTER },
	{ "filter-asm", no_argument, NULL, OPTION_FILTER_ASM },
	{ "link-header", no_argument, NULL, OPTION_LINK_HEADER },
	TARGET_OPTION_ROWS,
	OPTION_ROWS_OF_ALL,
};

static enum status parse_engine(const char *text, enum engine_choice *out)
{
	for (size_t i = 0; i < ENGINE_CHOICES; i++) {
		if (strcmp(ENGINES[i].name, text) == 0) {
			*out = (enum engine_choice)i;
			return STATUS_DONE;
		}
	}
	return complain("run: --engine %s: choose jit, interp, kernel or auto", text);
}

static enum status keep_assignment(const char *option, const char **list, size_t *count)
{
	if (*count == ASSIGNMENTS_MAX)
		return complain("run: %s is given more than %d times", option, ASSIGNMENTS_MAX);
	list[(*count)++] = optarg;
	return STATUS_DONE;
}

static enum status take_option(struct request *request, int option)
{
	switch (option) {
	case OPTION_PROG: request->prog = optarg; break;
	case OPTION_PCAP: request->pcap = optarg; break;
	case OPTION_PCAP_OUT: request->pcap_out = optarg; break;
	case OPTION_DATA: request->data = optarg; break;
	case OPTION_CTX: request->context = optarg; break;
	case OPTION_TYPE: request->type = optarg; break;
	case OPTION_JSON: request->json = true; break;
	case OPTION_PROGRESS: request->progress = true; break;
	case OPTION_UNVERIFIED: request->unverified = true; break;
	case OPTION_FILTER: request->filter = optarg; break;
	case OPTION_FILTER_ASM: request->filter_asm = true; break;
	case OPTION_LINK_HEADER: request->link_header = true; break;
	case OPTION_ENGINE: return parse_engine(optarg, &request->engine);
	case OPTION_SET: return keep_assignment("--set", request->sets, &request->set_count);
	case OPTION_SET_FILE:
		optarg = (char *)variable_set_file(optarg);
		return keep_assignment("--set-file", request->sets, &request->set_count);
	case OPTION_ENTRY:
		return keep_assignment("--entry", request->entries, &request->entry_count);
	case OPTION_EVENT:
		return keep_assignment("--event", request->events, &request->event_count);
	case OPTION_REPEAT:
		return parse_count(&command_run, "--repeat", optarg, 1, INT32_MAX,
				   &request->repeat);
	case OPTION_MAPS: return parse_rows(&command_run, optarg, &request->rows_max);
	case OPTION_IFINDEX:
		return parse_count(&command_run, "--ifindex", optarg, 1, INT32_MAX,
				   &request->ifindex);
	case OPTION_FRAME_MAX:
		return parse_count(&command_run, "--frame-max", optarg, FRAME_LEAST, FRAME_MOST,
				   &request->frame_most);
	}
	return STATUS_DONE;
}

/* Of the options, a filter takes few. */
static enum status check_filter(const struct request *request)
{
	if (request->prog != NULL || request->type != NULL || request->data != NULL ||
	    request->context != NULL || request->unverified || request->link_header ||
	    request->set_count + request->entry_count + request->event_count > 0 ||
	    request->repeat != 1)
		return complain(
			"run: --filter goes with --filter-asm, --pcap, --pcap-out, --engine "
			"and --json only");
	if (request->engine == ENGINE_KERNEL)
		return complain("run: --filter runs in skep's own engines; choose --engine jit or "
				"interp");
	if (request->pcap == NULL && !request->filter_asm)
		return complain("run: --filter needs packets; name a capture with --pcap");
	return STATUS_DONE;
}

static enum status check_request(const struct request *request)
{
	if (request->filter != NULL)
		return check_filter(request);
	if (request->filter_asm)
		return complain("run: --filter-asm needs --filter; skep dis shows objects");
	if (request->pcap != NULL && request->data != NULL)
		return complain("run: --pcap and --data are both given; choose one");
	if (request->pcap != NULL && request->context != NULL)
		return complain("run: --ctx is for one frame; it does not go with --pcap");
	if (request->pcap_out != NULL && request->pcap == NULL)
		return complain("run: --pcap-out needs --pcap");
	if (request->unverified && request->engine != ENGINE_AUTO &&
	    request->engine != ENGINE_INTERP)
		return complain("run: --unverified goes with --engine interp only; machine code is "
				"made of verified programs, and the kernel verifies by itself");
	if (request->engine == ENGINE_KERNEL && request->frame_most > FRAME_MOST_LINUX)
		return complain("run: --frame-max %llu: the kernel tests frames of at most %d "
				"bytes; choose another engine",
				(unsigned long long)request->frame_most, FRAME_MOST_LINUX);
	return STATUS_DONE;
}

/* Binds the process to the first cpu it may use. Where that is not possible nothing but per-CPU
 * values changes. */
static void bind_to_cpu(void)
{
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return;
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static enum status set_types(struct session *session)
{
	const char *type = session->request->type;
	struct skep_prog_info info;
	struct skep_prog *prog;
	enum status status = STATUS_DONE;

	/* Tail calls go to programs of the same type, whose sections tell as little. */
	for (uint32_t i = 0; type != NULL && status == STATUS_DONE &&
			     (prog = skep_object_prog(session->opened.object, i)) != NULL;
	     i++) {
		skep_prog_info(prog, &info);
		if (prog == session->prog || info.type == 0)
			status = object_set_type(prog, type);
	}
	return status;
}

static enum status check_type(struct session *session)
{
	struct skep_prog_info info;
	char text[16];

	skep_prog_info(session->prog, &info);
	session->type = info.type;
	if (info.type == 0)
		return complain("%s: program %s: section \"%s\" does not tell its type; give it "
				"with --type xdp or --type socket_filter",
				session->file.path, info.name, info.section);
	if (info.type != PROG_TYPE_XDP && info.type != PROG_TYPE_SOCKET_FILTER)
		return complain("%s: program %s is of type %s, and skep runs programs of types xdp "
				"and socket_filter; skep dis shows it",
				session->file.path, info.name, prog_type_text(info.type, text));
	return STATUS_DONE;
}

/* Bytes of the shortest frame that Linux's test run takes, if it begins like this one. */
static size_t frame_least(const struct session *session, const uint8_t *frame, size_t size)
{
	if (session->type != PROG_TYPE_SOCKET_FILTER)
		return FRAME_LEAST;
	return skb_frame_least(frame, size, session->request->link_header);
}

/* Whether what is to be run over is for a program of this type. */
static enum status check_input(struct session *session)
{
	const struct request *request = session->request;
	const size_t size = session->data.size - session->input.meta_size;
	struct skep_prog_info info;
	size_t least;
	char text[16];

	skep_prog_info(session->prog, &info);
	if (session->context_type != 0 && session->context_type != info.type)
		return complain("%s: is a context for programs of type %s, and %s is of type %s",
				request->context, prog_type_text(session->context_type, text),
				info.name, skep_prog_type_name(info.type));
	if (request->link_header && info.type != PROG_TYPE_SOCKET_FILTER)
		return complain(
			"%s: program %s is of type %s; --link-header is for socket filters, "
			"others see the Ethernet header anyway",
			session->file.path, info.name, prog_type_text(info.type, text));
	if (request->pcap != NULL)
		return STATUS_DONE;
	least = frame_least(session, session->data.bytes, size);
	if (size < least || session->data.size > request->frame_most)
		return complain("%s: has %zu bytes; a frame to run has %zu to %llu",
				session->data.path, size, least,
				(unsigned long long)request->frame_most);
	return STATUS_DONE;
}

/* From the request to an engine that is ready. */
static enum status load(struct session *session)
{
	const struct request *request = session->request;
	struct engine_setup setup = { &session->file, &session->opened, NULL, request->frame_most };
	enum status status = file_read(request->object, OBJECT_BYTES_MAX, &session->file);

	if (status != STATUS_DONE)
		return status;
	status = request->unverified ? object_open_unverified(&session->file, &session->opened)
				     : object_open(&session->file, ENGINES[request->engine].engine,
						   false, &session->opened);
	if (status != STATUS_DONE)
		return status;
	session->loaded = true;
	session->prog = object_choose(&session->opened, request->prog);
	if (session->prog == NULL)
		return STATUS_BAD;
	status = set_types(session);
	if (status == STATUS_DONE)
		status = check_type(session);
	if (status == STATUS_DONE)
		status = check_input(session);
	for (size_t i = 0; i < request->set_count && status == STATUS_DONE; i++)
		status = variable_set(session->opened.object, request->sets[i]);
	if (status != STATUS_DONE)
		return status;
	object_load_for(session->opened.object, session->prog);
	setup.prog = session->prog;
	status = request->engine == ENGINE_KERNEL ? engine_open_kernel(&setup, &session->engine)
						  : engine_open_own(&setup, &session->engine);
	if (status != STATUS_DONE)
		return status;
	for (size_t i = 0; i < request->entry_count && status == STATUS_DONE; i++)
		status = entry_set(session->opened.object, session->engine, request->entries[i]);
	if (status != STATUS_DONE)
		return status;
	session->contents = contents_open(session->opened.object, session->engine);
	for (size_t i = 0; i < request->event_count && status == STATUS_DONE; i++)
		status = contents_event_type(session->contents, request->events[i]);
	return status;
}

static enum status run_frame(struct session *session, const uint8_t *data, size_t size,
			     struct frame_result *result)
{
	struct engine *engine = session->engine;
	enum status status;

	session->input.data = data;
	session->input.size = size;
	status = engine->table->run(engine, &session->input, result);
	if (status != STATUS_DONE)
		return status;
	tally_add(&session->tally, &session->input, result);
	tally_keep(&session->tally, result);
	contents_collect(session->contents);
	return STATUS_DONE;
}

/* Writes a frame that passed: when it came, and as long as it now is. */
static void write_passed(struct session *session, const struct capture_frame *frame,
			 const struct frame_result *result)
{
	const struct capture_frame passed = {
		.data = result->data,
		.size = result->size,
		.size_on_wire = result->size + (frame->size_on_wire - frame->size),
		.stamp = frame->stamp,
	};

	if (session->writer != NULL && tally_passes(session->type, result->retval))
		capture_write(session->writer, &passed);
}

struct progress {
	bool wanted, terminal, told;
	struct timespec last;
};

enum {
	PROGRESS_MS = 500,
	PROGRESS_PACKETS = 256, /* between looks at the clock */
};

static void tell_progress(struct progress *progress, const struct capture *capture)
{
	const double share = capture_progress(capture);
	struct timespec now;

	if (!progress->wanted || capture_count(capture) % PROGRESS_PACKETS != 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((now.tv_sec - progress->last.tv_sec) * 1000 +
		    (now.tv_nsec - progress->last.tv_nsec) / 1000000 <
	    PROGRESS_MS)
		return;
	progress->last = now;
	progress->told = true;
	fprintf(stderr, "%sskep: %llu packets", progress->terminal ? "\r" : "",
		(unsigned long long)capture_count(capture));
	if (share >= 0)
		fprintf(stderr, ", %.0f %% of the capture", share * 100);
	if (!progress->terminal)
		fputc('\n', stderr);
}

static void end_progress(const struct progress *progress)
{
	if (progress->told && progress->terminal)
		fputs("\r\033[K", stderr);
}

/* Runs what can be run of a capture. A capture damaged in the middle is an error only after all the
 * frames before. */
static enum status run_capture(struct session *session)
{
	const struct request *request = session->request;
	struct tally *tally = &session->tally;
	struct progress progress = { .terminal = isatty(STDERR_FILENO) != 0 };
	enum status status = STATUS_DONE;
	struct capture_frame frame;
	struct frame_result result;
	int got = 1;

	progress.wanted = request->progress || progress.terminal;
	clock_gettime(CLOCK_MONOTONIC, &progress.last);
	while (status == STATUS_DONE && (got = capture_read(session->capture, &frame)) == 1) {
		tally->packets++;
		if (frame.size < frame_least(session, frame.data, frame.size)) {
			tally->too_short++;
			continue;
		}
		if (frame.size > request->frame_most) {
			tally->too_long++;
			continue;
		}
		tally->cut += frame.size < frame.size_on_wire;
		status = run_frame(session, frame.data, frame.size, &result);
		if (status == STATUS_DONE)
			write_passed(session, &frame, &result);
		tell_progress(&progress, session->capture);
	}
	end_progress(&progress);
	return got < 0 ? STATUS_BAD : status;
}

/* A struct xdp_md as BPF_PROG_TEST_RUN takes it, for a frame of `size` bytes. */
static enum status take_xdp_context(struct session *session, const uint8_t *bytes, size_t size)
{
	const char *path = session->request->context;
	enum { DATA, DATA_END, DATA_META, IFINDEX, RX_QUEUE, EGRESS, FIELDS };
	uint32_t fields[FIELDS];

	memcpy(fields, bytes, sizeof(fields));
	if (fields[DATA_META] != 0 || fields[EGRESS] != 0)
		return complain("%s: data_meta and egress_ifindex must be 0, as in Linux; metadata "
				"are the bytes before `data`",
				path);
	if (fields[DATA_END] != size)
		return complain("%s: data_end is %u and the frame has %zu bytes; they must be "
				"equal",
				path, (unsigned)fields[DATA_END], size);
	if (fields[DATA] > META_MOST || fields[DATA] % 4 != 0 || fields[DATA] > size)
		return complain("%s: data is %u; it is the size of the metadata: a multiple of 4, "
				"at most %d and within the frame",
				path, (unsigned)fields[DATA], META_MOST);
	session->input.meta_size = fields[DATA];
	session->input.ifindex = fields[IFINDEX] != 0 ? fields[IFINDEX] : 1;
	session->input.rx_queue = fields[RX_QUEUE];
	return STATUS_DONE;
}

/* Which type's context it is, its size tells. */
static enum status read_context(struct session *session, size_t size)
{
	const char *path = session->request->context;
	struct file file;
	enum status status = file_read(path, SKB_CONTEXT_BYTES, &file);

	if (status != STATUS_DONE)
		return status;
	if (file.size == XDP_CONTEXT_BYTES) {
		session->context_type = PROG_TYPE_XDP;
		status = take_xdp_context(session, file.bytes, size);
	} else if (file.size == SKB_CONTEXT_BYTES) {
		session->context_type = PROG_TYPE_SOCKET_FILTER;
		status = skb_read_context(path, file.bytes, &session->input);
		if (session->input.ifindex == 0)
			session->input.ifindex = 1;
	} else {
		status = complain("%s: has %zu bytes; struct xdp_md has %d, struct __sk_buff %d",
				  path, file.size, XDP_CONTEXT_BYTES, SKB_CONTEXT_BYTES);
	}
	file_free(&file);
	return status;
}

static enum status read_frame(struct session *session)
{
	const struct request *request = session->request;
	const char *name = request->data != NULL ? request->data : "the frame";
	enum status status = STATUS_DONE;

	if (request->data != NULL)
		status = file_read(request->data, request->frame_most + META_MOST, &session->data);
	else
		session->data = (struct file){ name, allocate(FRAME_DEFAULT, 1), FRAME_DEFAULT };
	if (status == STATUS_DONE && request->context != NULL)
		status = read_context(session, session->data.size);
	return status;
}

/* Opens what is read, before anything is loaded, so that a wrong name costs no time. */
static enum status open_input(struct session *session)
{
	const struct request *request = session->request;

	session->input = (struct frame_input){ .repeat = request->repeat,
					       .ifindex = (uint32_t)request->ifindex,
					       .skb.from_link = request->link_header };
	return request->pcap != NULL ? capture_open(request->pcap, &session->capture)
				     : read_frame(session);
}

/* Opens what is written, after all that could forbid it: files are not emptied for nothing. */
static enum status open_output(struct session *session)
{
	const struct request *request = session->request;

	if (request->pcap_out == NULL)
		return STATUS_DONE;
	return capture_create(request->pcap_out, request->pcap, &session->writer);
}

/* What the checked execution stopped, or null. */
static void write_trap(const struct report_log *log, struct writer *writer)
{
	writer_key(writer, "trap");
	if (log->text == NULL) {
		writer_null(writer);
		return;
	}
	writer_open_object(writer);
	writer_key(writer, "insn");
	writer_signed(writer, log->insn);
	writer_member_string(writer, "text", log->text);
	writer_close_object(writer);
}

static void print(struct session *session)
{
	const struct request *request = session->request;
	struct writer writer = { .file = stdout };
	struct tally_subject subject = {
		.object = session->file.path,
		.facts = session->engine->facts,
		.capture = request->pcap != NULL,
		.frame_most = request->frame_most,
		.type = session->type,
	};
	struct skep_prog_info info;

	skep_prog_info(session->prog, &info);
	subject.program = info.name;
	if (!request->json) {
		tally_write_text(&session->tally, &subject, stdout);
		if (request->rows_max > 0 && skep_object_map(session->opened.object, 0) != NULL) {
			fputc('\n', stdout);
			contents_write_text(session->contents, NULL, stdout, request->rows_max);
		}
		return;
	}
	writer_open_object(&writer);
	tally_write_json(&session->tally, &subject, &writer);
	if (request->unverified)
		write_trap(&session->opened.log, &writer);
	writer_key(&writer, "maps");
	contents_write_json(session->contents, NULL, &writer);
	writer_close_object(&writer);
	fputc('\n', stdout);
}

static void close_session(struct session *session)
{
	contents_close(session->contents);
	if (session->engine != NULL)
		session->engine->table->close(session->engine);
	if (session->loaded)
		object_close(&session->opened);
	capture_close(session->capture);
	file_free(&session->file);
	file_free(&session->data);
	tally_free(&session->tally);
}

static enum status run_request(const struct request *request)
{
	struct session session = { .request = request };
	struct frame_result result;
	enum status status, written;

	bind_to_cpu();
	status = open_input(&session);
	if (status == STATUS_DONE)
		status = load(&session);
	if (status == STATUS_DONE)
		status = open_output(&session);
	if (status == STATUS_DONE) {
		status = session.capture != NULL ? run_capture(&session)
						 : run_frame(&session, session.data.bytes,
							     session.data.size, &result);
		print(&session);
		status = finish_output(status);
	}
	written = capture_finish(session.writer);
	close_session(&session);
	return status != STATUS_DONE ? status : written;
}

static enum status run_filter(const struct request *request, int operands)
{
	const struct filter_request filter = {
		.expression = request->filter,
		.pcap = request->pcap,
		.pcap_out = request->pcap_out,
		.engine = ENGINES[request->engine].engine,
		.listing = request->filter_asm,
		.json = request->json,
	};
	const enum status status =
		operands == 0
			? check_request(request)
			: complain("run: an object and --filter are both given; choose one "
				   "(an expression of several words is one argument, in quotes)");

	return status == STATUS_DONE ? filter_run(&filter) : status;
}

static enum status run(int argc, char **argv)
{
	struct request request = {
		.repeat = 1,
		.frame_most = FRAME_MOST_LINUX,
		.ifindex = 1,
		.rows_max = ROWS_DEFAULT,
	};
	enum status status = STATUS_DONE;
	int option;

	while (status == STATUS_DONE &&
	       (option = next_option(&command_run, argc, argv, OPTIONS)) != OPTION_NONE) {
		if (option == OPTION_HELP)
			return STATUS_DONE;
		status = option == OPTION_BAD ? STATUS_BAD : take_option(&request, option);
	}
	if (status != STATUS_DONE)
		return status;
	if (request.filter != NULL)
		return run_filter(&request, argc - optind);
	request.object = only_operand(&command_run, argc, argv, "the object");
	if (request.object == NULL)
		return STATUS_BAD;
	status = check_request(&request);
	return status == STATUS_DONE ? run_request(&request) : status;
}

const struct command command_run = { "run", "run a program over a capture or a frame", HELP, run };
