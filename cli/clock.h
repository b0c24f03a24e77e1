/* SPDX-License-Identifier: Apache-2.0 */
/* Time, for measuring runs. */
#ifndef SKEP_CLI_CLOCK_H
#define SKEP_CLI_CLOCK_H

#include <stdint.h>

/* Nanoseconds of a clock that does not jump. */
uint64_t clock_now_ns(void);

/* What one reading of it costs, to be taken off what was measured. Takes some microseconds. */
uint64_t clock_cost_ns(void);

#endif
