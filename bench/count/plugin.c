/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin for QEMU that counts the instructions a guest executes between two addresses. Every time
 * `begin` is executed counting starts, every time `end` is, it stops and the count is kept; when
 * the machine ends, the counts are written to QEMU's log, one a line, in the order they were made.
 * Neither the instruction at `begin` nor the one at `end` counts.
 *
 *	qemu-system-arm ... -d plugin -D LOG -plugin count.so,begin=0x1000,end=0x1004
 *
 * Debian's QEMU has plugins but no header for them, so that what is used of its interface, version
 * 1, is declared here (QEMU 4.2 and later; docs/devel/tcg-plugins.rst in its sources). Refuses to
 * start without both addresses. One processor.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

typedef void (*qemu_plugin_tb_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void (*qemu_plugin_insn_cb)(unsigned cpu, void *ctx);
typedef void (*qemu_plugin_exit_cb)(qemu_plugin_id_t id, void *ctx);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_tb_cb fn);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_plugin_insn_cb fn,
					    enum qemu_plugin_cb_flags flags, void *ctx);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						enum qemu_plugin_op op, void *counter,
						uint64_t step);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_exit_cb fn, void *ctx);
void qemu_plugin_outs(const char *text);

EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = 1;

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
			       char **argv);

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

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
			       char **argv)
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
