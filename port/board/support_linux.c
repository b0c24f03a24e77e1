/* SPDX-License-Identifier: Apache-2.0 */
/* System calls by each machine's own instruction; numbers from the kernel's
 * include/uapi/asm-generic/unistd.h and, for s390, arch/s390/kernel/syscalls/syscall.tbl. */
#include "linux.h"

#if defined(__s390x__)
enum { NR_READ = 3, NR_WRITE = 4, NR_EXIT_GROUP = 248 };
#else
enum { NR_READ = 63, NR_WRITE = 64, NR_EXIT_GROUP = 94 };
#endif

#if defined(__aarch64__)
#define NUMBER   "x8"
#define ARGUMENT "x0", "x1", "x2"
#define CALL     "svc 0"
#elif defined(__riscv)
#define NUMBER   "a7"
#define ARGUMENT "a0", "a1", "a2"
#define CALL     "ecall"
#elif defined(__loongarch__)
#define NUMBER   "$r11"
#define ARGUMENT "$r4", "$r5", "$r6"
#define CALL     "syscall 0"
#elif defined(__s390x__)
#define NUMBER   "r1"
#define ARGUMENT "r2", "r3", "r4"
#define CALL     "svc 0"
#endif

#define FIRST(a, b, c)   a
#define SECOND(a, b, c)  b
#define THIRD(a, b, c)   c
#define PICK(which, ...) which(__VA_ARGS__)

static intptr_t call(intptr_t number, intptr_t a, intptr_t b, intptr_t c)
{
	register intptr_t in __asm__(NUMBER) = number;
	register intptr_t first __asm__(PICK(FIRST, ARGUMENT)) = a;
	register intptr_t second __asm__(PICK(SECOND, ARGUMENT)) = b;
	register intptr_t third __asm__(PICK(THIRD, ARGUMENT)) = c;

#if defined(__loongarch__)
	/* The kernel keeps no temporary registers there. */
	__asm__ volatile(CALL
			 : "+r"(first)
			 : "r"(in), "r"(second), "r"(third)
			 : "memory", "$r12", "$r13", "$r14", "$r15", "$r16", "$r17", "$r18", "$r19",
			   "$r20");
#else
	__asm__ volatile(CALL : "+r"(first) : "r"(in), "r"(second), "r"(third) : "memory");
#endif
	return first;
}

intptr_t skep_linux_read(int file, void *to, size_t size)
{
	return call(NR_READ, file, (intptr_t)to, (intptr_t)size);
}

intptr_t skep_linux_write(int file, const void *from, size_t size)
{
	return call(NR_WRITE, file, (intptr_t)from, (intptr_t)size);
}

void skep_linux_exit(int status)
{
	for (;;)
		call(NR_EXIT_GROUP, status, 0, 0);
}
