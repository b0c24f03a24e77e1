/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thermostat with two programs, in the MINI profile: one that was verified when the firmware was
 * built (alarm.h, made by link.c), and one that came over the air, which nobody verified. All
 * memory is here; nothing of a C library is used. Returns how many things went wrong.
 */
#include "firmware.h"
#include "alarm.h"
#include "reading.h"

static void (*print)(const char *text);

static uint64_t beep(uint64_t tenths_above, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		     struct skep_env *env)
{
	(void)a2, (void)a3, (void)a4, (void)a5, (void)env;
	print(tenths_above > 50 ? "beep beep\n" : "beep\n");
	return 0;
}
static const struct skep_helper HELPERS[] = { READING_HELPERS(beep) };

static const struct skep_mini ALARM = {
	.insns = alarm_insns,
	.insn_count = sizeof(alarm_insns) / sizeof(alarm_insns[0]),
	.insns_max = 1000,
	.maps = alarm_maps,
	.map_count = sizeof(alarm_maps) / sizeof(alarm_maps[0]),
	.helpers = HELPERS,
	.helper_count = 1,
	.ctx_size = sizeof(struct reading),
};

/* Opens the valve, and then something that is not its own. */
static const struct skep_insn AIR_INSNS[] = {
	{ 0x62, 1, 0, 4, 1 }, /* *(u32 *)(r1 +4) = 1 */
	{ 0x62, 1, 0, 8, 1 }, /* *(u32 *)(r1 +8) = 1 */
	{ 0x95, 0, 0, 0, 0 }, /* exit */
};
static const struct skep_mini AIR = {
	.insns = AIR_INSNS, .insn_count = 3, .insns_max = 1000, .ctx_size = sizeof(struct reading)
};

/* One level is enough for programs without functions. */
static uint64_t stack[SKEP_MINI_STACK_BYTES(1) / sizeof(uint64_t)];
static uint8_t marks[SKEP_MINI_MARKS_BYTES(64)];

static int expect(bool so, const char *what)
{
	print(so ? "ok: " : "wrong: ");
	print(what);
	print("\n");
	return so ? 0 : 1;
}

int firmware(void (*printer)(const char *text))
{
	struct reading cold = { .tenths = 215 }, hot = { .tenths = 360 }, air = { 0, 0 };
	struct skep_mini_stop stop = { 0 };
	uint64_t r0 = 0;
	int wrong = 0;

	print = printer;
	wrong += expect(skep_mini_run_trusted(&ALARM, &cold) == 0 && cold.valve == 0,
			"the valve stays closed at 21.5 degrees");
	wrong += expect(skep_mini_run_trusted(&ALARM, &hot) == 1 && hot.valve == 1,
			"it opens at 36.0");
	hot.tenths = 310;
	wrong +=
		expect(skep_mini_check(&ALARM, marks, &stop) == 0 &&
			       skep_mini_run(&ALARM, &hot, stack, sizeof(stack), &r0, &stop) == 0 &&
			       r0 == 1,
		       "and checked, at 31.0");
	wrong += expect(((const uint64_t *)alarm_maps[0].values)[1] == 2, "it was opened twice");
	wrong += expect(skep_mini_check(&AIR, marks, &stop) == 0 &&
				skep_mini_run(&AIR, &air, stack, sizeof(stack), &r0, &stop) ==
					SKEP_EFAULT &&
				stop.insn == 1 && air.valve == 1,
			"the program from the air is stopped at its second instruction");
	print(skep_mini_run_text(stop.cause));
	print("\n");
	return wrong;
}
