/* SPDX-License-Identifier: Apache-2.0 */
/* Calls a helper that nobody has. */
static long (*const no_such_helper)(void) = (void *)4321;

__attribute__((section("xdp"), used)) int unknown(void *ctx)
{
	(void)ctx;
	return no_such_helper();
}

char LICENSE[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
