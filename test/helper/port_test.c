/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers that ask the port: clock, cpu, random numbers; and what a helper may ask of its run. */
#include "harness.h"
#include "helper/helpers.h"

static uint64_t clock_ns(void *ctx)
{
	return *(uint64_t *)ctx;
}

static uint32_t cpu_number(void *ctx)
{
	(void)ctx;
	return 3;
}

static uint32_t random_number(void *ctx)
{
	(void)ctx;
	return 0xfffffffe;
}

TEST(asked)
{
	uint64_t now = 0x123456789abcdef0;
	const struct skep_port port = {
		.ctx = &now,
		.clock_ns = clock_ns,
		.cpu_number = cpu_number,
		.random = random_number,
	};
	struct skep_env env = { .port = &port };

	CHECK_EQ(skep_helper_ktime_get_ns(0, 0, 0, 0, 0, &env), 0x123456789abcdef0);
	CHECK_EQ(skep_helper_get_smp_processor_id(0, 0, 0, 0, 0, &env), 3);
	CHECK_EQ(skep_helper_get_prandom_u32(0, 0, 0, 0, 0, &env), 0xfffffffe);
}

/* Without a generator the numbers differ from each other and repeat in the next run. */
TEST(absent)
{
	const struct skep_port port = { 0 };
	struct skep_env first = { .port = &port }, second = { .port = &port };
	uint64_t numbers[8];

	CHECK_EQ(skep_helper_ktime_get_ns(0, 0, 0, 0, 0, &first), 0);
	CHECK_EQ(skep_helper_get_smp_processor_id(0, 0, 0, 0, 0, &first), 0);
	for (int i = 0; i < 8; i++) {
		numbers[i] = skep_helper_get_prandom_u32(0, 0, 0, 0, 0, &first);
		CHECK(numbers[i] <= UINT32_MAX);
		for (int j = 0; j < i; j++)
			CHECK(numbers[i] != numbers[j]);
	}
	for (int i = 0; i < 8; i++)
		CHECK_EQ(skep_helper_get_prandom_u32(0, 0, 0, 0, 0, &second), numbers[i]);
}

TEST(environment)
{
	int ctx, user, runtime;
	struct skep_env env = { .ctx = &ctx,
				.user = &user,
				.runtime = (struct skep_runtime *)(void *)&runtime };

	CHECK(skep_env_ctx(&env) == &ctx);
	CHECK(skep_env_user(&env) == &user);
	CHECK(skep_env_runtime(&env) == (struct skep_runtime *)(void *)&runtime);
}

TESTS_BEGIN
T(asked)
T(absent)
T(environment)
TESTS_END
