/* SPDX-License-Identifier: Apache-2.0 */
/* A target that has next to nothing. */

struct inner {
	unsigned int renamed_a;
	unsigned short renamed_b;
};

struct inner value;
