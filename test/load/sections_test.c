/* SPDX-License-Identifier: Apache-2.0 */
/* Section names and what libbpf 1.5 makes of them: Linux's numbers, written down by hand from its
 * documentation (Documentation/bpf/libbpf/program_types.rst) and include/uapi/linux/bpf.h. */
#include "harness.h"
#include "load/image.h"

static const struct {
	const char *name;
	uint32_t prog_type, attach_type;
	bool sleepable;
} CASES[] = {
	{ "xdp", 6, 37, false },
	{ "xdp.frags", 6, 37, false },
	{ "xdp/devmap", 6, 33, false },
	{ "xdp.frags/cpumap", 6, 35, false },
	{ "tc", 3, 0, false },
	{ "tc/ingress", 3, 46, false },
	{ "tcx/egress", 3, 47, false },
	{ "netkit/peer", 3, 55, false },
	{ "classifier", 3, 0, false },
	{ "action", 4, 0, false },
	{ "socket", 1, 0, false },
	{ "kprobe", 2, 0, false },
	{ "kprobe/do_unlinkat", 2, 0, false },
	{ "kretprobe/do_unlinkat", 2, 0, false },
	{ "kprobe.multi/tcp_*", 2, 42, false },
	{ "kprobe.session/x", 2, 56, false },
	{ "uprobe/libc.so.6:malloc", 2, 0, false },
	{ "uprobe.s//bin/bash:readline", 2, 0, true },
	{ "uprobe.multi.s/x:y", 2, 48, true },
	{ "uretprobe.multi/x:y", 2, 48, false },
	{ "ksyscall/openat", 2, 0, false },
	{ "kretsyscall/openat", 2, 0, false },
	{ "usdt/x:y:z", 2, 0, false },
	{ "usdt.s/x:y:z", 2, 0, true },
	{ "tracepoint/syscalls/sys_enter_openat", 5, 0, false },
	{ "tp/sched/sched_switch", 5, 0, false },
	{ "raw_tracepoint/sched_switch", 17, 0, false },
	{ "raw_tp/sched_switch", 17, 0, false },
	{ "raw_tp.w/nbd_send_request", 24, 0, false },
	{ "tp_btf/sched_switch", 26, 23, false },
	{ "fentry/vfs_read", 26, 24, false },
	{ "fexit.s/vfs_read", 26, 25, true },
	{ "fmod_ret/bpf_modify_return_test", 26, 26, false },
	{ "freplace/get_skb_len", 28, 0, false },
	{ "iter/task", 26, 28, false },
	{ "iter.s/bpf_map", 26, 28, true },
	{ "lsm/file_open", 29, 27, false },
	{ "lsm.s/bprm_committed_creds", 29, 27, true },
	{ "lsm_cgroup/socket_post_create", 29, 43, false },
	{ "struct_ops/init", 27, 0, false },
	{ "struct_ops.s/init", 27, 0, true },
	{ "syscall", 31, 0, true },
	{ "perf_event", 7, 0, false },
	{ "cgroup_skb/ingress", 8, 0, false },
	{ "cgroup_skb/egress", 8, 1, false },
	{ "cgroup/skb", 8, 0, false },
	{ "cgroup/sock_create", 9, 2, false },
	{ "cgroup/sock", 9, 2, false },
	{ "cgroup/post_bind6", 9, 13, false },
	{ "cgroup/connect4", 18, 10, false },
	{ "cgroup/getsockname_unix", 18, 53, false },
	{ "cgroup/recvmsg6", 18, 20, false },
	{ "cgroup/sysctl", 23, 18, false },
	{ "cgroup/getsockopt", 25, 21, false },
	{ "cgroup/dev", 15, 6, false },
	{ "sockops", 13, 3, false },
	{ "sk_skb", 14, 0, false },
	{ "sk_skb/stream_verdict", 14, 5, false },
	{ "sk_msg", 16, 7, false },
	{ "sk_lookup", 30, 36, false },
	{ "sk_reuseport", 21, 39, false },
	{ "sk_reuseport/migrate", 21, 40, false },
	{ "flow_dissector", 22, 17, false },
	{ "lwt_in", 10, 0, false },
	{ "lwt_out", 11, 0, false },
	{ "lwt_xmit", 12, 0, false },
	{ "lwt_seg6local", 19, 0, false },
	{ "lirc_mode2", 20, 16, false },
	{ "netfilter", 32, 45, false },
};

TEST(names_have_their_types)
{
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const struct skep_section_row *row = skep_load_section_row(CASES[i].name);

		test_case("%s", CASES[i].name);
		CHECK(row != NULL);
		CHECK_EQ(row->prog_type, CASES[i].prog_type);
		CHECK_EQ(row->attach_type, CASES[i].attach_type);
		CHECK_EQ((row->flags & SKEP_SECTION_SLEEPABLE) != 0, CASES[i].sleepable);
	}
}

/* What libbpf 1.x refuses, though older ones guessed from the beginning of the name. */
TEST(other_names_say_nothing)
{
	static const char *const NAMES[] = {
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
		"socket1",
		"sockops/x",
		"syscall/x",
		"fentry.x/y",
		"lsm_",
		".text",
		"prog",
		"perf_event/x",
	};

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		test_case("%s", NAMES[i]);
		CHECK(skep_load_section_row(NAMES[i]) == NULL);
	}
}

TESTS_BEGIN
T(names_have_their_types)
T(other_names_say_nothing)
TESTS_END
