/* SPDX-License-Identifier: Apache-2.0 */
/* Which structure of the kernel an argument or a result of a helper points to. */
#include "base/bytes.h"
#include "spec/contracts.h"

const char *skep_contracts_arg_structure(enum skep_arg arg)
{
	switch (arg) {
	case SKEP_ARG_PTR_TO_TASK: return "task_struct";
	case SKEP_ARG_PTR_TO_FILE: return "file";
	case SKEP_ARG_PTR_TO_INODE: return "inode";
	case SKEP_ARG_PTR_TO_PATH: return "path";
	case SKEP_ARG_PTR_TO_CGROUP: return "cgroup";
	case SKEP_ARG_PTR_TO_SEQ_FILE: return "seq_file";
	case SKEP_ARG_PTR_TO_LINUX_BINPRM: return "linux_binprm";
	case SKEP_ARG_PTR_TO_TCP_SOCK: return "tcp_sock";
	case SKEP_ARG_PTR_TO_SK_BUFF: return "sk_buff";
	case SKEP_ARG_PTR_TO_XDP_BUFF: return "xdp_buff";
	default: return NULL;
	}
}

const char *skep_contracts_ret_structure(enum skep_ret ret)
{
	switch (ret) {
	case SKEP_RET_PTR_TO_TASK: return "task_struct";
	case SKEP_RET_PTR_TO_PT_REGS: return "pt_regs";
	case SKEP_RET_PTR_TO_BTF_SOCKET_OR_NULL: return "socket";
	case SKEP_RET_PTR_TO_BTF_TCP_SOCK_OR_NULL: return "tcp_sock";
	case SKEP_RET_PTR_TO_TCP6_SOCK_OR_NULL: return "tcp6_sock";
	case SKEP_RET_PTR_TO_TCP_TIMEWAIT_SOCK_OR_NULL: return "tcp_timewait_sock";
	case SKEP_RET_PTR_TO_TCP_REQUEST_SOCK_OR_NULL: return "tcp_request_sock";
	case SKEP_RET_PTR_TO_UDP6_SOCK_OR_NULL: return "udp6_sock";
	case SKEP_RET_PTR_TO_UNIX_SOCK_OR_NULL: return "unix_sock";
	case SKEP_RET_PTR_TO_MPTCP_SOCK_OR_NULL: return "mptcp_sock";
	default: return NULL;
	}
}
