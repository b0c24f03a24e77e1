/* SPDX-License-Identifier: Apache-2.0 */
/* A program type and a helper of an embedder's own, for test/vm/embedder_test.c. */
typedef unsigned int u32;
typedef unsigned long long u64;
#define SEC(name) __attribute__((section(name), used))

struct car {
	u32 speed;
	u32 limit;
	u64 distance;
};

static long (*brake)(u32 strength) = (void *)200;
static long (*log_text)(const char *text, u32 size) = (void *)201;

u32 brakings;
const volatile u32 tolerance = 5;
u32 too_far = 7;
static u64 secret = 42;

SEC("car/cruise") int cruise(struct car *car)
{
	char text[8] = "slower";

	if (car->distance == secret)
		return too_far < 10 ? too_far : 9;
	if (car->speed <= car->limit + tolerance)
		return 0;
	brakings++;
	log_text(text, sizeof(text));
	car->speed = (u32)brake(car->speed - car->limit);
	return 1;
}

/* Refused: the limit cannot be written, and r0 of a car program is 0 to 9. */
SEC("?car/writer") int writer(struct car *car)
{
	*(volatile u32 *)&car->limit = 1;
	return 0;
}

SEC("?car/judge") int judge(struct car *car)
{
	return (int)car->speed;
}
