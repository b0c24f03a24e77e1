/* SPDX-License-Identifier: Apache-2.0 */
/* Filters as tcpdump has them, over captures of any link type. */
#ifndef SKEP_CLI_FILTER_H
#define SKEP_CLI_FILTER_H

#include <stdbool.h>

#include "command.h"
#include "skep.h"

struct filter_request {
	const char *expression;
	const char *pcap;     /* NULL with `listing`: none */
	const char *pcap_out; /* NULL: none */
	enum skep_engine engine;
	bool listing; /* print the filter, run nothing */
	bool json;
};

/* Compiles the expression for the capture's link type, loads it and prints what matches. */
enum status filter_run(const struct filter_request *request);

#endif
