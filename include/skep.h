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
 * - Different runtimes share nothing. Within one runtime, skep_prog_run(), skep_var_read() and
 *   skep_var_write() of loaded objects, and looking up, updating, deleting and iterating in maps
 *   may be done by any number of threads at once. Everything else may not overlap with other uses
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
	SKEP_ARG_COUNT
};

/* What a helper returns. */
enum skep_ret {
	SKEP_RET_VOID,                       /* nothing; r0 is unreadable after */
	SKEP_RET_INTEGER,                    /* any 64-bit number */
	SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL,   /* a value of the map in the first map argument */
	SKEP_RET_PTR_TO_RINGBUF_MEM_OR_NULL, /* a record that must be given back: size in the
						CONST_ALLOC_SIZE argument */
	SKEP_RET_COUNT
};

/* What a map kind can do: a helper names what it needs, a kind what it has, a verifier compares. */
enum skep_cap {
	SKEP_CAP_NONE = 0,
	SKEP_CAP_KEYED = 1u << 0,   /* lookup, update and delete by key from programs */
	SKEP_CAP_RINGBUF = 1u << 2, /* output, reserve, submit, discard, query */
	SKEP_CAP_PROGS = 1u << 3,   /* holds programs for tail calls */
	SKEP_CAP_MAPS = 1u << 4,    /* holds maps: lookup gives a map */
	SKEP_CAP_DIRECT = 1u << 5,  /* one block of values that lddw may address (global data) */
	SKEP_CAP_PERCPU = 1u << 6,  /* a value per cpu */
	SKEP_CAP_ARRAY = 1u << 7,   /* keys are 0 to max_entries - 1, all always there */
};

/* Which helpers a program type may call: a helper is in one or more groups, a type allows some. */
enum skep_group {
	SKEP_GROUP_BASE = 1u << 0, /* every program type */
	SKEP_GROUP_XDP = 1u << 1,
	SKEP_GROUP_SKB = 1u << 2,    /* types whose context is a struct skep_skb */
	SKEP_GROUP_FILTER = 1u << 3, /* skep's own, for what classic BPF has instructions for */
	SKEP_GROUP_USER = 1u << 16,  /* this and the bits above are the embedder's */
};

/* A helper's further effects. */
enum skep_helper_flag {
	SKEP_HELPER_MOVES_PACKET = 1u << 0, /* packet pointers and their checks are void after it */
	SKEP_HELPER_TAIL_CALL = 1u << 1,    /* does not return when it succeeds (bpf_tail_call) */
	SKEP_HELPER_UNPRIVILEGED = 1u << 2, /* open to programs of an unprivileged runtime too */
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
	uint32_t groups; /* SKEP_GROUP_*; 0 counts as SKEP_GROUP_BASE */
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
	SKEP_FIELD_COUNT
};

/* One field of a context, as programs see it and as it is in memory. Programs must access a field
 * with its own size and offset, unless its kind says otherwise. Equal offsets and sizes on both
 * sides mean that no rewriting is needed. */
struct skep_ctx_field {
	const char *name;
	uint16_t offset; /* as the program sees it, bytes */
	uint8_t size;    /* 1, 2, 4 or 8; SKEP_FIELD_BYTES: any */
	bool writable;   /* numbers, which are written whole, and plain memory */
	enum skep_field_kind kind;
	uint16_t real_offset; /* in the structure that skep_prog_run() gets */
	uint8_t real_size;    /* for SKEP_FIELD_PKT*: sizeof(void *) */
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
	uint32_t groups;  /* SKEP_GROUP_* of the helpers allowed, SKEP_GROUP_BASE included where
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

/* Makes the maps, links, verifies and, with the JIT, compiles every program with autoload set. Once
 * only. SKEP_EACCES: the verifier refused a program. SKEP_EOPNOTSUPP: a program's type, a map's
 * kind or a relocation is not run by skep yet. SKEP_EPERM: loaded before. After a failure the
 * object can be looked at and closed, not loaded again, and none of its programs runs. */
int skep_object_load(struct skep_object *object);

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
	const void *bytes;   /* as they are now: before load, as they will begin */
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

/* A global variable of the object. */
struct skep_var {
	const char *name;
	const char *section; /* ".bss", ".data", ".rodata", ... */
	struct skep_map *map;
	uint32_t offset; /* in the section */
	uint32_t size;
	uint32_t type;  /* BTF id, 0 unknown */
	bool read_only; /* frozen once loaded */
};

/* The index-th variable, or the one of that name (global or static). SKEP_ENOENT. */
int skep_object_var(const struct skep_object *object, uint32_t index, struct skep_var *out);
int skep_object_var_by_name(const struct skep_object *object, const char *name,
			    struct skep_var *out);

/* Copies a variable out or in; `size` must be its size (SKEP_EINVAL). Before load they act on the
 * initial value, after on the live one; then writing a read-only variable is SKEP_EPERM. */
int skep_var_read(const struct skep_var *var, void *value, size_t size);
int skep_var_write(const struct skep_var *var, const void *value, size_t size);

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
			     FUNC_PROTO (returned), VAR */
	uint32_t count; /* ARRAY elements; members, parameters, enumerators, variables of a DATASEC
			 */
	bool is_signed; /* INT, ENUM, ENUM64 */
	bool is_char, is_bool; /* INT */
	uint32_t bits;         /* INT: width */
	uint32_t linkage;      /* FUNC, VAR: 0 static, 1 global, 2 extern */
};

struct skep_btf_member {
	const char *name;    /* member, parameter or enumerator */
	uint32_t type;       /* member's, parameter's or variable's type */
	uint32_t bit_offset; /* members: from the start of the structure; DATASEC: 8 times the byte
				offset */
	uint32_t bit_size;   /* members: other than 0 for bit-fields; DATASEC: 8 times the size */
	int64_t value;       /* enumerators */
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
