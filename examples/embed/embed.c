/* SPDX-License-Identifier: Apache-2.0 */
#include "limiter.skep.h" /* skep gen skeleton car.bpf.o -n limiter; it includes skep.h */
#include <stdio.h>

static const struct skep_ctx_field fields[] = {
	/* a car maker's own context */
	{ "speed", 0, 4, false, SKEP_FIELD_SCALAR, offsetof(struct limiter__car, speed), 4 },
	{ "throttle", 4, 4, true, SKEP_FIELD_SCALAR, offsetof(struct limiter__car, throttle), 4 },
};
static const struct skep_prog_type type = {
	0x10000, "car", "car", sizeof(struct limiter__car), fields, 2, .groups = SKEP_GROUP_BASE
};

static uint64_t brake(uint64_t percent, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		      struct skep_env *env)
{
	(void)a2, (void)a3, (void)a4, (void)a5, (void)env;
	return (uint64_t)printf("brake: %d%%\n", (int)percent);
}
static const struct skep_helper helper = {
	4096, "car_brake", SKEP_RET_INTEGER, { SKEP_ARG_SCALAR }, .fn = brake
};

static void complain(void *file, const struct skep_report *report)
{
	fprintf(file, "%s\n", report->text);
}

int main(void)
{
	struct skep_config config = { skep_port_posix(), complain, .log_ctx = stderr };
	struct limiter__car car = { .speed = 80 };
	struct skep_runtime *runtime;
	struct limiter limiter;
	uint64_t r0, braked;
	uint32_t key = 1;

	config.prog_types = &type, config.prog_type_count = 1;
	config.helpers = &helper, config.helper_count = 1;
	if (skep_runtime_open(&config, &runtime) < 0 || limiter__open(&limiter, runtime) < 0)
		return 1;
	limiter.rodata->limit = 100; /* a constant from here on: the compiler knows it */
	if (limiter__load(&limiter) < 0)
		return 1;
	for (; car.speed < 160; car.speed += 20)
		if (limiter__run_limiter(&limiter, &car, &r0) == 0)
			printf("%u km/h: throttle %d%%\n", car.speed, car.throttle);
	if (skep_map_lookup(limiter.maps.actions, &key, &braked) == 0)
		printf("braked %d times, %u%% at most\n", (int)braked, limiter.bss->hardest);
	limiter__destroy(&limiter);
	skep_runtime_close(runtime);
	return 0;
}
