/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host of skep on POSIX systems with sched_getcpu(): in goes nothing, out comes the one
 * `struct skep_port` of the process, whose functions keep no state but a pool of random bytes per
 * thread.
 *
 * Code memory is writable or executable, never both: mapped writable, then sealed with mprotect().
 *
 * A cpu number is what sched_getcpu() says at that moment. Unlike in the kernel, a thread can be
 * preempted while it works on its cpu's slot of a per-CPU map, so counts there are exact only if
 * threads that run programs are bound to cpus of their own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "skep.h"

enum {
	SPINS_MAX = 128, /* before the lock's waiter gives its cpu away */
	POOL_COUNT =
		64, /* random numbers per system call: 256 bytes, the most getentropy() gives */
	BASE_BYTES = sizeof(void *),
};

/* Memory of more than malloc's alignment is cut out of a larger zeroed block, whose address is kept
 * just before: so large maps stay untouched pages until they are used. */
static void *port_alloc(void *ctx, size_t size, size_t align)
{
	uint8_t *base, *memory;

	(void)ctx;
	if (align <= alignof(max_align_t))
		return calloc(1, size);
	if (size > SIZE_MAX - align - BASE_BYTES)
		return NULL;
	base = calloc(1, size + align + BASE_BYTES);
	if (base == NULL)
		return NULL;
	memory = base + BASE_BYTES;
	memory += -(uintptr_t)memory & (align - 1);
	memcpy(memory - BASE_BYTES, &base, BASE_BYTES);
	return memory;
}

static void port_free(void *ctx, void *memory, size_t size, size_t align)
{
	(void)ctx;
	(void)size;
	if (memory != NULL && align > alignof(max_align_t))
		memcpy(&memory, (uint8_t *)memory - BASE_BYTES, BASE_BYTES);
	free(memory);
}

static void *port_code_alloc(void *ctx, size_t size)
{
	void *code = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)ctx;
	return code != MAP_FAILED ? code : NULL;
}

static int port_code_seal(void *ctx, void *code, size_t size)
{
	(void)ctx;
	__builtin___clear_cache((char *)code, (char *)code + size);
	return mprotect(code, size, PROT_READ | PROT_EXEC) == 0 ? 0 : SKEP_EPERM;
}

static void port_code_free(void *ctx, void *code, size_t size)
{
	(void)ctx;
	munmap(code, size);
}

static void port_protect(void *ctx, void *memory, size_t size, bool writable)
{
	(void)ctx;
	/* Without it constants are protected by skep's functions alone. */
	(void)mprotect(memory, size, writable ? PROT_READ | PROT_WRITE : PROT_READ);
}

static uint64_t port_clock_ns(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint32_t cpu_count(void)
{
	const long count = sysconf(_SC_NPROCESSORS_CONF);

	return count > 0 && count <= UINT32_MAX ? (uint32_t)count : 1;
}

/* Numbers may have holes; the contract is that they stay below cpu_count. */
static uint32_t port_cpu_number(void *ctx)
{
	const struct skep_port *port = ctx;
	const int cpu = sched_getcpu();

	return cpu >= 0 ? (uint32_t)cpu % port->cpu_count : 0;
}

static void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ volatile("yield");
#endif
}

static uintptr_t port_lock(void *ctx, uint32_t *word)
{
	_Atomic uint32_t *lock = (_Atomic uint32_t *)word;
	unsigned spins = 0;

	(void)ctx;
	while (atomic_exchange_explicit(lock, 1, memory_order_acquire) != 0) {
		while (atomic_load_explicit(lock, memory_order_relaxed) != 0) {
			if (++spins % SPINS_MAX == 0)
				sched_yield();
			else
				pause_cpu();
		}
	}
	return 0;
}

static void port_unlock(void *ctx, uint32_t *word, uintptr_t state)
{
	(void)ctx;
	(void)state;
	atomic_store_explicit((_Atomic uint32_t *)word, 0, memory_order_release);
}

/* The system's generator, asked once for many numbers; a child process starts with its parent's
 * pool. */
static uint32_t port_random(void *ctx)
{
	static _Thread_local uint32_t pool[POOL_COUNT];
	static _Thread_local uint32_t left;

	(void)ctx;
	if (left == 0) {
		/* Fails only where the system has no generator at all. Then the clock must do. */
		if (getentropy(pool, sizeof(pool)) != 0)
			for (uint32_t i = 0; i < POOL_COUNT; i++)
				pool[i] ^= (uint32_t)port_clock_ns(NULL) * (2654435761u + 2 * i);
		left = POOL_COUNT;
	}
	return pool[--left];
}

/* One system call per line, so that lines of several threads do not mix. */
static void port_trace(void *ctx, const char *text, size_t size)
{
	const struct iovec parts[] = {
		{ (void *)(uintptr_t)text, size },
		{ (void *)(uintptr_t) "\n", 1 },
	};
	ssize_t written;

	(void)ctx;
	do
		written = writev(STDERR_FILENO, parts, 2);
	while (written < 0 && errno == EINTR);
}

static struct skep_port posix_port = {
	.ctx = &posix_port,
	.alloc = port_alloc,
	.free = port_free,
	.code_alloc = port_code_alloc,
	.code_seal = port_code_seal,
	.code_free = port_code_free,
	.clock_ns = port_clock_ns,
	.cpu_number = port_cpu_number,
	.lock = port_lock,
	.unlock = port_unlock,
	.random = port_random,
	.trace = port_trace,
	.protect = port_protect,
};

static void ask_system(void)
{
	posix_port.cpu_count = cpu_count();
	posix_port.page_bytes = (size_t)sysconf(_SC_PAGESIZE);
}

const struct skep_port *skep_port_posix(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, ask_system);
	return &posix_port;
}
