/* SPDX-License-Identifier: Apache-2.0 */
/* A speed limiter, for embed.c. Context, section name and helper are the car maker's own. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct car {
	__u32 speed;    /* km/h */
	__s32 throttle; /* per cent */
};

static long (*car_brake)(__u64 percent) = (void *)4096;

enum action { ACTION_DRIVE, ACTION_BRAKE, ACTION_COUNT };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ACTION_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} actions SEC(".maps");

const volatile __u32 limit = 110; /* km/h */
__u32 hardest = 0;                /* braking, per cent */

SEC("car")
int limiter(struct car *car)
{
	__u32 action = car->speed > limit ? ACTION_BRAKE : ACTION_DRIVE;
	__u64 *count = bpf_map_lookup_elem(&actions, &action);
	__u32 percent;

	if (count)
		++*count;
	if (action == ACTION_DRIVE) {
		car->throttle = 30;
		return action;
	}
	percent = (car->speed - limit) * 100 / car->speed;
	if (percent > hardest)
		hardest = percent;
	car->throttle = 0;
	car_brake(percent);
	return action;
}

char _license[] SEC("license") = "Apache-2.0";
