/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks. */
#include "helper/helpers.h"

uint64_t skep_helper_ktime_get_ns(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
				  struct skep_env *env)
{
	const struct skep_port *port = env->port;

	(void)r1;
	(void)r2;
	(void)r3;
	(void)r4;
	(void)r5;
	return port->clock_ns != NULL ? port->clock_ns(port->ctx) : 0;
}
