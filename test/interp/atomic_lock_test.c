/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic accesses as machines without such instructions do them: under the port's lock, taken and
 * given back once for each. This file compiles them as such a machine would. */
#include <stdatomic.h>

#undef ATOMIC_INT_LOCK_FREE
#undef ATOMIC_LLONG_LOCK_FREE
#define ATOMIC_INT_LOCK_FREE   1
#define ATOMIC_LLONG_LOCK_FREE 1

#include "base/atomic.h"
#include "harness.h"

static unsigned taken;
static bool held, orderly = true;

static uintptr_t take(void *ctx, uint32_t *word)
{
	(void)ctx;
	orderly = orderly && !held && *word == 0;
	held = true;
	*word = 1;
	taken++;
	return 77;
}

static void give(void *ctx, uint32_t *word, uintptr_t state)
{
	(void)ctx;
	orderly = orderly && held && *word == 1 && state == 77;
	held = false;
	*word = 0;
}

static uint32_t word;
static const struct skep_port port = { .lock = take, .unlock = give };
static const struct skep_atomic_lock lock = { &port, &word };

TEST(swap_of_64_bits)
{
	uint64_t at = 5;

	taken = 0;
	CHECK_EQ(skep_atomic_swap64(&lock, &at, 4, 9), 5);
	CHECK_EQ(at, 5);
	CHECK_EQ(skep_atomic_swap64(&lock, &at, 5, 0x123456789a), 5);
	CHECK_EQ(at, 0x123456789a);
	CHECK_EQ(taken, 2);
	CHECK(orderly && !held);
}

TEST(swap_of_32_bits)
{
	uint32_t at[2] = { 5, 6 };

	taken = 0;
	CHECK_EQ(skep_atomic_swap32(&lock, &at[0], 4, 9), 5);
	CHECK_EQ(skep_atomic_swap32(&lock, &at[0], 5, 9), 5);
	CHECK_EQ(at[0], 9);
	CHECK_EQ(at[1], 6);
	CHECK_EQ(taken, 2);
	CHECK(orderly && !held);
}

TEST(loads_and_stores)
{
	uint64_t at = 0;

	taken = 0;
	skep_atomic_store64(&lock, &at, 0xfedcba9876543210);
	CHECK_EQ(skep_atomic_load64(&lock, &at), 0xfedcba9876543210);
	CHECK_EQ(taken, 2);
	skep_atomic_store32(&at, 1);
	skep_atomic_store16(&at, 2);
	skep_atomic_store8(&at, 3);
	CHECK_EQ(skep_atomic_load8(&at), 3);
	CHECK_EQ(taken, 2);
	CHECK(orderly && !held);
}

TESTS_BEGIN
T(swap_of_64_bits)
T(swap_of_32_bits)
T(loads_and_stores)
TESTS_END
