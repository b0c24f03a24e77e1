/* SPDX-License-Identifier: Apache-2.0 */
/* The checked execution: what a program may do works, and each attack of which the verifier would
 * say no is stopped at its instruction, for its reason. */
#include "checked_world.h"
#include "harness.h"

enum { INSNS_MAX = 512 };

static struct world world;
static struct skep_insn insns[INSNS_MAX];
static struct skep_trap trap;
static uint64_t r0;

static void print_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

static bool assemble(const char *text, struct skep_insn *out, uint32_t *count)
{
	struct skep_log log = { .sink = print_report };
	struct skep_arena scratch;
	bool good;

	skep_arena_init(&scratch, skep_port_posix(), 0);
	good = skep_isa_assemble(text, strlen(text), out, INSNS_MAX, count, &log) == 0 &&
	       skep_isa_check(out, *count, &scratch, &log) == 0;
	skep_arena_free(&scratch);
	return good;
}

/* Runs text as a program of `type`, over the world as it is after world_reset(). */
static int run_of_type(const char *text, const struct skep_prog_type *type, uint32_t insns_max)
{
	struct skep_env env = world_env(&world, type);
	struct skep_bytecode code;
	struct skep_checked given = { .code = &code, .maps = world.maps, .insns_max = insns_max };
	uint32_t count;

	memset(&trap, 0, sizeof(trap));
	r0 = 0xdead;
	if (!test_check(assemble(text, insns, &count), __FILE__, __LINE__, "the text assembles"))
		return 1;
	code = world_code(&world, type, insns, count);
	world_reset(&world);
	return skep_checked_run(&given, &env, &r0, &trap);
}

static int run(const char *text)
{
	return run_of_type(text, &WORLD_TYPES[0], 0);
}

/* An attack: it is stopped at instruction `pc` for the reason of that name, and r0 is not given. */
struct attack {
	const char *text;
	uint32_t pc;
	const char *cause;
};

static const char *name_of(uint32_t cause)
{
	static const char *const names[SKEP_TRAP_COUNT] = {
		"NONE",
#define TRAP(name, err, value, found, needed) #name,
#include "interp/trap.def"
	};

	return cause < SKEP_TRAP_COUNT ? names[cause] : "?";
}

static void attack_all(const struct attack *attacks, size_t count,
		       const struct skep_prog_type *type)
{
	for (size_t i = 0; i < count; i++) {
		int err;

		test_case("%s", attacks[i].text);
		err = run_of_type(attacks[i].text, type, 100000);
		CHECK_TEXT(name_of(trap.cause), attacks[i].cause);
		CHECK_EQ(trap.pc, attacks[i].pc);
		CHECK(err == SKEP_EFAULT || err == SKEP_E2BIG);
		CHECK_EQ(r0, 0xdead);
	}
	test_case("%s", "");
}

#define ATTACK(attacks) attack_all(attacks, SKEP_COUNT(attacks), &WORLD_TYPES[0])

/* What is allowed, with its result. */
struct use {
	const char *text;
	uint64_t r0;
};

static void use_all(const struct use *uses, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		test_case("%s", uses[i].text);
		CHECK_EQ(run(uses[i].text), 0);
		CHECK_EQ(r0, uses[i].r0);
	}
	test_case("%s", "");
}

#define USE(uses) use_all(uses, SKEP_COUNT(uses))

/* -------------------------------------------------------------------------------------- stack */

TEST(stack)
{
	static const struct use uses[] = {
		{ "r0 = *(u64 *)(r10 -512) ; exit", 0 },
		{ "*(u64 *)(r10 -512) = -2 ; r0 = *(u32 *)(r10 -508) ; exit", 0xffffffff },
		{ "*(u8 *)(r10 -1) = 7 ; r0 = *(u8 *)(r10 -1) ; exit", 7 },
		{ "*(u64 *)(r10 -8) = -2 ; r0 = *(s8 *)(r10 -3) ; exit", UINT64_MAX },
		/* All of it is one piece of memory. */
		{ "r1 = r10 ; r1 += -512 ; r2 = 512 ; r3 = 2 ; call 1002 ; r0 = *(u64 *)(r10 -8) ; "
		  "exit",
		  0x0202020202020202 },
		{ "r2 = r10 ; r2 += -8 ; r1 = 5 ; lock *(u64 *)(r2 +0) += r1 ; "
		  "r0 = load_acquire((u32 *)(r2 +0)) ; exit",
		  5 },
	};
	static const struct attack attacks[] = {
		{ "r0 = *(u8 *)(r10 +0) ; exit", 0, "LOAD" },
		{ "r0 = *(u64 *)(r10 -7) ; exit", 0, "LOAD" },
		{ "r0 = *(s8 *)(r10 -513) ; exit", 0, "LOAD" },
		{ "r0 = *(u64 *)(r10 -513) ; exit", 0, "LOAD" },
		{ "*(u8 *)(r10 +0) = 1 ; exit", 0, "STORE" },
		{ "*(u16 *)(r10 -1) = 1 ; exit", 0, "STORE" },
		{ "*(u32 *)(r10 -3) = r1 ; exit", 0, "STORE" },
		{ "*(u64 *)(r10 -7) = r1 ; exit", 0, "STORE" },
		{ "*(u64 *)(r10 -513) = 1 ; exit", 0, "STORE" },
		{ "r1 = r10 ; lock *(u64 *)(r1 +0) += r2 ; exit", 1, "STORE" },
		{ "r1 = r10 ; lock *(u64 *)(r1 -12) += r2 ; exit", 1, "UNALIGNED" },
		{ "r1 = r10 ; lock *(u32 *)(r1 -6) += r2 ; exit", 1, "UNALIGNED" },
		{ "r1 = r10 ; r2 = load_acquire((u16 *)(r1 -1)) ; exit", 1, "LOAD" },
		{ "r1 = r10 ; r2 = load_acquire((u16 *)(r1 -3)) ; exit", 1, "UNALIGNED" },
		{ "r1 = r10 ; store_release((u64 *)(r1 -4), r2) ; exit", 1, "STORE" },
		{ "r1 = r10 ; store_release((u64 *)(r1 -12), r2) ; exit", 1, "UNALIGNED" },
	};

	USE(uses);
	ATTACK(attacks);
}

/* Levels have stacks of their own; those of callers can be reached through a pointer as long as
 * they are alive, those of functions that ended cannot, and levels do not touch. */
TEST(levels)
{
	static const struct use uses[] = {
		{ "*(u64 *)(r10 -8) = 3 ; r1 = r10 ; r6 = 9 ; call f ; r0 = *(u64 *)(r10 -8) ; "
		  "r0 += r6 ; exit ; f: r6 = 1 ; r2 = *(u64 *)(r1 -8) ; r2 += 4 ; "
		  "*(u64 *)(r1 -8) = r2 ; exit",
		  16 },
		/* What the callee leaves on its stack is gone at the next call. */
		{ "call f ; call f ; exit ; f: r0 = *(u64 *)(r10 -8) ; *(u64 *)(r10 -8) = 5 ; exit",
		  0 },
	};
	static const struct attack attacks[] = {
		{ "call f ; r0 = *(u64 *)(r0 -8) ; exit ; f: r0 = r10 ; exit", 1, "LOAD" },
		{ "call f ; exit ; f: r0 = *(u8 *)(r10 +0) ; exit", 2, "LOAD" },
		{ "call f ; exit ; f: r0 = *(u8 *)(r10 -513) ; exit", 2, "LOAD" },
		{ "r1 = r10 ; call f ; exit ; f: r0 = *(u8 *)(r1 +0) ; exit", 3, "LOAD" },
		{ "f: call f ; exit", 0, "DEPTH" },
		{ "call a ; exit ; a: call b ; exit ; b: call c ; exit ; c: call d ; exit ; "
		  "d: call e ; exit ; e: call f ; exit ; f: call g ; exit ; g: call h ; exit ; "
		  "h: exit",
		  14, "DEPTH" },
	};

	USE(uses);
	ATTACK(attacks);
}

/* Seven functions inside the program are not too deep. */
TEST(eight_levels)
{
	CHECK_EQ(run("call a ; exit ; a: call b ; exit ; b: call c ; exit ; c: call d ; exit ; "
		     "d: call e ; exit ; e: call f ; exit ; f: call g ; exit ; g: r0 = 8 ; exit"),
		 0);
	CHECK_EQ(r0, 8);
}

/* ------------------------------------------------------------------------------------ addresses */

TEST(addresses_from_nowhere)
{
	static const struct attack attacks[] = {
		{ "r0 = *(u64 *)(r2 +0) ; exit", 0, "LOAD" },
		{ "*(u64 *)(r2 +0) = 1 ; exit", 0, "STORE" },
		{ "r2 = -1 ; r0 = *(u8 *)(r2 +0) ; exit", 1, "LOAD" },
		{ "r2 = -1 ; r0 = *(u64 *)(r2 +0) ; exit", 1, "LOAD" },
		{ "r2 = -8 ; r0 = *(u64 *)(r2 +0) ; exit", 1, "LOAD" },
		{ "r2 = r10 ; r2 <<= 1 ; r0 = *(u64 *)(r2 -8) ; exit", 2, "LOAD" },
		/* The right address, but for a bit that a machine of 32 bits does not have. */
		{ "r2 = 0x100000000000000 ll ; r2 += r10 ; r0 = *(u64 *)(r2 -8) ; exit", 3,
		  "LOAD" },
		{ "r2 = function[f] ll ; r0 = *(u64 *)(r2 +0) ; exit ; f: exit", 2, "LOAD" },
		{ "r2 = map[0] ll ; r0 = *(u64 *)(r2 +0) ; exit", 2, "LOAD" },
		{ "r2 = map[0] ll ; *(u64 *)(r2 +0) = 1 ; exit", 2, "STORE" },
		{ "r2 = map[99] ll ; exit", 0, "NO_MAP" },
		{ "r2 = map[-1] ll ; exit", 0, "NO_MAP" },
		{ "r2 = map[7] ll ; exit", 0, "NO_MAP" }, /* not loaded */
		{ "r2 = map_value[1]+0 ll ; exit", 0, "NO_VALUE" },
		{ "r2 = map_value[9]+0 ll ; exit", 0, "NO_MAP" },
		{ "r2 = btf_id[5] ll ; exit", 0, "NO_ADDRESS" },
		{ "r2 = map_idx[0] ll ; exit", 0, "NO_ADDRESS" },
		{ "r2 = map_idx_value[0]+0 ll ; exit", 0, "NO_ADDRESS" },
	};

	ATTACK(attacks);
}

/* ------------------------------------------------------------------------------------- context */

TEST(context)
{
	static const struct use uses[] = {
		{ "r0 = *(u32 *)(r1 +12) ; exit", 5 },
		{ "*(u32 *)(r1 +16) = 8 ; r0 = *(u32 *)(r1 +16) ; exit", 8 },
		{ "r0 = *(u64 *)(r1 +24) ; exit", 0x0102030405060708 },
		{ "r0 = *(u32 *)(r1 +56) ; exit", 0x0102030405060708 },
		{ "*(u16 *)(r1 +50) = 0x505 ; r0 = *(u16 *)(r1 +50) ; exit", 0x505 },
		{ "r0 = *(u64 *)(r1 +40) ; exit", 0x0909090909090909 },
		/* The pointer may be moved as long as the access is to a field. */
		{ "r1 += 8 ; r0 = *(u32 *)(r1 +4) ; exit", 5 },
		/* The addresses of packet data are whole, though the fields have 4 bytes. */
		{ "r2 = *(u32 *)(r1 +0) ; r3 = *(u32 *)(r1 +4) ; r0 = r3 ; r0 -= r2 ; exit",
		  PACKET_BYTES },
	};
	static const struct attack attacks[] = {
		{ "r0 = *(u8 *)(r1 -1) ; exit", 0, "LOAD" },
		{ "r0 = *(u8 *)(r1 +64) ; exit", 0, "LOAD" },
		{ "*(u32 *)(r1 +56) = 1 ; exit", 0, "FIELD_STORE" },
		{ "r0 = *(s32 *)(r1 +56) ; exit", 0, "FIELD" },
		{ "r0 = *(u64 *)(r1 +0) ; exit", 0, "FIELD" },
		{ "r0 = *(u16 *)(r1 +12) ; exit", 0, "FIELD" },
		{ "r0 = *(u32 *)(r1 +14) ; exit", 0, "FIELD" },
		{ "r0 = *(u8 *)(r1 +20) ; exit", 0, "FIELD" },  /* between two fields */
		{ "r0 = *(u32 *)(r1 +50) ; exit", 0, "FIELD" }, /* past the end of plain memory */
		{ "r0 = *(u16 *)(r1 +51) ; exit", 0, "FIELD" },
		{ "r0 = *(s32 *)(r1 +0) ; exit", 0, "FIELD" },
		{ "*(u32 *)(r1 +12) = 1 ; exit", 0, "FIELD_STORE" },
		{ "*(u32 *)(r1 +0) = 1 ; exit", 0, "FIELD_STORE" },
		{ "*(u64 *)(r1 +24) = 1 ; exit", 0, "FIELD_STORE" },
		{ "*(u16 *)(r1 +16) = 1 ; exit", 0, "FIELD" },
		{ "lock *(u32 *)(r1 +16) += r2 ; exit", 0, "NO_ATOMIC" },
		{ "r0 = load_acquire((u32 *)(r1 +12)) ; exit", 0, "NO_ATOMIC" },
	};

	USE(uses);
	ATTACK(attacks);
}

/* -------------------------------------------------------------------------------------- packet */

TEST(packet)
{
	static const struct use uses[] = {
		{ "r2 = *(u32 *)(r1 +0) ; r0 = *(u8 *)(r2 +59) ; exit", 59 },
		{ "r2 = *(u32 *)(r1 +4) ; r0 = *(u8 *)(r2 -1) ; exit", 59 },
		{ "r2 = *(u32 *)(r1 +0) ; *(u8 *)(r2 +7) = 1 ; r0 = *(u8 *)(r2 +7) ; exit", 1 },
		{ "r2 = *(u32 *)(r1 +8) ; r0 = *(u8 *)(r2 +0) ; exit", ROOM },
	};
	static const struct attack attacks[] = {
		{ "r2 = *(u32 *)(r1 +4) ; r0 = *(u8 *)(r2 +0) ; exit", 1, "LOAD" },
		{ "r2 = *(u32 *)(r1 +4) ; r0 = *(u64 *)(r2 -7) ; exit", 1, "LOAD" },
		{ "r2 = *(u32 *)(r1 +4) ; *(u16 *)(r2 -1) = 1 ; exit", 1, "STORE" },
		{ "r2 = *(u32 *)(r1 +8) ; r0 = *(u8 *)(r2 -1) ; exit", 1, "LOAD" },
		{ "r2 = *(u32 *)(r1 +0) ; lock *(u32 *)(r2 +0) += r1 ; exit", 1, "NO_ATOMIC" },
		/* Cut off by the helper while the program holds its address. */
		{ "r6 = r1 ; r7 = *(u32 *)(r1 +0) ; r0 = *(u8 *)(r7 +59) ; r2 = -20 ; call 65 ; "
		  "r0 = *(u8 *)(r7 +59) ; exit",
		  5, "LOAD" },
		{ "r6 = r1 ; r7 = *(u32 *)(r1 +8) ; r0 = *(u8 *)(r7 +0) ; r2 = 16 ; call 44 ; "
		  "r0 = *(u8 *)(r7 +0) ; exit",
		  5, "LOAD" },
		/* Moving its edge out of the frame fails, and changes nothing. */
		{ "r7 = *(u32 *)(r1 +4) ; r2 = 1000 ; call 65 ; r0 = *(u8 *)(r7 +0) ; exit", 3,
		  "LOAD" },
	};
	static const struct attack reader[] = {
		{ "r2 = *(u32 *)(r1 +0) ; *(u8 *)(r2 +0) = 1 ; exit", 1, "READ_ONLY" },
		{ "r2 = *(u32 *)(r1 +0) ; r0 = *(u8 *)(r2 +0) ; *(u8 *)(r2 +0) = 1 ; exit", 2,
		  "READ_ONLY" },
	};

	USE(uses);
	ATTACK(attacks);
	attack_all(reader, SKEP_COUNT(reader), &WORLD_TYPES[1]);
}

TEST(packet_loads)
{
	static const struct use uses[] = {
		{ "r6 = r1 ; r0 = *(u16 *)skb[2] ; exit", 0x0203 },
		{ "r6 = r1 ; r2 = 3 ; r0 = *(u32 *)skb[r2 +1] ; exit", 0x04050607 },
		/* What is not there ends the program with 0. */
		{ "r6 = r1 ; r0 = 1 ; r0 = *(u32 *)skb[57] ; r0 = 2 ; exit", 0 },
		{ "r6 = r1 ; r0 = 1 ; r0 = *(u8 *)skb[-1] ; r0 = 2 ; exit", 0 },
		/* In a function it ends the function. */
		{ "r6 = r1 ; call f ; r0 += 7 ; exit ; f: r6 = r1 ; r0 = *(u8 *)skb[60] ; exit",
		  7 },
	};
	static const struct attack attacks[] = {
		{ "r0 = *(u16 *)skb[2] ; exit", 0, "PACKET_LOAD" },
		{ "r6 = r1 ; r6 += 1 ; r0 = *(u16 *)skb[2] ; exit", 2, "PACKET_LOAD" },
		{ "r6 = r10 ; r0 = *(u16 *)skb[r2 +2] ; exit", 1, "PACKET_LOAD" },
	};

	USE(uses);
	ATTACK(attacks);
	/* A type without packet loads. */
	CHECK_EQ(run_of_type("r6 = r1 ; r0 = 2 ; r0 = *(u8 *)skb[0] ; r0 = 2 ; exit",
			     &WORLD_TYPES[1], 0),
		 0);
	CHECK_EQ(r0, 0);
}

/* ---------------------------------------------------------------------------------------- maps */

/* A look-up of key 1 in map `n`, whose result is in r0. */
#define LOOKUP(n) "*(u32 *)(r10 -4) = 1 ; r1 = map[" #n "] ll ; r2 = r10 ; r2 += -4 ; call 1 ; "

#define UPDATE(n, flags)                                                                           \
	"*(u32 *)(r10 -4) = 1 ; r1 = map[" #n "] ll ; r2 = r10 ; r2 += -4 ; r3 = r10 ; "           \
	"r3 += -64 ; r4 = " #flags " ; call 2 ; "

TEST(map_values)
{
	static const struct use uses[] = {
		{ LOOKUP(0) "*(u32 *)(r0 +8) = 6 ; r0 = *(u32 *)(r0 +8) ; exit", 6 },
		{ UPDATE(1, 0) LOOKUP(1) "*(u64 *)(r0 +0) = 6 ; r0 = *(u64 *)(r0 +0) ; exit", 6 },
		{ "r1 = map_value[4]+12 ll ; *(u64 *)(r1 +0) = 6 ; r0 = *(u64 *)(r1 +0) ; exit",
		  6 },
		{ "r1 = map_value[5]+0 ll ; r0 = *(u32 *)(r1 +16) ; exit", 0 },
		{ LOOKUP(6) "lock *(u64 *)(r0 +0) += r10 ; r0 = 4 ; exit", 4 },
		{ "r1 = map_value[8]+0 ll ; *(u32 *)(r1 +4) = 1 ; store_release((u32 *)(r1 +0), "
		  "r2) ; "
		  "r0 = 2 ; exit",
		  2 },
		/* A value that was deleted is still memory. */
		{ UPDATE(1, 0) LOOKUP(1) "r6 = r0 ; r1 = map[1] ll ; r2 = r10 ; r2 += -4 ; "
					 "call 3 ; *(u64 *)(r6 +0) = 1 ; r0 = 3 ; exit",
		  3 },
	};
	static const struct attack attacks[] = {
		{ LOOKUP(0) "r0 = *(u8 *)(r0 +12) ; exit", 6, "LOAD" },
		{ LOOKUP(0) "r0 = *(u8 *)(r0 -1) ; exit", 6, "LOAD" },
		{ LOOKUP(0) "r0 = *(u64 *)(r0 +8) ; exit", 6, "LOAD" },
		{ LOOKUP(0) "*(u64 *)(r0 +5) = 1 ; exit", 6, "STORE" },
		{ LOOKUP(0) "lock *(u32 *)(r0 +6) += r1 ; exit", 6, "UNALIGNED" },
		{ UPDATE(1, 0) LOOKUP(1) "r0 = *(u8 *)(r0 +8) ; exit", 15, "LOAD" },
		{ UPDATE(1, 0) LOOKUP(1) "r0 = *(u64 *)(r0 +1) ; exit", 15, "LOAD" },
		{ UPDATE(1, 0) LOOKUP(1) "r0 = *(u8 *)(r0 -1) ; exit", 15, "LOAD" },
		{ LOOKUP(6) "r0 = *(u8 *)(r0 +8) ; exit", 6, "LOAD" },
		{ "r1 = map_value[4]+0 ll ; r0 = *(u8 *)(r1 +20) ; exit", 2, "LOAD" },
		{ "r1 = map_value[4]+13 ll ; r0 = *(u64 *)(r1 +0) ; exit", 2, "LOAD" },
		{ "r1 = map_value[4]+0 ll ; r0 = *(u8 *)(r1 -1) ; exit", 2, "LOAD" },
		{ "r1 = map_value[4]+-4 ll ; r0 = *(u32 *)(r1 +0) ; exit", 2, "LOAD" },
		{ "r1 = map_value[5]+0 ll ; *(u32 *)(r1 +0) = 1 ; exit", 2, "READ_ONLY" },
		{ "r1 = map_value[5]+0 ll ; r0 = *(u32 *)(r1 +0) ; *(u32 *)(r1 +0) = 1 ; exit", 3,
		  "READ_ONLY" },
		{ "r1 = map_value[5]+0 ll ; lock *(u32 *)(r1 +0) += r2 ; exit", 2, "READ_ONLY" },
		{ "r1 = map_value[8]+0 ll ; r0 = *(u32 *)(r1 +0) ; exit", 2, "WRITE_ONLY" },
		{ "r1 = map_value[8]+0 ll ; *(u8 *)(r1 +0) = 1 ; r0 = *(u8 *)(r1 +0) ; exit", 3,
		  "WRITE_ONLY" },
		{ "r1 = map_value[8]+0 ll ; lock *(u64 *)(r1 +0) += r2 ; exit", 2, "WRITE_ONLY" },
		{ "r1 = map_value[8]+0 ll ; r2 = 8 ; call 1000 ; exit", 3, "ARG_MEMORY" },
		{ LOOKUP(5) "*(u32 *)(r0 +0) = 1 ; exit", 6, "STORE" }, /* key 1: there is none */
	};

	USE(uses);
	ATTACK(attacks);
}

/* Of values that have no fixed address the latest 32 can be used: 40 are looked up, the address of
 * the one at key r9 is kept. */
#define LOOK_UP_40                                                                                 \
	"r7 = 40 ; "                                                                               \
	"again: *(u32 *)(r10 -4) = r7 ; r1 = map[1] ll ; r2 = r10 ; r2 += -4 ; r3 = r10 ; "        \
	"r3 += -16 ; r4 = 0 ; call 2 ; r1 = map[1] ll ; r2 = r10 ; r2 += -4 ; call 1 ; "           \
	"if r7 != r9 goto next ; r8 = r0 ; next: r7 += -1 ; if r7 != 0 goto again ; "              \
	"r0 = *(u64 *)(r8 +0) ; r0 = 1 ; exit"

TEST(granted_values_are_bounded)
{
	CHECK_EQ(run("r9 = 32 ; " LOOK_UP_40), 0);
	CHECK_EQ(r0, 1);
	CHECK_EQ(run("r9 = 33 ; " LOOK_UP_40), SKEP_EFAULT);
	CHECK_TEXT(name_of(trap.cause), "LOAD");
	CHECK_EQ(run("r9 = 40 ; " LOOK_UP_40), SKEP_EFAULT);
}

/* ------------------------------------------------------------------------------------- helpers */

TEST(helpers_arguments)
{
	static const struct use uses[] = {
		{ "*(u32 *)(r10 -8) = 0x01020304 ; r1 = r10 ; r1 += -8 ; r2 = 4 ; call 1000 ; exit",
		  10 },
		{ "r1 = 0 ; r2 = 0 ; call 1001 ; exit", 0 },
		{ "r1 = r10 ; r1 += -8 ; r2 = 8 ; r3 = 2 ; call 1002 ; r0 = *(u64 *)(r10 -8) ; "
		  "exit",
		  0x0202020202020202 },
		{ "r1 = map[0] ll ; r2 = r10 ; r2 += -12 ; call 1003 ; exit", 0 },
		{ "r1 = *(u32 *)(r1 +0) ; r2 = 60 ; call 1000 ; exit", 59 * 60 / 2 },
		{ "call 1008 ; exit", 0 }, /* returns nothing, so r0 does not tell what it did */
		{ "r2 = 1008 ; callx r2 ; exit", 0 },
	};
	static const struct attack attacks[] = {
		{ "r1 = r10 ; r1 += -8 ; r2 = 9 ; call 1000 ; exit", 3, "ARG_MEMORY" },
		{ "r1 = r10 ; r1 += -513 ; r2 = 1 ; call 1000 ; exit", 3, "ARG_MEMORY" },
		{ "r1 = r10 ; r2 = 1 ; call 1000 ; exit", 2, "ARG_MEMORY" },
		{ "r1 = r10 ; r1 += -8 ; r2 = 0 ; call 1000 ; exit", 3, "ARG_SIZE" },
		{ "r1 = r10 ; r1 += -8 ; r2 = -1 ; call 1000 ; exit", 3, "ARG_SIZE" },
		{ "r1 = r10 ; r1 += -8 ; r2 = 0x20000001 ; call 1000 ; exit", 3, "ARG_SIZE" },
		{ "r1 = r10 ; r1 += -8 ; r2 = 0x100000008 ll ; call 1000 ; exit", 4, "ARG_SIZE" },
		{ "r2 = 8 ; r1 = 0 ; call 1000 ; exit", 2, "ARG_MEMORY" },
		{ "r1 = 0 ; r2 = 1 ; call 1001 ; exit", 2, "ARG_MEMORY" },
		{ "r2 = 4 ; call 1000 ; exit", 1, "ARG_MEMORY" }, /* the context */
		{ "r1 += 12 ; r2 = 4 ; call 1000 ; exit", 2, "ARG_MEMORY" },
		{ "r1 = map_value[5]+0 ll ; r2 = 4 ; r3 = 1 ; call 1002 ; exit", 4, "ARG_MEMORY" },
		{ "r1 = map_value[4]+0 ll ; r2 = 21 ; r3 = 1 ; call 1002 ; exit", 4, "ARG_MEMORY" },
		{ "r1 = *(u32 *)(r1 +0) ; r2 = 61 ; call 1000 ; exit", 2, "ARG_MEMORY" },
		{ "r1 = map[0] ll ; r2 = r10 ; r2 += -11 ; call 1003 ; exit", 4, "ARG_MEMORY" },
		{ "r1 = map[1] ll ; r2 = r10 ; r2 += -12 ; call 1003 ; exit", 4, "ARG_MAP_KIND" },
		{ "r1 = map[0] ll ; r1 += 1 ; r1 += -1 ; r1 += 99 ; r2 = r10 ; call 1 ; exit", 6,
		  "ARG_MAP" },
		{ "r1 = map[0] ll ; r1 += 7 ; r2 = r10 ; r2 += -4 ; call 1 ; exit", 5, "ARG_MAP" },
		{ "r1 = 0 ; r2 = r10 ; r2 += -4 ; call 1 ; exit", 3, "ARG_MAP" },
		{ "r1 = r10 ; r2 = r10 ; r2 += -4 ; call 1 ; exit", 3, "ARG_MAP" },
		{ "r1 = map_value[4]+0 ll ; r2 = r10 ; r2 += -4 ; call 1 ; exit", 4, "ARG_MAP" },
		{ "r1 = map[0] ll ; r2 = r10 ; r2 += -3 ; call 1 ; exit", 4, "ARG_MEMORY" },
		{ "r1 = map[0] ll ; r2 = 0 ; call 1 ; exit", 3, "ARG_MEMORY" },
		{ "r1 = map[2] ll ; r2 = r10 ; r2 += -4 ; call 1 ; exit", 4, "ARG_MAP_KIND" },
		{ "r1 = map[3] ll ; r2 = r10 ; r2 += -4 ; call 1 ; exit", 4, "ARG_MAP_KIND" },
		{ "r1 = map[1] ll ; r2 = r10 ; r2 += -4 ; r3 = r10 ; r3 += -7 ; call 2 ; exit", 6,
		  "ARG_MEMORY" },
		{ "r1 = map[5] ll ; r2 = r10 ; r2 += -4 ; r3 = r10 ; r3 += -32 ; call 2 ; exit", 6,
		  "ARG_MAP_READ_ONLY" },
		{ "r1 = map[5] ll ; r2 = r10 ; r2 += -4 ; call 3 ; exit", 4, "ARG_MAP_READ_ONLY" },
		{ "r1 = 0 ; r2 = 0 ; call 44 ; exit", 2, "ARG_CTX" },
		{ "r1 += 4 ; r2 = 0 ; call 44 ; exit", 2, "ARG_CTX" },
		{ "r1 = r10 ; r2 = 0 ; call 65 ; exit", 2, "ARG_CTX" },
		{ "call 999 ; exit", 0, "NO_HELPER" },
		{ "r2 = 999 ; callx r2 ; exit", 1, "NO_HELPER" },
		{ "r2 = 0x1000003f0 ll ; callx r2 ; exit", 2, "NO_HELPER" },
		{ "callx r10 ; exit", 0, "NO_HELPER" },
		{ "call 1007 ; exit", 0, "HELPER_TYPE" },
		{ "call kfunc[3] ; exit", 0, "NO_KFUNC" },
		{ "r1 = r10 ; call 1004 ; exit", 1, "CONTRACT" },
		{ "call 1005 ; exit", 0, "CONTRACT" },
		{ "r0 = addr_space_cast(r1, 0, 1) ; exit", 0, "ADDRESS_SPACE" },
	};
	static const struct attack strict[] = {
		{ "r2 = 0 ; call 44 ; exit", 1, "HELPER_TYPE" },
		{ "r0 = 4 ; exit", 1, "RESULT" },
		{ "r0 = -1 ; exit", 1, "RESULT" },
		{ "w0 = -1 ; exit", 1, "RESULT" },
		{ "r0 = r10 ; exit", 1, "RESULT" },
	};

	USE(uses);
	ATTACK(attacks);
	attack_all(strict, SKEP_COUNT(strict), &WORLD_TYPES[1]);
}

/* ------------------------------------------------------------------------------------- records */

#define RESERVE(size) "r1 = map[2] ll ; r2 = " #size " ; r3 = 0 ; call 131 ; "

static int count_record(void *ctx, const void *record, size_t size)
{
	(void)record;
	*(size_t *)ctx += size;
	return 0;
}

/* Bytes of the records in the ring, which is emptied: everything in it was given back. */
static size_t drain(void)
{
	struct skep_map *ring = &world.maps[RING];
	size_t bytes = 0;

	ring->kind->ops->consume(ring, count_record, &bytes);
	test_check_eq(ring->kind->ops->query(ring, 0), 0, __FILE__, __LINE__, "bytes left");
	return bytes;
}

TEST(records)
{
	static const struct use uses[] = {
		{ RESERVE(16) "*(u64 *)(r0 +8) = 1 ; r1 = r0 ; r2 = 0 ; call 132 ; r0 = 1 ; exit",
		  1 },
		{ RESERVE(16) "r1 = r0 ; r2 = 0 ; call 133 ; r0 = 1 ; exit", 1 },
		{ RESERVE(16) "r0 = 1 ; exit", 1 }, /* held at the end: discarded */
	};
	static const struct attack attacks[] = {
		{ RESERVE(16) "*(u8 *)(r0 +16) = 1 ; exit", 5, "STORE" },
		{ RESERVE(16) "*(u8 *)(r0 -1) = 1 ; exit", 5, "STORE" },
		{ RESERVE(16) "r0 = *(u32 *)(r0 -8) ; exit", 5, "LOAD" }, /* its header */
		{ RESERVE(16) "*(u64 *)(r0 +9) = 1 ; exit", 5, "STORE" },
		{ RESERVE(16) "r6 = r0 ; *(u8 *)(r6 +0) = 1 ; r1 = r0 ; r2 = 0 ; call 132 ; "
			      "*(u8 *)(r6 +0) = 1 ; exit",
		  10, "STORE" },
		{ RESERVE(16) "r6 = r0 ; r1 = r0 ; r2 = 0 ; call 132 ; r1 = r6 ; r2 = 0 ; call 132 "
			      "; "
			      "exit",
		  11, "ARG_RECORD" },
		{ RESERVE(16) "r1 = r0 ; r1 += 8 ; r2 = 0 ; call 132 ; exit", 8, "ARG_RECORD" },
		{ "r1 = 0 ; r2 = 0 ; call 132 ; exit", 2, "ARG_RECORD" },
		{ "r1 = r10 ; r1 += -64 ; r2 = 0 ; call 133 ; exit", 3, "ARG_RECORD" },
		{ RESERVE(16) "r1 = r0 ; r2 = r0 ; call 1006 ; exit", 7, "CONTRACT" },
		{ "r1 = map[2] ll ; r2 = -1 ; r3 = 0 ; call 131 ; exit", 4, "ARG_SIZE" },
		{ "r1 = map[0] ll ; r2 = 8 ; r3 = 0 ; call 131 ; exit", 4, "ARG_MAP_KIND" },
		{ "again: r1 = map[2] ll ; r2 = 8 ; r3 = 0 ; call 131 ; goto again", 4, "RECORDS" },
	};

	drain();
	USE(uses);
	CHECK_EQ(drain(), 16);
	ATTACK(attacks);
	/* The two submitted once; all others were discarded with the run. */
	CHECK_EQ(drain(), 32);
	/* And their room was given back: there is as much as at first. */
	CHECK_EQ(run("r1 = map[2] ll ; r2 = 4080 ; r3 = 0 ; call 131 ; r0 = r0 ; exit"), 0);
	CHECK(r0 != 0);
	drain();
}

/* ---------------------------------------------------------------------------------- tail calls */

static struct skep_insn other_insns[INSNS_MAX];
static struct skep_bytecode other;
static struct skep_target target = { .linked = &other };

/* Puts a program into slot 0. */
static bool set_other(const char *text, const struct skep_prog_type *type)
{
	const struct skep_target *slot = &target;
	const uint32_t key = 0;
	uint32_t count;

	if (!assemble(text, other_insns, &count))
		return false;
	other = world_code(&world, type, other_insns, count);
	return world.maps[PROGRAMS].kind->ops->update(&world.maps[PROGRAMS], &key, &slot, 0) == 0;
}

#define TAIL_CALL "r2 = map[3] ll ; r3 = 0 ; call 12 ; "

TEST(tail_calls)
{
	CHECK(set_other("r0 = *(u32 *)(r1 +12) ; r0 += 100 ; r0 += r7 ; exit", &WORLD_TYPES[0]));
	CHECK_EQ(run("r7 = 9 ; " TAIL_CALL "r0 = 1 ; exit"), 0);
	CHECK_EQ(r0, 105);
	/* Out of a function: what the other program returns is what the function returns. */
	CHECK_EQ(run("r6 = 1 ; call f ; r0 += r6 ; exit ; f: " TAIL_CALL "exit"), 0);
	CHECK_EQ(r0, 106);
	/* An empty slot, an index that is past the end, programs of another type. */
	CHECK_EQ(run("r2 = map[3] ll ; r3 = 1 ; call 12 ; r0 += 5 ; exit"), 0);
	CHECK_EQ(r0, 3);
	CHECK_EQ(run("r2 = map[3] ll ; r3 = 4 ; call 12 ; r0 += 5 ; exit"), 0);
	CHECK_EQ(r0, 3);
	CHECK(set_other("r0 = 1 ; exit", &WORLD_TYPES[1]));
	CHECK_EQ(run(TAIL_CALL "r0 += 5 ; exit"), 0);
	CHECK_EQ(r0, 3);
}

TEST(tail_calls_are_checked)
{
	static const struct attack attacks[] = {
		{ "r2 = map[0] ll ; r3 = 0 ; call 12 ; exit", 3, "ARG_MAP_KIND" },
		{ "r2 = map[3] ll ; r1 = r10 ; call 12 ; exit", 3, "ARG_CTX" },
		{ "r2 = 0 ; call 12 ; exit", 1, "ARG_MAP" },
	};

	ATTACK(attacks);
	CHECK(set_other("r1 = 0 ; r0 = *(u8 *)(r1 +0) ; exit", &WORLD_TYPES[0]));
	CHECK_EQ(run(TAIL_CALL "exit"), SKEP_EFAULT);
	CHECK_EQ(trap.pc, 1);
	CHECK(trap.target == &target);
	/* 33 of them, then none. */
	CHECK(set_other("r0 = *(u32 *)(r1 +16) ; r0 += 1 ; *(u32 *)(r1 +16) = r0 ; " TAIL_CALL
			"r0 = *(u32 *)(r1 +16) ; exit",
			&WORLD_TYPES[0]));
	CHECK_EQ(run("*(u32 *)(r1 +16) = 0 ; " TAIL_CALL "r0 = 1 ; exit"), 0);
	CHECK_EQ(r0, 33);
	/* The budget is that of all of them together. */
	CHECK(set_other("r0 = 0 ; again: r0 += 1 ; goto again", &WORLD_TYPES[0]));
	CHECK_EQ(run_of_type(TAIL_CALL "exit", &WORLD_TYPES[0], 1000), SKEP_E2BIG);
	CHECK_TEXT(name_of(trap.cause), "BUDGET");
	CHECK(trap.target == &target);
}

/* -------------------------------------------------------------------------------------- budget */

TEST(budget)
{
	CHECK_EQ(run("again: goto again"), SKEP_E2BIG);
	CHECK_TEXT(name_of(trap.cause), "BUDGET");
	CHECK_EQ(run_of_type("r0 = 0 ; r0 += 1 ; exit", &WORLD_TYPES[0], 3), 0);
	CHECK_EQ(r0, 1);
	CHECK_EQ(run_of_type("r0 = 0 ; r0 += 1 ; exit", &WORLD_TYPES[0], 2), SKEP_E2BIG);
	CHECK_EQ(trap.pc, 2);
	/* may_goto has its own limit, which is beyond the default budget. */
	CHECK_EQ(run("again: may_goto end ; goto again ; end: exit"), SKEP_E2BIG);
	CHECK_EQ(run_of_type("r0 = 0 ; again: may_goto end ; r0 += 1 ; goto again ; end: exit",
			     &WORLD_TYPES[0], 4 * SKEP_MAY_GOTO_MAX),
		 0);
	CHECK_EQ(r0, SKEP_MAY_GOTO_MAX);
}

/* ------------------------------------------------------------------------------------ registers */

struct seen {
	uint32_t count;
	uint32_t pc[16], level[16];
	uint64_t r0[16], r10[16];
};

static void see(void *ctx, uint32_t pc, const uint64_t regs[SKEP_REG_COUNT], uint32_t level)
{
	struct seen *seen = ctx;

	if (seen->count == 16)
		return;
	seen->pc[seen->count] = pc;
	seen->level[seen->count] = level;
	seen->r0[seen->count] = regs[0];
	seen->r10[seen->count++] = regs[10];
}

TEST(observer_sees_every_instruction_before_it_runs)
{
	static const uint32_t pcs[] = { 0, 1, 4, 5, 2, 3 }, levels[] = { 1, 1, 2, 2, 1, 1 };
	static const uint64_t r0s[] = { 0, 3, 0, 7, 7, 8 };
	struct skep_env env = world_env(&world, &WORLD_TYPES[0]);
	struct seen seen = { 0 };
	struct skep_bytecode code;
	struct skep_checked given = {
		.code = &code, .maps = world.maps, .observe = see, .observe_ctx = &seen
	};
	uint32_t count;

	CHECK(assemble("r0 = 3 ; call f ; r0 += 1 ; exit ; f: r0 = 7 ; exit", insns, &count));
	code = world_code(&world, &WORLD_TYPES[0], insns, count);
	CHECK_EQ(skep_checked_run(&given, &env, &r0, &trap), 0);
	CHECK_EQ(seen.count, 6);
	for (unsigned i = 0; i < 6; i++) {
		CHECK_EQ(seen.pc[i], pcs[i]);
		CHECK_EQ(seen.level[i], levels[i]);
		CHECK_EQ(seen.r0[i], r0s[i]);
	}
	CHECK(seen.r10[0] != seen.r10[2]);
	CHECK_EQ(seen.r10[0], seen.r10[4]);
}

TEST(observer_sees_large_indices)
{
	enum { END = 70000 };
	static struct skep_insn all[END];
	struct skep_env env = world_env(&world, NULL);
	struct seen seen = { 0 };
	struct skep_bytecode code = { .insns = all, .count = END };
	struct skep_checked given = { .code = &code, .observe = see, .observe_ctx = &seen };

	all[0] = (struct skep_insn){ .code = 0x06, .imm = END - 2 };
	all[END - 1].code = 0x95;
	CHECK_EQ(skep_checked_run(&given, &env, &r0, &trap), 0);
	CHECK_EQ(seen.count, 2);
	CHECK_EQ(seen.pc[0], 0);
	CHECK_EQ(seen.pc[1], END - 1);
}

/* Nobody has to set a register before it is read. */
TEST(registers_begin_as_zero)
{
	CHECK_EQ(run("r0 = 0 ; r0 |= r2 ; r0 |= r3 ; r0 |= r4 ; r0 |= r5 ; r0 |= r6 ; r0 |= r7 ; "
		     "r0 |= r8 ; r0 |= r9 ; exit"),
		 0);
	CHECK_EQ(r0, 0);
	CHECK_EQ(run("exit"), 0);
	CHECK_EQ(r0, 0);
	CHECK_EQ(run("r6 = 1 ; r7 = 1 ; call f ; exit ; f: r0 += r6 ; r0 += r7 ; exit"), 0);
	CHECK_EQ(r0, 0);
	CHECK_EQ(run("r0 = -1 ; call f ; exit ; f: exit"), 0);
	CHECK_EQ(r0, 0);
}

/* Without a type: memory of the caller, which the program may use from its first byte to its last.
 */
TEST(memory_of_the_caller)
{
	uint64_t *memory = malloc(24);
	struct skep_env env = world_env(&world, NULL);
	struct skep_bytecode code;
	struct skep_checked given = { .code = &code, .memory = memory, .memory_size = 21 };
	static const struct {
		const char *text;
		int err;
		uint64_t r0;
	} rows[] = {
		{ "r0 = r2 ; exit", 0, 21 },
		{ "*(u8 *)(r1 +20) = 3 ; r0 = *(u8 *)(r1 +20) ; exit", 0, 3 },
		{ "lock *(u64 *)(r1 +8) += r2 ; r0 = *(u64 *)(r1 +8) ; exit", 0, 21 },
		{ "r0 = *(u8 *)(r1 +21) ; exit", SKEP_EFAULT, 0 },
		{ "r0 = *(u8 *)(r1 -1) ; exit", SKEP_EFAULT, 0 },
		{ "*(u32 *)(r1 +18) = 1 ; exit", SKEP_EFAULT, 0 },
		{ "r1 = map[0] ll ; exit", SKEP_EFAULT, 0 },
		{ "call 1 ; exit", SKEP_EFAULT, 0 },
	};

	memset(memory, 0, 24);
	for (size_t i = 0; i < SKEP_COUNT(rows); i++) {
		uint32_t count;

		test_case("%s", rows[i].text);
		CHECK(assemble(rows[i].text, insns, &count));
		code = (struct skep_bytecode){ .insns = insns, .count = count };
		r0 = 0;
		CHECK_EQ(skep_checked_run(&given, &env, &r0, &trap), rows[i].err);
		CHECK_EQ(r0, rows[i].r0);
	}
	/* r2 is the whole size. */
	given.memory_size = SIZE_MAX / 5 * 4;
	CHECK(assemble("r0 = r2 ; exit", insns, &code.count));
	CHECK_EQ(skep_checked_run(&given, &env, &r0, &trap), 0);
	CHECK_EQ(r0, SIZE_MAX / 5 * 4);
	free(memory);
}

/* The value is that of this cause, and not what is left of an access before. */
TEST(what_was_wrong)
{
	static const struct {
		const char *text, *cause;
		uint64_t value;
		uint32_t size;
	} rows[] = {
		{ "r1 = 0x1122334455 ll ; r0 = *(u32 *)(r1 +4) ; exit", "LOAD", 0x1122334459, 4 },
		{ "r1 = -2 ; *(u64 *)(r1 -6) = 3 ; exit", "STORE", (uint64_t)-8, 8 },
		{ "r6 = 0x5500000077 ll ; r0 = *(u8 *)skb[0] ; exit", "PACKET_LOAD", 0x5500000077,
		  0 },
		{ "*(u64 *)(r10 -8) = 1 ; again: goto again", "BUDGET", 0, 0 },
		{ "*(u64 *)(r10 -8) = 1 ; call 0x80000077 ; exit", "NO_HELPER", 0x80000077, 0 },
		{ "r1 = 0x5500000077 ll ; callx r1 ; exit", "NO_HELPER", 0x5500000077, 0 },
	};
	static const int32_t NUMBERS[] = { 0, 1, 0x7f, 0x80, 0x12345, -1, INT32_MIN };
	struct skep_env env = world_env(&world, &WORLD_TYPES[0]);
	struct skep_insn kfunc[2] = { { .code = 0x85, .src_reg = BPF_PSEUDO_KFUNC_CALL },
				      { .code = 0x95 } };
	struct skep_bytecode code = world_code(&world, &WORLD_TYPES[0], kfunc, 2);
	const struct skep_checked given = { .code = &code, .maps = world.maps };

	for (size_t i = 0; i < SKEP_COUNT(rows); i++) {
		test_case("%s", rows[i].text);
		CHECK(run(rows[i].text) != 0);
		CHECK_TEXT(name_of(trap.cause), rows[i].cause);
		CHECK_EQ(trap.value, rows[i].value);
		CHECK_EQ(trap.size, rows[i].size);
	}
	for (size_t i = 0; i < SKEP_COUNT(NUMBERS); i++) {
		test_case("kernel function %d", (int)NUMBERS[i]);
		kfunc[0].imm = NUMBERS[i];
		CHECK_EQ(skep_checked_run(&given, &env, &r0, &trap), SKEP_EFAULT);
		CHECK_TEXT(name_of(trap.cause), "NO_KFUNC");
		CHECK_EQ(trap.value, (uint32_t)NUMBERS[i]);
		CHECK_EQ(trap.size, 0);
	}
	test_case("%s", "");
}

/* Handles that say where the function begins, however far away, in both directions. */
TEST(function_addresses)
{
	enum { FUNCTIONS_END = 40000, HERE = 1100 };
	static const int32_t AT[] = { 1000, 0, 1102, 1103, 1104, 1200, 1300, FUNCTIONS_END - 1 };
	static struct skep_insn all[FUNCTIONS_END];
	struct skep_env env = world_env(&world, NULL);
	struct skep_bytecode code = { .insns = all, .count = FUNCTIONS_END };
	const struct skep_checked given = { .code = &code };

	for (size_t i = 0; i < FUNCTIONS_END; i++)
		all[i].code = 0x95;
	all[0] = (struct skep_insn){ .code = 0x05, .off = HERE - 1 };
	for (size_t i = 0; i < SKEP_COUNT(AT); i++) {
		all[HERE] = (struct skep_insn){ .code = 0x18,
						.src_reg = BPF_PSEUDO_FUNC,
						.imm = AT[i] - HERE - 1 };
		all[HERE + 1] = (struct skep_insn){ 0 };
		CHECK_EQ(skep_checked_run(&given, &env, &r0, &trap), 0);
		CHECK_EQ(r0, SKEP_HANDLE_FUNCTION + (uint64_t)AT[i]);
	}
}

/* A helper's number is all 32 bits of an immediate. */
TEST(helpers_with_large_numbers)
{
	const struct skep_helper rows[] = {
		{ .id = 0x80000001,
		  .name = "nothing",
		  .ret = SKEP_RET_INTEGER,
		  .fn = world_nothing },
		{ .id = UINT32_MAX, .name = "last", .ret = SKEP_RET_INTEGER, .fn = world_nothing },
	};
	const struct skep_contracts contracts = { .helpers = { rows },
						  .helper_count = { SKEP_COUNT(rows) } };
	struct skep_env env = world_env(&world, NULL);
	struct skep_insn calls[2] = { { .code = 0x85 }, { .code = 0x95 } };
	struct skep_bytecode code = { .insns = calls, .count = 2, .contracts = &contracts };
	const struct skep_checked given = { .code = &code };

	for (size_t i = 0; i < SKEP_COUNT(rows); i++) {
		calls[0].imm = (int32_t)rows[i].id;
		CHECK_EQ(skep_checked_run(&given, &env, &r0, &trap), 0);
		CHECK_EQ(r0, 77);
	}
}

TEST(every_cause_has_its_texts)
{
	for (uint32_t cause = 1; cause < SKEP_TRAP_COUNT; cause++) {
		test_case("%s", name_of(cause));
		CHECK(skep_trap_err(cause) == SKEP_EFAULT || skep_trap_err(cause) == SKEP_E2BIG);
		CHECK(skep_trap_found(cause)[0] != '\0' && skep_trap_needed(cause)[0] != '\0');
	}
	test_case("%s", "");
	CHECK_EQ(skep_trap_err(SKEP_TRAP_NONE), 0);
	CHECK_EQ(skep_trap_err(SKEP_TRAP_COUNT), 0);
}

TEST(world_is_made)
{
	CHECK(world_open(&world));
}

TEST(world_is_given_back)
{
	world_close(&world);
}

TESTS_BEGIN
T(world_is_made)
T(stack)
T(levels)
T(eight_levels)
T(addresses_from_nowhere)
T(context)
T(packet)
T(packet_loads)
T(map_values)
T(granted_values_are_bounded)
T(helpers_arguments)
T(records)
T(tail_calls)
T(tail_calls_are_checked)
T(budget)
T(observer_sees_every_instruction_before_it_runs)
T(observer_sees_large_indices)
T(registers_begin_as_zero)
T(memory_of_the_caller)
T(what_was_wrong)
T(function_addresses)
T(helpers_with_large_numbers)
T(every_cause_has_its_texts)
T(world_is_given_back)
TESTS_END
