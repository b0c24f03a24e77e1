/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers: the port's. Without any, the same sequence in every run, so that a test on a
 * board can be repeated. */
#include "helper/helpers.h"

/* The finalizer of MurmurHash3 (Appleby): every bit of the count moves half the bits. */
static uint32_t mix(uint32_t x)
{
	x = (x ^ (x >> 16)) * 0x85ebca6bu;
	x = (x ^ (x >> 13)) * 0xc2b2ae35u;
	return x ^ (x >> 16);
}

uint64_t skep_helper_get_prandom_u32(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	const struct skep_port *port = env->port;

	(void)r1;
	(void)r2;
	(void)r3;
	(void)r4;
	(void)r5;
	return port->random != NULL ? port->random(port->ctx) : mix(++env->randoms);
}
