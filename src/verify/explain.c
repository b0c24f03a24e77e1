/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier knows, in words: values as phrases, and the refusals that several files share.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "verify/verifier.h"

const char *skep_explain_bounds(const struct skep_scalar *a, char text[SKEP_EXPLAIN_BYTES])
{
	const struct skep_range *full = &a->full;

	if (skep_scalar_is_const(a))
		skep_format(text, SKEP_EXPLAIN_BYTES, "%lld", (long long)full->smin);
	else if (full->smin >= 0)
		skep_format(text, SKEP_EXPLAIN_BYTES, "from %lld to %lld", (long long)full->smin,
			    (long long)full->smax);
	else if (full->smin > INT64_MIN || full->smax < INT64_MAX)
		skep_format(text, SKEP_EXPLAIN_BYTES, "from %lld to %lld (signed)",
			    (long long)full->smin, (long long)full->smax);
	else if (full->umin != 0 || full->umax != UINT64_MAX)
		skep_format(text, SKEP_EXPLAIN_BYTES, "from %llu to %llu (unsigned)",
			    (unsigned long long)full->umin, (unsigned long long)full->umax);
	else
		skep_format(text, SKEP_EXPLAIN_BYTES, "without known bounds");
	return text;
}

static const char *explain_number(const struct skep_value *value, char text[SKEP_EXPLAIN_BYTES])
{
	char bounds[SKEP_EXPLAIN_BYTES];

	if (value->lost == SKEP_LOST_NULL && skep_value_is_number(value, 0))
		skep_format(text, SKEP_EXPLAIN_BYTES, "null (from instruction %u)",
			    (unsigned)value->origin);
	else if (skep_scalar_is_const(&value->var))
		skep_format(text, SKEP_EXPLAIN_BYTES, "the number %s",
			    skep_explain_bounds(&value->var, bounds));
	else
		skep_format(text, SKEP_EXPLAIN_BYTES, "a number %s",
			    skep_explain_bounds(&value->var, bounds));
	return text;
}

static const char *name_of(const struct skep_verifier *v, const struct skep_value *value,
			   char text[SKEP_EXPLAIN_BYTES])
{
	switch (value->kind) {
	case SKEP_VALUE_CTX: return "the context";
	case SKEP_VALUE_PKT: return "a packet pointer";
	case SKEP_VALUE_PKT_META: return "a pointer to packet metadata";
	case SKEP_VALUE_PKT_END: return "the packet's end";
	case SKEP_VALUE_STACK: return "a stack pointer";
	case SKEP_VALUE_FUNC: return "the address of a function";
	case SKEP_VALUE_RECORD: return "a ring buffer record";
	case SKEP_VALUE_SOCK: return "a socket";
	case SKEP_VALUE_KERNEL:
		skep_format(text, SKEP_EXPLAIN_BYTES, "a pointer to struct %.64s",
			    skep_kernel_name(v, value->map));
		return text;
	case SKEP_VALUE_MAP:
		skep_format(text, SKEP_EXPLAIN_BYTES, "the map %s", v->code->maps[value->map].name);
		return text;
	case SKEP_VALUE_MAP_VALUE:
		skep_format(text, SKEP_EXPLAIN_BYTES, "a value of map %s",
			    v->code->maps[value->map].name);
		return text;
	default: return "nothing";
	}
}

const char *skep_explain(const struct skep_verifier *v, const struct skep_value *value,
			 char text[SKEP_EXPLAIN_BYTES])
{
	char name[SKEP_EXPLAIN_BYTES], bounds[SKEP_EXPLAIN_BYTES];
	const char *null = value->maybe_null ? " or null" : "";

	if (value->kind == SKEP_VALUE_NUMBER)
		return explain_number(value, text);
	if (!skep_scalar_is_const(&value->var))
		skep_format(text, SKEP_EXPLAIN_BYTES, "%s%s at offset %d plus a number %s",
			    name_of(v, value, name), null, (int)value->off,
			    skep_explain_bounds(&value->var, bounds));
	else if (value->off != 0)
		skep_format(text, SKEP_EXPLAIN_BYTES, "%s%s at offset %d", name_of(v, value, name),
			    null, (int)value->off);
	else
		skep_format(text, SKEP_EXPLAIN_BYTES, "%s%s", name_of(v, value, name), null);
	return text;
}

int skep_explain_unwritten(struct skep_verifier *v, unsigned reg)
{
	const bool is_call = v->ops[v->state.pc].kind == SKEP_KIND_CALL_HELPER;

	v->blamed = reg;
	if (reg == 0 && v->ops[v->state.pc].kind == SKEP_KIND_EXIT)
		return skep_fail(v->log, SKEP_EACCES, (int32_t)v->state.pc,
				 "the program ends without a result in r0\na value in r0\nreturn "
				 "one on every path");
	return skep_fail(v->log, SKEP_EACCES, (int32_t)v->state.pc,
			 "r%u has no value here: it was never written on this path, or a call "
			 "destroyed it\n%s in r%u\n%s",
			 reg, is_call ? "an argument" : "a value", reg,
			 reg <= SKEP_HELPER_ARGS_MAX ? "calls keep only r6 to r9; save it there"
						     : "initialise the variable");
}

static int explain_lost(struct skep_verifier *v, unsigned reg, const struct skep_value *value)
{
	const unsigned origin = value->origin;
	const int32_t pc = (int32_t)v->state.pc;

	switch (value->lost) {
	case SKEP_LOST_MOVED:
		return skep_fail(
			v->log, SKEP_EACCES, pc,
			"r%u was a packet pointer, but the call at instruction %u may have "
			"moved the packet\na packet pointer loaded after that call\nload "
			"data and data_end again and repeat the comparison",
			reg, origin);
	case SKEP_LOST_RELEASED:
		return skep_fail(v->log, SKEP_EACCES, pc,
				 "r%u was a ring buffer record that was given back "
				 "at instruction "
				 "%u\na record that is still held\nuse the record before that call",
				 reg, origin);
	case SKEP_LOST_SOCK:
		return skep_fail(v->log, SKEP_EACCES, pc,
				 "r%u was a socket that was given back at instruction %u\na socket "
				 "that is still held\nuse the socket before that call",
				 reg, origin);
	case SKEP_LOST_NULL:
		if (!skep_value_is_number(value, 0))
			break;
		return skep_fail(
			v->log, SKEP_EACCES, pc,
			"r%u is null on this path (from instruction %u)\nan address\nleave "
			"when the comparison with 0 finds null",
			reg, origin);
	case SKEP_LOST_MATH:
		return skep_fail(v->log, SKEP_EACCES, pc,
				 "r%u was a pointer until instruction %u made a number of it\nan "
				 "address\nkeep the pointer in another register",
				 reg, origin);
	default: break;
	}
	return skep_fail(v->log, SKEP_EACCES, pc,
			 "r%u is a number, not an address\na pointer to the stack, the context, a "
			 "packet, a map value or a record\nread other memory through a helper",
			 reg);
}

int skep_explain_no_address(struct skep_verifier *v, unsigned reg)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);
	char text[SKEP_EXPLAIN_BYTES];

	v->blamed = reg;
	if (value->kind == SKEP_VALUE_NUMBER)
		return explain_lost(v, reg, value);
	if (value->maybe_null)
		return skep_fail(v->log, SKEP_EACCES, (int32_t)v->state.pc,
				 "r%u may be null: it is %s, from instruction %u\nan address that "
				 "is not null\ncompare r%u with 0 before this, and leave if it is",
				 reg, skep_explain(v, value, text), (unsigned)value->origin, reg);
	return skep_fail(v->log, SKEP_EACCES, (int32_t)v->state.pc,
			 "r%u is %s, which has no bytes to read or write\na pointer to the stack, "
			 "a packet, a map value or a record\n",
			 reg, skep_explain(v, value, text));
}

int skep_explain_memory(struct skep_verifier *v)
{
	if (!v->capped)
		return skep_fail_memory(v->log, "verifying the program");
	return skep_fail(
		v->log, SKEP_E2BIG, (int32_t)v->state.pc,
		"verifying the program needs more than %zu bytes\na smaller program\nraise "
		"verify_bytes_max, or split the program",
		v->limits->bytes_max);
}
