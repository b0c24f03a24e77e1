/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin for QEMU that sees what hardware would not forgive and the emulator does: accesses that
 * are not aligned to their size, and with words=FIRST-LAST accesses of less than a word to those
 * addresses (flash that is wired for whole words). A line for each instruction that does so goes to
 * QEMU's log, when it does so first; no line means that there was none.
 *
 *	qemu-system-riscv32 ... -d plugin -D LOG -plugin access.so[,words=0x40000000-0x7fffffff]
 *
 * One processor.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/qemu_plugin.h"

int qemu_plugin_version = 1;

enum { KNOWN_MAX = 64 };

static uint64_t words_first = 1, words_last; /* none */
static uint64_t known[KNOWN_MAX];            /* instructions that were written down */
static size_t known_count;

static void report(uint64_t pc, uint64_t address, unsigned size, const char *what)
{
	char line[160];

	for (size_t i = 0; i < known_count; i++)
		if (known[i] == pc)
			return;
	if (known_count == KNOWN_MAX)
		return;
	known[known_count++] = pc;
	snprintf(line, sizeof(line), "access: %s: %u bytes at 0x%" PRIx64 " by 0x%" PRIx64 "\n",
		 what, size, address, pc);
	qemu_plugin_outs(line);
}

static void look(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *ctx)
{
	const unsigned size = 1u << qemu_plugin_mem_size_shift(info);

	(void)cpu;
	if ((address & (size - 1)) != 0)
		report((uintptr_t)ctx, address, size, "misaligned");
	if (size < 4 && address >= words_first && address <= words_last)
		report((uintptr_t)ctx, address, size, "less than a word");
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
	const size_t insns = qemu_plugin_tb_n_insns(block);

	(void)id;
	for (size_t i = 0; i < insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);

		qemu_plugin_register_vcpu_mem_cb(insn, look, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW,
						 (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn));
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		char *end;

		if (strncmp(argv[i], "words=", 6) == 0) {
			words_first = strtoull(argv[i] + 6, &end, 0);
			if (*end == '-')
				words_last = strtoull(end + 1, &end, 0);
			if (*end == '\0' && words_first <= words_last)
				continue;
		}
		fprintf(stderr, "access: %s is none of its arguments: words=FIRST-LAST\n", argv[i]);
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
