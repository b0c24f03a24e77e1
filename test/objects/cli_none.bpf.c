/* SPDX-License-Identifier: Apache-2.0 */
/* An object without programs. */
int number = 1;
char LICENSE[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
