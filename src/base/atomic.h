/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atomic accesses of 8 to 64 bits to memory that is otherwise plain bytes, on every machine: by its
 * own instructions where it has them for that width, else under the port's lock, so that no
 * __atomic_* library call is left undefined. What is locked at one width is only atomic against
 * accesses of the same width. Addresses must be aligned to the width.
 */
#ifndef SKEP_BASE_ATOMIC_H
#define SKEP_BASE_ATOMIC_H

#include <stdatomic.h>

#include "base/bytes.h"
#include "skep.h"

/* The lock for widths without instructions; unused, and may be empty, where all have them. */
struct skep_atomic_lock {
	const struct skep_port *port;
	uint32_t *word;
};

/* Compare-and-swap has instructions. These are compile-time constants: the branch not taken, and
 * its library calls, vanish at every optimisation level. */
#define SKEP_ATOMIC_NATIVE_32 (ATOMIC_INT_LOCK_FREE == 2)
#define SKEP_ATOMIC_NATIVE_64 (ATOMIC_LLONG_LOCK_FREE == 2)

/* Loads and stores up to 32 bits are single instructions on every machine with a C11 compiler. */
#define SKEP_ATOMIC_ACCESS(bits)                                                                   \
	static inline uint##bits##_t skep_atomic_load##bits(const void *at)                        \
	{                                                                                          \
		return atomic_load_explicit((const _Atomic uint##bits##_t *)at,                    \
					    memory_order_acquire);                                 \
	}                                                                                          \
                                                                                                   \
	static inline void skep_atomic_store##bits(void *at, uint##bits##_t value)                 \
	{                                                                                          \
		atomic_store_explicit((_Atomic uint##bits##_t *)at, value, memory_order_release);  \
	}

/* load: acquire; store: release. */
SKEP_ATOMIC_ACCESS(8)
SKEP_ATOMIC_ACCESS(16)
SKEP_ATOMIC_ACCESS(32)
#undef SKEP_ATOMIC_ACCESS

static inline uint64_t skep_atomic_load64(const struct skep_atomic_lock *lock, const void *at)
{
	uintptr_t state;
	uint64_t value;

	if (SKEP_ATOMIC_NATIVE_64)
		return atomic_load_explicit((const _Atomic uint64_t *)at, memory_order_acquire);
	state = lock->port->lock(lock->port->ctx, lock->word);
	value = skep_load64(at);
	lock->port->unlock(lock->port->ctx, lock->word, state);
	return value;
}

static inline void skep_atomic_store64(const struct skep_atomic_lock *lock, void *at,
				       uint64_t value)
{
	uintptr_t state;

	if (SKEP_ATOMIC_NATIVE_64) {
		atomic_store_explicit((_Atomic uint64_t *)at, value, memory_order_release);
		return;
	}
	state = lock->port->lock(lock->port->ctx, lock->word);
	skep_store64(at, value);
	lock->port->unlock(lock->port->ctx, lock->word, state);
}

/* Compare-and-swap: stores `next` if memory holds `wanted`. Returns what memory held; it was stored
 * if that equals `wanted`. Fully ordered. */
static inline uint32_t skep_atomic_swap32(const struct skep_atomic_lock *lock, void *at,
					  uint32_t wanted, uint32_t next)
{
	uintptr_t state;
	uint32_t found;

	if (SKEP_ATOMIC_NATIVE_32) {
		/* Out of memory, because before version 14 GCC for RV64 compares a sign-extended
		 * word with all of a register whose upper half is whatever it was (PR 114130),
		 * except after a load, and then stores nothing. */
		volatile uint32_t extended = wanted;

		found = extended;
		atomic_compare_exchange_strong((_Atomic uint32_t *)at, &found, next);
		return found;
	}
	state = lock->port->lock(lock->port->ctx, lock->word);
	found = skep_load32(at);
	if (found == wanted)
		skep_store32(at, next);
	lock->port->unlock(lock->port->ctx, lock->word, state);
	return found;
}

static inline uint64_t skep_atomic_swap64(const struct skep_atomic_lock *lock, void *at,
					  uint64_t wanted, uint64_t next)
{
	uintptr_t state;
	uint64_t found;

	if (SKEP_ATOMIC_NATIVE_64) {
		atomic_compare_exchange_strong((_Atomic uint64_t *)at, &wanted, next);
		return wanted;
	}
	state = lock->port->lock(lock->port->ctx, lock->word);
	found = skep_load64(at);
	if (found == wanted)
		skep_store64(at, next);
	lock->port->unlock(lock->port->ctx, lock->word, state);
	return found;
}

#endif
