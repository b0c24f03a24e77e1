/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every test/isa file of text tests on each engine there is here: the verified and the
 * checked execution, and the JIT of this machine. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "harness.h"
#include "jit/jit.h"
#include "runner.h"

enum { INSNS_MAX = 66000, TEXT_MAX = 8192, ROW_WORDS = 4096 };

static const char *const GROUPS[] = {
#define GROUP(name) #name,
#include "groups.def"
};

/* ------------------------------------------------------------------------------------------- files
 */

/* The file of a group, to be freed by the caller; NULL: there is none. */
static char *read_file(const char *group, size_t *size)
{
	const char *source = getenv("SKEP_SOURCE");
	char path[1024], *text = NULL;
	FILE *file;
	long end;

	snprintf(path, sizeof(path), "%s/test/isa/%s.txt", source != NULL ? source : ".", group);
	file = fopen(path, "rb");
	if (file == NULL) {
		test_note("cannot read %s; set SKEP_SOURCE", path);
		return NULL;
	}
	if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) > 0 &&
	    fseek(file, 0, SEEK_SET) == 0) {
		text = malloc((size_t)end);
		*size = (size_t)end;
	}
	if (text != NULL && fread(text, 1, *size, file) != *size) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

struct memory_text {
	const char *text;
	size_t size;
};

static size_t read_memory(void *ctx, size_t offset, char *out, size_t size)
{
	const struct memory_text *memory = ctx;
	const size_t left = offset < memory->size ? memory->size - offset : 0;

	size = size < left ? size : left;
	memcpy(out, memory->text + offset, size);
	return size;
}

/* ----------------------------------------------------------------------------------------- the JIT
 */

struct jit {
	const struct skep_port *port;
	struct skep_exec exec;
	struct skep_function *functions;
	void *code;
	size_t code_bytes;
	skep_code_entry entry;
	struct skep_target target;
};

static void print_problem(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

/* Functions begin at 0 and wherever a local call or the address of a function leads. */
static bool list_functions(struct jit *jit)
{
	uint8_t *begins = calloc(jit->exec.count, 1);
	uint32_t count = 1;

	if (begins == NULL)
		return false;
	for (uint32_t i = 0; i < jit->exec.count; i++) {
		const struct skep_insn *insn = &jit->exec.insns[i];
		const bool calls =
			(insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL) ||
			(insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
			 insn->src_reg == BPF_PSEUDO_FUNC);
		const uint32_t target = i + 1 + (uint32_t)insn->imm;

		if (calls && begins[target] == 0 && target != 0) {
			begins[target] = 1;
			count++;
		}
	}
	jit->functions = calloc(count, sizeof(*jit->functions));
	if (jit->functions != NULL) {
		uint32_t at = 0;

		for (uint32_t i = 0; i < jit->exec.count; i++)
			if (i == 0 || begins[i] != 0) {
				if (at > 0)
					jit->functions[at - 1].end = i;
				jit->functions[at++] = (struct skep_function){ i, jit->exec.count,
									       SKEP_STACK_BYTES };
			}
	}
	free(begins);
	jit->exec.functions = jit->functions;
	jit->exec.function_count = count;
	return jit->functions != NULL;
}

static void jit_release(void *ctx)
{
	struct jit *jit = ctx;

	if (jit->code != NULL)
		jit->port->code_free(jit->port->ctx, jit->code, jit->code_bytes);
	free(jit->functions);
	*jit = (struct jit){ 0 };
}

static bool place(struct jit *jit, const struct skep_code *code)
{
	jit->code = jit->port->code_alloc(jit->port->ctx, code->size);
	if (jit->code == NULL)
		return false;
	jit->code_bytes = code->size;
	memcpy(jit->code, code->bytes, code->size);
	/* C11 has no cast from an object pointer to a function pointer. */
	memcpy(&jit->entry, &jit->code, sizeof(jit->entry));
	return jit->port->code_seal(jit->port->ctx, jit->code, jit->code_bytes) == 0;
}

static bool jit_prepare(void *ctx, const struct skep_insn *insns, uint32_t count)
{
	struct skep_log log = { .sink = print_problem };
	struct jit *jit = ctx;
	struct skep_arena arena, scratch;
	struct skep_code code;
	bool done;

	*jit = (struct jit){ .port = skep_port_posix(),
			     .exec = { .insns = insns,
				       .count = count,
				       .helpers = isa_helpers,
				       .helper_count = ISA_HELPER_COUNT,
				       .contracts = isa_contracts() } };
	skep_arena_init(&arena, jit->port, 0);
	skep_arena_init(&scratch, jit->port, 0);
	done = list_functions(jit) &&
	       skep_jit_compile(skep_backend_native(), &jit->exec, &arena, &scratch, &log, &code) ==
		       0 &&
	       place(jit, &code);
	skep_arena_free(&scratch);
	skep_arena_free(&arena);
	if (!done)
		jit_release(jit);
	jit->target = (struct skep_target){ .exec = &jit->exec, .entry = jit->entry };
	return done;
}

static const struct skep_target *jit_target(void *ctx)
{
	const struct jit *jit = ctx;

	return &jit->target;
}

static void jit_run(void *ctx, void *memory, size_t size, struct isa_run *out)
{
	const struct jit *jit = ctx;
	uint32_t word = 0;
	struct skep_env env = { .ctx = memory,
				.packet_load = isa_packet_load(),
				.port = jit->port,
				.atomic_word = &word };

	*out = (struct isa_run){ .r0 = jit->entry(memory, &env, size) };
}

/* ------------------------------------------------------------------------------------------- tests
 */

static struct skep_insn insns[INSNS_MAX];
static char text_room[TEXT_MAX];
static uint64_t rows[ROW_WORDS];

static const struct isa_room ROOM = {
	.text = text_room,
	.text_bytes = sizeof(text_room),
	.insns = insns,
	.insn_max = INSNS_MAX,
	.rows = rows,
	.row_words = ROW_WORDS,
};

static void run_group(const char *group, const struct isa_engine *engine, const char *only)
{
	struct memory_text memory = { 0 };
	char *text = read_file(group, &memory.size);
	const struct isa_text file = { group, read_memory, &memory };

	memory.text = text;
	if (text == NULL || isa_run_text(&file, engine, &ROOM, true, only) == 0) {
		if (text != NULL && only != NULL) {
			free(text);
			return;
		}
		test_fail("no tests in %s.txt", group);
		test_result("%s (%s)", group, engine->name);
	}
	free(text);
}

/* ----------------------------------------------------------------------------------------- threads
 */

enum { THREADS = 3, ROUNDS = 200000 };

/* Counts in three cells, in three ways. */
static const char COUNTING[] =
	"r6 = 200000 ; again: r7 = 1 ; lock *(u64 *)(r1 +0) += r7\n"
	"r7 = 1 ; r7 = atomic_fetch_add((u32 *)(r1 +8), r7)\n"
	"try: r0 = *(u64 *)(r1 +16) ; r8 = r0 ; r9 = r0 ; r9 += 1\n"
	"r0 = atomic64_cmpxchg((u64 *)(r1 +16), r0, r9) ; if r0 != r8 goto try\n"
	"r6 -= 1 ; if r6 != 0 goto again ; r0 = 0 ; exit\n";

struct counting {
	const struct isa_engine *engine;
	uint64_t cells[3];
};

static void *count(void *ctx)
{
	struct counting *counting = ctx;
	struct isa_run run;

	counting->engine->run(counting->engine->ctx, counting->cells, sizeof(counting->cells),
			      &run);
	return NULL;
}

static void count_with(struct counting *counting)
{
	pthread_t threads[THREADS];
	uint32_t half;

	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, count, counting) == 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	memcpy(&half, &counting->cells[1], sizeof(half));
	CHECK_EQ(counting->cells[0], THREADS * ROUNDS);
	CHECK_EQ(half, THREADS * ROUNDS);
	CHECK_EQ(counting->cells[2], THREADS * ROUNDS);
}

/* Operations of several threads on the same memory lose nothing. */
static void run_threads(const struct isa_engine *engine)
{
	struct skep_log log = { .sink = print_problem };
	struct counting counting = { .engine = engine };
	uint32_t insn_count;

	if (test_check(skep_isa_assemble(COUNTING, strlen(COUNTING), insns, INSNS_MAX, &insn_count,
					 &log) == 0 &&
			       engine->prepare(engine->ctx, insns, insn_count),
		       __FILE__, __LINE__, "the program is accepted")) {
		count_with(&counting);
		if (engine->release != NULL)
			engine->release(engine->ctx);
	}
	test_result("threads/operations of several threads (%s)", engine->name);
}

/* What is behind the engine's name and a slash in `only`; NULL: it is not about this engine. */
static const char *behind(const char *only, const struct isa_engine *engine)
{
	const size_t size = strlen(engine->name);

	if (only == NULL || strncmp(only, engine->name, size) != 0 ||
	    (only[size] != '\0' && only[size] != '/'))
		return NULL;
	return only + size + (only[size] == '/');
}

int test_main(const char *only);

/* `only` may also be the name of an engine, and behind that `/` and what a test's name contains. */
int test_main(const char *only)
{
	static uint64_t steps[2 * INSNS_MAX + 8];
	static struct isa_threaded threaded = { .block = steps, .block_bytes = sizeof(steps) };
	const struct isa_engine threaded_engine = isa_engine_threaded(&threaded);
	static struct jit jit;
	const struct isa_engine jit_engine = { .name = "jit",
					       .prepare = jit_prepare,
					       .run = jit_run,
					       .release = jit_release,
					       .target = jit_target,
					       .ctx = &jit };
	const struct isa_engine *engines[] = { &isa_engine_interp, &isa_engine_linked,
					       &threaded_engine, &isa_engine_checked, &jit_engine };
	bool engine_only = false;

	for (size_t i = 0; i < SKEP_COUNT(engines); i++)
		engine_only |= behind(only, engines[i]) != NULL;
	test_begin();
	for (size_t i = 0; i < SKEP_COUNT(engines); i++) {
		const char *name = engine_only ? behind(only, engines[i]) : only;

		if ((engine_only && name == NULL) ||
		    (engines[i] == &jit_engine && skep_backend_native() == NULL))
			continue;
		if (name != NULL && name[0] == '\0')
			name = NULL;
		for (size_t group = 0; group < SKEP_COUNT(GROUPS); group++)
			run_group(GROUPS[group], engines[i], name);
		if (name == NULL)
			run_threads(engines[i]);
	}
	return test_end();
}
