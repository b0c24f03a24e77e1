/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: whether an address can be followed, and what a load finds there. Every access is held to
 * the bounds of what its pointer points to, for every value that its variable part can have.
 * Refuses what may be null or outside, writes to what is read-only, stack that was never written,
 * and context fields other than whole ones.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "verify/verifier.h"

struct access {
	unsigned reg;
	int32_t off; /* from the register */
	uint32_t size;
	bool read, write;
	const char *what; /* "this load" */
};

/* Where an access can begin, from the start of the memory, or of the variable part in packets. */
struct span {
	int64_t min, max; /* first byte, at the lowest and the highest */
};

static int32_t at(const struct skep_verifier *v)
{
	return (int32_t)v->state.pc;
}

/* ----------------------------------------------------------------------------------- bounds */

static int find_span(struct skep_verifier *v, const struct access *access, struct span *out)
{
	const struct skep_value *base = skep_verifier_reg(v, access->reg);
	char text[SKEP_EXPLAIN_BYTES];

	v->blamed = access->reg;
	if (base->var.full.smin < -SKEP_OFF_MAX || base->var.full.smax > SKEP_OFF_MAX)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "the variable part of the address in r%u is %s\na number with "
				 "bounds\ncompare it with an upper bound, or mask it, before it is "
				 "added to the pointer",
				 access->reg, skep_explain_bounds(&base->var, text));
	out->min = base->var.full.smin + base->off + access->off;
	out->max = base->var.full.smax + base->off + access->off;
	return 0;
}

static const char *plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

static int refuse_outside(struct skep_verifier *v, const struct access *access,
			  const struct span *span, const char *where, uint32_t size)
{
	if (span->min == span->max)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s of %u byte%s at offset %lld of %s, which has %u byte%s\nan "
				 "access from 0 to %u\ncheck the size of the structure and the "
				 "index",
				 access->what, (unsigned)access->size, plural(access->size),
				 (long long)span->min, where, (unsigned)size, plural(size),
				 (unsigned)size);
	return skep_fail(v->log, SKEP_EACCES, at(v),
			 "%s of %u byte%s at an offset from %lld to %lld of %s, which has %u "
			 "byte%s\nan access from 0 to %u\nlimit the index that was added to r%u",
			 access->what, (unsigned)access->size, plural(access->size),
			 (long long)span->min, (long long)span->max, where, (unsigned)size,
			 plural(size), (unsigned)size, access->reg);
}

static int check_block(struct skep_verifier *v, const struct access *access, const char *where,
		       uint32_t size)
{
	struct span span = { 0, 0 };

	SKEP_TRY(find_span(v, access, &span));
	if (span.min < 0 || span.max + access->size > size)
		return refuse_outside(v, access, &span, where, size);
	return 0;
}

static int check_packet(struct skep_verifier *v, const struct access *access)
{
	const struct skep_value *base = skep_verifier_reg(v, access->reg);
	const bool is_meta = base->kind == SKEP_VALUE_PKT_META;
	const char *end = is_meta ? "the start of the packet" : "data_end";
	const int64_t first = (int64_t)base->off + access->off;
	const int64_t last = first + access->size;
	struct span span = { 0, 0 };

	v->blamed = access->reg;
	if (access->write && !v->code->type->packet_writable)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s goes to the packet, which programs of type %s must not "
				 "write\na packet that is only read\n",
				 access->what, v->code->type->name);
	SKEP_TRY(find_span(v, access, &span));
	if (span.min < 0)
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"%s can begin %lld byte%s before the packet's %s\nan offset that is "
			"not negative\nmask what was added to r%u, or compare it with 0",
			access->what, (long long)-span.min, plural(-span.min),
			is_meta ? "metadata" : "data", access->reg);
	/* With a variable part, nothing proven means not even that the part itself is inside. */
	if (last > base->reach || (base->id != 0 && base->reach == 0))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s of %u byte%s at offset %lld of the packet%s, but only %d "
				 "byte%s proven to be there\n%lld byte%s before %s\ncompare r%u "
				 "%+lld with %s before this, and leave if it is greater",
				 access->what, (unsigned)access->size, plural(access->size),
				 (long long)first, base->id != 0 ? " (from its variable part)" : "",
				 (int)base->reach, base->reach == 1 ? " is" : "s are",
				 (long long)last, plural(last), end, access->reg,
				 (long long)(last - base->off), end);
	return 0;
}

/* Locks, timers and the like are for helpers. */
static int check_specials(struct skep_verifier *v, const struct access *access,
			  const struct skep_map_view *map)
{
	struct span span = { 0, 0 };

	SKEP_TRY(find_span(v, access, &span));
	for (uint32_t i = 0; i < map->special_count; i++) {
		const struct skep_special *special = &map->specials[i];

		if (span.max + access->size > (int64_t)special->offset &&
		    span.min < (int64_t)(special->offset + special->size))
			return skep_fail(
				v->log, SKEP_EACCES, at(v),
				"%s touches bytes %llu to %llu of a value of map %s, where a "
				"lock, timer, list or kernel pointer is\nother bytes\nuse the "
				"helpers that are made for it",
				access->what, (unsigned long long)special->offset,
				(unsigned long long)(special->offset + special->size - 1),
				map->name);
	}
	return 0;
}

static int check_map_value(struct skep_verifier *v, const struct access *access)
{
	const struct skep_value *base = skep_verifier_reg(v, access->reg);
	const struct skep_map_view *map = &v->code->maps[base->map];
	char where[96];

	v->blamed = access->reg;
	if (access->write && map->read_only)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s goes to map %s, which is read-only\na map that programs may "
				 "write\nmake the variable non-const, or write elsewhere",
				 access->what, map->name);
	if (access->read && map->write_only)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s reads map %s, which is write-only to programs\na map that "
				 "programs may read\ncreate the map without BPF_F_WRONLY_PROG",
				 access->what, map->name);
	skep_format(where, sizeof(where), "a value of map %s", map->name);
	SKEP_TRY(check_block(v, access, where, map->def.value_size));
	return map->special_count > 0 ? check_specials(v, access, map) : 0;
}

/* Memory that is neither stack nor context. */
static int check_memory(struct skep_verifier *v, const struct access *access)
{
	const struct skep_value *base = skep_verifier_reg(v, access->reg);

	if (base->maybe_null)
		return skep_explain_no_address(v, access->reg);
	switch (base->kind) {
	case SKEP_VALUE_PKT:
	case SKEP_VALUE_PKT_META: return check_packet(v, access);
	case SKEP_VALUE_MAP_VALUE: return check_map_value(v, access);
	case SKEP_VALUE_RECORD: return check_block(v, access, "a ring buffer record", base->size);
	default: return skep_explain_no_address(v, access->reg);
	}
}

/* An instruction that is rewritten for the context cannot serve other memory as well. */
static int mark_insn(struct skep_verifier *v, bool is_ctx)
{
	uint8_t *fact = &v->facts.insns[v->state.pc], *mark = &v->marks[v->state.pc];

	if (is_ctx)
		*fact |= SKEP_FACT_CTX;
	else
		*mark |= SKEP_MARK_OTHER;
	if ((*fact & SKEP_FACT_CTX) && (*mark & SKEP_MARK_OTHER))
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"this instruction accesses the context on one path and other "
			"memory on another\nthe same kind of pointer on every path\naccess "
			"the two in separate statements, before their paths join");
	return 0;
}

/* ------------------------------------------------------------------------------------ stack */

static struct skep_frame *frame_of(const struct skep_verifier *v, unsigned reg)
{
	const struct skep_value *base = skep_verifier_reg((struct skep_verifier *)v, reg);

	return v->state.frames[base->frame];
}

/* Counts a frame's stack as used from `at` on. */
static void use_stack(struct skep_verifier *v, const struct skep_frame *frame, uint32_t from)
{
	struct skep_function *function = &v->facts.functions[frame->function];
	const uint32_t bytes = (SKEP_STACK_BYTES - from + 7) & ~7u;

	if (function->stack_bytes < bytes)
		function->stack_bytes = bytes;
}

/* Which bytes of the frame, counted from its lowest, an access can touch: [*from, *to). */
static int find_stack(struct skep_verifier *v, const struct access *access, uint32_t *from,
		      uint32_t *to)
{
	struct span span = { 0, 0 };

	SKEP_TRY(find_span(v, access, &span));
	if (span.min < -SKEP_STACK_BYTES || span.max + access->size > 0)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s of %u byte%s at r10 %+lld%s is outside the stack\nan offset "
				 "from -%d to -%u\n%s",
				 access->what, (unsigned)access->size, plural(access->size),
				 (long long)(span.min < -SKEP_STACK_BYTES ? span.min : span.max),
				 span.min == span.max ? "" : " (at its farthest)", SKEP_STACK_BYTES,
				 (unsigned)access->size,
				 span.min == span.max ? "use less stack" : "limit the index");
	*from = (uint32_t)(span.min + SKEP_STACK_BYTES);
	*to = (uint32_t)(span.max + SKEP_STACK_BYTES) + access->size;
	use_stack(v, frame_of(v, access->reg), *from);
	return 0;
}

static int need_stack_written(struct skep_verifier *v, const struct access *access, uint32_t from,
			      uint32_t to)
{
	const uint32_t hole = skep_frame_find_unwritten(frame_of(v, access->reg), from, to);

	if (hole == to)
		return 0;
	return skep_fail(v->log, SKEP_EACCES, at(v),
			 "%s reads the stack at r10 %d, which was not written on this "
			 "path\ninitialised stack\nset the variable to 0 where it is declared "
			 "(memset it, if it is a structure with padding)",
			 access->what, (int)hole - SKEP_STACK_BYTES);
}

static int load_stack(struct skep_verifier *v, const struct access *access, struct skep_value *out)
{
	const struct skep_frame *frame = frame_of(v, access->reg);
	uint32_t from, to;

	SKEP_TRY(find_stack(v, access, &from, &to));
	SKEP_TRY(need_stack_written(v, access, from, to));
	if (to - from > access->size) {
		*out = skep_value_unknown(access->size * 8);
		return 0;
	}
	if (!skep_frame_load(frame, from, access->size, out))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s of %u byte%s at r10 %d reads a part of a stored pointer\nall "
				 "8 bytes at once\nload the pointer whole",
				 access->what, (unsigned)access->size, plural(access->size),
				 (int)from - SKEP_STACK_BYTES);
	return 0;
}

/* Of a program that must not learn addresses, pointers on the stack are written and overwritten
 * whole. */
static int keep_pointers(struct skep_verifier *v, const struct access *access,
			 const struct skep_value *value, uint32_t from, uint32_t to)
{
	if (access->size == 8 && from % 8 == 0 && to == from + 8)
		return 0;
	if (v->limits->unprivileged && skep_value_is_pointer(value))
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"%s of %u byte%s at r10 %d cuts a pointer\nall 8 bytes at an offset "
			"that is a multiple of 8: unprivileged programs must not learn "
			"addresses\nstore the pointer whole",
			access->what, (unsigned)access->size, plural(access->size),
			(int)from - SKEP_STACK_BYTES);
	return skep_unprivileged_stack(v, frame_of(v, access->reg), from, to, access->what);
}

static int store_stack(struct skep_verifier *v, const struct access *access,
		       const struct skep_value *value)
{
	struct skep_frame *frame = frame_of(v, access->reg);
	uint32_t from, to;

	SKEP_TRY(find_stack(v, access, &from, &to));
	/* It would outlive its frame. */
	if (value->kind == SKEP_VALUE_STACK &&
	    value->frame > skep_verifier_reg(v, access->reg)->frame)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s puts a pointer to this function's stack into its caller's\na "
				 "pointer that lives longer\nreturn the value itself",
				 access->what);
	SKEP_TRY(keep_pointers(v, access, value, from, to));
	if (to - from > access->size)
		skep_frame_blur(frame, from, to, false);
	else if (!skep_frame_store(frame, from, access->size, value, &v->arena))
		return skep_explain_memory(v);
	return 0;
}

/* ---------------------------------------------------------------------------------- context */

static int refuse_write(struct skep_verifier *v, const struct access *access, const char *name)
{
	return skep_fail(v->log, SKEP_EACCES, at(v),
			 "%s writes the context's field %s, which programs of type %s only "
			 "read\na field that may be written\n",
			 access->what, name, v->code->type->name);
}

static int find_ctx(struct skep_verifier *v, const struct access *access,
		    const struct skep_ctx_field **out, struct skep_ctx_place *place)
{
	const struct skep_value *base = skep_verifier_reg(v, access->reg);

	v->blamed = access->reg;
	if (!skep_value_is_start(base))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s goes through the context pointer r%u moved by %d\nthe context "
				 "pointer as it was given\nput the offset into the access itself",
				 access->what, access->reg, (int)base->off);
	*out = skep_contracts_field(v->code->type, access->off, access->size, access->write, place);
	if (*out == NULL && access->write) {
		const struct skep_ctx_field *field = skep_contracts_field(
			v->code->type, access->off, access->size, false, place);

		if (field != NULL)
			return refuse_write(v, access, field->name);
	}
	if (*out == NULL)
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"%s of %u byte%s at offset %d of the context of type %s\na field at "
			"its own offset and in its own size\nuse the structure that Linux "
			"defines for this program type",
			access->what, (unsigned)access->size, plural(access->size),
			(int)access->off, v->code->type->name);
	return mark_insn(v, true);
}

static int load_ctx(struct skep_verifier *v, const struct access *access, bool is_signed,
		    struct skep_value *out)
{
	static const uint8_t KINDS[SKEP_FIELD_COUNT] = {
		[SKEP_FIELD_SCALAR] = SKEP_VALUE_NUMBER,
		[SKEP_FIELD_PKT] = SKEP_VALUE_PKT,
		[SKEP_FIELD_PKT_END] = SKEP_VALUE_PKT_END,
		[SKEP_FIELD_PKT_META] = SKEP_VALUE_PKT_META,
		[SKEP_FIELD_PARTS] = SKEP_VALUE_NUMBER,
		[SKEP_FIELD_BYTES] = SKEP_VALUE_NUMBER,
		[SKEP_FIELD_SOCK_COMMON_OR_NULL] = SKEP_VALUE_SOCK,
		[SKEP_FIELD_SOCKET_OR_NULL] = SKEP_VALUE_SOCK,
		[SKEP_FIELD_SOCKET] = SKEP_VALUE_SOCK,
		[SKEP_FIELD_KERNEL] = SKEP_VALUE_KERNEL,
		[SKEP_FIELD_KERNEL_OR_NULL] = SKEP_VALUE_KERNEL,
	};
	const struct skep_ctx_field *field;
	struct skep_ctx_place place;
	enum skep_value_kind kind;

	SKEP_TRY(find_ctx(v, access, &field, &place));
	kind = (unsigned)field->kind < SKEP_FIELD_COUNT ? KINDS[field->kind] : SKEP_VALUE_NONE;
	if (is_signed && (kind != SKEP_VALUE_NUMBER || place.size != access->size))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s sign-extends the context's field %s\na load that does "
				 "not\ndeclare the variable unsigned",
				 access->what, field->name);
	if (kind == SKEP_VALUE_NONE)
		return skep_fail(v->log, SKEP_EINVAL, at(v),
				 "the context's field %s is of unknown kind %u\na kind of enum "
				 "skep_field_kind\n",
				 field->name, (unsigned)field->kind);
	/* The load is made as wide as the field is in memory. */
	if (kind == SKEP_VALUE_NUMBER)
		*out = skep_value_unknown((place.size > access->size ? place.size : access->size) *
					  8u);
	else
		*out = skep_value_pointer(kind, v->state.pc);
	if (kind == SKEP_VALUE_KERNEL && v->code->field_types != NULL)
		*out = skep_kernel_pointer(v, v->code->field_types[field - v->code->type->fields],
					   true, field->kind == SKEP_FIELD_KERNEL_OR_NULL);
	if (kind == SKEP_VALUE_SOCK) {
		out->map = field->kind == SKEP_FIELD_SOCK_COMMON_OR_NULL ? SKEP_SOCK_COMMON
									 : SKEP_SOCK_FULL;
		out->maybe_null = field->kind != SKEP_FIELD_SOCKET;
		out->id = out->maybe_null ? ++v->last_id : 0;
	}
	return 0;
}

/* Sockets are only read, field by field like a context. */
static int load_sock(struct skep_verifier *v, const struct access *access, struct skep_value *out)
{
	const struct skep_value *base = skep_verifier_reg(v, access->reg);
	const struct skep_layout *layouts = v->code->contracts->socks;
	struct skep_ctx_place place;

	v->blamed = access->reg;
	if (base->maybe_null || layouts == NULL || base->map >= SKEP_SOCK_COUNT)
		return skep_explain_no_address(v, access->reg);
	if (skep_contracts_find_field(&layouts[base->map], access->off, access->size, false,
				      &place) == NULL)
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"%s of %u byte%s at offset %d of a socket\na field at its own "
			"offset and in its own size\nsee struct bpf_sock and struct bpf_tcp_sock",
			access->what, (unsigned)access->size, plural(access->size),
			(int)access->off);
	*out = skep_value_unknown(access->size * 8);
	return mark_insn(v, false);
}

static int store_ctx(struct skep_verifier *v, const struct access *access,
		     const struct skep_value *value)
{
	const struct skep_ctx_field *field;
	struct skep_ctx_place place;
	bool is_number;

	SKEP_TRY(find_ctx(v, access, &field, &place));
	is_number = field->kind == SKEP_FIELD_SCALAR || field->kind == SKEP_FIELD_PARTS ||
		    field->kind == SKEP_FIELD_BYTES;
	if (!is_number || place.size != access->size)
		return refuse_write(v, access, field->name);
	if (skep_value_is_pointer(value))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s puts a pointer into the context's field %s\na number\n",
				 access->what, field->name);
	return 0;
}

/* ---------------------------------------------------------------------------- load and store */

bool skep_access_is_known(const struct skep_map_view *map, int64_t from, uint32_t size)
{
	uint32_t low = 0, high = map->unknown_count;

	if (map->content == NULL || !map->read_only || from < 0 ||
	    !skep_in_bounds((uint64_t)from, size, map->def.value_size))
		return false;
	/* The first unknown place that does not end before these bytes. */
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if ((int64_t)map->unknown[middle] + 8 <= from)
			low = middle + 1;
		else
			high = middle;
	}
	return low == map->unknown_count || map->unknown[low] >= from + size;
}

/* Loads from read-only maps whose content is known and cannot change give constants. */
static bool load_content(const struct skep_verifier *v, const struct access *access,
			 struct skep_value *out)
{
	const struct skep_value *base = skep_verifier_reg((struct skep_verifier *)v, access->reg);
	const struct skep_map_view *map;
	const uint8_t *from;
	int64_t place;

	if (base->kind != SKEP_VALUE_MAP_VALUE || !skep_scalar_is_const(&base->var))
		return false;
	map = &v->code->maps[base->map];
	place = base->var.full.smin + base->off + access->off;
	if (!skep_access_is_known(map, place, access->size))
		return false;
	from = map->content + place;
	switch (access->size) {
	case 1: *out = skep_value_const(*from); break;
	case 2: *out = skep_value_const(skep_load16(from)); break;
	case 4: *out = skep_value_const(skep_load32(from)); break;
	default: *out = skep_value_const(skep_load64(from)); break;
	}
	return true;
}

static int load_value(struct skep_verifier *v, const struct access *access, bool is_signed,
		      struct skep_value *out)
{
	switch (skep_verifier_reg(v, access->reg)->kind) {
	case SKEP_VALUE_NONE: return skep_explain_unwritten(v, access->reg);
	case SKEP_VALUE_CTX: return load_ctx(v, access, is_signed, out);
	case SKEP_VALUE_STACK: SKEP_TRY(load_stack(v, access, out)); return mark_insn(v, false);
	case SKEP_VALUE_SOCK: return load_sock(v, access, out);
	case SKEP_VALUE_KERNEL:
		SKEP_TRY(skep_kernel_load(v, access->reg, access->off, access->size, out));
		return mark_insn(v, false);
	default:
		SKEP_TRY(check_memory(v, access));
		if (!load_content(v, access, out))
			*out = skep_value_unknown(access->size * 8);
		return mark_insn(v, false);
	}
}

/* Atomic accesses need one piece of memory, aligned, that other cpus may look at or nobody does. */
static int check_atomic(struct skep_verifier *v, const struct access *access)
{
	const struct skep_value *base = skep_verifier_reg(v, access->reg);
	const uint64_t low = access->size - 1;
	const uint64_t fixed = (uint64_t)(int64_t)(base->off + access->off);
	const uint64_t value = base->var.bits.value + fixed;

	switch (base->kind) {
	case SKEP_VALUE_STACK:
	case SKEP_VALUE_MAP_VALUE:
	case SKEP_VALUE_RECORD: break;
	case SKEP_VALUE_NONE: return skep_explain_unwritten(v, access->reg);
	case SKEP_VALUE_NUMBER: return skep_explain_no_address(v, access->reg);
	default:
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s goes through r%u to memory that has no atomic accesses\nthe "
				 "stack, a map value or a ring buffer record\nuse an ordinary load "
				 "and store",
				 access->what, access->reg);
	}
	if (base->maybe_null)
		return skep_explain_no_address(v, access->reg);
	if (((base->var.bits.mask | value) & low) != 0)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "%s of %u bytes is at an address that may not be a multiple of "
				 "%u\nan aligned address\nalign the field in its structure",
				 access->what, (unsigned)access->size, (unsigned)access->size);
	return 0;
}

int skep_access_load(struct skep_verifier *v, const struct skep_op *op)
{
	const bool is_signed = op->kind == SKEP_KIND_LOAD_SIGNED;
	const struct access access = { .reg = op->src,
				       .off = op->off,
				       .size = op->bits / 8u,
				       .read = true,
				       .what = "a load" };
	struct skep_value value;

	if (op->kind == SKEP_KIND_LOAD_ACQUIRE)
		SKEP_TRY(check_atomic(v, &access));
	SKEP_TRY(load_value(v, &access, is_signed, &value));
	if (is_signed) {
		/* A stored pointer has 64 bits, which no load extends. */
		skep_scalar_sign_extend(&value.var, op->bits, SKEP_WIDTH);
		value.id = 0;
		value.off = 0;
	}
	*skep_verifier_reg(v, op->dst) = value;
	return 0;
}

int skep_access_store(struct skep_verifier *v, const struct skep_op *op)
{
	const struct access access = { .reg = op->dst,
				       .off = op->off,
				       .size = op->bits / 8u,
				       .write = true,
				       .what = "a store" };
	struct skep_value value = skep_value_const((uint64_t)op->imm);

	if (op->kind != SKEP_KIND_STORE_IMM) {
		if (skep_verifier_reg(v, op->src)->kind == SKEP_VALUE_NONE)
			return skep_explain_unwritten(v, op->src);
		if (skep_verifier_reg(v, op->dst)->kind == SKEP_VALUE_STACK)
			skep_step_share(v, skep_verifier_reg(v, op->src));
		value = *skep_verifier_reg(v, op->src);
	}
	if (op->kind == SKEP_KIND_STORE_RELEASE)
		SKEP_TRY(check_atomic(v, &access));
	switch (skep_verifier_reg(v, op->dst)->kind) {
	case SKEP_VALUE_NONE: return skep_explain_unwritten(v, op->dst);
	case SKEP_VALUE_CTX: return store_ctx(v, &access, &value);
	case SKEP_VALUE_STACK:
		SKEP_TRY(store_stack(v, &access, &value));
		return mark_insn(v, false);
	default:
		if (op->kind != SKEP_KIND_STORE_IMM)
			SKEP_TRY(skep_unprivileged_keep(v, op->src, "would be stored in memory"));
		SKEP_TRY(check_memory(v, &access));
		return mark_insn(v, false);
	}
}

bool skep_access_fetches(const struct skep_op *op)
{
	switch (op->what) {
	case SKEP_ATOMIC_ADD:
	case SKEP_ATOMIC_OR:
	case SKEP_ATOMIC_AND:
	case SKEP_ATOMIC_XOR: return false;
	default: return true;
	}
}

/* An atomic change: what was there, unless it was a pointer, and now any number. */
static int change_stack(struct skep_verifier *v, const struct access *access,
			struct skep_value *old)
{
	struct skep_frame *frame = frame_of(v, access->reg);
	struct skep_value value;
	uint32_t from, to;

	SKEP_TRY(find_stack(v, access, &from, &to));
	SKEP_TRY(need_stack_written(v, access, from, to));
	SKEP_TRY(skep_unprivileged_stack(v, frame, from, to, access->what));
	if (to - from == access->size && skep_frame_load(frame, from, access->size, &value) &&
	    value.kind == SKEP_VALUE_NUMBER)
		*old = value;
	skep_frame_blur(frame, from, to, false);
	return 0;
}

int skep_access_atomic(struct skep_verifier *v, const struct skep_op *op)
{
	const struct access access = { .reg = op->dst,
				       .off = op->off,
				       .size = op->bits / 8u,
				       .read = true,
				       .write = true,
				       .what = "an atomic operation" };
	const bool is_compare = op->what == SKEP_ATOMIC_CMPXCHG;
	struct skep_value old = skep_value_unknown(op->bits);

	if (skep_verifier_reg(v, op->src)->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, op->src);
	if (is_compare && skep_verifier_reg(v, 0)->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, 0);
	SKEP_TRY(skep_unprivileged_keep(v, op->src, "would be stored in memory"));
	if (is_compare)
		SKEP_TRY(skep_unprivileged_keep(v, 0, "would be compared with memory"));
	SKEP_TRY(check_atomic(v, &access));
	if (skep_verifier_reg(v, op->dst)->kind == SKEP_VALUE_STACK)
		SKEP_TRY(change_stack(v, &access, &old));
	else
		SKEP_TRY(check_memory(v, &access));
	if (skep_access_fetches(op))
		*skep_verifier_reg(v, is_compare ? 0 : op->src) = old;
	return mark_insn(v, false);
}

/* ---------------------------------------------------------------------------------- helpers */

static int buffer_on_stack(struct skep_verifier *v, const struct skep_buffer *buffer,
			   const struct access *access)
{
	uint32_t from, to;

	SKEP_TRY(find_stack(v, access, &from, &to));
	SKEP_TRY(skep_unprivileged_stack(v, frame_of(v, buffer->reg), from, to, buffer->what));
	if (!buffer->write)
		return need_stack_written(v, access, from, to);
	/* All of it is written for certain only if its place and size are known. */
	skep_frame_blur(frame_of(v, buffer->reg), from, to,
			to - from == access->size && buffer->size_min == buffer->size_max);
	return 0;
}

int skep_access_buffer(struct skep_verifier *v, const struct skep_buffer *buffer)
{
	const struct skep_value *base = skep_verifier_reg(v, buffer->reg);
	const struct access access = { .reg = buffer->reg,
				       .size = buffer->size_max,
				       .read = !buffer->write,
				       .write = buffer->write,
				       .what = buffer->what };

	if (base->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, buffer->reg);
	if (base->kind == SKEP_VALUE_STACK)
		return buffer_on_stack(v, buffer, &access);
	return check_memory(v, &access);
}
