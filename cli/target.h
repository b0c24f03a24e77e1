/* SPDX-License-Identifier: Apache-2.0 */
/* The system that an object is for: its types, configuration and symbols. They are those of the
 * running kernel, unless --btf or --kconfig say otherwise, and are read only for objects that ask.
 */
#ifndef SKEP_CLI_TARGET_H
#define SKEP_CLI_TARGET_H

#include "message.h"
#include "skep.h"

struct file;

/* What was read for one object. */
struct target {
	struct skep_runtime *runtime; /* that owns the types */
	struct skep_btf *btf;
	void *btf_bytes; /* which the types are read from where they lie */
	char *kconfig;
	char *symbols;
};

/* Takes --btf and --kconfig, whichever command they are given to; false: another option. */
bool target_option(int option, const char *value);

/* Fills in what the object in `file` asks for. Reports go to config->log. STATUS_BAD: reported. */
enum status target_open(const struct file *file, struct skep_config *config, struct target *out);
/* After the object is closed. */
void target_close(struct target *target);

/* The file of --btf, or NULL. */
const char *target_btf_path(void);

/* For the help of commands that open objects. */
#define TARGET_HELP                                                                                \
	"  --btf FILE           the types that CO-RE fits the object to: BTF or an object "        \
	"(those\n"                                                                                 \
	"                       of the running kernel)\n"                                          \
	"  --kconfig FILE       the configuration that its .kconfig variables are from (that of "  \
	"the\n"                                                                                    \
	"                       running kernel)\n"

#define TARGET_OPTION_ROWS                                                                         \
	{ "btf", required_argument, NULL, OPTION_BTF },                                            \
	{                                                                                          \
		"kconfig", required_argument, NULL, OPTION_KCONFIG                                 \
	}

#endif
