/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic instructions: load-acquire, store-release and read-modify-write, by the machine's own
 * instructions where it has them, else under the port's lock. */
#include "interp/atomic.h"

#include "base/atomic.h"
#include "interp/semantics.h"

static struct skep_atomic_lock lock_of(const struct skep_env *env)
{
	return (struct skep_atomic_lock){ env->port, env->atomic_word };
}

#define CASE(name, imm)                                                                            \
	case imm: return atomic_##name##_64(a, b);

/* What memory will hold, from what it holds (a), the source register (b) and, for compare and
 * exchange, r0. Of 32 bits the lower half counts: none of the operations carries downwards. */
static uint64_t atomic_result(int32_t what, bool wide, uint64_t a, uint64_t b, uint64_t r0)
{
	switch (what) {
#define ATOMIC(name, imm, text, result) CASE(name, imm)
#include "isa/atomic.def"
	case BPF_XCHG: return b;
	default: return (wide ? a == r0 : (uint32_t)a == (uint32_t)r0) ? b : a;
	}
}

/* Read-modify-write of 32 or 64 bits: tries until memory still holds what the result was computed
 * from. The register, or r0 for compare and exchange, gets what memory held. */
static void modify(int32_t what, bool wide, void *at, uint64_t *reg, uint64_t *r0,
		   const struct skep_env *env)
{
	const struct skep_atomic_lock lock = lock_of(env);
	uint64_t old, found = wide ? skep_load64(at) : skep_load32(at);

	do {
		uint64_t next;

		old = found;
		next = atomic_result(what, wide, old, *reg, *r0);
		found = wide ? skep_atomic_swap64(&lock, at, old, next)
			     : skep_atomic_swap32(&lock, at, (uint32_t)old, (uint32_t)next);
	} while (found != old);
	if (what == BPF_CMPXCHG)
		*r0 = old;
	else if ((what & BPF_FETCH) != 0)
		*reg = old;
}

static uint64_t load_acquire(uint32_t bytes, const void *at, const struct skep_env *env)
{
	const struct skep_atomic_lock lock = lock_of(env);

	switch (bytes) {
	case 1: return skep_atomic_load8(at);
	case 2: return skep_atomic_load16(at);
	case 4: return skep_atomic_load32(at);
	default: return skep_atomic_load64(&lock, at);
	}
}

static void store_release(uint32_t bytes, void *at, uint64_t value, const struct skep_env *env)
{
	const struct skep_atomic_lock lock = lock_of(env);

	switch (bytes) {
	case 1: skep_atomic_store8(at, (uint8_t)value); break;
	case 2: skep_atomic_store16(at, (uint16_t)value); break;
	case 4: skep_atomic_store32(at, (uint32_t)value); break;
	default: skep_atomic_store64(&lock, at, value); break;
	}
}

void skep_interp_atomic(int32_t what, uint32_t bytes, void *at, uint64_t *reg, uint64_t *r0,
			const struct skep_env *env)
{
	if (what == BPF_LOAD_ACQ)
		*reg = load_acquire(bytes, at, env);
	else if (what == BPF_STORE_REL)
		store_release(bytes, at, *reg, env);
	else
		modify(what, bytes == 8, at, reg, r0, env);
}
