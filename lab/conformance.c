/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin of bpf_conformance: a program as hex bytes on standard input and memory as hex in the
 * first argument go in, r0 in hex comes out. With --elf the input is an object file, whose first
 * program runs. Checks structure, not safety. Exit status 0: done, 1: refused, 2: bad usage.
 */
#include "base/format.h"
#include "load/image.h"
#include "system.h"
#include "unverified.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, INPUT_BYTES_MAX = 256 << 20 };

struct buffer {
	uint8_t *bytes;
	size_t size, capacity;
};

struct options {
	const char *memory; /* NULL: none */
	bool jit, elf;
};

static const char USAGE[] =
	"usage: skep-conformance [MEM] [--interpret|--jit] [--elf]\n"
	"\n"
	"Runs the eBPF program that stands as hex bytes on standard input and prints r0 in hex.\n"
	"\n"
	"  MEM          memory as hex bytes: r1 is its address, r2 its length; none: both 0\n"
	"  --interpret  run it on the interpreter (default)\n"
	"  --jit        compile it for this machine and run that\n"
	"  --elf        standard input is an ELF object in hex: run its first program\n"
	"\n"
	"example: echo b7000000 2a000000 95000000 00000000 | skep-conformance --jit\n";

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line on standard error. */
static void say(const char *format, ...)
{
	char text[2048] = "skep-conformance: ";
	size_t size = skep_text_size(text);
	va_list list;

	va_start(list, format);
	size += skep_format_list(text + size, sizeof(text) - size, format, list);
	va_end(list);
	if (size > sizeof(text) - 2)
		size = sizeof(text) - 2;
	text[size++] = '\n';
	system_write(SYSTEM_ERRORS, text, size);
}

static void print_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	say("%s", report->text);
}

/* Memory for `capacity` bytes, which are at least one; `what` is for messages. */
static bool reserve(struct buffer *buffer, size_t capacity, const char *what)
{
	const struct skep_port *port = system_port();

	*buffer = (struct buffer){ port->alloc(port->ctx, capacity, 16), 0, capacity };
	if (buffer->bytes == NULL)
		say("no memory left for %s", what);
	return buffer->bytes != NULL;
}

static void release(struct buffer *buffer)
{
	const struct skep_port *port = system_port();

	if (buffer->bytes != NULL)
		port->free(port->ctx, buffer->bytes, buffer->capacity, 16);
	*buffer = (struct buffer){ 0 };
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads pairs of hex digits with any blanks between them; `what` is for messages. */
static bool read_hex(const char *text, size_t size, const char *what, struct buffer *out)
{
	if (!reserve(out, size / 2 + 1, what))
		return false;
	for (size_t i = 0; i < size; i++) {
		int high, low;

		if (is_blank(text[i]))
			continue;
		high = hex_digit(text[i]);
		low = i + 1 < size ? hex_digit(text[i + 1]) : -1;
		if (high < 0 || low < 0) {
			say("%s is not hex at character %zu; needed: pairs of hex digits, such as "
			    "95 00",
			    what, i + 1);
			return false;
		}
		out->bytes[out->size++] = (uint8_t)(high << 4 | low);
		i++;
	}
	return true;
}

/* Everything on standard input, into memory that doubles. */
static bool read_input(struct buffer *out)
{
	if (!reserve(out, 1 << 16, "the input"))
		return false;
	for (;;) {
		struct buffer larger;
		const intptr_t got = system_read(out->bytes + out->size, out->capacity - out->size);

		if (got < 0)
			say("cannot read standard input");
		if (got <= 0)
			return got == 0;
		out->size += (size_t)got;
		if (out->size < out->capacity)
			continue;
		if (out->capacity >= INPUT_BYTES_MAX) {
			say("more than %d bytes of input", INPUT_BYTES_MAX);
			return false;
		}
		if (!reserve(&larger, 2 * out->capacity, "the input"))
			return false;
		memcpy(larger.bytes, out->bytes, out->size);
		larger.size = out->size;
		release(out);
		*out = larger;
	}
}

static bool read_options(int argc, char **argv, struct options *out)
{
	*out = (struct options){ 0 };
	for (int i = 1; i < argc; i++) {
		if (skep_text_equal(argv[i], "--jit")) {
			out->jit = true;
		} else if (skep_text_equal(argv[i], "--interpret")) {
			out->jit = false;
		} else if (skep_text_equal(argv[i], "--elf")) {
			out->elf = true;
		} else if (argv[i][0] == '-') {
			say("unknown option %s; see --help", argv[i]);
			return false;
		} else if (out->memory != NULL) {
			say("memory is given twice; put its bytes into one argument");
			return false;
		} else {
			out->memory = argv[i];
		}
	}
	return true;
}

/* Prepares the program, runs it over a copy of `memory` and prints r0. */
static int run(const struct skep_insn *insns, uint32_t count, bool jit, struct buffer memory,
	       struct skep_log *log)
{
	struct buffer copy = { 0 };
	struct unverified program;
	char text[32];
	uint64_t r0;

	if (unverified_open(&program, system_port(), insns, count, jit, log) < 0)
		return EXIT_REFUSED;
	if (memory.size > 0 && !reserve(&copy, memory.size, "MEM")) {
		unverified_close(&program);
		return EXIT_REFUSED;
	}
	if (memory.size > 0)
		memcpy(copy.bytes, memory.bytes, memory.size);
	r0 = unverified_run(&program, copy.bytes, memory.size);
	system_write(SYSTEM_OUTPUT, text,
		     skep_format(text, sizeof(text), "%llx\n", (unsigned long long)r0));
	release(&copy);
	unverified_close(&program);
	return EXIT_DONE;
}

static int run_bytes(struct buffer program, bool jit, struct buffer memory, struct skep_log *log)
{
	const uint32_t count = (uint32_t)(program.size / 8);
	struct buffer insns;
	int status;

	if (program.size == 0 || program.size % 8 != 0) {
		say("the program has %zu bytes; needed: 8 for each instruction, at least one",
		    program.size);
		return EXIT_USAGE;
	}
	if (!reserve(&insns, count * sizeof(struct skep_insn), "the program"))
		return EXIT_REFUSED;
	skep_isa_read(program.bytes, false, count, (struct skep_insn *)(void *)insns.bytes);
	status = run((const struct skep_insn *)(const void *)insns.bytes, count, jit, memory, log);
	release(&insns);
	return status;
}

/* Calls inside the section become relative; nothing else that needs linking is taken. */
static int link_calls(const struct skep_image *image, const struct skep_image_section *section,
		      struct skep_log *log)
{
	for (uint32_t i = 0; i < section->reloc_count; i++) {
		const struct skep_image_reloc *reloc = &section->relocs[i];
		const struct skep_image_func *target =
			reloc->kind == SKEP_RELOC_CALL || reloc->kind == SKEP_RELOC_FUNC
				? &image->funcs[reloc->target]
				: NULL;

		if (target == NULL || &image->sections[target->section] != section)
			return skep_fail(log, SKEP_EOPNOTSUPP, (int32_t)reloc->insn,
					 "this instruction refers to a map, to data or to another "
					 "section\na program that stands alone\nrun such objects "
					 "with `skep run`");
		section->insns[reloc->insn].imm =
			(int32_t)((int64_t)target->start - reloc->insn - 1);
	}
	return 0;
}

/* The public suite puts its programs into .text, where libbpf, and so skep, looks for functions
 * that programs call and not for programs: gives that section the name of one that holds programs.
 * Reads ELF64 in this machine's byte order; what does not fit is left to the loader to refuse. */
static void rename_text(struct buffer object)
{
	static const char from[] = ".text", to[] = "xdp";
	uint64_t headers, names, offset, size;

	if (object.size < 64)
		return;
	headers = skep_load64(object.bytes + 40);
	names = skep_load16(object.bytes + 62) * 64u;
	if (!skep_in_bounds(headers, names + 64, object.size))
		return;
	offset = skep_load64(object.bytes + headers + names + 24);
	size = skep_load64(object.bytes + headers + names + 32);
	if (!skep_in_bounds(offset, size, object.size))
		return;
	for (uint64_t i = 0; i + sizeof(from) <= size; i++)
		if (memcmp(object.bytes + offset + i, from, sizeof(from)) == 0)
			memcpy(object.bytes + offset + i, to, sizeof(to));
}

static int load(struct buffer object, struct skep_arena *arena, struct skep_log *log,
		struct skep_image *out)
{
	const struct skep_limits limits = { 0 };

	return skep_load_image(object.bytes, object.size, "standard input", &limits, NULL, 0, arena,
			       log, out);
}

static int run_image(const struct skep_image *image, bool jit, struct buffer memory,
		     struct skep_log *log)
{
	const struct skep_image_func *func = &image->funcs[image->progs[0].func];
	const struct skep_image_section *section = &image->sections[func->section];

	if (image->big_endian != skep_host_is_big_endian()) {
		skep_fail(log, SKEP_EINVAL, SKEP_NO_INSN,
			  "the object was compiled for %s-endian machines and this one is not\n\n"
			  "compile it with -target %s",
			  image->big_endian ? "big" : "little",
			  image->big_endian ? "bpfel" : "bpfeb");
		return EXIT_REFUSED;
	}
	if (link_calls(image, section, log) < 0)
		return EXIT_REFUSED;
	return run(section->insns + func->start, section->insn_count - func->start, jit, memory,
		   log);
}

static int run_object(struct buffer object, bool jit, struct buffer memory, struct skep_log *log)
{
	struct skep_image image = { 0 };
	struct skep_arena arena;
	int status = EXIT_USAGE;

	skep_arena_init(&arena, system_port(), 0);
	if (load(object, &arena, NULL, &image) < 0)
		rename_text(object);
	if (load(object, &arena, log, &image) == 0)
		status = run_image(&image, jit, memory, log);
	skep_arena_free(&arena);
	return status;
}

int main(int argc, char **argv)
{
	struct buffer input = { 0 }, program = { 0 }, memory = { 0 };
	struct skep_log log = { .sink = print_report };
	struct options options;
	int status = EXIT_USAGE;

	if (argc == 2 && skep_text_equal(argv[1], "--help")) {
		system_write(SYSTEM_OUTPUT, USAGE, sizeof(USAGE) - 1);
		return EXIT_DONE;
	}
	if (!read_options(argc, argv, &options))
		return EXIT_USAGE;
	if ((options.memory == NULL ||
	     read_hex(options.memory, skep_text_size(options.memory), "MEM", &memory)) &&
	    read_input(&input) &&
	    read_hex((const char *)input.bytes, input.size, "the program", &program))
		status = options.elf ? run_object(program, options.jit, memory, &log)
				     : run_bytes(program, options.jit, memory, &log);
	release(&input);
	release(&program);
	release(&memory);
	return status;
}
