/* SPDX-License-Identifier: Apache-2.0 */
/* Global variables from the command line. */
#ifndef SKEP_CLI_VARIABLE_H
#define SKEP_CLI_VARIABLE_H

#include "message.h"
#include "skep.h"

/* Sets a variable of an object that is not loaded yet from "NAME=VALUE"; literal.h tells how values
 * are written. STATUS_BAD, reported: no such variable, not such a value. */
enum status variable_set(struct skep_object *object, const char *assignment);

#endif
