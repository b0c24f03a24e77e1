/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier in progress, shared by its files.
 *
 * It walks every path through the program with one current state, instruction by instruction. Where
 * paths can join, the current state is compared with those kept from earlier visits; if one of
 * them, all of whose paths have been walked, contains it, this path is done.
 *
 * What it does not need to remember it forgets, so that states contain each other: registers and
 * stack that nothing reads any more (dead), and numbers whose value decides nothing. Forgetting
 * only makes states larger, so it is sound whatever is forgotten; and where it lets the proof fail,
 * a second walk without it has the last word.
 */
#ifndef SKEP_VERIFY_VERIFIER_H
#define SKEP_VERIFY_VERIFIER_H

#include "verify/state.h"
#include "verify/verify.h"

/* Per instruction. */
enum skep_mark {
	SKEP_MARK_INSN = 1u << 0,  /* not the second half of lddw */
	SKEP_MARK_JOIN = 1u << 1,  /* more than one path may come here */
	SKEP_MARK_LOOP = 1u << 2,  /* between a jump back and its target */
	SKEP_MARK_OTHER = 1u << 3, /* has accessed memory that is not the context */
};

/* Which registers (bits 0 to 9) or 8-byte stack slots (bit 0: the lowest) something depends on. */
struct skep_need {
	uint64_t slots_read, slots_exact, slots_equal;
	uint16_t read;  /* the value is read before it is overwritten */
	uint16_t exact; /* its number reaches an address, a size, a result or a loop's condition */
	uint16_t equal; /* its number reaches another condition: worth knowing if it is constant */
	uint16_t zero;  /* always 0, so that needs can be compared as bytes */
};

struct skep_verifier {
	const struct skep_bytecode *code;
	const struct skep_verify_limits *limits;
	struct skep_log *log;
	const struct skep_port *outer; /* where memory comes from */
	size_t used_bytes;
	bool capped;               /* an allocation failed because of the limit */
	struct skep_arena arena;   /* all that lives as long as the verifier */
	struct skep_arena pending; /* a stack of branches not yet taken */
	struct skep_op *ops;
	uint8_t *marks;
	struct skep_need *needs; /* before each instruction */
	struct skep_facts facts;
	struct skep_state state;
	struct skep_pending *top;
	struct skep_table *table;
	uint32_t last_id;
	bool forgets;
};

static inline struct skep_value *skep_verifier_reg(struct skep_verifier *v, unsigned reg)
{
	return &skep_state_frame(&v->state)->regs[reg];
}

/* ----------------------------------------------------------------------------------- cfg.c */

/* Decodes, finds functions, joins and loops. The code has passed skep_isa_check(). */
int skep_cfg_build(struct skep_verifier *v);

/* Index of the function that an instruction is in. */
uint32_t skep_cfg_function(const struct skep_facts *facts, uint32_t pc);

/* ---------------------------------------------------------------------------------- need.c */

/* Fills v->needs. */
int skep_need_find(struct skep_verifier *v);

/* Forgets what is not needed at the current instruction. */
void skep_need_forget(struct skep_verifier *v);

/* --------------------------------------------------------------------------------- prune.c */

int skep_table_make(struct skep_verifier *v);

/* At a join: `done` if a kept state contains the current one; else keeps it, if it is worth it. */
int skep_table_visit(struct skep_verifier *v, bool *done);

/* The current path has ended. */
void skep_table_end_path(struct skep_verifier *v);

/* Puts the current state aside, to go on later with the other outcome of the instruction at
 * state.pc. */
int skep_pending_push(struct skep_verifier *v);
/* Makes the state put aside last the current one; false: there is none. */
int skep_pending_pop(struct skep_verifier *v, bool *found);

/* ---------------------------------------------------------------------------------- step.c */

/* Does one instruction and moves state.pc; `ends`: this path is over. */
int skep_step(struct skep_verifier *v, bool *ends);

/* A number that shares an id with its copies; none for constants. */
void skep_step_share(struct skep_verifier *v, struct skep_value *value);

/* -------------------------------------------------------------------------------- branch.c */

int skep_branch(struct skep_verifier *v, const struct skep_op *op);
/* After skep_pending_pop() of a conditional jump: takes it. */
void skep_branch_take(struct skep_verifier *v);

/* -------------------------------------------------------------------------------- access.c */

int skep_access_load(struct skep_verifier *v, const struct skep_op *op);
int skep_access_store(struct skep_verifier *v, const struct skep_op *op);
int skep_access_atomic(struct skep_verifier *v, const struct skep_op *op);

/* Memory given to a helper: `size_min` to `size_max` bytes at register `reg`. */
struct skep_buffer {
	unsigned reg;
	uint32_t size_min, size_max;
	bool write;
	const char *what; /* for messages: "the key", ... */
};
int skep_access_buffer(struct skep_verifier *v, const struct skep_buffer *buffer);

/* ---------------------------------------------------------------------------------- call.c */

int skep_call_helper(struct skep_verifier *v, const struct skep_op *op);
int skep_call_local(struct skep_verifier *v, const struct skep_op *op);
int skep_call_exit(struct skep_verifier *v, bool *ends);
/* After skep_pending_pop() of a tail call: it succeeded, and the function that made it returns. */
void skep_call_return_tail(struct skep_verifier *v);

/* Takes a record off the list of references. False: it is not on it. */
bool skep_call_drop_ref(struct skep_state *state, uint32_t id);

/* ------------------------------------------------------------------------------- explain.c */

enum { SKEP_EXPLAIN_BYTES = 160 };

/* What a value is, as a phrase: "a number from 0 to 255". Returns `text`. */
const char *skep_explain(const struct skep_verifier *v, const struct skep_value *value,
			 char text[SKEP_EXPLAIN_BYTES]);

/* The bounds of a number: "from 0 to 255", "5". */
const char *skep_explain_bounds(const struct skep_scalar *a, char text[SKEP_EXPLAIN_BYTES]);

/* Fails because a register was never written. */
int skep_explain_unwritten(struct skep_verifier *v, unsigned reg);

/* Fails because a register is no pointer that can be followed. */
int skep_explain_no_address(struct skep_verifier *v, unsigned reg);

/* Fails with SKEP_ENOMEM. */
int skep_explain_memory(struct skep_verifier *v);

#endif
