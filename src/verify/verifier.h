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
	uint32_t insns_max; /* of this walk */
	uint32_t blamed;    /* what this instruction may be refused for, or SKEP_CLUE_NO_REG */
	bool forgets;
	struct skep_facts saved; /* of a walk before: insns, functions and numbers */
	struct skep_fact *saved_regs;
	struct skep_fact *regs; /* facts.regs in the making */
	uint16_t *reads;        /* registers that each instruction reads, if facts are to be kept */
	uint8_t *outcomes;      /* path.c: outcomes of conditions on the current path, or NULL */
	uint32_t outcome_count; /* how many fit */
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
/* Whether `end` is where the memory of the packet pointer ends. */
bool skep_branch_is_end_of(const struct skep_value *end, const struct skep_value *pointer);

/* After skep_pending_pop() of a conditional jump: takes it. */
void skep_branch_take(struct skep_verifier *v);

/* -------------------------------------------------------------------------------- access.c */

int skep_access_load(struct skep_verifier *v, const struct skep_op *op);
int skep_access_store(struct skep_verifier *v, const struct skep_op *op);
int skep_access_atomic(struct skep_verifier *v, const struct skep_op *op);
/* Whether an atomic operation gives what was in memory before. */
bool skep_access_fetches(const struct skep_op *op);
/* Whether these bytes of a map's value are constants that are known. */
bool skep_access_is_known(const struct skep_map_view *map, int64_t from, uint32_t size);

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

/* ------------------------------------------------------------------------------ argument.c */

/* Fails because of the argument in register `reg`. */
int skep_argument_refuse(struct skep_verifier *v, const struct skep_helper *row, unsigned reg,
			 const char *needed);

/* An argument of a kind that call.c does not know. */
int skep_argument_check(struct skep_verifier *v, const struct skep_helper *row, unsigned reg,
			enum skep_arg arg);

/* -------------------------------------------------------------------------------- kernel.c */

/* A pointer to the structure of that id; `trusted`: helpers may be given it. */
struct skep_value skep_kernel_pointer(struct skep_verifier *v, uint32_t type, bool trusted,
				      bool maybe_null);
/* What a load through a register that holds such a pointer finds. */
int skep_kernel_load(struct skep_verifier *v, unsigned reg, int32_t off, uint32_t size,
		     struct skep_value *out);
/* Whether the value is a trusted pointer to, or to a member that is, a struct of that name. */
bool skep_kernel_is(const struct skep_verifier *v, const struct skep_value *value,
		    const char *name);
const char *skep_kernel_name(const struct skep_verifier *v, uint32_t id);

/* -------------------------------------------------------------------------------- packet.c */

int skep_packet_load(struct skep_verifier *v, const struct skep_op *op);
/* After skep_pending_pop() of a packet load in a function of the program: the packet did not have
 * the bytes, and the function returns 0. */
void skep_packet_end(struct skep_verifier *v);

/* --------------------------------------------------------------------------------- facts.c */

/* Before the walk: room for what facts.c keeps. */
int skep_facts_make(struct skep_verifier *v);

/* Adds the current state to what is known before the instruction at state.pc. To be called before
 * the instruction is marked as reached. */
void skep_facts_note(struct skep_verifier *v);

/* Puts aside what is known from the walk that has just ended, and takes it back. */
void skep_facts_save(struct skep_verifier *v);
void skep_facts_restore(struct skep_verifier *v);

/* Copies what was kept to `arena` for `out`. */
int skep_facts_give(struct skep_verifier *v, struct skep_arena *arena, struct skep_facts *out);

/* ---------------------------------------------------------------------------------- path.c */

/* Before the walk: room for the outcomes of a path. */
int skep_path_make(struct skep_verifier *v);

/* The instruction at state.pc went one of its ways: a jump was taken, or a tail call or packet load
 * ended the function (`taken`), or not. */
void skep_path_note(struct skep_verifier *v, bool taken);

/* After a refusal at `insn`: makes the clues, in `arena`. Without memory there are none. */
void skep_path_explain(struct skep_verifier *v, uint32_t insn, struct skep_arena *arena);

/* --------------------------------------------------------------------------- unprivileged.c */

/* Before the walk: what the program is, not what it does. */
int skep_unprivileged_check(struct skep_verifier *v);

/* Fails if the program is unprivileged and the register holds a pointer; `where` says what would
 * become of it: "goes to a map value". */
int skep_unprivileged_keep(struct skep_verifier *v, unsigned reg, const char *where);

/* Fails if an unprivileged program may not make `pointer` from the one in `reg` by adding (or
 * subtracting) `by`, which stands in a register. */
int skep_unprivileged_move(struct skep_verifier *v, unsigned reg, const struct skep_value *pointer,
			   const struct skep_value *by, bool is_reg);

/* Fails if an unprivileged program would change or see, other than by one whole load or store,
 * pointers that lie on the stack in [from, to). */
int skep_unprivileged_stack(struct skep_verifier *v, const struct skep_frame *frame, uint32_t from,
			    uint32_t to, const char *what);

/* Fails if an unprivileged program may not compare what the operands of this jump hold. */
int skep_unprivileged_compare(struct skep_verifier *v, const struct skep_op *op,
			      const struct skep_value *left, const struct skep_value *right);

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
