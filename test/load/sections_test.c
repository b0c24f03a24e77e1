/* SPDX-License-Identifier: Apache-2.0 */
/* Section names and what libbpf 1.5 makes of them: Linux's numbers, written down by hand from its
 * documentation (Documentation/bpf/libbpf/program_types.rst) and include/uapi/linux/bpf.h. */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "harness.h"
#include "load/image.h"

enum {
	EXACT = 1, /* nothing may follow the name; otherwise '/' and more may */
	SLEEPABLE = 2,
};

/* Every name that libbpf 1.5 knows, by program type. */
static const struct {
	const char *name;
	uint32_t prog_type, attach_type, flags;
} NAMES[] = {
	{ "socket", 1, 0, EXACT },

	{ "kprobe", 2, 0, 0 },
	{ "kretprobe", 2, 0, 0 },
	{ "kprobe.multi", 2, 42, 0 },
	{ "kretprobe.multi", 2, 42, 0 },
	{ "kprobe.session", 2, 56, 0 },
	{ "ksyscall", 2, 0, 0 },
	{ "kretsyscall", 2, 0, 0 },
	{ "uprobe", 2, 0, 0 },
	{ "uprobe.s", 2, 0, SLEEPABLE },
	{ "uretprobe", 2, 0, 0 },
	{ "uretprobe.s", 2, 0, SLEEPABLE },
	{ "uprobe.multi", 2, 48, 0 },
	{ "uprobe.multi.s", 2, 48, SLEEPABLE },
	{ "uretprobe.multi", 2, 48, 0 },
	{ "uretprobe.multi.s", 2, 48, SLEEPABLE },
	{ "usdt", 2, 0, 0 },
	{ "usdt.s", 2, 0, SLEEPABLE },

	{ "tc", 3, 0, EXACT },
	{ "classifier", 3, 0, EXACT },
	{ "tc/ingress", 3, 46, EXACT },
	{ "tc/egress", 3, 47, EXACT },
	{ "tcx/ingress", 3, 46, EXACT },
	{ "tcx/egress", 3, 47, EXACT },
	{ "netkit/primary", 3, 54, EXACT },
	{ "netkit/peer", 3, 55, EXACT },
	{ "action", 4, 0, EXACT },

	{ "tp", 5, 0, 0 },
	{ "tracepoint", 5, 0, 0 },
	{ "raw_tp", 17, 0, 0 },
	{ "raw_tracepoint", 17, 0, 0 },
	{ "raw_tp.w", 24, 0, 0 },
	{ "raw_tracepoint.w", 24, 0, 0 },

	{ "xdp", 6, 37, EXACT },
	{ "xdp/devmap", 6, 33, EXACT },
	{ "xdp/cpumap", 6, 35, EXACT },
	{ "xdp.frags", 6, 37, EXACT },
	{ "xdp.frags/devmap", 6, 33, EXACT },
	{ "xdp.frags/cpumap", 6, 35, EXACT },

	{ "perf_event", 7, 0, EXACT },

	{ "cgroup/skb", 8, 0, EXACT },
	{ "cgroup_skb/ingress", 8, 0, EXACT },
	{ "cgroup_skb/egress", 8, 1, EXACT },
	{ "cgroup/sock", 9, 2, EXACT },
	{ "cgroup/sock_create", 9, 2, EXACT },
	{ "cgroup/sock_release", 9, 34, EXACT },
	{ "cgroup/post_bind4", 9, 12, EXACT },
	{ "cgroup/post_bind6", 9, 13, EXACT },
	{ "cgroup/dev", 15, 6, EXACT },
	{ "cgroup/bind4", 18, 8, EXACT },
	{ "cgroup/bind6", 18, 9, EXACT },
	{ "cgroup/connect4", 18, 10, EXACT },
	{ "cgroup/connect6", 18, 11, EXACT },
	{ "cgroup/connect_unix", 18, 49, EXACT },
	{ "cgroup/sendmsg4", 18, 14, EXACT },
	{ "cgroup/sendmsg6", 18, 15, EXACT },
	{ "cgroup/sendmsg_unix", 18, 50, EXACT },
	{ "cgroup/recvmsg4", 18, 19, EXACT },
	{ "cgroup/recvmsg6", 18, 20, EXACT },
	{ "cgroup/recvmsg_unix", 18, 51, EXACT },
	{ "cgroup/getpeername4", 18, 29, EXACT },
	{ "cgroup/getpeername6", 18, 30, EXACT },
	{ "cgroup/getpeername_unix", 18, 52, EXACT },
	{ "cgroup/getsockname4", 18, 31, EXACT },
	{ "cgroup/getsockname6", 18, 32, EXACT },
	{ "cgroup/getsockname_unix", 18, 53, EXACT },
	{ "cgroup/sysctl", 23, 18, EXACT },
	{ "cgroup/getsockopt", 25, 21, EXACT },
	{ "cgroup/setsockopt", 25, 22, EXACT },

	{ "lwt_in", 10, 0, EXACT },
	{ "lwt_out", 11, 0, EXACT },
	{ "lwt_xmit", 12, 0, EXACT },
	{ "lwt_seg6local", 19, 0, EXACT },

	{ "sockops", 13, 3, EXACT },
	{ "sk_skb", 14, 0, EXACT },
	{ "sk_skb/stream_parser", 14, 4, EXACT },
	{ "sk_skb/stream_verdict", 14, 5, EXACT },
	{ "sk_skb/verdict", 14, 38, EXACT },
	{ "sk_msg", 16, 7, EXACT },
	{ "sk_reuseport", 21, 39, EXACT },
	{ "sk_reuseport/migrate", 21, 40, EXACT },
	{ "sk_lookup", 30, 36, EXACT },
	{ "flow_dissector", 22, 17, EXACT },
	{ "lirc_mode2", 20, 16, EXACT },
	{ "netfilter", 32, 45, EXACT },

	{ "tp_btf", 26, 23, 0 },
	{ "fentry", 26, 24, 0 },
	{ "fentry.s", 26, 24, SLEEPABLE },
	{ "fexit", 26, 25, 0 },
	{ "fexit.s", 26, 25, SLEEPABLE },
	{ "fmod_ret", 26, 26, 0 },
	{ "fmod_ret.s", 26, 26, SLEEPABLE },
	{ "iter", 26, 28, 0 },
	{ "iter.s", 26, 28, SLEEPABLE },
	{ "freplace", 28, 0, 0 },
	{ "lsm", 29, 27, 0 },
	{ "lsm.s", 29, 27, SLEEPABLE },
	{ "lsm_cgroup", 29, 43, 0 },
	{ "struct_ops", 27, 0, 0 },
	{ "struct_ops.s", 27, 0, SLEEPABLE },
	{ "syscall", 31, 0, EXACT | SLEEPABLE },
};

static void check_row(const struct skep_section_row *row, size_t i)
{
	CHECK(row != NULL);
	CHECK_EQ(row->prog_type, NAMES[i].prog_type);
	CHECK_EQ(row->attach_type, NAMES[i].attach_type);
	CHECK_EQ((row->flags & SKEP_SECTION_SLEEPABLE) != 0, (NAMES[i].flags & SLEEPABLE) != 0);
}

TEST(names_have_their_types)
{
	for (size_t i = 0; i < SKEP_COUNT(NAMES); i++) {
		test_case("%s", NAMES[i].name);
		check_row(skep_load_section_row(NAMES[i].name), i);
	}
}

/* "NAME/function" and the like, or nothing; never a name that goes on. */
TEST(what_may_follow_a_name)
{
	static const char *const MORE[] = { "/", "/sys_openat", "//bin/bash:readline", "/a/b" };
	char name[64];

	for (size_t i = 0; i < SKEP_COUNT(NAMES); i++) {
		for (size_t j = 0; j < SKEP_COUNT(MORE); j++) {
			test_case("%s%s", NAMES[i].name, MORE[j]);
			snprintf(name, sizeof(name), "%s%s", NAMES[i].name, MORE[j]);
			if ((NAMES[i].flags & EXACT) != 0)
				CHECK(skep_load_section_row(name) == NULL);
			else
				check_row(skep_load_section_row(name), i);
		}
		test_case("%s1", NAMES[i].name);
		snprintf(name, sizeof(name), "%s1", NAMES[i].name);
		CHECK(skep_load_section_row(name) == NULL);
	}
}

/* A row that this test does not know has not been read by anybody but its author. */
TEST(there_are_no_other_names)
{
	static const char *const ROWS[] = {
#define SECTION(prefix, prog_type, attach_type, flags) prefix,
#include "spec/sections.def"
	};

	CHECK_EQ(SKEP_COUNT(ROWS), SKEP_COUNT(NAMES));
	for (size_t i = 0; i < SKEP_COUNT(ROWS); i++) {
		bool known = false;

		test_case("%s", ROWS[i]);
		for (size_t j = 0; j < SKEP_COUNT(NAMES); j++)
			known |= strcmp(ROWS[i], NAMES[j].name) == 0;
		CHECK(known);
	}
}

/* What libbpf 1.x refuses, though older ones guessed from the beginning of the name. */
TEST(other_names_say_nothing)
{
	static const char *const OTHERS[] = {
		"",
		"x",
		"xd",
		"xdp1",
		"xdp_prog",
		"xdp/x",
		"tc/x",
		"classifier/x",
		"kprobes",
		"kprobe.",
		"kprobe.multis/x",
		"cgroup",
		"cgroup/connect",
		"cgroup/connect44",
		"cgroup/connect_unix4",
		"uprobe.session/x",
		"tracepoint.w/x",
		"xdp.frags/egress",
		"XDP",
		" xdp",
		"socket1",
		"sockops/x",
		"syscall/x",
		"fentry.x/y",
		"lsm_",
		".text",
		"prog",
		"perf_event/x",
	};

	for (size_t i = 0; i < SKEP_COUNT(OTHERS); i++) {
		test_case("%s", OTHERS[i]);
		CHECK(skep_load_section_row(OTHERS[i]) == NULL);
	}
}

TESTS_BEGIN
T(names_have_their_types)
T(what_may_follow_a_name)
T(there_are_no_other_names)
T(other_names_say_nothing)
TESTS_END
