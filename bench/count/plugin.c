/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin for QEMU that counts the instructions a guest executes between two addresses. Every time
 * `begin` is executed counting starts, every time `end` is, it stops and the count is kept; when
 * the machine ends, the counts are written to QEMU's log, one a line, in the order they were made.
 * Neither the instruction at `begin` nor the one at `end` counts.
 *
 *	qemu-system-arm ... -d plugin -D LOG -plugin count.so,begin=0x1000,end=0x1004
 *
 * Refuses to start without both addresses. One processor.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/qemu_plugin.h"

int qemu_plugin_version = 1;

enum { COUNTS_MAX = 256 };

static uint64_t begin_address, end_address;
static uint64_t executed; /* since the machine started */
static uint64_t start;    /* `executed` at the last `begin` */
static int counting;
static uint64_t counts[COUNTS_MAX];
static size_t count;

static void at_begin(unsigned cpu, void *ctx)
{
	(void)cpu, (void)ctx;
	start = executed;
	counting = 1;
}

static void at_end(unsigned cpu, void *ctx)
{
	(void)cpu, (void)ctx;
	if (counting && count < COUNTS_MAX)
		counts[count++] = executed - start;
	counting = 0;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
	const size_t insns = qemu_plugin_tb_n_insns(block);

	(void)id;
	for (size_t i = 0; i < insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
		const uint64_t address = qemu_plugin_insn_vaddr(insn);

		/* Versions of QEMU differ in whether callbacks or counters run first, so that no
		 * instruction has both. */
		if (address == begin_address || address == end_address)
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, address == begin_address ? at_begin : at_end,
				QEMU_PLUGIN_CB_NO_REGS, NULL);
		else
			qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
								   &executed, 1);
	}
}

static void print_counts(qemu_plugin_id_t id, void *ctx)
{
	char line[32];

	(void)id, (void)ctx;
	for (size_t i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "%" PRIu64 "\n", counts[i]);
		qemu_plugin_outs(line);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "begin=", 6) == 0)
			begin_address = strtoull(argv[i] + 6, NULL, 0);
		else if (strncmp(argv[i], "end=", 4) == 0)
			end_address = strtoull(argv[i] + 4, NULL, 0);
	}
	if (begin_address == 0 || end_address == 0) {
		fprintf(stderr, "count: needed: begin=ADDRESS,end=ADDRESS\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_atexit_cb(id, print_counts, NULL);
	return 0;
}
