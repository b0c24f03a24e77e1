/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an object asks of the system goes in: types, configuration, symbols. Of each what the
 * command line names is read, else what the running kernel says of itself. Refuses files that are
 * not there when they were named; a kernel that does not say is left to libskep, which tells what
 * is missing.
 */
#define _GNU_SOURCE 1
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

#include "memory.h"
#include "object.h"
#include "options.h"

enum { CONFIG_BYTES_MAX = 64 << 20, CHUNK = 64 << 10 };

static const char KERNEL_BTF[] = "/sys/kernel/btf/vmlinux";
static const char SYMBOLS[] = "/proc/kallsyms";

/* The command line is one for the process, and so are its options. */
static const char *btf_path, *kconfig_path;

bool target_option(int option, const char *value)
{
	if (option == OPTION_BTF)
		btf_path = value;
	if (option == OPTION_KCONFIG)
		kconfig_path = value;
	return option == OPTION_BTF || option == OPTION_KCONFIG;
}

const char *target_btf_path(void)
{
	return btf_path;
}

/* ------------------------------------------------------------------------------------- types */

static enum status open_types(struct skep_config *config, struct target *out)
{
	const struct skep_config plain = { .port = config->port,
					   .log = config->log,
					   .log_ctx = config->log_ctx };
	const char *path = btf_path != NULL ? btf_path : KERNEL_BTF;
	enum status status;
	struct file file;
	int err;

	/* A kernel without BTF: libskep says what to do when the object is loaded. */
	if (btf_path == NULL) {
		FILE *probe = fopen(path, "rb");

		if (probe == NULL)
			return STATUS_DONE;
		fclose(probe);
	}
	status = file_read(path, OBJECT_BYTES_MAX, &file);
	if (status != STATUS_DONE)
		return status;
	err = skep_runtime_open(&plain, &out->runtime);
	out->btf_bytes = file.bytes;
	if (err == 0)
		err = skep_btf_open_in_place(out->runtime, file.bytes, file.size, path, &out->btf);
	config->target_btf = out->btf;
	return err == 0 ? STATUS_DONE : STATUS_BAD;
}

/* ----------------------------------------------------------------------------- configuration */

/* Adds a file to the text, packed by gzip or not. False: it cannot be read. */
static bool read_config(const char *path, struct bytes *text)
{
	gzFile file = gzopen(path, "rb");
	int got;

	if (file == NULL)
		return false;
	do {
		void *chunk = bytes_append(text, NULL, CHUNK);

		got = gzread(file, chunk, CHUNK);
		text->size -= (size_t)(CHUNK - (got > 0 ? got : 0));
	} while (got > 0 && text->size < CONFIG_BYTES_MAX);
	return gzclose(file) == Z_OK && got == 0;
}

static bool has_symbol(const char *symbols, const char *name)
{
	const size_t size = strlen(name);

	for (const char *at = symbols; at != NULL && (at = strstr(at, name)) != NULL; at += size)
		if (at > symbols && at[-1] == ' ' && (at[size] == '\n' || at[size] == '\t'))
			return true;
	return false;
}

/* Whether system calls of this kernel take their arguments from struct pt_regs. */
static bool has_syscall_wrapper(const char *machine, const char *symbols)
{
	static const char *const NAMES[][2] = { { "x86_64", "__x64_sys_bpf" },
						{ "i686", "__ia32_sys_bpf" },
						{ "aarch64", "__arm64_sys_bpf" },
						{ "s390x", "__s390x_sys_bpf" },
						{ "riscv64", "__riscv_sys_bpf" } };

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (strcmp(machine, NAMES[i][0]) == 0)
			return has_symbol(symbols, NAMES[i][1]);
	return false;
}

/* What libbpf finds out about the running kernel; bpf_get_attach_cookie() came with Linux 5.15. */
static void add_kernel_facts(const struct utsname *system, const char *symbols, struct bytes *text)
{
	unsigned major = 0, minor = 0, patch = 0;
	char lines[128];

	sscanf(system->release, "%u.%u.%u", &major, &minor, &patch);
	snprintf(lines, sizeof(lines),
		 "\nLINUX_KERNEL_VERSION=%u\nLINUX_HAS_BPF_COOKIE=%c\n"
		 "LINUX_HAS_SYSCALL_WRAPPER=%c\n",
		 (major << 16) + (minor << 8) + (patch > 255 ? 255 : patch),
		 major > 5 || (major == 5 && minor >= 15) ? 'y' : 'n',
		 has_syscall_wrapper(system->machine, symbols) ? 'y' : 'n');
	bytes_append(text, lines, strlen(lines));
}

static enum status open_config(struct skep_config *config, struct target *out)
{
	struct bytes text = { 0 };
	struct utsname system;
	char path[256];

	uname(&system);
	snprintf(path, sizeof(path), "/boot/config-%s", system.release);
	if (kconfig_path != NULL) {
		if (!read_config(kconfig_path, &text)) {
			bytes_free(&text);
			return complain("%s: cannot be read; name the text of a kernel's "
					"configuration, plain or packed by gzip",
					kconfig_path);
		}
		config->kconfig_name = kconfig_path;
	} else if (read_config("/proc/config.gz", &text)) {
		config->kconfig_name = "/proc/config.gz";
	} else {
		text.size = 0;
		config->kconfig_name =
			read_config(path, &text)
				? "/boot/config-*"
				: "neither /proc/config.gz nor /boot/config-* can be read";
	}
	add_kernel_facts(&system, out->symbols, &text);
	bytes_append(&text, "", 1);
	out->kconfig = (char *)text.data;
	config->kconfig = out->kconfig;
	config->kconfig_size = text.size - 1;
	return STATUS_DONE;
}

/* ------------------------------------------------------------------------------------ symbols */

/* A line is "ADDRESS TYPE NAME", and of modules "\t[MODULE]" after it. */
static bool find_symbol(void *user, const char *name, uint64_t *address)
{
	const char *symbols = user;
	const size_t size = strlen(name);

	for (const char *at = symbols; at != NULL && (at = strstr(at, name)) != NULL; at += size) {
		const char *line = at;

		if (at == symbols || at[-1] != ' ' || (at[size] != '\n' && at[size] != '\t'))
			continue;
		while (line > symbols && line[-1] != '\n')
			line--;
		*address = strtoull(line, NULL, 16);
		return true;
	}
	return false;
}

static void open_symbols(struct target *out)
{
	struct bytes text = { 0 };

	if (read_config(SYMBOLS, &text) || text.size > 0) {
		bytes_append(&text, "", 1);
		out->symbols = (char *)text.data;
	} else {
		bytes_free(&text);
	}
}

/* ---------------------------------------------------------------------------------- all of it */

/* What the object asks for, found by opening it for no system; what is wrong with it is reported
 * by who opens it for good. */
static uint32_t needs_of(const struct file *file, const struct skep_config *config)
{
	const struct skep_config silent = { .port = config->port };
	struct skep_runtime *runtime = NULL;
	struct skep_object *object = NULL;
	uint32_t needs = 0;

	if (skep_runtime_open(&silent, &runtime) == 0 &&
	    skep_object_open(runtime, file->bytes, file->size, file->path, &object) == 0)
		needs = skep_object_needs(object);
	skep_object_close(object);
	skep_runtime_close(runtime);
	return needs;
}

enum status target_open(const struct file *file, struct skep_config *config, struct target *out)
{
	const uint32_t needs = needs_of(file, config);
	enum status status = STATUS_DONE;

	*out = (struct target){ 0 };
	if ((needs & SKEP_NEEDS_TYPES) != 0 || btf_path != NULL)
		status = open_types(config, out);
	if ((needs & (SKEP_NEEDS_CONFIG | SKEP_NEEDS_SYMBOLS)) != 0)
		open_symbols(out);
	if (status == STATUS_DONE && (needs & SKEP_NEEDS_CONFIG) != 0)
		status = open_config(config, out);
	if (out->symbols != NULL && (needs & SKEP_NEEDS_SYMBOLS) != 0) {
		config->ksym = find_symbol;
		config->ksym_name = SYMBOLS;
		config->user = out->symbols;
	}
	return status;
}

void target_close(struct target *target)
{
	skep_btf_close(target->btf);
	skep_runtime_close(target->runtime);
	free(target->btf_bytes);
	free(target->kconfig);
	free(target->symbols);
	*target = (struct target){ 0 };
}
