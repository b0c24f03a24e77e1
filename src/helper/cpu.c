/* SPDX-License-Identifier: Apache-2.0 */
/* The cpu that runs. */
#include "helper/helpers.h"

uint64_t skep_helper_get_smp_processor_id(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
					  uint64_t r5, struct skep_env *env)
{
	const struct skep_port *port = env->port;

	(void)r1;
	(void)r2;
	(void)r3;
	(void)r4;
	(void)r5;
	return port->cpu_number != NULL ? port->cpu_number(port->ctx) : 0;
}
