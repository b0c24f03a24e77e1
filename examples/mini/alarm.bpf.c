/* SPDX-License-Identifier: Apache-2.0 */
/* A thermostat's alarm, for firmware.c: opens the valve above a limit and counts how often. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct reading {
	__s32 tenths; /* of a degree */
	__u32 valve;  /* 1: open; set by the program */
};

static long (*beep)(__s32 tenths_above) = (void *)4096;

enum { BELOW, ABOVE, COUNTS };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

const volatile __s32 limit = 300;

SEC("reading")
int alarm(struct reading *reading)
{
	__u32 state = reading->tenths > limit ? ABOVE : BELOW;
	__u64 *count = bpf_map_lookup_elem(&counts, &state);

	if (count)
		++*count;
	reading->valve = state;
	if (state == ABOVE)
		beep(reading->tenths - limit);
	return state;
}

char _license[] SEC("license") = "Apache-2.0";
