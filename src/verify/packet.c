/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet loads of classic BPF, BPF_ABS and BPF_IND: the packet of the context in r6, at any offset
 * at all, because the load looks for itself and ends the function with r0 = 0 where the packet does
 * not have the bytes. Both outcomes are walked: in a function of the program that end is a return
 * like any other.
 *
 * Refuses them where the program type has none, while a record is held (the end would leak it), and
 * where 0 is no result that the program may give.
 */
#include "verify/verifier.h"

static int32_t at(const struct skep_verifier *v)
{
	return (int32_t)v->state.pc;
}

static int check_ctx(struct skep_verifier *v)
{
	const struct skep_value *r6 = skep_verifier_reg(v, 6);
	char text[SKEP_EXPLAIN_BYTES];

	if (r6->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, 6);
	if (r6->kind != SKEP_VALUE_CTX || !skep_value_is_start(r6))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "r6 is %s at this packet load\nthe context, unmodified\ncopy r1 "
				 "to r6 where the program begins",
				 skep_explain(v, r6, text));
	return 0;
}

/* What the program type and what is held say to the end that the load may come to. */
static int check_end(struct skep_verifier *v)
{
	const struct skep_prog_type *type = v->code->type;
	const struct skep_state *state = &v->state;

	if (state->ref_count > 0)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "the record reserved at instruction %u is still held at this "
				 "packet load, which can end the program\nevery record given back "
				 "on every path\nsubmit or discard it before",
				 (unsigned)state->refs[0].insn);
	if (state->frame_count == 1 && type->ret_checked &&
	    (type->ret_min > 0 || type->ret_max < 0))
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"this packet load returns 0 when the packet is too short\na number "
			"from %lld to %lld, as programs of type %s must\nload it in a "
			"function of its own",
			(long long)type->ret_min, (long long)type->ret_max, type->name);
	return 0;
}

int skep_packet_load(struct skep_verifier *v, const struct skep_op *op)
{
	const struct skep_prog_type *type = v->code->type;

	if (type->packet_load == NULL)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "old packet loads (BPF_ABS and BPF_IND) are not for programs of "
				 "type %s\na type that has them\nload through packet pointers, or "
				 "call a helper",
				 type->name);
	SKEP_TRY(check_ctx(v));
	if (op->kind == SKEP_KIND_LD_IND && skep_verifier_reg(v, op->src)->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, op->src);
	SKEP_TRY(check_end(v));
	if (v->state.frame_count > 1) {
		SKEP_TRY(skep_pending_push(v));
		skep_path_note(v, false);
	}
	for (unsigned reg = 1; reg <= SKEP_HELPER_ARGS_MAX; reg++)
		skep_verifier_reg(v, reg)->kind = SKEP_VALUE_NONE;
	*skep_verifier_reg(v, 0) = skep_value_unknown(op->bits);
	return 0;
}

void skep_packet_end(struct skep_verifier *v)
{
	struct skep_state *state = &v->state;

	skep_path_note(v, true);
	state->pc = skep_state_frame(state)->call + 1;
	state->frame_count--;
	*skep_verifier_reg(v, 0) = skep_value_const(0);
}
