/* SPDX-License-Identifier: Apache-2.0 */
/* The engines of this tree: native code, libskep's interpreter and its JIT; and the count of
 * instructions, by the checked execution. */
#define _GNU_SOURCE 1
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "interp/checked.h"
#include "vm/vm.h"

struct loaded {
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct skep_prog *prog;
	const struct subject *subject;
	struct skep_var input;
	struct skep_xdp ctx;
	char reason[512];
};

void *bench_map_lookup(struct skep_map *map, const void *key)
{
	return map->kind->ops->lookup(map, key);
}

long bench_map_update(struct skep_map *map, const void *key, const void *value, uint64_t flags)
{
	return map->kind->ops->update(map, key, value, flags);
}

long bench_map_delete(struct skep_map *map, const void *key)
{
	return map->kind->ops->erase(map, key);
}

uint64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void keep_reason(void *ctx, const struct skep_report *report)
{
	struct loaded *loaded = ctx;

	snprintf(loaded->reason, sizeof(loaded->reason), "%s", report->text);
}

static int load(struct loaded *loaded, enum skep_engine engine)
{
	const struct subject *subject = loaded->subject;
	const struct skep_config config = {
		.port = skep_port_posix(), .log = keep_reason, .log_ctx = loaded, .engine = engine
	};

	SKEP_TRY(skep_runtime_open(&config, &loaded->runtime));
	SKEP_TRY(skep_object_open(loaded->runtime, subject->object, subject->object_size,
				  subject->name, &loaded->object));
	if (subject->input_size > 0) {
		SKEP_TRY(skep_object_var_by_name(loaded->object, "input", &loaded->input));
		SKEP_TRY(skep_var_write(&loaded->input, subject->input, subject->input_size));
	}
	SKEP_TRY(skep_object_load(loaded->object));
	loaded->prog = skep_object_prog(loaded->object, 0);
	return 0;
}

struct loaded *loaded_open(const struct subject *subject, enum skep_engine engine, const char **why)
{
	static char reason[512]; /* outlives the state */
	struct loaded *loaded = calloc(1, sizeof(*loaded));

	if (loaded == NULL)
		return NULL;
	loaded->subject = subject;
	loaded->ctx = subject->ctx;
	if (load(loaded, engine) == 0)
		return loaded;
	memcpy(reason, loaded->reason, sizeof(reason));
	*why = reason;
	loaded_close(loaded);
	return NULL;
}

void loaded_close(struct loaded *loaded)
{
	if (loaded == NULL)
		return;
	skep_object_close(loaded->object);
	skep_runtime_close(loaded->runtime);
	free(loaded);
}

struct skep_prog *loaded_prog(const struct loaded *loaded)
{
	return loaded->prog;
}

uint32_t loaded_input_offset(const struct loaded *loaded)
{
	return loaded->input.offset;
}

/* ------------------------------------------------------------------------------------ native */

/* The maps of a native kernel are those of an object loaded for it. */
static void *open_native(const struct subject *subject, const char **why)
{
	struct loaded *loaded = loaded_open(subject, SKEP_ENGINE_INTERP, why);

	if (loaded != NULL)
		bench_map_counts = skep_object_map_by_name(loaded->object, "counts");
	return loaded;
}

static bool run_native(void *state, uint32_t repeat, uint64_t *ns, uint32_t *result)
{
	struct loaded *loaded = state;
	/* Through memory, so that no call is merged with the next. */
	uint32_t (*volatile fn)(const struct skep_xdp *) = loaded->subject->native->run;
	const uint64_t start = thread_ns();

	for (uint32_t i = 0; i < repeat; i++)
		*result = fn(&loaded->ctx);
	*ns = thread_ns() - start;
	return true;
}

static void close_loaded(void *state)
{
	loaded_close(state);
}

const struct engine engine_native = {
	.name = "native", .open = open_native, .run = run_native, .close = close_loaded
};

/* ----------------------------------------------------------------------- interpreter and JIT */

static void *open_interp(const struct subject *subject, const char **why)
{
	return loaded_open(subject, SKEP_ENGINE_INTERP, why);
}

static void *open_jit(const struct subject *subject, const char **why)
{
	return loaded_open(subject, SKEP_ENGINE_JIT, why);
}

static bool run_loaded(void *state, uint32_t repeat, uint64_t *ns, uint32_t *result)
{
	struct loaded *loaded = state;
	const uint64_t start = thread_ns();
	uint64_t r0 = 0;

	for (uint32_t i = 0; i < repeat; i++)
		if (skep_prog_run(loaded->prog, &loaded->ctx, &r0) < 0)
			return false;
	*ns = thread_ns() - start;
	*result = (uint32_t)r0;
	return true;
}

const struct engine engine_interp = {
	.name = "interp", .open = open_interp, .run = run_loaded, .close = close_loaded
};
const struct engine engine_jit = {
	.name = "jit", .open = open_jit, .run = run_loaded, .close = close_loaded
};

/* ------------------------------------------------------------------------------------- count */

static void count_one(void *ctx, uint32_t pc, const uint64_t regs[SKEP_REG_COUNT], uint32_t level)
{
	(void)pc, (void)regs, (void)level;
	++*(uint64_t *)ctx;
}

static bool count_run(struct loaded *loaded, uint64_t *count)
{
	const struct skep_object *object = loaded->object;
	struct skep_map_view *views = calloc(object->image.map_count + 1, sizeof(*views));
	const struct skep_bytecode code = {
		.name = loaded->prog->name,
		.insns = loaded->prog->insns,
		.count = loaded->prog->count,
		.type = loaded->prog->contract,
		.maps = views,
		.map_count = object->image.map_count,
		.contracts = &loaded->runtime->contracts,
	};
	const struct skep_checked run = {
		.code = &code, .maps = object->maps, .observe = count_one, .observe_ctx = count
	};
	struct skep_env env = { .ctx = &loaded->ctx,
				.runtime = loaded->runtime,
				.port = loaded->runtime->config.port,
				.atomic_word = &loaded->runtime->atomic_word };
	struct skep_trap trap;
	uint64_t r0;
	int err = SKEP_ENOMEM;

	for (uint32_t i = 0; views != NULL && i < code.map_count; i++)
		views[i] = (struct skep_map_view){ .name = object->maps[i].name,
						   .def = object->maps[i].def,
						   .caps = object->maps[i].kind->caps };
	if (views != NULL)
		err = skep_checked_run(&run, &env, &r0, &trap);
	free(views);
	if (err == SKEP_ENOMEM)
		fprintf(stderr, "skep-bench: no memory left\n");
	else if (err < 0)
		fprintf(stderr, "skep-bench: %s: the checked execution stopped at %u: %s\n",
			code.name, (unsigned)trap.pc, skep_trap_found(trap.cause));
	return err == 0;
}

uint64_t count_insns(const struct subject *subject)
{
	const char *why = "no memory left";
	struct loaded *loaded = loaded_open(subject, SKEP_ENGINE_INTERP, &why);
	uint64_t count = 0;

	if (loaded == NULL) {
		fprintf(stderr, "skep-bench: %s\n", why);
		return 0;
	}
	if (!count_run(loaded, &count))
		count = 0;
	loaded_close(loaded);
	return count;
}
