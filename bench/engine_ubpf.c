/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uBPF's interpreter beside ours, if there is one: a shared library that the environment variable
 * UBPF names, of which a few public functions are called. It runs exactly the instructions that our
 * interpreter runs (context fields at their real offsets, addresses final), without its checks of
 * bounds, which would refuse the packet: so both do the same work. Instructions that the verifier
 * found dead are jumps to themselves, which its loader refuses; it gets exits instead.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "vm/vm.h"

struct ubpf_vm;

/* As in its header vm/inc/ubpf.h. */
typedef uint64_t (*dispatcher_fn)(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
				  unsigned index, void *cookie);
typedef bool (*validator_fn)(unsigned index, const struct ubpf_vm *vm);

static struct {
	void *library;
	struct ubpf_vm *(*create)(void);
	void (*destroy)(struct ubpf_vm *vm);
	bool (*toggle_bounds_check)(struct ubpf_vm *vm, bool enable);
	int (*register_dispatcher)(struct ubpf_vm *vm, dispatcher_fn dispatch,
				   validator_fn validate);
	int (*load)(struct ubpf_vm *vm, const void *code, uint32_t size, char **error);
	int (*exec)(const struct ubpf_vm *vm, void *memory, size_t size, uint64_t *r0);
} ubpf;

struct state {
	struct loaded *loaded;
	struct ubpf_vm *vm;
	struct skep_xdp ctx;
};

/* What helpers are called with: its interface has no room for it. */
static struct skep_env env;
static const struct skep_exec *exec;

static uint64_t dispatch(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			 unsigned index, void *cookie)
{
	(void)cookie;
	return exec->helpers[index](a1, a2, a3, a4, a5, &env);
}

static bool validate(unsigned index, const struct ubpf_vm *vm)
{
	(void)vm;
	return index < exec->helper_count;
}

static bool find(const char *name, void *fn)
{
	void *found = dlsym(ubpf.library, name);

	/* C11 has no cast from an object pointer to a function pointer. */
	memcpy(fn, &found, sizeof(found));
	return found != NULL;
}

static bool open_library(const char **why)
{
	const char *path = getenv("UBPF");

	if (ubpf.library != NULL)
		return true;
	if (path == NULL || path[0] == '\0') {
		*why = "UBPF does not name its shared library";
		return false;
	}
	ubpf.library = dlopen(path, RTLD_NOW);
	if (ubpf.library == NULL) {
		*why = dlerror();
		return false;
	}
	if (find("ubpf_create", &ubpf.create) && find("ubpf_destroy", &ubpf.destroy) &&
	    find("ubpf_toggle_bounds_check", &ubpf.toggle_bounds_check) &&
	    find("ubpf_register_external_dispatcher", &ubpf.register_dispatcher) &&
	    find("ubpf_load", &ubpf.load) && find("ubpf_exec", &ubpf.exec))
		return true;
	*why = "the library in UBPF lacks a function of uBPF's";
	dlclose(ubpf.library);
	ubpf.library = NULL;
	return false;
}

static void close_ubpf(void *given)
{
	struct state *state = given;

	if (state->vm != NULL)
		ubpf.destroy(state->vm);
	loaded_close(state->loaded);
	free(state);
}

static bool load_code(struct ubpf_vm *vm, char **error)
{
	struct skep_insn *insns = malloc(exec->count * sizeof(*insns));
	bool done = false;

	for (uint32_t i = 0; insns != NULL && i < exec->count; i++) {
		insns[i] = exec->insns[i];
		if (insns[i].code == (BPF_JMP | BPF_JA) && insns[i].off == -1)
			insns[i] = (struct skep_insn){ .code = BPF_JMP | BPF_EXIT };
	}
	if (insns != NULL)
		done = ubpf.load(vm, insns, exec->count * (uint32_t)sizeof(*insns), error) == 0;
	free(insns);
	return done;
}

static bool load(struct state *state, const struct subject *subject, const char **why)
{
	static char reason[512];
	char *error = NULL;

	state->loaded = loaded_open(subject, SKEP_ENGINE_INTERP, why);
	state->vm = ubpf.create();
	if (state->loaded == NULL || state->vm == NULL)
		return false;
	exec = &loaded_prog(state->loaded)->exec;
	env = (struct skep_env){ .ctx = &state->ctx, .port = skep_port_posix() };
	state->ctx = subject->ctx;
	ubpf.toggle_bounds_check(state->vm, false);
	if (ubpf.register_dispatcher(state->vm, dispatch, validate) == 0 &&
	    load_code(state->vm, &error))
		return true;
	snprintf(reason, sizeof(reason), "uBPF: %s", error != NULL ? error : "no");
	free(error);
	*why = reason;
	return false;
}

static void *open_ubpf(const struct subject *subject, const char **why)
{
	struct state *state;

	if (!open_library(why))
		return NULL;
	state = calloc(1, sizeof(*state));
	if (state != NULL && load(state, subject, why))
		return state;
	if (state != NULL)
		close_ubpf(state);
	return NULL;
}

static bool run_ubpf(void *given, uint32_t repeat, uint64_t *ns, uint32_t *result)
{
	struct state *state = given;
	const uint64_t start = thread_ns();
	uint64_t r0 = 0;

	for (uint32_t i = 0; i < repeat; i++)
		if (ubpf.exec(state->vm, &state->ctx, sizeof(state->ctx), &r0) < 0)
			return false;
	*ns = thread_ns() - start;
	*result = (uint32_t)r0;
	return true;
}

const struct engine engine_ubpf = {
	.name = "ubpf", .open = open_ubpf, .run = run_ubpf, .close = close_ubpf
};
