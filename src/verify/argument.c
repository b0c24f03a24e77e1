/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments of helpers that Linux has and skep's own do not use: memory of a fixed size, text that
 * cannot change, sockets. Refuses what is not what the helper's row asks for; and of what is not
 * modelled, whatever it is.
 */
#include "verify/verifier.h"

static int32_t at(const struct skep_verifier *v)
{
	return (int32_t)v->state.pc;
}

int skep_argument_refuse(struct skep_verifier *v, const struct skep_helper *row, unsigned reg,
			 const char *needed)
{
	char text[SKEP_EXPLAIN_BYTES];

	v->blamed = reg;
	return skep_fail(v->log, SKEP_EACCES, at(v), "argument r%u of %s is %s\n%s\n", reg,
			 row->name, skep_explain(v, skep_verifier_reg(v, reg), text), needed);
}

/* What is not modelled. */
static const char *name_of(enum skep_arg arg)
{
	switch (arg) {
	case SKEP_ARG_PTR_TO_SPIN_LOCK: return "a spin lock";
	case SKEP_ARG_PTR_TO_TIMER: return "a timer";
	case SKEP_ARG_PTR_TO_KPTR: return "a place for a kernel pointer";
	case SKEP_ARG_PTR_TO_OWNED_OR_NULL: return "an object that the program owns";
	case SKEP_ARG_PTR_TO_DYNPTR:
	case SKEP_ARG_PTR_TO_UNINIT_DYNPTR:
	case SKEP_ARG_PTR_TO_RELEASED_DYNPTR: return "a dynptr";
	case SKEP_ARG_PTR_TO_FUNC:
	case SKEP_ARG_PTR_TO_STACK_OR_NULL: return "a function that the helper calls";
	case SKEP_ARG_PTR_TO_PERCPU_VAR: return "a per-cpu variable of the kernel";
	default: return NULL;
	}
}

static int check_structure(struct skep_verifier *v, const struct skep_helper *row, unsigned reg,
			   const char *name)
{
	char text[SKEP_EXPLAIN_BYTES];

	if (skep_kernel_is(v, skep_verifier_reg(v, reg), name))
		return 0;
	v->blamed = reg;
	return skep_fail(
		v->log, SKEP_EACCES, at(v),
		"argument r%u of %s is %s\na struct %s that the program was given and that "
		"is not null\n",
		reg, row->name, skep_explain(v, skep_verifier_reg(v, reg), text), name);
}

static int check_aligned(struct skep_verifier *v, const struct skep_helper *row, unsigned reg,
			 uint32_t size)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);
	const uint64_t low = value->var.bits.value + (uint64_t)(int64_t)value->off;

	if (((value->var.bits.mask | low) & (size - 1)) == 0)
		return 0;
	return skep_argument_refuse(v, row, reg,
				    size == 8 ? "an address that is a multiple of 8"
					      : "an address that is a multiple of 4");
}

static int check_fixed(struct skep_verifier *v, unsigned reg, uint32_t size, bool write)
{
	const struct skep_buffer buffer = { .reg = reg,
					    .size_min = size,
					    .size_max = size,
					    .write = write,
					    .what = "the argument" };

	return skep_access_buffer(v, &buffer);
}

/* Text with its end, in a value whose content is known. */
static int check_text(struct skep_verifier *v, const struct skep_helper *row, unsigned reg)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);
	const struct skep_map_view *map;
	int64_t from;

	if (value->kind != SKEP_VALUE_MAP_VALUE || value->maybe_null ||
	    !skep_scalar_is_const(&value->var))
		return skep_argument_refuse(v, row, reg,
					    "text in read-only data, at a known place");
	map = &v->code->maps[value->map];
	from = value->off + value->var.full.smin;
	if (!skep_access_is_known(map, from, 1))
		return skep_argument_refuse(v, row, reg, "text in read-only data");
	while (skep_access_is_known(map, from, 1) && map->content[from] != 0)
		from++;
	if (!skep_access_is_known(map, from, 1))
		return skep_argument_refuse(v, row, reg, "text that ends with 0");
	return 0;
}

static int check_sock(struct skep_verifier *v, const struct skep_helper *row, unsigned reg,
		      bool released)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);

	if (!released && skep_kernel_is(v, value, "sock_common"))
		return 0;
	if (value->kind != SKEP_VALUE_SOCK || value->maybe_null || value->map == SKEP_SOCK_XSK)
		return skep_argument_refuse(v, row, reg, "a socket that is not null");
	if (released && value->size == 0)
		return skep_argument_refuse(
			v, row, reg,
			"a socket that a helper found and that was not given back yet");
	return 0;
}

int skep_argument_check(struct skep_verifier *v, const struct skep_helper *row, unsigned reg,
			enum skep_arg arg)
{
	const char *name;

	switch (arg) {
	case SKEP_ARG_PTR_TO_CHANGED_INT:
		SKEP_TRY(check_aligned(v, row, reg, 4));
		SKEP_TRY(check_fixed(v, reg, 4, false));
		return check_fixed(v, reg, 4, true);
	case SKEP_ARG_PTR_TO_UNINIT_LONG:
		SKEP_TRY(check_aligned(v, row, reg, 8));
		return check_fixed(v, reg, 8, true);
	case SKEP_ARG_PTR_TO_IPHDR:
	case SKEP_ARG_PTR_TO_TCPHDR: return check_fixed(v, reg, 20, false);
	case SKEP_ARG_PTR_TO_IPV6HDR: return check_fixed(v, reg, 40, false);
	case SKEP_ARG_PTR_TO_CONST_STR: return check_text(v, row, reg);
	case SKEP_ARG_PTR_TO_SOCK_COMMON: return check_sock(v, row, reg, false);
	case SKEP_ARG_PTR_TO_RELEASED_SOCK: return check_sock(v, row, reg, true);
	default: break;
	}
	name = skep_contracts_arg_structure(arg);
	if (name != NULL)
		return check_structure(v, row, reg, name);
	name = name_of(arg);
	if (name != NULL)
		return skep_fail(v->log, SKEP_EOPNOTSUPP, at(v),
				 "argument r%u of %s is to be %s, which cannot be verified yet\n"
				 "another helper\n",
				 reg, row->name, name);
	return skep_fail(v->log, SKEP_EINVAL, at(v),
			 "the contract of %s has an argument of unknown kind %u\na kind of enum "
			 "skep_arg\n",
			 row->name, (unsigned)arg);
}
