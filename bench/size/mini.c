/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest firmware with the MINI profile: one program out of flash, checked and then run over
 * every message, each of its accesses checked, with an array and a helper. It is linked and
 * measured, not run. TRUSTED: the program was verified elsewhere and runs without checks. */
#include "skep.h"

enum { INSNS = 128, LEVELS = 2, BUDGET = 100000 };

struct message {
	uint32_t id, value;
	uint8_t bytes[8];
};

extern const struct skep_insn insns[INSNS];
int receive(struct message *message);
uint64_t set_pin(uint64_t pin, uint64_t level, uint64_t a3, uint64_t a4, uint64_t a5,
		 struct skep_env *env);
int firmware(void);

/* All RAM that the program takes beside its stack and the values of its maps. */
static struct {
	struct skep_mini mini;
	struct skep_mini_map map;
	struct skep_mini_stop stop;
	uint64_t r0;
	uint8_t marks[SKEP_MINI_MARKS_BYTES(INSNS)];
} program;

int firmware(void)
{
	static const struct skep_helper helper = {
		4096, "set_pin", SKEP_RET_VOID, { SKEP_ARG_SCALAR, SKEP_ARG_SCALAR }, .fn = set_pin
	};
	static uint64_t values[4];
	static uint64_t stack[SKEP_MINI_STACK_BYTES(LEVELS) / 8];
	struct message message;

	program.map = (struct skep_mini_map){ values, sizeof(values[0]), 4, false };
	program.mini = (struct skep_mini){
		.insns = insns,
		.insn_count = INSNS,
		.insns_max = BUDGET,
		.maps = &program.map,
		.map_count = 1,
		.helpers = &helper,
		.helper_count = 1,
		.ctx_size = sizeof(message),
	};
	if (skep_mini_check(&program.mini, program.marks, &program.stop) < 0)
		return 1;
	while (receive(&message) != 0) {
#ifdef TRUSTED
		(void)stack;
		program.r0 = skep_mini_run_trusted(&program.mini, &message);
#else
		if (skep_mini_run(&program.mini, &message, stack, sizeof(stack), &program.r0,
				  &program.stop) < 0)
			return 1;
#endif
	}
	return 0;
}
