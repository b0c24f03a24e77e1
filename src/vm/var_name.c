/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in, variables out. What a symbol is named comes first; then, for static variables, what the
 * source calls them: clang names `n` of function fn() "fn.n", gcc "n.0". Several of a name are told
 * apart by their file, their section, or at last by their place.
 */
#include "vm/var.h"

#include "base/bytes.h"
#include "base/format.h"

enum { NAME_BYTES = 256, LIST_BYTES = 400 };

/* A name without its end. */
struct slice {
	const char *text;
	size_t size;
};

static bool is(const struct slice *slice, const char *text)
{
	return slice->size == skep_text_size(text) && memcmp(slice->text, text, slice->size) == 0;
}

static bool is_digits(const char *text)
{
	if (*text == '\0')
		return false;
	while (*text >= '0' && *text <= '9')
		text++;
	return *text == '\0';
}

/* Whether a static variable's symbol is what a compiler makes of this name. */
static bool is_plain(const struct slice *slice, const char *symbol)
{
	const size_t size = skep_text_size(symbol);

	if (size > slice->size + 1 && symbol[size - slice->size - 1] == '.' &&
	    memcmp(symbol + size - slice->size, slice->text, slice->size) == 0)
		return true;
	return size > slice->size + 1 && memcmp(symbol, slice->text, slice->size) == 0 &&
	       symbol[slice->size] == '.' && is_digits(symbol + slice->size + 1);
}

/* "x.c" names "x.c" and "dir/x.c". */
static bool is_file(const struct slice *slice, const char *file)
{
	const size_t size = file != NULL ? skep_text_size(file) : 0;

	return file != NULL && size >= slice->size &&
	       memcmp(file + size - slice->size, slice->text, slice->size) == 0 &&
	       (size == slice->size || file[size - slice->size - 1] == '/');
}

/* How well a name fits a variable. */
enum fit { NO_FIT, PLAIN_FIT, EXACT_FIT };

static enum fit fit_symbol(const struct slice *name, const struct skep_var *var)
{
	if (name->size == 0)
		return NO_FIT;
	if (is(name, var->name))
		return EXACT_FIT;
	return var->is_static && is_plain(name, var->name) ? PLAIN_FIT : NO_FIT;
}

/* ".bss+8". */
static bool is_place(const struct slice *name, const struct skep_var *var)
{
	char text[NAME_BYTES];

	if (name->size == 0 || name->text[0] != '.')
		return false;
	skep_format(text, sizeof(text), "%s+%u", var->section, (unsigned)var->offset);
	return is(name, text);
}

static enum fit fit(const struct slice *name, const struct skep_var *var)
{
	size_t colon = name->size;
	enum fit whole = fit_symbol(name, var);

	if (whole != NO_FIT)
		return whole;
	while (colon > 0 && name->text[colon - 1] != ':')
		colon--;
	if (colon > 0) {
		const struct slice before = { name->text, colon - 1 };
		const struct slice after = { name->text + colon, name->size - colon };

		if (is_file(&before, var->file) || is(&before, var->section))
			return fit_symbol(&after, var);
	}
	return is_place(name, var) ? EXACT_FIT : NO_FIT;
}

/* The variables that a name fits best: how many, and the first of them. */
static uint32_t find(const struct skep_object *object, const struct slice *name, enum fit *best,
		     uint32_t *first)
{
	uint32_t count = 0;

	*best = NO_FIT;
	for (uint32_t i = 0; i < object->image.var_count; i++) {
		const enum fit now = fit(name, &object->image.vars[i]);

		if (now == NO_FIT || now < *best)
			continue;
		if (now > *best) {
			*best = now;
			*first = i;
			count = 0;
		}
		count++;
	}
	return count;
}

int skep_object_var_by_name(const struct skep_object *object, const char *name,
			    struct skep_var *out)
{
	const struct slice slice = { name, skep_text_size(name) };
	uint32_t count, first = 0;
	enum fit best;

	count = find(object, &slice, &best, &first);
	if (count != 1)
		return count == 0 ? SKEP_ENOENT : SKEP_EEXIST;
	return skep_object_var(object, first, out);
}

/* Whether this name finds only that variable. */
static bool names_one(const struct skep_var *var, const char *name)
{
	struct skep_var found;

	return skep_object_var_by_name(var->object, name, &found) == 0 && found.map == var->map &&
	       found.offset == var->offset && skep_text_equal(found.name, var->name);
}

void skep_var_full_name(const struct skep_var *var, char *text, size_t size)
{
	char name[NAME_BYTES];

	skep_format(name, sizeof(name), "%s", var->name);
	if (!names_one(var, name) && var->file != NULL)
		skep_format(name, sizeof(name), "%s:%s", var->file, var->name);
	if (!names_one(var, name))
		skep_format(name, sizeof(name), "%s:%s", var->section, var->name);
	if (!names_one(var, name))
		skep_format(name, sizeof(name), "%s+%u", var->section, (unsigned)var->offset);
	skep_format(text, size, "%s", name);
}

/* Names of all variables that the slice fits as well as `wanted`, or of all there are (NO_FIT). */
static void list_names(const struct skep_object *object, const struct slice *name, enum fit wanted,
		       char list[LIST_BYTES])
{
	size_t used = 0;

	list[0] = '\0';
	for (uint32_t i = 0; i < object->image.var_count; i++) {
		struct skep_var var;
		char one[NAME_BYTES];

		if (wanted != NO_FIT && fit(name, &object->image.vars[i]) != wanted)
			continue;
		if (used > LIST_BYTES - NAME_BYTES / 2) {
			skep_format(list + used, LIST_BYTES - used, ", ...");
			return;
		}
		skep_object_var(object, i, &var);
		if (wanted != NO_FIT)
			skep_var_full_name(&var, one, sizeof(one));
		else
			skep_format(one, sizeof(one), "%s", var.name);
		skep_format(list + used, LIST_BYTES - used, "%s%.100s", used > 0 ? ", " : "", one);
		used += skep_text_size(list + used);
	}
}

static int fail_name(const struct skep_object *object, const struct slice *name, enum fit best)
{
	struct skep_log *log = (struct skep_log *)&object->log;
	char list[LIST_BYTES];

	list_names(object, name, best, list);
	if (best == NO_FIT)
		return skep_fail(log, SKEP_ENOENT, SKEP_NO_INSN,
				 "there is no variable \"%.*s\"\n%s%s", (int)name->size, name->text,
				 list[0] != '\0' ? "one of " : "", list);
	return skep_fail(log, SKEP_EEXIST, SKEP_NO_INSN,
			 "several variables are named \"%.*s\"\none of %s", (int)name->size,
			 name->text, list);
}

/* Where the name of a variable may end: at the end of the path, or before a member or element. */
static size_t shorter(const char *path, size_t size)
{
	while (size > 0 && path[--size] != '.' && path[size] != '[')
		;
	return size;
}

int skep_object_var_by_path(const struct skep_object *object, const char *path,
			    struct skep_var *out)
{
	struct slice name = { path, skep_text_size(path) };
	uint32_t count = 0, first = 0;
	struct skep_var var;
	enum fit best = NO_FIT;

	if (name.size >= NAME_BYTES)
		return skep_fail((struct skep_log *)&object->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the path of a variable has %zu characters\nless than %d",
				 name.size, (int)NAME_BYTES);
	/* The longest that names one: names have dots, too. */
	for (; count == 0 && name.size > 0; name.size = shorter(path, name.size)) {
		count = find(object, &name, &best, &first);
		if (count != 0)
			break;
	}
	if (count != 1) {
		if (count == 0)
			name.size = skep_text_size(path);
		return fail_name(object, &name, best);
	}
	skep_object_var(object, first, &var);
	if (path[name.size] == '\0') {
		*out = var;
		return 0;
	}
	return skep_var_piece(&var, path + name.size, out);
}
