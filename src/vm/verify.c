/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a linked program and what is known of its maps to what was proven of it. Refuses programs
 * without a type, and those that refer to what is not there.
 */
#include "verify/verify.h"

#include "base/bytes.h"
#include "vm/vm.h"

static uint64_t now(const struct skep_port *port)
{
	return port->clock_ns != NULL ? port->clock_ns(port->ctx) : 0;
}

int skep_vm_verify(struct skep_prog *prog, struct skep_log *log)
{
	const struct skep_config *config = &prog->object->runtime->config;
	const struct skep_verify_limits limits = {
		.insns_max = config->limits.verify_insns_max,
		.bytes_max = config->limits.verify_bytes_max < SIZE_MAX
				     ? (size_t)config->limits.verify_bytes_max
				     : SIZE_MAX,
		.unprivileged = config->unprivileged,
		.keep_facts = config->keep_facts,
		.keep_clues = config->keep_clues,
	};
	const uint64_t start = now(config->port);
	const int err = skep_verify(&prog->linked, &limits, config->port, &prog->object->arena, log,
				    &prog->facts);

	prog->verify_ns = now(config->port) - start;
	return err;
}

static int check_type(struct skep_prog *prog, const struct skep_contracts *contracts,
		      struct skep_log *log)
{
	const char *name = skep_spec_prog_name(prog->type);

	prog->contract = skep_contracts_prog_type(contracts, prog->type);
	if (prog->contract != NULL)
		return 0;
	if (name != NULL)
		return skep_fail(
			log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
			"it is of type %s (section \"%s\"), which skep does not %s yet\n\n"
			"leave it out with skep_prog_set_autoload(), or run it in the kernel",
			name, prog->image->section,
			contracts->prog_types[2] != NULL ? "verify" : "run");
	return skep_fail(log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
			 "section \"%s\" does not tell the program's type\n"
			 "a section name that libbpf knows, or a type\n"
			 "rename the section or set the type (skep_prog_set_type(), --type)",
			 prog->image->section);
}

int skep_vm_begin_verify(struct skep_prog *prog, const struct skep_contracts *contracts,
			 const struct skep_map_view *views, struct skep_log *log)
{
	prog->verified = false;
	SKEP_TRY(check_type(prog, contracts, log));
	if (prog->missing != NULL)
		return skep_fail(
			log, SKEP_EOPNOTSUPP, (int32_t)prog->missing_insn,
			"\"%s\" is not defined in the object\na definition\n"
			"define it, or declare it in .ksyms or .kconfig (__ksym, __kconfig)",
			prog->missing);
	SKEP_TRY(skep_vm_check_externs(prog->object, prog));
	if (prog->refused != NULL)
		return skep_fail(log, SKEP_EINVAL, (int32_t)prog->refused_insn, "%s\n%s\n%s",
				 prog->refused->found, prog->refused->needed,
				 prog->refused->advice);
	prog->linked = (struct skep_bytecode){
		.name = prog->name,
		.insns = prog->insns,
		.count = prog->count,
		.type = prog->contract,
		.maps = views,
		.map_count = prog->object->image.map_count,
		.contracts = contracts,
		.sleepable = prog->image->sleepable,
		.absents = prog->absents,
		.absent_count = prog->absent_count,
	};
	return 0;
}

bool skep_vm_is_traced(const struct skep_prog *prog)
{
	const uint32_t attach_type = prog->image->attach_type;

	return skep_contracts_prog_type(&prog->object->runtime->contracts, prog->type) == NULL &&
	       attach_type >= SKEP_ATTACH_RAW_TP && attach_type <= SKEP_ATTACH_ITER &&
	       prog->image->attach_to[0] != '\0';
}
