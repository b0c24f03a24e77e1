/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * skep: a portable eBPF runtime. This is the only public header.
 *
 * The way of the data:
 *
 *   skep_runtime_open()   a runtime from a configuration (port, tables, limits)
 *   skep_object_open()    ELF bytes -> an object whose programs, maps and variables can be looked
 *                         at and set
 *   skep_object_load()    maps made, programs linked, verified and compiled
 *   skep_prog_run()       one execution over a context
 *
 * Conventions, true of every function unless its comment says otherwise:
 *
 * - A function that can fail returns 0 or a negative `enum skep_err` (Linux's errno numbers).
 *   Opening, loading and what is set before load give the reason, as one `struct skep_report`, to
 *   the configuration's log function before they return, and so do runs of programs that
 *   were not verified; queries, other runs and map operations only return the number.
 * - Results go through the last pointer parameter, which is left untouched on failure.
 * - Pointer parameters must not be NULL.
 * - Strings and structures reached through a `const` pointer belong to the object or runtime they
 *   came from and live as long as it does. Nothing returned is to be freed by the caller, save what
 *   a function named `open` gave, which the matching `close` takes back.
 * - Different runtimes share nothing. Within one runtime, skep_prog_run(), reading and writing
 *   variables and snapshots of loaded objects, and looking up, updating, deleting and iterating in
 *   maps may be done by any number of threads at once. Everything else may not overlap with other uses
 *   of the same object (skep_runtime_open() and _close(): of the same runtime). Two threads that
 *   write one variable or value race, as in Linux.
 */
/* clang-format on */
#ifndef SKEP_H
#define SKEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SKEP_VERSION_MAJOR 0
#define SKEP_VERSION_MINOR 1
#define SKEP_VERSION_PATCH 0

struct skep_runtime;
struct skep_object;
struct skep_prog;
struct skep_map;
struct skep_btf;
struct skep_env;

/* ------------------------------------------------------------------------------------ errors */

/* Error codes: the negated errno numbers of Linux, generic to all its architectures, so that what a
 * program sees from a helper and what a host sees from a function read alike. The same rows stand
 * in src/base/err.def. */
enum skep_err {
	SKEP_OK = 0,
	SKEP_EPERM = -1,   /* the phase or a flag forbids it: frozen, read-only, not loaded yet */
	SKEP_ENOENT = -2,  /* no such key, program, map, variable or section */
	SKEP_E2BIG = -7,   /* over a limit: map full, index past the end, program too long */
	SKEP_ENOEXEC = -8, /* the bytes are not a well-formed eBPF object */
	SKEP_EAGAIN = -11, /* nothing there now; later perhaps */
	SKEP_ENOMEM = -12, /* the port gave no memory */
	SKEP_EACCES = -13, /* the verifier refused the program */
	SKEP_EFAULT = -14, /* memory or packet bytes that are not there; a program that was not
			      verified was stopped */
	SKEP_EBUSY = -16,  /* in use */
	SKEP_EEXIST = -17, /* BPF_NOEXIST and the key is there; a name twice */
	SKEP_EINVAL = -22, /* an argument has a value that it must not have */
	SKEP_ENOSPC = -28, /* the caller's buffer or a ring is too small */
	SKEP_ERANGE = -34, /* a number does not fit the type it is for */
	SKEP_EOPNOTSUPP = -95, /* Linux has it, skep does not yet; the report says what */
};

/* Name of an error code such as "ENOENT", or "E?" for a number that is none. Never NULL, static. */
const char *skep_err_name(int err);

/* What an error code means, in a few words. Never NULL, static. */
const char *skep_err_text(int err);

/* --------------------------------------------------------------------------------------- log */

enum skep_severity {
	SKEP_SEVERITY_ERROR,   /* the call that reports it fails */
	SKEP_SEVERITY_WARNING, /* it goes on, and the user would want to know */
	SKEP_SEVERITY_INFO,
};

/* One thing found. Pointers live only until the log function returns; those that do not apply are
 * NULL. */
struct skep_report {
	enum skep_severity severity;
	int err;            /* what the failing call will return; 0 for warnings and info */
	const char *object; /* name given to skep_object_open() */
	const char *prog;   /* program (or subprogram) name */
	int32_t insn; /* index of the instruction in the linked program (lddw counts two), or -1 */
	const char *disasm; /* that instruction in the kernel's syntax */
	const char *file;   /* source position from .BTF.ext */
	uint32_t line;      /* 0: unknown */
	const char *source; /* the text of that source line */
	const char *found;  /* what was found */
	const char *needed; /* what was needed instead */
	const char *advice; /* what to do */
	const char *text;   /* all of the above in one sentence, without a newline */
};

/* Receives every report. Called from the thread that makes the failing call; must not call back
 * into skep. */
typedef void (*skep_log_fn)(void *ctx, const struct skep_report *report);

/* -------------------------------------------------------------------------------------- port */

/* The host, as the core sees it. All functions get `ctx` and may be called from many threads at
 * once. Times are nanoseconds, sizes bytes.
 * Functions marked "optional" may be NULL; what then does not work is said beside them.
 * The structure and what it points to must outlive every runtime made with it. */
struct skep_port {
	void *ctx;
	/* Memory of at least `size` bytes (never 0), zeroed, aligned to `align` (a power of two),
	 * or NULL. */
	void *(*alloc)(void *ctx, size_t size, size_t align);
	/* Gives back what `alloc` gave; `size` and `align` are those of the allocation. */
	void (*free)(void *ctx, void *memory, size_t size, size_t align);
	/* Optional (then there is no JIT, and the next two are not used): writable, not executable
	 * memory for `size` bytes of code, or NULL. */
	void *(*code_alloc)(void *ctx, size_t size);
	/* Required beside code_alloc. Makes code memory executable and not writable, with
	 * instruction caches in order. 0, or negative: no. */
	int (*code_seal)(void *ctx, void *code, size_t size);
	/* Required beside code_alloc. Gives back code memory, sealed or not. */
	void (*code_free)(void *ctx, void *code, size_t size);
	/* Optional (then bpf_ktime_get_ns() is always 0): monotonic time since boot. */
	uint64_t (*clock_ns)(void *ctx);
	/* Optional (then 0): the number of the cpu that runs, below cpu_count. */
	uint32_t (*cpu_number)(void *ctx);
	/* How many cpu numbers there are; 0 counts as 1. Per-CPU maps have that many slots. */
	uint32_t cpu_count;
	/* Mutual exclusion over `word` (0 when free): other cpus, threads and interrupts that run
	 * programs wait. The core holds it for a few dozen instructions and never takes two at
	 * once. Returns what `unlock` wants back. */
	uintptr_t (*lock)(void *ctx, uint32_t *word);
	void (*unlock)(void *ctx, uint32_t *word, uintptr_t state);
	/* Optional (then a fixed sequence): a random number. */
	uint32_t (*random)(void *ctx);
	/* Optional (then dropped): one line of bpf_trace_printk(), `size` bytes without terminator.
	 */
	void (*trace)(void *ctx, const char *text, size_t size);
	/* Optional (then the host's pointers into constants can still write them): makes memory of
	 * whole pages that `alloc` gave read-only, or writable again, as far as the system lets it.
	 * Frozen data sections of loaded objects then are pages of their own, and a write to them
	 * faults. */
	void (*protect)(void *ctx, void *memory, size_t size, bool writable);
	size_t page_bytes; /* beside protect: a power of two */
};

/* The port for POSIX systems: malloc, mmap and mprotect, clock_gettime, sched_getcpu, getrandom;
 * trace lines go to stderr. Declared here for embedders; lives in libskep's hosted half and is
 * absent from freestanding builds. */
const struct skep_port *skep_port_posix(void);

/* ------------------------------------------------------------------------- contracts as data */

/* What an argument of a helper must be; the names are those of Linux (enum bpf_arg_type). */
enum skep_arg {
	SKEP_ARG_NONE,     /* no argument here, nor after */
	SKEP_ARG_ANYTHING, /* any initialised register; a scalar or a pointer, which the helper must
			      not follow */
	SKEP_ARG_SCALAR,   /* an initialised number */
	SKEP_ARG_CONST_MAP_PTR,           /* a map */
	SKEP_ARG_PTR_TO_MAP_KEY,          /* memory of the map's key size, read */
	SKEP_ARG_PTR_TO_MAP_VALUE,        /* memory of the map's value size, read */
	SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE, /* memory of the map's value size, written */
	SKEP_ARG_PTR_TO_MEM,              /* memory, read; its size is the next argument */
	SKEP_ARG_PTR_TO_MEM_OR_NULL,      /* the same; may be null when the size is 0 */
	SKEP_ARG_PTR_TO_UNINIT_MEM,       /* memory, written whole; its size is the next argument */
	SKEP_ARG_CONST_SIZE, /* size of the memory before, 1 or more; a range with bounds is enough
			      */
	SKEP_ARG_CONST_SIZE_OR_ZERO, /* size of the memory before, 0 allowed */
	SKEP_ARG_CONST_ALLOC_SIZE, /* a number known exactly: size of the memory that is returned */
	SKEP_ARG_PTR_TO_RINGBUF_MEM, /* a record of bpf_ringbuf_reserve(), which the helper takes
					back */
	SKEP_ARG_PTR_TO_CTX,         /* the program's context, unmodified */
	SKEP_ARG_PTR_TO_CTX_OR_NULL,
	SKEP_ARG_PTR_TO_MAP_VALUE_OR_NULL,   /* as PTR_TO_MAP_VALUE, or the number 0 */
	SKEP_ARG_PTR_TO_CHANGED_MEM,         /* as PTR_TO_MEM; the helper writes it too */
	SKEP_ARG_PTR_TO_CHANGED_MEM_OR_NULL, /* the same; may be null when the size is 0 */
	SKEP_ARG_PTR_TO_CHANGED_INT,         /* 4 aligned bytes, read and written */
	SKEP_ARG_PTR_TO_UNINIT_LONG,         /* 8 aligned bytes, written */
	SKEP_ARG_PTR_TO_IPHDR,               /* 20 bytes, read: struct iphdr */
	SKEP_ARG_PTR_TO_IPV6HDR,             /* 40 bytes, read: struct ipv6hdr */
	SKEP_ARG_PTR_TO_TCPHDR,              /* 20 bytes, read: struct tcphdr */
	SKEP_ARG_PTR_TO_CONST_STR,     /* text that ends with 0, in a value that cannot change */
	SKEP_ARG_PTR_TO_SOCK_COMMON,   /* a socket of any kind */
	SKEP_ARG_PTR_TO_RELEASED_SOCK, /* the same, which the helper takes back if a helper gave it
					*/
	/* What Linux has and the verifier does not model yet: programs that come to a call with
	 * one of these are SKEP_EOPNOTSUPP. */
	SKEP_ARG_UNMODELLED,
	SKEP_ARG_PTR_TO_SPIN_LOCK = SKEP_ARG_UNMODELLED,
	SKEP_ARG_PTR_TO_TIMER,
	SKEP_ARG_PTR_TO_KPTR,
	SKEP_ARG_PTR_TO_OWNED_OR_NULL,
	SKEP_ARG_PTR_TO_DYNPTR,
	SKEP_ARG_PTR_TO_UNINIT_DYNPTR,
	SKEP_ARG_PTR_TO_RELEASED_DYNPTR,
	SKEP_ARG_PTR_TO_FUNC,          /* a function of the program that the helper calls */
	SKEP_ARG_PTR_TO_STACK_OR_NULL, /* what such a function is given */
	SKEP_ARG_PTR_TO_PERCPU_VAR,    /* a variable of the kernel that every cpu has */
	/* Structures of the kernel, as its BTF describes them. */
	SKEP_ARG_PTR_TO_TASK,
	SKEP_ARG_PTR_TO_FILE,
	SKEP_ARG_PTR_TO_INODE,
	SKEP_ARG_PTR_TO_PATH,
	SKEP_ARG_PTR_TO_CGROUP,
	SKEP_ARG_PTR_TO_SEQ_FILE,
	SKEP_ARG_PTR_TO_LINUX_BINPRM,
	SKEP_ARG_PTR_TO_TCP_SOCK,
	SKEP_ARG_PTR_TO_SK_BUFF,
	SKEP_ARG_PTR_TO_XDP_BUFF,
	SKEP_ARG_COUNT
};

/* What a helper returns. */
enum skep_ret {
	SKEP_RET_VOID,                       /* nothing; r0 is unreadable after */
	SKEP_RET_INTEGER,                    /* any 64-bit number */
	SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL,   /* a value of the map in the first map argument */
	SKEP_RET_PTR_TO_RINGBUF_MEM_OR_NULL, /* a record that must be given back: size in the
						CONST_ALLOC_SIZE argument */
	SKEP_RET_SIZE_OR_ERROR,         /* a number from -4095 to the size that was given with the
					   memory in the arguments */
	SKEP_RET_PTR_TO_MAP_VALUE,      /* a value of the map in the first map argument */
	SKEP_RET_PTR_TO_SOCKET_OR_NULL, /* fields as struct bpf_sock has them */
	SKEP_RET_PTR_TO_SOCK_COMMON_OR_NULL, /* of these only what every socket has */
	SKEP_RET_PTR_TO_TCP_SOCK_OR_NULL,    /* fields as struct bpf_tcp_sock has them */
	/* What Linux has and the verifier does not model yet, as with arguments. */
	SKEP_RET_UNMODELLED,
	SKEP_RET_PTR_TO_KPTR_OR_NULL = SKEP_RET_UNMODELLED,
	SKEP_RET_PTR_TO_DYNPTR_MEM_OR_NULL,
	SKEP_RET_PTR_TO_PERCPU,
	SKEP_RET_PTR_TO_PERCPU_OR_NULL,
	/* Structures of the kernel. */
	SKEP_RET_PTR_TO_TASK,
	SKEP_RET_PTR_TO_PT_REGS,
	SKEP_RET_PTR_TO_BTF_SOCKET_OR_NULL,
	SKEP_RET_PTR_TO_BTF_TCP_SOCK_OR_NULL,
	SKEP_RET_PTR_TO_TCP6_SOCK_OR_NULL,
	SKEP_RET_PTR_TO_TCP_TIMEWAIT_SOCK_OR_NULL,
	SKEP_RET_PTR_TO_TCP_REQUEST_SOCK_OR_NULL,
	SKEP_RET_PTR_TO_UDP6_SOCK_OR_NULL,
	SKEP_RET_PTR_TO_UNIX_SOCK_OR_NULL,
	SKEP_RET_PTR_TO_MPTCP_SOCK_OR_NULL,
	SKEP_RET_COUNT
};

/* What a map kind can do: a helper names what it needs, a kind what it has, a verifier compares. */
enum skep_cap {
	SKEP_CAP_NONE = 0,
	SKEP_CAP_LOOKUP = 1u << 0,  /* from programs, by key */
	SKEP_CAP_RINGBUF = 1u << 2, /* output, reserve, submit, discard, query */
	SKEP_CAP_PROGS = 1u << 3,   /* holds programs for tail calls */
	SKEP_CAP_MAPS = 1u << 4,    /* holds maps: lookup gives a map */
	SKEP_CAP_DIRECT = 1u << 5,  /* one block of values that lddw may address (global data) */
	SKEP_CAP_PERCPU = 1u << 6,  /* a value per cpu */
	SKEP_CAP_ARRAY = 1u << 7,   /* keys are 0 to max_entries - 1, all always there */
	SKEP_CAP_UPDATE = 1u << 8,
	SKEP_CAP_DELETE = 1u << 9,
	SKEP_CAP_KEYED = SKEP_CAP_LOOKUP | SKEP_CAP_UPDATE | SKEP_CAP_DELETE,
	/* Of kinds that Linux has; the names tell which. */
	SKEP_CAP_PERF_EVENTS = 1u << 10,
	SKEP_CAP_STACKS = 1u << 11,
	SKEP_CAP_CGROUPS = 1u << 12,
	SKEP_CAP_REDIRECT = 1u << 13, /* says where XDP sends a packet */
	SKEP_CAP_PUSH = 1u << 14,
	SKEP_CAP_POP = 1u << 15,
	SKEP_CAP_SK_STORAGE = 1u << 16,
	SKEP_CAP_TASK_STORAGE = 1u << 17,
	SKEP_CAP_INODE_STORAGE = 1u << 18,
	SKEP_CAP_CGROUP_OBJECT_STORAGE = 1u << 19,
	SKEP_CAP_CGROUP_STORAGE = 1u << 20, /* of the cgroup that the program is attached to */
	SKEP_CAP_SOCKMAP = 1u << 21,
	SKEP_CAP_SOCKHASH = 1u << 22,
	SKEP_CAP_REUSEPORT = 1u << 23, /* says which socket of a group gets a packet */
	SKEP_CAP_USER_RINGBUF = 1u << 24,
	SKEP_CAP_EACH = 1u << 25,      /* programs can go through all elements */
	SKEP_CAP_SOCKS = 1u << 26,     /* lookup gives a socket */
	SKEP_CAP_READ_ONLY = 1u << 27, /* programs do not write values through pointers */
	SKEP_CAP_XSKS = 1u << 28,      /* lookup gives an AF_XDP socket */
};

/* Which helpers a program type may call: a helper is in one or more groups, a type allows some. */
enum skep_group {
	SKEP_GROUP_BASE = 1u << 0, /* every program type */
	SKEP_GROUP_XDP = 1u << 1,
	SKEP_GROUP_SKB = 1u << 2,    /* types whose context is a struct skep_skb */
	SKEP_GROUP_FILTER = 1u << 3, /* skep's own, for what classic BPF has instructions for */
	SKEP_GROUP_SKB_HEADERS = 1u << 4, /* types whose struct skep_skb has headers before data */
	SKEP_GROUP_USER = 1u << 16,       /* this and the bits up to 31 are the embedder's */
};

/* The group of one of Linux's program types by its number, 1 to 32: for helpers whose callers are
 * no other group. */
#define SKEP_GROUP_OF_TYPE(number) ((uint64_t)1 << (31 + (number)))

/* A helper's further effects. */
enum skep_helper_flag {
	SKEP_HELPER_MOVES_PACKET = 1u << 0, /* packet pointers and their checks are void after it */
	SKEP_HELPER_TAIL_CALL = 1u << 1,    /* does not return when it succeeds (bpf_tail_call) */
	SKEP_HELPER_UNPRIVILEGED = 1u << 2, /* open to programs of an unprivileged runtime too */
	SKEP_HELPER_ACQUIRES = 1u << 3,     /* what it returns must be given back */
	SKEP_HELPER_SLEEPS = 1u << 4,       /* only for programs that may sleep */
};

#define SKEP_HELPER_ARGS_MAX 5

/* A helper: a function that programs call by number. r1 to r5 arrive as a1 to a5, whatever the
 * contract uses; pointers are addresses in this process. What the contract promises (null-checked,
 * in bounds, initialised) holds when it is called from a verified program. `env` is valid only
 * during the call. Must be safe on many threads. */
typedef uint64_t (*skep_helper_fn)(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
				   struct skep_env *env);

struct skep_helper {
	uint32_t id; /* the number in the call instruction; Linux's, or one of the embedder's own */
	const char *name; /* without "bpf_" */
	enum skep_ret ret;
	enum skep_arg args[SKEP_HELPER_ARGS_MAX];
	uint64_t groups; /* SKEP_GROUP_*; 0 counts as SKEP_GROUP_BASE */
	uint32_t caps;   /* SKEP_CAP_* that the map argument's kind must have, all of them */
	uint32_t flags;  /* SKEP_HELPER_* */
	skep_helper_fn fn;
};

/* The context structure given to skep_prog_run(), inside a helper. */
void *skep_env_ctx(struct skep_env *env);

/* The runtime that runs, inside a helper. */
struct skep_runtime *skep_env_runtime(struct skep_env *env);

/* `user` of the runtime's configuration, inside a helper. */
void *skep_env_user(struct skep_env *env);

/* How a field of a context looks to the verifier. */
enum skep_field_kind {
	SKEP_FIELD_SCALAR,   /* a number */
	SKEP_FIELD_PKT,      /* start of packet data (xdp_md.data) */
	SKEP_FIELD_PKT_END,  /* end of packet data */
	SKEP_FIELD_PKT_META, /* start of metadata before the packet */
	SKEP_FIELD_PARTS,    /* a number of which aligned parts may be read too (in Linux "narrow
				loads"): 1, 2 or 4 bytes at their place in memory */
	SKEP_FIELD_BYTES,    /* plain memory: any 1, 2, 4 or 8 bytes of it, aligned to their size */
	SKEP_FIELD_SOCK_COMMON_OR_NULL, /* a socket, with what every socket has */
	SKEP_FIELD_SOCKET_OR_NULL,      /* a full socket */
	SKEP_FIELD_SOCKET,
	SKEP_FIELD_KERNEL, /* a pointer to a structure of the kernel */
	SKEP_FIELD_KERNEL_OR_NULL,
	SKEP_FIELD_COUNT
};

/* One field of a context, as programs see it and as it is in memory. Programs must access a field
 * with its own size and offset, unless its kind says otherwise. Equal offsets and sizes on both
 * sides mean that no rewriting is needed. */
struct skep_ctx_field {
	const char *name;
	uint16_t offset; /* as the program sees it, bytes */
	uint16_t size;   /* 1, 2, 4 or 8; SKEP_FIELD_BYTES: any */
	bool writable;   /* numbers, which are written whole, and plain memory */
	enum skep_field_kind kind;
	uint16_t real_offset; /* in the structure that skep_prog_run() gets */
	uint16_t real_size;   /* for SKEP_FIELD_PKT*: sizeof(void *) */
};

/* A program type: what its context is and what its programs may do. */
struct skep_prog_type {
	uint32_t type; /* Linux's enum bpf_prog_type, or 0x10000 and above for the embedder's own */
	const char *name;    /* as in BPF_PROG_TYPE_..., small letters */
	const char *section; /* an embedder's own section name or prefix before '/'; NULL for
				Linux's types */
	uint32_t ctx_size;   /* size as programs see it, bytes */
	const struct skep_ctx_field *fields;
	uint32_t field_count;
	uint64_t groups;  /* SKEP_GROUP_* of the helpers allowed, SKEP_GROUP_BASE included where
			     wanted */
	bool ret_checked; /* r0 at exit must be a number in [ret_min, ret_max] */
	int64_t ret_min, ret_max;
	bool packet_writable; /* stores through packet pointers are allowed */
	bool unprivileged;    /* open to an unprivileged runtime (struct skep_config) too */
	/* Optional: says whether a context given to skep_prog_run() is sound; 0 or a negative enum
	 * skep_err. */
	int (*check_ctx)(const void *ctx);
	/* Optional (then programs of this type may not use the packet loads BPF_ABS and BPF_IND):
	 * the value of the `size` (1, 2 or 4) bytes of the packet at `offset`, the first byte the
	 * most significant, or negative if they are not all there. Linux gives some negative
	 * offsets a meaning of their own. */
	int64_t (*packet_load)(const void *ctx, int32_t offset, uint32_t size);
};

/* What defines a map, as in `struct bpf_map_create_opts` of Linux. Sizes in bytes. */
struct skep_map_def {
	uint32_t type; /* Linux's enum bpf_map_type, or 0x10000 and above for the embedder's own */
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags; /* Linux's BPF_F_* */
	uint32_t numa_node;
	uint32_t pinning; /* 0 none, 1 by name */
	uint64_t extra;   /* map_extra */
};

/* What a kind can answer to: a table of functions over a map's own state. Keys and values are as
 * large as the definition says. Any function but create and destroy may be NULL: then the operation
 * gives SKEP_EOPNOTSUPP. All but create and destroy may run on many threads at once. Flags are
 * Linux's BPF_ANY (0), BPF_NOEXIST (1) and BPF_EXIST (2). Errors are Linux's for the same case. */
struct skep_map_ops {
	/* Checks `skep_map_def(map)` and makes the state, kept with skep_map_set_state(). */
	int (*create)(struct skep_map *map);
	void (*destroy)(struct skep_map *map);
	/* The value's address for this cpu, or NULL. Programs' lookup. The address is the element's
	 * until it is deleted; programs that hold it use it until their run ends, so the memory
	 * stays memory of values as long as any that could hold it runs. */
	void *(*lookup)(struct skep_map *map, const void *key);
	int (*update)(struct skep_map *map, const void *key, const void *value, uint64_t flags);
	int (*erase)(struct skep_map *map, const void *key);
	/* The key after `key` in iteration order (the first, if `key` is NULL or gone); SKEP_ENOENT
	 * at the end. */
	int (*next_key)(struct skep_map *map, const void *key, void *next);
	/* The host's lookup and update where the value differs from the programs' (a value per cpu,
	 * each rounded up to 8 bytes, one after the other). NULL: lookup and update serve. */
	int (*read)(struct skep_map *map, const void *key, void *values);
	int (*write)(struct skep_map *map, const void *key, const void *values, uint64_t flags);
	/* For SKEP_CAP_DIRECT: address of the value block, and its size. */
	void *(*direct)(struct skep_map *map, size_t *size);
	/* For SKEP_CAP_RINGBUF: room for a record of `size` bytes, or NULL when there is none;
	 * submits or (`discard`) drops one; a figure of Linux's bpf_ringbuf_query(); and the host's
	 * skep_ringbuf_consume(). */
	void *(*reserve)(struct skep_map *map, uint64_t size);
	void (*commit)(struct skep_map *map, void *record, uint64_t flags, bool discard);
	uint64_t (*query)(struct skep_map *map, uint64_t what);
	int64_t (*consume)(struct skep_map *map,
			   int (*fn)(void *ctx, const void *record, size_t size), void *ctx);
};

struct skep_map_kind {
	uint32_t type;
	const char *name; /* as in BPF_MAP_TYPE_..., small letters */
	uint32_t caps;    /* SKEP_CAP_* */
	const struct skep_map_ops *ops;
};

/* For map kinds: the state kept between calls, the definition and the runtime's port. */
void *skep_map_state(const struct skep_map *map);
void skep_map_set_state(struct skep_map *map, void *state);
const struct skep_map_def *skep_map_def(const struct skep_map *map);
const struct skep_port *skep_map_port(const struct skep_map *map);

/* Reports why a map cannot be made (error, one sentence of what was found and one of what is
 * needed) and returns `err`. For use in a kind's create(). */
int skep_map_refuse(struct skep_map *map, int err, const char *found, const char *needed);

/* ----------------------------------------------------------------------------------- runtime */

/* Upper bounds, each checked before anything is allocated for it. 0 means the default. */
struct skep_limits {
	uint32_t insns_max;        /* instructions in one linked program; default 1,000,000 */
	uint32_t progs_max;        /* programs in one object; default 4,096 */
	uint32_t maps_max;         /* maps in one object; default 4,096 */
	uint64_t map_bytes_max;    /* memory of one map; default 4 GiB, or all that size_t counts */
	uint32_t object_bytes_max; /* size of an object file; default 256 MiB */
	uint32_t verify_insns_max; /* instructions the verifier walks through; default 1,000,000, as
				      Linux */
	uint64_t verify_bytes_max; /* memory the verifier may use; default 256 MiB */
	uint32_t run_insns_max; /* instructions that one run of an unverified program executes, in
				   its tail calls too; default 1,000,000 */
};

enum skep_engine {
	SKEP_ENGINE_AUTO, /* JIT where the port has code memory and the machine a backend, else the
			     interpreter */
	SKEP_ENGINE_INTERP,
	SKEP_ENGINE_JIT, /* an error where there is none */
};

struct skep_config {
	const struct skep_port *port; /* required */
	skep_log_fn log;              /* optional */
	void *log_ctx;
	void *user; /* for skep_env_user() */
	enum skep_engine engine;
	/* Programs are not verified. They run in the checked execution, an interpreter that checks
	 * every access, every argument of a helper, call depth and limits.run_insns_max: whatever
	 * their bytes, a run ends, with a result or with the error of what it was stopped in, and
	 * touches nothing that is not the program's. Only the structure of instructions is
	 * checked before. Not with SKEP_ENGINE_JIT nor with `unprivileged` (SKEP_EINVAL). */
	bool unverified;
	struct skep_limits limits;
	/* Programs are held to what Linux allows users without CAP_BPF and CAP_PERFMON: types and
	 * helpers that are open to them, 4,096 instructions, no loops, no functions, and no way to
	 * learn an address. doc/DIFFERENCES.md says what of it skep does not do. */
	bool unprivileged;
	/* Types of the system that programs run on, for objects with CO-RE relocations: a kernel's,
	 * or those of the embedder's own structures (`skep gen btf`). It must outlive the objects'
	 * opening only. NULL: programs that need it can be looked at and are refused when loaded.
	 */
	const struct skep_btf *target_btf;
	/* For externs in .kconfig: text of a kernel configuration (lines CONFIG_X=y), in which
	 * LINUX_KERNEL_VERSION, LINUX_HAS_BPF_COOKIE and LINUX_HAS_SYSCALL_WRAPPER may stand as
	 * well. The first line for a name counts. Read when objects are opened. NULL: none. */
	const char *kconfig;
	size_t kconfig_size;
	const char *kconfig_name; /* where it is from, for messages; or NULL */
	/* For externs in .ksyms: the address of a symbol; false: there is none of that name.
	 * Optional (then there are no symbols). */
	bool (*ksym)(void *user, const char *name, uint64_t *address);
	const char *ksym_name; /* where symbols are from, for messages; or NULL */
	/* What assembly and messages call helpers that the runtime does not have, such as
	 * skep_helper_name; NULL: by their number, which saves firmware a table of names. */
	const char *(*helper_name)(uint32_t id);
	bool keep_facts; /* for skep_prog_fact(): some 300 bytes per instruction */
	bool keep_clues; /* for skep_prog_clue() */
	/* The embedder's own tables; they must outlive the runtime. A row whose number is taken is
	 * SKEP_EEXIST. */
	const struct skep_helper *helpers;
	uint32_t helper_count;
	const struct skep_prog_type *prog_types;
	uint32_t prog_type_count;
	const struct skep_map_kind *map_kinds;
	uint32_t map_kind_count;
};

/* Makes a runtime. The configuration is copied, what it points to is not.
 * SKEP_EINVAL: no port, a function missing in it, or a row that contradicts itself; SKEP_EEXIST: a
 * number twice; SKEP_EOPNOTSUPP: SKEP_ENGINE_JIT where there is no JIT; SKEP_ENOMEM. */
int skep_runtime_open(const struct skep_config *config, struct skep_runtime **out);

/* Frees a runtime. Every object of it must have been closed. NULL is allowed. */
void skep_runtime_close(struct skep_runtime *runtime);

/* The engine that programs of this runtime will run on: never AUTO. */
enum skep_engine skep_runtime_engine(const struct skep_runtime *runtime);

/* The rows a runtime knows, its own first: the index-th, or NULL past the end. Constant time. */
const struct skep_helper *skep_runtime_helper(const struct skep_runtime *runtime, uint32_t index);
const struct skep_map_kind *skep_runtime_map_kind(const struct skep_runtime *runtime,
						  uint32_t index);
const struct skep_prog_type *skep_runtime_prog_type(const struct skep_runtime *runtime,
						    uint32_t index);

/* Name of Linux's program or map type such as "xdp" or "hash", whether or not skep runs it; NULL:
 * no such type. */
const char *skep_prog_type_name(uint32_t type);
const char *skep_map_type_name(uint32_t type);
/* The same for Linux's helpers, without "bpf_": for skep_config.helper_name. */
const char *skep_helper_name(uint32_t id);
/* The number of Linux's program type of that name, or 0 (BPF_PROG_TYPE_UNSPEC). */
uint32_t skep_prog_type_by_name(const char *name);

/* The index-th JIT backend this library was built with: its name and whether it makes code for the
 * machine that runs. SKEP_ENOENT past the end. */
int skep_backend_info(uint32_t index, const char **name, bool *native);

/* ------------------------------------------------------------------------------------ object */

/* Reads an eBPF object (ELF64, EM_BPF, either byte order). `bytes` is copied as far as needed and
 * may be freed after the call; nothing in it is trusted. `name` is for messages and for the names
 * of data maps (as libbpf makes them). SKEP_ENOEXEC: not an eBPF object or a malformed one;
 * SKEP_E2BIG: over a limit; SKEP_EOPNOTSUPP: a form of ELF or BTF that skep does not read yet;
 * SKEP_ENOMEM. */
int skep_object_open(struct skep_runtime *runtime, const void *bytes, size_t size, const char *name,
		     struct skep_object **out);

/* One instruction of classic BPF in the host's byte order: Linux's struct sock_filter, libpcap's
 * struct bpf_insn. */
struct skep_classic_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

/* Whose meaning a classic filter has. They differ at edges only. */
enum skep_classic_dialect {
	/* As SO_ATTACH_FILTER takes it; refused is what Linux refuses. */
	SKEP_CLASSIC_LINUX,
	/* As libpcap's bpf_filter() runs it: no offset below 0 means anything, sums of offsets do
	 * not wrap around, shifts by 32 and more give 0, scratch memory is 0 at first, and BPF_JA
	 * may jump back (which libpcap makes of `protochain`), at most 256 times in a run, at whose
	 * end the filter returns 0. In loops sums of offsets do wrap around. */
	SKEP_CLASSIC_LIBPCAP,
};

/* Makes an object of one program, of type socket_filter, out of a classic BPF filter. Run over a
 * struct skep_skb it returns how many bytes of the packet to keep, 0 to drop it. `name` is for
 * messages and names the program. The object is then loaded, looked at and closed like any other;
 * its instructions are those of the translation. `insns` is not kept. SKEP_EINVAL: no such filter,
 * reported with the index of the classic instruction; SKEP_E2BIG: over a limit; SKEP_ENOMEM. */
int skep_object_open_classic(struct skep_runtime *runtime, const struct skep_classic_insn *insns,
			     uint32_t count, enum skep_classic_dialect dialect, const char *name,
			     struct skep_object **out);

/* What objects ask of the system that they are for. */
enum skep_needs {
	SKEP_NEEDS_TYPES = 1u << 0,   /* skep_config.target_btf: they have CO-RE relocations */
	SKEP_NEEDS_CONFIG = 1u << 1,  /* skep_config.kconfig: externs in .kconfig */
	SKEP_NEEDS_SYMBOLS = 1u << 2, /* skep_config.ksym: externs in .ksyms */
};

/* What an object asks for, as SKEP_NEEDS_*, whether it was opened with that or without. */
uint32_t skep_object_needs(const struct skep_object *object);

/* Makes the maps, links, verifies and, with the JIT, compiles every program with autoload set. Once
 * only. SKEP_EACCES: the verifier refused a program. SKEP_EOPNOTSUPP: a program's type, a map's
 * kind or a relocation is not run by skep yet. SKEP_EPERM: loaded before. After a failure the
 * object can be looked at and closed, not loaded again, and none of its programs runs. */
int skep_object_load(struct skep_object *object);

/* Before load: verifies one program, autoload or not, by the definitions of its maps alone. Nothing
 * is made, so kinds of maps, helpers and program types that skep does not run are no obstacle, and
 * neither is max_entries of 0: all that Linux has is known by its contract. What
 * skep_prog_info(), skep_prog_fact(), skep_prog_reached() and skep_prog_clue() say is then of this
 * verification, until the object is loaded. May be called again, after variables were set, for
 * example. SKEP_EACCES: refused; SKEP_E2BIG: a limit; SKEP_EOPNOTSUPP: it uses what cannot be
 * verified yet; SKEP_EPERM: the object is loaded, or the runtime is one with `unverified`. */
int skep_prog_verify(struct skep_prog *prog);

/* Frees an object with its programs and maps. None of its programs may be running. NULL is allowed.
 */
void skep_object_close(struct skep_object *object);

/* The name given to skep_object_open(). */
const char *skep_object_name(const struct skep_object *object);
/* Text of the license section, or NULL. */
const char *skep_object_license(const struct skep_object *object);
/* Number in the version section, in which objects for Linux before 5.0 name their kernel as
 * LINUX_VERSION_CODE; skep does not use it. 0: there is none. */
uint32_t skep_object_version(const struct skep_object *object);
/* Whether it was compiled for machines whose most significant byte comes first. */
bool skep_object_is_big_endian(const struct skep_object *object);
/* The object's BTF, or NULL if it has none. */
const struct skep_btf *skep_object_btf(const struct skep_object *object);

/* The index-th program or map in file order, NULL past the end; or by name, NULL if there is none.
 * Maps of data sections come after those that are defined; they are named as libbpf names them, and
 * are also found by their section's name (".bss"). Last come the templates of inner maps, named
 * "OUTER.inner", which say what a map in a map is like and are never loaded themselves. */
struct skep_prog *skep_object_prog(const struct skep_object *object, uint32_t index);
struct skep_prog *skep_object_prog_by_name(const struct skep_object *object, const char *name);
struct skep_map *skep_object_map(const struct skep_object *object, uint32_t index);
struct skep_map *skep_object_map_by_name(const struct skep_object *object, const char *name);

/* A data section of an object. */
struct skep_data {
	const char *section; /* ".data", ".rodata.str", ... */
	/* As they are now: before load, as they will begin. Aligned to 8, in whole words of 8
	 * bytes; load moves them. */
	const void *bytes;
	size_t size;
};

/* The data section that the index-th map is made of. SKEP_ENOENT: it is made of none, or there is
 * no such map. */
int skep_object_data(const struct skep_object *object, uint32_t index, struct skep_data *out);

/* ----------------------------------------------------------------------------------- program */

/* One eBPF instruction in the host's byte order, the fields of RFC 9669 section 3.1. */
struct skep_insn {
	uint8_t code;
	uint8_t dst_reg : 4;
	uint8_t src_reg : 4;
	int16_t off;
	int32_t imm;
};

struct skep_prog_info {
	const char *name;
	const char *section;
	uint32_t type; /* Linux's number or the embedder's; 0: the section name says nothing */
	uint32_t insn_count; /* of the program with its functions linked, in 8-byte units */
	bool loaded;
	/* After load: */
	uint32_t verified_insns;  /* instructions the verifier walked through */
	uint32_t verified_states; /* states it kept */
	uint32_t stack_bytes;     /* deepest stack over all frames */
	uint32_t subprog_count;
	uint64_t verify_ns;  /* by the port's clock */
	uint64_t compile_ns; /* 0: interpreted */
	uint32_t code_bytes; /* machine code, 0: interpreted */
};

/* What is known of a program, now. Never fails. */
void skep_prog_info(const struct skep_prog *prog, struct skep_prog_info *out);

/* Before load: sets the program type, for objects whose section names do not tell. SKEP_EPERM after
 * load. */
int skep_prog_set_type(struct skep_prog *prog, uint32_t type);

/* Before load: whether skep_object_load() takes this program; at first true unless the section name
 * begins with '?'. */
int skep_prog_set_autoload(struct skep_prog *prog, bool autoload);

/* The index-th instruction of the linked program, as the verifier sees it: its own function first,
 * then those it calls. SKEP_ENOENT past the end. */
int skep_prog_insn(const struct skep_prog *prog, uint32_t index, struct skep_insn *out);

/* Writes the instruction at `index` in the kernel's syntax, with names of maps, helpers and
 * subprograms where known, as a terminated string cut at `size`. `slots` becomes 2 for lddw,
 * else 1. SKEP_ENOENT past the end. */
int skep_prog_disasm(const struct skep_prog *prog, uint32_t index, char *text, size_t size,
		     uint32_t *slots);

struct skep_line {
	const char *file;
	const char *source; /* the text of the line; NULL if the object does not carry it */
	uint32_t line, column;
};

/* Source position of the instruction at `index`, from .BTF.ext. SKEP_ENOENT: not known. */
int skep_prog_line(const struct skep_prog *prog, uint32_t index, struct skep_line *out);

/* Name of the function that begins at `index`, or NULL. */
const char *skep_prog_function_at(const struct skep_prog *prog, uint32_t index);

/* What a name in assembly text is for. */
enum skep_asm_name {
	SKEP_ASM_MAP,      /* map[name], map_value[name], map_idx[name], map_idx_value[name] */
	SKEP_ASM_FUNCTION, /* call name, function[name] */
};

/* Names that assembly text may use beside its own labels and the runtime's helpers. Both functions
 * are optional; names are not terminated. */
struct skep_asm_names {
	void *ctx;
	/* Gives the immediate of the instruction at index `insn`: the map's number, or how many
	 * instructions after the next one the function begins. False: there is no such name. */
	bool (*find)(void *ctx, enum skep_asm_name what, const char *name, size_t size,
		     uint32_t insn, int32_t *out);
	/* Is told of every label, in the text's order, with the index of the instruction after it.
	 */
	void (*label)(void *ctx, const char *name, size_t size, uint32_t insn);
};

/* Assembles `size` bytes of text in the syntax that skep_prog_disasm() writes (doc/ISA.md): one
 * instruction a line or several with ';' between them, `name:` for labels, comments from '#' or
 * '//' on. Writes at most `capacity` instructions to `out`, whatever the result, and how many there
 * are to `count`. `names` may be NULL. SKEP_EINVAL: reported with line and column; SKEP_ENOMEM. */
int skep_assemble(struct skep_runtime *runtime, const char *text, size_t size,
		  const struct skep_asm_names *names, struct skep_insn *out, uint32_t capacity,
		  uint32_t *count);

/* Machine code of a compiled program, NULL when interpreted. */
const void *skep_prog_code(const struct skep_prog *prog, size_t *size);

/* What a register holds. */
enum skep_value_kind {
	SKEP_VALUE_NONE, /* nothing that is read again: never written, destroyed, or dead */
	SKEP_VALUE_NUMBER,
	/* Pointers: */
	SKEP_VALUE_CTX,
	SKEP_VALUE_PKT,      /* into packet data */
	SKEP_VALUE_PKT_META, /* into the metadata before it */
	SKEP_VALUE_PKT_END,  /* to where packet data ends */
	SKEP_VALUE_STACK,
	SKEP_VALUE_MAP,       /* a map as such */
	SKEP_VALUE_MAP_VALUE, /* into a value of a map */
	SKEP_VALUE_RECORD,    /* into memory reserved in a ring buffer */
	SKEP_VALUE_FUNC,      /* a function of the program */
	SKEP_VALUE_SOCK,      /* a socket of the kernel */
	SKEP_VALUE_KERNEL,    /* into a structure of the kernel */
	SKEP_VALUE_ANY,       /* not of one kind on every path, or unknown */
};

/* `map` and `frames_up` where they are not the same on every path. */
#define SKEP_FACT_VARIES UINT32_MAX

/* What the verifier proved of a register before an instruction: true of every run that comes
 * there. A number, or how far a pointer is from where its memory begins (stack: from r10), lies
 * within both pairs of bounds, and where `unknown` has a 0 its bit is that of `bits`. Of
 * SKEP_VALUE_NONE and _ANY nothing is said. */
struct skep_fact {
	enum skep_value_kind kind;
	bool read;          /* the instruction reads the register */
	bool maybe_null;    /* pointers: can be the number 0 instead */
	uint32_t frames_up; /* STACK: whose; 0 is the function that runs, 1 its caller, ... */
	uint32_t map;       /* MAP, MAP_VALUE: index, for skep_object_map() */
	/* MAP_VALUE, RECORD: bytes of all of it. PKT, PKT_META: bytes that are there from where the
	 * pointer points on. At least. */
	uint32_t size;
	uint64_t umin, umax;
	int64_t smin, smax;
	uint64_t bits, unknown;
};

/* After load with skep_config.keep_facts: what is known of register `reg` (0 to 9) before the
 * instruction at `index`. SKEP_ENOENT: there is no such register or instruction (the second half
 * of lddw is none), or no run comes to it; SKEP_EPERM: not loaded, or no facts were kept. */
int skep_prog_fact(const struct skep_prog *prog, uint32_t index, uint32_t reg,
		   struct skep_fact *out);

/* Writes a fact of this program as words such as "[0, 255]" or "value of counts +8", as a
 * terminated string cut at `size`, which is at least 1. */
void skep_prog_fact_text(const struct skep_prog *prog, const struct skep_fact *fact, char *text,
			 size_t size);

/* After load: whether some run may come to the instruction at `index`. False also for the second
 * half of lddw, past the end, and for programs that are not loaded. */
bool skep_prog_reached(const struct skep_prog *prog, uint32_t index);

/* What happens on the path to a refused instruction. */
enum skep_clue_kind {
	SKEP_CLUE_JUMPS,   /* its condition is true, and it jumps */
	SKEP_CLUE_GOES_ON, /* its condition is false */
	SKEP_CLUE_CALLS,   /* calls a function of the program */
	SKEP_CLUE_RETURNS, /* ends a function: exit, a tail call, or an old packet load that failed
			    */
	SKEP_CLUE_MAKES,   /* makes the value of `reg`, or a part of it, that was then refused */
	SKEP_CLUE_STORES,  /* puts that value, from `reg` or as an immediate, on the stack */
	SKEP_CLUE_LOSES,   /* a call, after which nothing is left in `reg` */
	SKEP_CLUE_REFUSED, /* the last: `reg` is what it was refused for */
};

/* `reg` of clues that are about none. */
#define SKEP_CLUE_NO_REG UINT32_MAX

struct skep_clue {
	enum skep_clue_kind kind;
	uint32_t insn;
	uint32_t reg;
	uint32_t times; /* how often the path came here; of what it did in earlier turns of a loop
			   only MAKES, STORES and LOSES are kept */
};

/* After a load that failed, with skep_config.keep_clues: the index-th clue to why the verifier
 * refused this program, in the order of the path from its first instruction to the refused one.
 * SKEP_ENOENT: past the end; there are none for programs that were not refused, or not for what
 * they do on some path. */
int skep_prog_clue(const struct skep_prog *prog, uint32_t index, struct skep_clue *out);

/* Runs a loaded program over `ctx`, a structure of the kind its type says (struct skep_xdp for
 * XDP), and gives r0. `ctx` may be NULL for types whose programs see no context (ctx_size is 0)
 * alone. Safe on many threads at once as long as each has its own context. Never blocks; time is
 * bounded by what the verifier walked through times the tail calls. SKEP_EPERM: not loaded;
 * SKEP_EINVAL: there is no context, or it is not sound. Of runtimes with `unverified` also, each
 * reported to the log with the instruction: SKEP_EFAULT: stopped in what it must not do;
 * SKEP_E2BIG: stopped at limits.run_insns_max, at more than 8 functions inside each other or at
 * more than 16 ring buffer records; what it wrote until then stays written, and records it held
 * are discarded. */
int skep_prog_run(const struct skep_prog *prog, void *ctx, uint64_t *r0);

/* The context of XDP programs: they see `struct xdp_md` of Linux, this is what stands behind it.
 * data_hard_start <= data_meta <= data <= data_end <= frame_end, all in one buffer of the caller.
 * bpf_xdp_adjust_head(), _tail() and _meta() move the pointers, which the caller reads after the
 * run. */
struct skep_xdp {
	uint8_t *data_hard_start;
	uint8_t *data_meta; /* equal to data: no metadata */
	uint8_t *data;
	uint8_t *data_end;
	uint8_t *frame_end;
	uint32_t ingress_ifindex;
	uint32_t rx_queue_index;
	uint32_t egress_ifindex;
};

/* The context of socket filters: they see `struct __sk_buff` of Linux, this is what stands behind
 * it. Packet loads and bpf_skb_load_bytes() read from one piece of memory of the caller: from
 * `data`, or from a header that Linux's negative offsets name, to data_end. Numbers are those of
 * Linux's fields; all may be 0. */
struct skep_skb {
	uint8_t *data; /* offset 0 of packet loads: where the socket's packets begin */
	uint8_t *data_end;
	uint8_t *mac_header;     /* SKF_LL_OFF, at or before data_end; NULL: there is none */
	uint8_t *network_header; /* SKF_NET_OFF, the same */
	uint32_t cb[5];          /* the program's own; it may write it */
	uint32_t len;            /* of the packet; more than data has where it was cut */
	uint32_t pkt_type;       /* PACKET_HOST and the like */
	uint32_t mark;
	uint32_t queue_mapping;
	uint32_t protocol;     /* EtherType, in network byte order */
	uint32_t vlan_present; /* 1: the packet had a tag that is no longer in data */
	uint32_t vlan_tci;
	uint32_t vlan_proto; /* EtherType of the tag, in network byte order */
	uint32_t priority;
	uint32_t ingress_ifindex;
	uint32_t ifindex; /* 0: no device */
	uint32_t tc_index;
	uint32_t hash;
	uint32_t napi_id;
	uint32_t gso_segs;
	uint32_t gso_size;
	uint32_t dev_type; /* of the device, ARPHRD_*: what classic filters load as SKF_AD_HATYPE */
};

/* -------------------------------------------------------------------------------------- maps */

/* The map's name in the object. */
const char *skep_map_name(const struct skep_map *map);
const struct skep_map_kind *skep_map_kind(
	const struct skep_map *map); /* NULL: not a kind skep has */
/* True once skep_object_load() made it. */
bool skep_map_loaded(const struct skep_map *map);
/* True for .rodata and the like: neither programs nor the host can write it. */
bool skep_map_frozen(const struct skep_map *map);
/* BTF type ids of key and value, 0 where the object does not say. */
uint32_t skep_map_key_type(const struct skep_map *map);
uint32_t skep_map_value_type(const struct skep_map *map);
/* Before load: sets max_entries (for definitions that leave it 0). SKEP_EPERM after load. */
int skep_map_set_max_entries(struct skep_map *map, uint32_t max_entries);

/* Bytes that skep_map_lookup() writes: the value size, or for per-CPU kinds it rounded up to 8
 * times the cpus. */
size_t skep_map_read_size(const struct skep_map *map);

/* The host's view of a map, the meaning of Linux's bpf(2) commands: values are copied. `key` and
 * `value` have the definition's sizes (for per-CPU kinds `value` has skep_map_read_size()).
 * SKEP_EPERM: not loaded, frozen, or its flags forbid it to the host (BPF_F_RDONLY, BPF_F_WRONLY).
 * SKEP_ENOENT, SKEP_EEXIST, SKEP_E2BIG, SKEP_EINVAL as in Linux; SKEP_EOPNOTSUPP: the kind does
 * not have the operation. */
int skep_map_lookup(struct skep_map *map, const void *key, void *value);
int skep_map_update(struct skep_map *map, const void *key, const void *value, uint64_t flags);
int skep_map_delete(struct skep_map *map, const void *key);
/* The first key if `key` is NULL. SKEP_ENOENT: that was the last. */
int skep_map_next_key(struct skep_map *map, const void *key, void *next);

/* Takes one record after the other from a ring buffer and gives it to `fn` until there is none
 * left, or `fn` returns other than 0. Returns how many were taken, or SKEP_EPERM (not
 * loaded) or SKEP_EOPNOTSUPP (no ring buffer). A record is valid during the call only, in which
 * `fn` may use other maps but not this one. One consumer at a time. */
typedef int (*skep_ringbuf_fn)(void *ctx, const void *record, size_t size);
int64_t skep_ringbuf_consume(struct skep_map *map, skep_ringbuf_fn fn, void *ctx);

/* Puts `prog` into a slot of a prog_array (NULL: empties it). Both of one object and loaded; as in
 * Linux all programs of an array are of one type. SKEP_EINVAL: they are not; SKEP_E2BIG: past the
 * end. */
int skep_map_set_prog(struct skep_map *map, uint32_t index, const struct skep_prog *prog);

/* --------------------------------------------------------------------------------- variables */

/*
 * The variables of an object, in three phases:
 *
 *   before load   what is read and written is the initial value, a copy of the object's own
 *   loaded        programs and host share one memory: skep_map_memory() gives its address, and
 *                 from then on a variable is a C object that the host loads from and stores to
 *   frozen        .rodata, where `const` and `const volatile` variables are: the verifier took
 *                 their values for constants when the object was loaded, so nobody writes them
 *
 * Sizes, signs and byte order are the object's: those of BTF, not of the host's C types. On 32-bit
 * hosts too a `long` of a program has 64 bits and a pointer takes 8 bytes.
 *
 * Memory of loaded data sections begins at a multiple of 64 bytes, so that what the program aligned
 * to a cache line of 64 has one to itself, and nothing else of the process lies in the last line.
 * Frozen ones are pages of their own where the port can protect pages, and a write to them faults.
 * Variables of up to a word that are aligned to their size are never seen half written, by
 * skep_var_read() and _write() neither.
 */

/* A global variable of an object, or a piece of one. */
struct skep_var {
	const char *name; /* as its symbol is named: "fn.n" for `n` of function fn() with clang */
	const char *section; /* ".bss", ".data", ".rodata", ... */
	struct skep_map *map;
	uint32_t offset;     /* in the section */
	uint32_t size;       /* of a bit-field: of the bytes that it lies in */
	uint32_t type;       /* BTF id, 0 unknown */
	uint32_t bit_offset; /* of a bit-field: from the byte at `offset`, as BTF counts: from the
				least significant bit on in little-endian objects, from the most
				significant bit on in others */
	uint32_t bit_size;   /* of a bit-field, else 0 */
	bool read_only;      /* frozen once loaded */
	bool is_static, is_weak, is_hidden;
	const char *file; /* of a static variable: the source file's name; NULL: not known */
	const struct skep_object *object;
};

/* The index-th variable. SKEP_ENOENT. */
int skep_object_var(const struct skep_object *object, uint32_t index, struct skep_var *out);

/* The variable of that name: as its symbol is named; or for a static one `n` or "function.n" of a
 * function, "file.c:n", ".bss:n" or, what is always clear, ".bss+8". SKEP_ENOENT; SKEP_EEXIST:
 * several are named so. */
int skep_object_var_by_name(const struct skep_object *object, const char *name,
			    struct skep_var *out);

/* A name by which skep_object_var_by_name() finds this variable and no other, the plain one if it
 * is, as a terminated string cut at `size`, which is at least 1. */
void skep_var_full_name(const struct skep_var *var, char *text, size_t size);

/* The piece of a variable that a path such as "pts[1].n" leads to: a variable's name, then members
 * and elements. Members of unnamed structures and unions count as those of the one around them; an
 * index is a number or an enumerator's name. SKEP_ENOENT: no such variable or member; SKEP_EEXIST:
 * several; SKEP_ERANGE: past the end of the array; SKEP_EINVAL: no path, or the type has no such
 * piece. Each reported. */
int skep_object_var_by_path(const struct skep_object *object, const char *path,
			    struct skep_var *out);

/* The same from a variable or piece on: ".n", "[1]", "[1].n". */
int skep_var_piece(const struct skep_var *var, const char *path, struct skep_var *out);

/* Copies a variable out or in; `size` must be its size (SKEP_EINVAL, as for bit-fields). Before
 * load they act on the initial value, after on the live one; then writing a read-only variable is
 * SKEP_EPERM, reported. */
int skep_var_read(const struct skep_var *var, void *value, size_t size);
int skep_var_write(const struct skep_var *var, const void *value, size_t size);

/* Integers, bool, enumerations, pointers, bit-fields and what has no type but the size of an
 * integer, as a number. SKEP_ERANGE: it does not fit the type it is for; SKEP_EINVAL: not such a
 * type; SKEP_EPERM as for skep_var_write(). Of setting each is reported, with the range. Setting a
 * bit-field stores all the bytes that it lies in. */
int skep_var_get_u64(const struct skep_var *var, uint64_t *out);
int skep_var_get_s64(const struct skep_var *var, int64_t *out);
int skep_var_set_u64(const struct skep_var *var, uint64_t value);
int skep_var_set_s64(const struct skep_var *var, int64_t value);

/* The same as text: a number (decimal, or 0x), true and false, an enumerator's name or, for arrays
 * of char, the text, with zeros after it. skep_var_get_text() writes at most `size` bytes with the
 * terminator, SKEP_ENOSPC: they are not enough. */
int skep_var_get_text(const struct skep_var *var, char *text, size_t size);
int skep_var_set_text(const struct skep_var *var, const char *text);

/* Memory of a data section (or of another map whose values are one block, loaded). `*size` is the
 * section's. Before load these are the initial values, which a load copies; the live ones are at
 * another address, which stays until the object is closed. The second, for reading alone, has
 * also what is frozen; who writes there makes false what the verifier found true. SKEP_EPERM:
 * frozen, or not loaded; SKEP_EOPNOTSUPP: the map has no such block, or lies behind a
 * skep_memory. */
int skep_map_memory(struct skep_map *map, void **memory, size_t *size);
int skep_map_memory_view(const struct skep_map *map, const void **memory, size_t *size);

/* Atomic operations on loaded variables of 4 or 8 bytes, aligned to their size: one step for
 * programs' atomic instructions and for other threads, and fully ordered (load: acquire, store:
 * release). `value` is cut to the size; what was there before is zero-extended. On machines without
 * 64-bit atomic instructions, 8 bytes are one step to programs' atomic instructions alone.
 * SKEP_EPERM: not loaded, or frozen; SKEP_EINVAL: size, alignment or a bit-field;
 * SKEP_EOPNOTSUPP: behind a skep_memory. */
int skep_var_load(const struct skep_var *var, uint64_t *value);
int skep_var_store(const struct skep_var *var, uint64_t value);
int skep_var_add(const struct skep_var *var, uint64_t value, uint64_t *before);
int skep_var_exchange(const struct skep_var *var, uint64_t value, uint64_t *before);
/* Stores `value` if the variable holds `wanted`, that is, if `*before` then is `wanted`. */
int skep_var_compare_exchange(const struct skep_var *var, uint64_t wanted, uint64_t value,
			      uint64_t *before);

/* Copies a whole data section, of `size` bytes as its definition's value_size says, while programs
 * may write it: again and again until two copies in a row are equal, at most 64 times. 0: they
 * were; of variables that only ever grow, such as counters, all values then stood there at one
 * moment. SKEP_EAGAIN: the section never held still; `bytes` then has the last copy, each aligned
 * word of which is whole. SKEP_EINVAL: the size, or no data section. */
int skep_map_snapshot(const struct skep_map *map, void *bytes, size_t size);

/* What two snapshots of a data section differ in: `fn` is called for each integer, enumeration,
 * pointer, text or piece without type that does, in memory order, with its path and place, until it
 * returns other than 0, which is returned. 0: all were told; SKEP_E2BIG: unions make too many
 * pieces of it; SKEP_EINVAL: the size, or no data section. */
typedef int (*skep_difference_fn)(void *ctx, const char *path, const struct skep_var *piece);
int skep_map_differences(const struct skep_map *map, const void *before, const void *after,
			 size_t size, skep_difference_fn fn, void *ctx);

/* Before load: gives the last variable of a data section, an array, as many elements as fit when
 * the section has `size` bytes; new ones are zero. BTF tells the new size; struct skep_var taken
 * before does not. SKEP_EINVAL: the last variable is no array with types, or its elements do not
 * come out even; SKEP_EPERM: loaded; SKEP_E2BIG: over a limit. Each reported. */
int skep_map_set_value_size(struct skep_map *map, uint32_t size);

/* Data sections that are somewhere else: on a board at the end of a wire, in a kernel. `offset` and
 * `size` are within the section, bytes in the object's byte order. Both return 0 or a negative enum
 * skep_err, which is passed on. */
struct skep_memory {
	void *ctx;
	int (*read)(void *ctx, const struct skep_map *map, uint32_t offset, void *bytes,
		    size_t size);
	/* Optional (then nothing can be written). */
	int (*write)(void *ctx, const struct skep_map *map, uint32_t offset, const void *bytes,
		     size_t size);
};

/* Instead of load: from now on everything above reads and writes the data sections through these
 * functions, save what gives addresses and what is atomic. The object's bytes say names and types,
 * in either byte order; read-only variables cannot be written. `memory` must outlive the object.
 * SKEP_EPERM: loaded, or attached before. */
int skep_object_attach(struct skep_object *object, const struct skep_memory *memory);

/* A piece of a type. */
struct skep_btf_piece {
	uint32_t type;
	uint64_t bit_offset; /* from the start of the outermost type, as BTF counts */
	uint64_t bits;       /* how many: of a bit-field its own, else 8 times the size */
	bool is_bit_field;
};

/* The piece that `path` leads to from a type on, as in skep_var_piece(); from a DATASEC on it
 * begins with a variable's name. `text` gets why not, as a terminated string cut at `text_size`,
 * which is at least 1; nothing is reported. The same errors. */
int skep_btf_find_piece(const struct skep_btf *btf, uint32_t type, const char *path,
			struct skep_btf_piece *out, char *text, size_t text_size);

/* --------------------------------------------------------------------------------------- BTF */

/* Kinds, Linux's numbers (include/uapi/linux/btf.h). */
enum skep_btf_kind {
	SKEP_BTF_VOID = 0,
	SKEP_BTF_INT = 1,
	SKEP_BTF_PTR = 2,
	SKEP_BTF_ARRAY = 3,
	SKEP_BTF_STRUCT = 4,
	SKEP_BTF_UNION = 5,
	SKEP_BTF_ENUM = 6,
	SKEP_BTF_FWD = 7,
	SKEP_BTF_TYPEDEF = 8,
	SKEP_BTF_VOLATILE = 9,
	SKEP_BTF_CONST = 10,
	SKEP_BTF_RESTRICT = 11,
	SKEP_BTF_FUNC = 12,
	SKEP_BTF_FUNC_PROTO = 13,
	SKEP_BTF_VAR = 14,
	SKEP_BTF_DATASEC = 15,
	SKEP_BTF_FLOAT = 16,
	SKEP_BTF_DECL_TAG = 17,
	SKEP_BTF_TYPE_TAG = 18,
	SKEP_BTF_ENUM64 = 19,
};

/* One type, decoded. What does not apply to a kind is 0. */
struct skep_btf_type {
	enum skep_btf_kind kind;
	const char *name; /* "" if it has none */
	uint32_t size;    /* bytes: INT, STRUCT, UNION, ENUM, ENUM64, DATASEC, FLOAT */
	uint32_t type;    /* the type referred to: PTR, ARRAY (element), TYPEDEF, modifiers, FUNC,
			     FUNC_PROTO (returned), VAR, DECL_TAG */
	uint32_t count; /* ARRAY elements; members, parameters, enumerators, variables of a DATASEC
			 */
	bool is_signed; /* INT, ENUM, ENUM64 */
	bool is_char, is_bool; /* INT */
	uint32_t bits;         /* INT: width */
	uint32_t linkage;      /* FUNC, VAR: 0 static, 1 global, 2 extern */
	uint32_t index_type;   /* ARRAY: of its indices */
	uint32_t bit_offset;   /* INT: of its bits in its bytes */
	bool is_union;         /* FWD: of a union, not of a structure */
	int32_t component;     /* DECL_TAG: the member or parameter it is on, -1: on the type */
};

struct skep_btf_member {
	const char *name;    /* member, parameter or enumerator */
	uint32_t type;       /* member's, parameter's or variable's type */
	uint32_t bit_offset; /* members: from the start of the structure; DATASEC: 8 times the byte
				offset */
	uint32_t bit_size;   /* members: other than 0 for bit-fields; DATASEC: 8 times the size */
	int64_t value;       /* enumerators */
	uint32_t variable;   /* DATASEC: the VAR or FUNC itself */
};

/* How many types there are; ids go from 1 to this, 0 is void. */
uint32_t skep_btf_count(const struct skep_btf *btf);
/* SKEP_ENOENT: no type of that id (or no index-th member of it). */
int skep_btf_type(const struct skep_btf *btf, uint32_t id, struct skep_btf_type *out);
int skep_btf_member(const struct skep_btf *btf, uint32_t id, uint32_t index,
		    struct skep_btf_member *out);
/* Follows typedefs, const, volatile, restrict and type tags; returns the id reached (0 if that is
 * void). */
uint32_t skep_btf_resolve(const struct skep_btf *btf, uint32_t id);
/* Size of a type in bytes, arrays and modifiers included; SKEP_EINVAL if it has none. */
int skep_btf_size(const struct skep_btf *btf, uint32_t id, uint64_t *out);

/* Reads BTF that stands alone, of either byte order: the file of a kernel, a .BTF section, or an
 * eBPF object's, of which only that is looked at.
 * `bytes` is not kept; `name` is for messages. SKEP_ENOEXEC: it is none, or not sound; SKEP_E2BIG:
 * over limits.object_bytes_max; SKEP_ENOMEM. Each reported. */
int skep_btf_open(struct skep_runtime *runtime, const void *bytes, size_t size, const char *name,
		  struct skep_btf **out);
/* The same of bytes that stay as they are until skep_btf_close(): a mapped file, an array in flash.
 * BTF in the host's byte order at an address that is a multiple of 4 is then used where it lies,
 * else it is copied. */
int skep_btf_open_in_place(struct skep_runtime *runtime, const void *bytes, size_t size,
			   const char *name, struct skep_btf **out);
/* Frees what these two gave; not an object's BTF. NULL is allowed. */
void skep_btf_close(struct skep_btf *btf);
/* The first type of that kind and name, or of any kind if `kind` is SKEP_BTF_VOID; 0: there is
 * none. Of opened BTF in constant time. */
uint32_t skep_btf_find(const struct skep_btf *btf, enum skep_btf_kind kind, const char *name);

struct skep_btf_dump_options {
	/* The same layout whatever the compiler's target: pointers become unsigned integers of
	 * their size, integers what has their size everywhere; also names that only C++ keeps for
	 * itself are replaced. Else the target must be of 64 bits (or of 32, as BTF of 32-bit
	 * machines wants). */
	bool portable;
	/* Optional: a macro or keyword that takes a condition and a text, such as _Static_assert;
	 * it is written with the size and the offsets of every structure and union. */
	const char *assert_word;
	/* Optional: DATASECs among `types` become structures of their variables, named by this and
	 * the section's name without its dot. Else only the types that they need are written. */
	const char *section_prefix;
};

/* Writes C of these types and of all that they need, each once and in an order that compiles, by
 * itself, with gcc and clang: layouts are as in BTF, padding is explicit, names that occur twice
 * get the suffix ___2, ___3, ..., and names that C does not take are replaced. The same type has
 * the same name in every call. `type_count` 0: all types of `btf`. `options` may be NULL. `write`
 * is called from here, with pieces of a few KiB, also before an error is found. SKEP_ENOENT: no
 * type of that id; SKEP_EINVAL: a type that C has no words for, reported; SKEP_ENOMEM. */
int skep_btf_dump_c(struct skep_runtime *runtime, const struct skep_btf *btf, const uint32_t *types,
		    uint32_t type_count, const struct skep_btf_dump_options *options,
		    void (*write)(void *ctx, const char *text, size_t size), void *ctx);

/* What is different of a type between two tables. Types are the same that have one kind and name;
 * of several with one, those that look alike, then those that come first. */
enum skep_btf_change {
	SKEP_BTF_ADDED,   /* only in the second */
	SKEP_BTF_REMOVED, /* only in the first */
	SKEP_BTF_RESIZED,
	SKEP_BTF_RETYPED, /* what a typedef, variable or function stands for; how an integer or
			     enumeration is encoded */
	/* Of members, enumerators and variables of sections; those of members without a name count
	 * as the structure's own. */
	SKEP_BTF_MEMBER_ADDED,
	SKEP_BTF_MEMBER_REMOVED,
	SKEP_BTF_MEMBER_RENAMED, /* another name for the same type at the same place */
	SKEP_BTF_MEMBER_MOVED,
	SKEP_BTF_MEMBER_RETYPED,
	SKEP_BTF_MEMBER_REVALUED, /* enumerators */
};

/* One side of a difference. */
struct skep_btf_side {
	uint32_t id;                   /* 0: the type is not on this side */
	struct skep_btf_type type;     /* if it is */
	struct skep_btf_member member; /* of SKEP_BTF_MEMBER_*: what is there of it; bit_offset from
					  the start of the structure */
};

struct skep_btf_difference {
	enum skep_btf_change change;
	enum skep_btf_kind kind;
	const char *name; /* of the type */
	struct skep_btf_side before, after;
};

/* Calls `fn` for each difference of the types with names, in the order of `before`, then what is
 * new. Both may be of any byte order. SKEP_ENOMEM. */
int skep_btf_diff(struct skep_runtime *runtime, const struct skep_btf *before,
		  const struct skep_btf *after,
		  void (*fn)(void *ctx, const struct skep_btf_difference *difference), void *ctx);

/* ------------------------------------------------------------------------------------ linking */

/* An object to link; `name` is for messages. */
struct skep_link_input {
	const void *bytes;
	size_t size;
	const char *name;
};

/* Links relocatable eBPF objects of one byte order into one, as libbpf's linker does, and gives its
 * bytes, which depend on the inputs and their order alone, to `write` in one call. Sections of one
 * name follow each other; a declaration finds the definition of its name in any of the inputs, a
 * strong one before a weak one; types of BTF are each there once; debugging information for others
 * than eBPF is left out. What is declared and nowhere defined stays declared. Each error is
 * reported, with the names of the two inputs where it takes two. SKEP_EEXIST: a name is strongly
 * defined twice; SKEP_EINVAL: inputs contradict each other: types of one name, licences, byte
 * orders; SKEP_ENOEXEC: one is not well-formed; SKEP_EOPNOTSUPP; SKEP_E2BIG: over
 * limits.object_bytes_max, which holds for the output too; SKEP_ENOMEM. */
int skep_link(struct skep_runtime *runtime, const struct skep_link_input *inputs, uint32_t count,
	      void (*write)(void *ctx, const void *bytes, size_t size), void *ctx);

/* --------------------------------------------------------------------------------- inspection */

/* An object file as it is, before anything is made of it: what skep_object_open() refuses for what
 * it says can still be looked at. */
struct skep_file;

/* `bytes` stay the caller's and must stay until the file is closed. SKEP_ENOEXEC: not an eBPF
 * object, or one whose sections, symbols, relocations or BTF are malformed; SKEP_ENOMEM. */
int skep_file_open(struct skep_runtime *runtime, const void *bytes, size_t size, const char *name,
		   struct skep_file **out);
/* NULL is allowed. */
void skep_file_close(struct skep_file *file);

bool skep_file_big_endian(const struct skep_file *file);
/* Its BTF as it is in the file, or NULL: sizes of sections and offsets of variables may be missing.
 */
const struct skep_btf *skep_file_btf(const struct skep_file *file);

/* Numbers of the System V gABI and of the eBPF psABI. */
struct skep_section_info {
	const char *name;
	uint32_t type, link, info;
	uint64_t flags, size;
	const void *bytes;    /* as in the file; NULL: it has none there */
	uint32_t reloc_count; /* of relocations for it */
};

struct skep_symbol_info {
	const char *name;
	uint64_t value, size;
	uint32_t section; /* 0: undefined, an extern; from 0xff00 on no section */
	uint32_t type, binding, visibility;
};

struct skep_reloc_info {
	uint64_t offset; /* in the section */
	uint32_t type;
	const char *type_name; /* such as "R_BPF_64_64"; "?": none that is known */
	uint32_t symbol;
	int64_t addend; /* what stands there, as the relocation's type reads it */
};

/* Each gives the index-th, from 0; the first section and symbol are those of no name. SKEP_ENOENT:
 * past the end. */
int skep_file_section(const struct skep_file *file, uint32_t index, struct skep_section_info *out);
int skep_file_symbol(const struct skep_file *file, uint32_t index, struct skep_symbol_info *out);
/* Of the relocations for a section. */
int skep_file_reloc(const struct skep_file *file, uint32_t section, uint32_t index,
		    struct skep_reloc_info *out);

/* A CO-RE relocation. */
struct skep_core_info {
	const char *section;
	uint32_t insn;        /* in its section, in 8-byte units */
	uint32_t kind;        /* Linux's enum bpf_core_relo_kind */
	const char *question; /* what it asks for, such as "the offset of" */
	uint32_t type;        /* BTF id */
	const char *access;   /* as in the file, such as "0:3" */
	const char *absent;   /* why it has no answer; NULL: it has, or was not asked */
};

/* The index-th CO-RE relocation of an object; `path` becomes what it is about, such as
 * "task_struct.comm[3]", as a terminated string cut at `size`. SKEP_ENOENT: past the end. */
int skep_object_core(const struct skep_object *object, uint32_t index, struct skep_core_info *out,
		     char *path, size_t size);

/* ------------------------------------------------------------------------------------- mini */

/*
 * The MINI profile, for firmware that has a few KiB for programs: no runtime, no objects, no heap,
 * no verifier and no JIT. The library skep-mini holds nothing else, and of it only the functions
 * that are called are linked. All memory is the caller's:
 *
 *	static const struct skep_mini filter = { .insns = insns, .insn_count = 20, ... };
 *	static uint8_t marks[SKEP_MINI_MARKS_BYTES(20)];
 *	static uint64_t stack[SKEP_MINI_STACK_BYTES(1) / 8];
 *
 *	if (skep_mini_check(&filter, marks, &stop) == 0)
 *		err = skep_mini_run(&filter, &packet, stack, sizeof(stack), &r0, &stop);
 *
 * Instructions are linked, that is, as skep_prog_insn() gives them: maps are named by their index.
 * They can stay in flash that is read by bytes. Any number of programs may run at once on stacks of
 *their own.
 */

/* An array map: `max_entries` values of `value_size` bytes, each at a multiple of 8 bytes from the
 * first, in memory of the caller that is aligned to 8 and has SKEP_MINI_MAP_BYTES(). One value of
 * constants, which may lie in flash, is what becomes of .rodata. */
struct skep_mini_map {
	void *values;
	uint32_t value_size, max_entries;
	bool read_only; /* programs must not write it */
};

#define SKEP_MINI_MAP_BYTES(value_size, max_entries)                                               \
	((((size_t)(value_size) + 7) & ~(size_t)7) * (max_entries))

/* A program. The structure and what it points to are only read and stay the caller's. */
struct skep_mini {
	const struct skep_insn *insns;
	uint32_t insn_count;
	uint32_t insns_max; /* instructions that one checked run executes, 1 or more */
	const struct skep_mini_map *maps;
	uint32_t map_count;
	/* Besides bpf_map_lookup_elem (1) and bpf_map_update_elem (2), which are always there. Rows
	 * with ring buffer records are refused when called; `groups` and `flags` mean nothing. A
	 * map argument is a struct skep_mini_map. */
	uint32_t helper_count;
	const struct skep_helper *helpers;
	uint32_t ctx_size; /* of the context, bytes: plain memory */
	bool ctx_read_only;
	/* Optional (then programs have the machine to themselves): `lock` and `unlock` for atomic
	 * operations that the machine has no instruction for; other members are not used. */
	const struct skep_port *port;
	void *user; /* for skep_env_user() */
};

/* What a check or a run has found. */
struct skep_mini_stop {
	uint32_t insn;  /* index of the instruction */
	uint32_t cause; /* a number for skep_mini_check_text() or skep_mini_run_text() */
	uint64_t value; /* runs: the address or argument that was wrong, 0 where none was */
};

#define SKEP_MINI_MARKS_BYTES(insn_count) ((size_t)(insn_count) / 8 + 1)

/* Checks the structure of a program: that its instructions exist and have legal fields, that jumps
 * and calls lead to instructions and no function goes on past its end. `marks` are
 * SKEP_MINI_MARKS_BYTES() that are used during the call. 0, or SKEP_EINVAL with `stop` filled in.
 */
int skep_mini_check(const struct skep_mini *mini, uint8_t *marks, struct skep_mini_stop *stop);

/* Stack of a run with `levels` functions inside each other, the program itself included; more than
 * 8 are never used. */
#define SKEP_MINI_LEVEL_BYTES         560
#define SKEP_MINI_STACK_BYTES(levels) ((size_t)(levels)*SKEP_MINI_LEVEL_BYTES)

/* Runs a program that skep_mini_check() has passed and nobody verified: every access and argument
 * is checked, and so are call depth and insns_max. r1 is `ctx`. `stack` is aligned to 8. 0 with
 * `r0`, or SKEP_EFAULT with `stop`: it was stopped in what it must not do; what it wrote until then
 * stays. SKEP_ENOSPC: `stack_bytes` are not enough for one level. */
int skep_mini_run(const struct skep_mini *mini, void *ctx, void *stack, size_t stack_bytes,
		  uint64_t *r0, struct skep_mini_stop *stop);

/* Runs a program that was verified elsewhere, for the same maps, helpers and context: nothing is
 * checked, and the stack is that of C, some 700 bytes for each level. Returns r0. A program that no
 * verifier accepted may do anything. */
uint64_t skep_mini_run_trusted(const struct skep_mini *mini, void *ctx);

/* A few words about what was found, static. */
const char *skep_mini_check_text(uint32_t cause);
const char *skep_mini_run_text(uint32_t cause);

#ifdef __cplusplus
}
#endif
#endif
