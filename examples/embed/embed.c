/* SPDX-License-Identifier: Apache-2.0 */
#include <skep.h>
#include <stdio.h>

struct car {              /* a car maker's own context: ./embed < car.bpf.o */
	uint32_t speed;   /* km/h */
	int32_t throttle; /* per cent; programs may set it */
};
static const struct skep_ctx_field fields[] = {
	{ "speed", 0, 4, false, SKEP_FIELD_SCALAR, 0, 4 },
	{ "throttle", 4, 4, true, SKEP_FIELD_SCALAR, 4, 4 },
};
static const struct skep_prog_type type = {
	0x10000, "car", "car", sizeof(struct car), fields, 2, .groups = SKEP_GROUP_BASE
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
	static unsigned char elf[65536];
	struct skep_config config = { skep_port_posix(), complain, .log_ctx = stderr };
	struct car car = { .speed = 80 };
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct skep_var hardest;
	uint64_t r0, braked;
	uint32_t key = 1, percent;

	config.prog_types = &type, config.prog_type_count = 1;
	config.helpers = &helper, config.helper_count = 1;
	if (skep_runtime_open(&config, &runtime) < 0 ||
	    skep_object_open(runtime, elf, fread(elf, 1, sizeof(elf), stdin), "car", &object) < 0 ||
	    skep_object_load(object) < 0)
		return 1;
	for (; car.speed < 160; car.speed += 20)
		if (skep_prog_run(skep_object_prog(object, 0), &car, &r0) == 0)
			printf("%u km/h: throttle %d%%\n", car.speed, car.throttle);
	if (skep_map_lookup(skep_object_map_by_name(object, "actions"), &key, &braked) == 0 &&
	    skep_object_var_by_name(object, "hardest", &hardest) == 0 &&
	    skep_var_read(&hardest, &percent, sizeof(percent)) == 0)
		printf("braked %d times, %u%% at most\n", (int)braked, percent);
	skep_object_close(object);
	skep_runtime_close(runtime);
	return 0;
}
