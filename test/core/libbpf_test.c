/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libbpf as the witness: the same object against the same target gives the same instructions, and
 * where libbpf refuses an object, skep refuses to load the program that is to blame.
 *
 * libbpf relocates only when it loads, so a handler for the section stops it before the first
 * program goes to the kernel; maps and BTF do go there, which takes privileges.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "fixture.h"

enum { STOP = -125 };

struct caught {
	const char *name;
	struct bpf_insn *insns;
	size_t count;
};

static struct {
	struct bpf_object *object;
	struct caught progs[64];
	size_t count;
	char warning[512];
	bool registered;
} witness;

static int keep_warning(enum libbpf_print_level level, const char *format, va_list list)
{
	char text[sizeof(witness.warning)];

	if (level != LIBBPF_WARN)
		return 0;
	/* The last one about a program: those before it are about what is no error. */
	vsnprintf(text, sizeof(text), format, list);
	if (strstr(text, "prog '") != NULL)
		strcpy(witness.warning, text);
	return 0;
}

/* Before the first program is loaded all of them have been relocated. */
static int catch_programs(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	(void)prog, (void)opts, (void)cookie;
	bpf_object__for_each_program(prog, witness.object)
	{
		struct caught *caught = &witness.progs[witness.count];

		if (!bpf_program__autoload(prog))
			continue;
		witness.count++;
		caught->name = bpf_program__name(prog);
		caught->count = bpf_program__insn_cnt(prog);
		caught->insns = malloc(caught->count * sizeof(struct bpf_insn));
		memcpy(caught->insns, bpf_program__insns(prog),
		       caught->count * sizeof(struct bpf_insn));
	}
	return STOP;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* What libbpf makes of the object without the programs that it has refused. STOP: of all of them.
 */
static int ask_libbpf(const char *object, const char *target, const char *const *refused,
		      size_t count)
{
	static const struct libbpf_prog_handler_opts HANDLER = {
		.sz = sizeof(HANDLER),
		.prog_prepare_load_fn = catch_programs,
	};
	const struct bpf_object_open_opts options = { .sz = sizeof(options),
						      .object_name = "core",
						      .btf_custom_path = target };
	struct bpf_program *prog;
	size_t size = 0;
	void *bytes = test_object_read(object, &size);

	witness.count = 0;
	witness.warning[0] = '\0';
	libbpf_set_print(keep_warning);
	/* Once: version 1.1 frees its table twice when the last handler is taken back. */
	if (!witness.registered)
		libbpf_register_prog_handler("xdp", BPF_PROG_TYPE_XDP, (enum bpf_attach_type)0,
					     &HANDLER);
	witness.registered = true;
	witness.object = bpf_object__open_mem(bytes, size, &options);
	free(bytes);
	if (witness.object == NULL)
		return -1;
	bpf_object__for_each_program(prog, witness.object)
		bpf_program__set_autoload(prog, !is_among(bpf_program__name(prog), refused, count));
	return bpf_object__load(witness.object);
}

static void forget(void)
{
	bpf_object__close(witness.object);
	for (size_t i = 0; i < witness.count; i++)
		free(witness.progs[i].insns);
	memset(witness.progs, 0, sizeof(witness.progs));
	witness.object = NULL;
	witness.count = 0;
}

static bool allowed(void)
{
	const int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL);

	if (fd >= 0)
		close(fd);
	else
		test_skip("bpf(2) is not permitted here");
	return fd >= 0;
}

/* Where two programs differ, or -1. Both have the same fields in the same order. */
static long difference(const struct skep_prog *prog, const struct caught *caught)
{
	struct skep_prog_info info;

	skep_prog_info(prog, &info);
	if (info.insn_count != caught->count)
		return 0;
	for (uint32_t i = 0; i < info.insn_count; i++) {
		const struct bpf_insn *theirs = &caught->insns[i];
		struct skep_insn ours;

		skep_prog_insn(prog, i, &ours);
		if (ours.code != theirs->code || ours.dst_reg != theirs->dst_reg ||
		    ours.src_reg != theirs->src_reg || ours.off != theirs->off ||
		    ours.imm != theirs->imm)
			return i;
	}
	return -1;
}

static void path_of(const char *name, char *path, size_t size)
{
	const char *build = getenv("SKEP_BUILD");

	if (name[0] == '/')
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%s/test/objects/%s", build != NULL ? build : ".", name);
}

/* The program that libbpf's warning is about, or NULL. */
static const char *blamed(const struct skep_object *object)
{
	const char *at = strstr(witness.warning, "prog '");
	const struct skep_prog *prog;

	for (uint32_t i = 0; at != NULL && (prog = skep_object_prog(object, i)) != NULL; i++) {
		struct skep_prog_info info;

		skep_prog_info(prog, &info);
		if (strncmp(at + 6, info.name, strlen(info.name)) == 0 &&
		    at[6 + strlen(info.name)] == '\'')
			return info.name;
	}
	return NULL;
}

/* All that libbpf relocates is relocated alike, and what it refuses is refused. */
static void compare(const char *object, const char *target, const char *wanted)
{
	const char *refused[64];
	size_t count = 0, compared = 0;
	struct core_fixture fixture;
	char path[512], names[512] = "";

	path_of(target, path, sizeof(path));
	test_case("%s for %s", object, target);
	CHECK(core_open(&fixture, object, target, SKEP_ENGINE_INTERP));
	while (ask_libbpf(object, path, refused, count) != STOP) {
		refused[count] = blamed(fixture.object);
		if (refused[count] == NULL)
			test_note("libbpf: %s", witness.warning);
		CHECK(refused[count] != NULL);
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 count > 0 ? " " : "", refused[count]);
		count++;
		forget();
	}
	CHECK_TEXT(names, wanted);
	for (size_t i = 0; i < count; i++) {
		struct core_fixture alone;

		test_case("%s for %s: %s", object, target, refused[i]);
		CHECK(core_open(&alone, object, target, SKEP_ENGINE_INTERP));
		CHECK(core_load(&alone, refused[i]) == SKEP_EINVAL);
		core_close(&alone);
	}
	for (; compared < witness.count; compared++) {
		const struct caught *caught = &witness.progs[compared];
		const struct skep_prog *prog =
			skep_object_prog_by_name(fixture.object, caught->name);
		long where;

		test_case("%s for %s: %s", object, target, caught->name);
		CHECK(prog != NULL);
		where = difference(prog, caught);
		if (where >= 0)
			test_fail("instruction %ld differs", where);
	}
	CHECK(compared > 8);
	forget();
	core_close(&fixture);
}

static const char *const VARIANTS[] = { "core_app.o", "core_app.v1.o", "core_app.v2.o",
					"core_app.v4.o" };

static void compare_all(const char *target, const char *refused)
{
	if (!allowed())
		return;
	for (size_t i = 0; i < sizeof(VARIANTS) / sizeof(VARIANTS[0]); i++)
		compare(VARIANTS[i], target, refused);
}

TEST(the_same_types)
{
	compare_all("core_app.o", "");
}

TEST(moved_renamed_and_removed)
{
	compare_all("core_target_moved.o", "far_load");
}

TEST(nothing_there)
{
	compare_all("core_target_none.o", "");
}

TEST(flavours_in_the_target)
{
	compare_all("core_target_twice.o", "ambiguous ambiguous_question");
}

TEST(the_running_kernel)
{
	static const char KERNEL[] = "/sys/kernel/btf/vmlinux";

	if (access(KERNEL, R_OK) != 0) {
		test_skip("this kernel has no BTF");
		return;
	}
	if (!allowed())
		return;
	compare("core_kernel.o", KERNEL, "");
	compare("core_kernel.v1.o", KERNEL, "");
	compare("core_app.o", KERNEL, "");
}

TESTS_BEGIN
T(the_same_types)
T(moved_renamed_and_removed)
T(nothing_there)
T(flavours_in_the_target)
T(the_running_kernel)
TESTS_END
