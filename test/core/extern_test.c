/* SPDX-License-Identifier: Apache-2.0 */
/* Externs: values of a configuration are constants to the verifier, symbols are addresses, what is
 * weak may be missing, and what is not is named, all at once, with where it was looked for. */
#include "fixture.h"

static const char CONFIG[] = "# a comment\n"
			     "# CONFIG_ABSENT is not set\n"
			     "LINUX_KERNEL_VERSION=0x60603\n"
			     "LINUX_HAS_BPF_COOKIE=1\n"
			     "CONFIG_ON=y\n"
			     "CONFIG_ON=n\n"
			     "CONFIG_TRI=m\n"
			     "CONFIG_LETTER=m\n"
			     "CONFIG_HEX=0x123456789abcdef0\n"
			     "CONFIG_NEGATIVE=-7\r\n"
			     "CONFIG_NAME=\"skep\"\n"
			     "CONFIG_SMALL=255";

static bool find(void *user, const char *name, uint64_t *address)
{
	++*(unsigned *)user;
	if (strcmp(name, "untyped") == 0)
		*address = 77;
	else if (strcmp(name, "typed") == 0)
		*address = 3;
	else
		return false;
	return true;
}

struct fixture {
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct test_log log;
	unsigned asked;
};

static bool open_with(struct fixture *fixture, const char *object, const char *config,
		      enum skep_engine engine)
{
	size_t size = 0;
	void *bytes = test_object_read(object, &size);
	int err = -1;

	memset(fixture, 0, sizeof(*fixture));
	{
		const struct skep_config all = {
			.port = skep_port_posix(),
			.engine = engine,
			.log = test_log,
			.log_ctx = &fixture->log,
			.user = &fixture->asked,
			.kconfig = config,
			.kconfig_size = config != NULL ? strlen(config) : 0,
			.kconfig_name = "the test's text",
			.ksym = find,
			.ksym_name = "the test's symbols",
		};

		if (bytes != NULL && skep_runtime_open(&all, &fixture->runtime) == 0)
			err = skep_object_open(fixture->runtime, bytes, size, object,
					       &fixture->object);
	}
	free(bytes);
	return err == 0;
}

static void close_all(struct fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
}

static int load_only(struct fixture *fixture, const char *name)
{
	struct skep_prog *prog;

	for (uint32_t i = 0; (prog = skep_object_prog(fixture->object, i)) != NULL; i++)
		skep_prog_set_autoload(prog,
				       prog == skep_object_prog_by_name(fixture->object, name));
	return skep_object_load(fixture->object);
}

static void expect(const char *name, uint32_t ifindex, uint64_t wanted)
{
	static const enum skep_engine ENGINES[] = { SKEP_ENGINE_INTERP, SKEP_ENGINE_JIT };

	for (size_t i = 0; i < sizeof(ENGINES) / sizeof(ENGINES[0]); i++) {
		uint8_t packet[64] = { 0 };
		struct skep_xdp xdp = {
			packet,  packet, packet, packet + sizeof(packet), packet + sizeof(packet),
			ifindex, 0,      0
		};
		struct fixture fixture;
		uint64_t r0 = 0;
		int err = -1;

		test_case("%s, engine %d", name, (int)ENGINES[i]);
		if (open_with(&fixture, "core_extern.o", CONFIG, ENGINES[i]))
			err = load_only(&fixture, name);
		if (err == 0)
			err = skep_prog_run(skep_object_prog_by_name(fixture.object, name), &xdp,
					    &r0);
		if (err < 0)
			test_note("%s", fixture.log.last);
		close_all(&fixture);
		CHECK_EQ(err, 0);
		CHECK_EQ((uint32_t)r0, (uint32_t)wanted);
	}
	test_case("%s", "");
}

static void refuses(const char *config, const char *name, int err, const char *const *parts)
{
	struct fixture fixture;
	bool says = true;
	int found = 0;

	test_case("%s", name);
	if (open_with(&fixture, "core_extern.o", config, SKEP_ENGINE_INTERP))
		found = load_only(&fixture, name);
	for (; *parts != NULL; parts++)
		says = says && strstr(fixture.log.last, *parts) != NULL;
	if (!says || fixture.log.errors != 1)
		test_note("%u: %s", fixture.log.errors, fixture.log.last);
	says = says && fixture.log.errors == 1;
	close_all(&fixture);
	CHECK(says);
	CHECK_EQ((uint32_t)found, (uint32_t)err);
	test_case("%s", "");
}

#define REFUSES(config, name, err, ...)                                                            \
	refuses(config, name, err, (const char *const[]){ __VA_ARGS__, NULL })

TEST(configuration)
{
	expect("config", 0, 6 + 10 + 100 + 2000 + 10000 + 100000 + 1000000);
	expect("name", 0, 's');
	expect("name", 3, 'p');
	expect("name", 4, 0);
	expect("small", 0, 255);
}

TEST(values_are_constants_to_the_verifier)
{
	expect("dead", 0, 5);
	REFUSES("CONFIG_ABSENT_NUMBER=1", "dead", SKEP_EACCES, "core_extern.bpf.c");
}

TEST(values_that_do_not_fit)
{
	REFUSES("CONFIG_SMALL=256", "small", SKEP_ERANGE,
		"extern CONFIG_SMALL cannot have the configured value 256", "fits into");
	REFUSES("CONFIG_SMALL=-1", "small", SKEP_ERANGE, "CONFIG_SMALL");
	REFUSES("CONFIG_SMALL=\"x\"", "small", SKEP_ERANGE, "an array of char");
	REFUSES("CONFIG_SMALL=", "small", SKEP_ERANGE, "CONFIG_SMALL");
	REFUSES("CONFIG_SMALL=0x", "small", SKEP_ERANGE, "CONFIG_SMALL");
	REFUSES("CONFIG_SMALL=99999999999999999999", "small", SKEP_ERANGE, "CONFIG_SMALL");
	REFUSES("CONFIG_NAME=y", "name", SKEP_ERANGE, "a bool, an enum libbpf_tristate or a char");
	REFUSES("CONFIG_NAME=\"", "name", SKEP_ERANGE, "ends with a quote");
}

TEST(text_is_cut)
{
	struct fixture fixture;
	char value[8];
	struct skep_var var;

	CHECK(open_with(&fixture, "core_extern.o", "CONFIG_NAME=\"much too long\"\n",
			SKEP_ENGINE_INTERP));
	CHECK_EQ(skep_object_var_by_name(fixture.object, "CONFIG_NAME", &var), 0);
	CHECK_TEXT(var.section, ".kconfig");
	CHECK(var.read_only);
	CHECK_EQ(skep_var_read(&var, value, sizeof(value)), 0);
	CHECK_TEXT(value, "much to");
	close_all(&fixture);
}

TEST(missing_externs_are_listed_together)
{
	REFUSES(CONFIG, "strong", SKEP_ENOENT, "4 externs are missing: ", "CONFIG_STRONG",
		"CONFIG_OTHER", " (looked for: the test's text); ",
		"strong_symbol (looked for: the test's symbols)",
		"strong_function (functions of the kernel");
	REFUSES(NULL, "small", SKEP_ENOENT,
		"1 extern is missing: CONFIG_SMALL (looked for: no kernel configuration was "
		"given)");
}

TEST(symbols)
{
	expect("symbols", 0, 77 + 3000 + 1000000);
}

TEST(functions_of_the_kernel)
{
	expect("guarded_call", 0, 8);
	REFUSES(CONFIG, "bare_call", SKEP_EACCES, "weak_function() is a function of the kernel",
		"core_extern.bpf.c");
}

TEST(says_what_it_needs)
{
	struct fixture fixture;

	CHECK(open_with(&fixture, "core_extern.o", NULL, SKEP_ENGINE_INTERP));
	CHECK_EQ(skep_object_needs(fixture.object), SKEP_NEEDS_CONFIG | SKEP_NEEDS_SYMBOLS);
	CHECK_EQ(fixture.asked, 4);
	close_all(&fixture);
	CHECK(open_with(&fixture, "core_app.o", NULL, SKEP_ENGINE_INTERP));
	CHECK_EQ(skep_object_needs(fixture.object), SKEP_NEEDS_TYPES);
	close_all(&fixture);
	CHECK(open_with(&fixture, "core_local.o", NULL, SKEP_ENGINE_INTERP));
	CHECK_EQ(skep_object_needs(fixture.object), 0);
	close_all(&fixture);
}

TESTS_BEGIN
T(configuration)
T(values_are_constants_to_the_verifier)
T(values_that_do_not_fit)
T(text_is_cut)
T(missing_externs_are_listed_together)
T(symbols)
T(functions_of_the_kernel)
T(says_what_it_needs)
TESTS_END
