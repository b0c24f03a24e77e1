/* SPDX-License-Identifier: Apache-2.0 */
/* Declares what a kernel has: values of its configuration, symbols, functions. */
#include "bpf.h"

#define __kconfig __attribute__((section(".kconfig")))
#define __ksym    __attribute__((section(".ksyms")))
#define __weak    __attribute__((weak))

enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig;
extern _Bool CONFIG_ON __kconfig;
extern enum libbpf_tristate CONFIG_TRI __kconfig;
extern char CONFIG_LETTER __kconfig;
extern u64 CONFIG_HEX __kconfig;
extern s16 CONFIG_NEGATIVE __kconfig;
extern char CONFIG_NAME[8] __kconfig;
extern _Bool CONFIG_ABSENT __kconfig __weak;
extern u64 CONFIG_ABSENT_NUMBER __kconfig __weak;
extern u8 CONFIG_SMALL __kconfig;
extern int CONFIG_STRONG __kconfig;
extern int CONFIG_OTHER __kconfig;

extern const void untyped __ksym;
extern const int typed __ksym;
extern const void absent_symbol __ksym __weak;
extern const void strong_symbol __ksym;

extern int weak_function(int) __ksym __weak;
extern int strong_function(int) __ksym;

u32 branch;

SEC("xdp") int config(struct xdp_md *ctx)
{
	return (LINUX_KERNEL_VERSION >> 16) + LINUX_HAS_BPF_COOKIE * 10 + CONFIG_ON * 100 +
	       CONFIG_TRI * 1000 + (CONFIG_LETTER == 'm') * 10000 +
	       (CONFIG_HEX == 0x123456789abcdef0ull) * 100000 + (CONFIG_NEGATIVE == -7) * 1000000;
}

SEC("xdp") int name(struct xdp_md *ctx)
{
	u32 which = ctx->ingress_ifindex & 7;

	return CONFIG_NAME[which];
}

/* Known before it runs: what is behind the test is dead, and must be, since it is not safe. */
SEC("xdp") int dead(struct xdp_md *ctx)
{
	if (CONFIG_ABSENT || CONFIG_ABSENT_NUMBER)
		return *(volatile int *)0;
	return 5;
}

SEC("xdp") int small(struct xdp_md *ctx)
{
	return CONFIG_SMALL;
}

SEC("xdp") int strong(struct xdp_md *ctx)
{
	return CONFIG_STRONG + CONFIG_OTHER + (int)(u64)&strong_symbol + strong_function(1);
}

SEC("xdp") int symbols(struct xdp_md *ctx)
{
	return (int)((u64)&untyped + (u64)&typed * 1000 + (&absent_symbol == NULL) * 1000000);
}

SEC("xdp") int guarded_call(struct xdp_md *ctx)
{
	if (weak_function)
		return weak_function(1);
	return 8;
}

SEC("xdp") int bare_call(struct xdp_md *ctx)
{
	return weak_function(branch);
}

LICENSE("GPL");
