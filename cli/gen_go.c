/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep gen go: an object goes in, one Go file comes out, which with cgo and an installed libskep is
 * a package that has the object inside, its types, variables, maps and programs.
 *
 * Go lays structures out as C does but has no packed ones, no unions and no bit-fields: those
 * become bytes at their place. Padding is there already, so that no field moves where 64-bit
 * integers are aligned to 4.
 */
#include <inttypes.h>
#include <string.h>

#include "gen.h"

static const char HELP[] =
	"usage: skep gen go OBJECT [--package NAME] [-o OUT] [OPTIONS]\n"
	"\n"
	"Writes a Go package (1.18 or later, cgo, pkg-config skep) with the object inside:\n"
	"\n"
	"  Open() (*Objects, error)  opens it; o.Rodata.X and other sections are initial values\n"
	"  o.Load() error            loads it; o.Bss.X is the memory that programs share\n"
	"  o.RunPROGRAM(packet)      runs a program of type xdp or socket_filter\n"
	"  o.Maps.MAP                Lookup, Update, Delete, Each; ring buffers: Next\n"
	"  o.Close()\n"
	"\n"
	"  --package NAME    of the package: small letters and digits (the file's name without\n"
	"                    .bpf.o and what is no letter or digit); -n is the "
	"same\n" GEN_HELP_OPTIONS "\n"
	"example: skep gen go flows.bpf.o --package flows -o flows.go\n";

static const char *const RESERVED[] = { "Objects", "Open",  "Map", "PerCPUMap",
					"Ring",    "Error", "C",   NULL };

/* What all packages have. C's static functions are each package's own. */
static const char HEAD[] =
	"/*\n"
	"#cgo pkg-config: skep\n"
	"#include <skep.h>\n"
	"#include <stdlib.h>\n"
	"#include <string.h>\n"
	"\n"
	"struct report {\n"
	"	char text[1024];\n"
	"};\n"
	"\n"
	"static void take_report(void *ctx, const struct skep_report *report)\n"
	"{\n"
	"	struct report *out = ctx;\n"
	"\n"
	"	if (report->severity == SKEP_SEVERITY_ERROR && out->text[0] == 0)\n"
	"		strncpy(out->text, report->text, sizeof(out->text) - 1);\n"
	"}\n"
	"\n"
	"static int open_runtime(struct report *report, struct skep_runtime **out)\n"
	"{\n"
	"	struct skep_config config = { .port = skep_port_posix(), .log = take_report,\n"
	"				      .log_ctx = report };\n"
	"\n"
	"	return skep_runtime_open(&config, out);\n"
	"}\n"
	"\n"
	"static int run_xdp(struct skep_prog *prog, uint8_t *data, size_t size, uint64_t *r0)\n"
	"{\n"
	"	struct skep_xdp ctx = { data, data, data, data + size, data + size, 0, 0, 0 };\n"
	"\n"
	"	return skep_prog_run(prog, &ctx, r0);\n"
	"}\n"
	"\n"
	"static int run_skb(struct skep_prog *prog, uint8_t *data, size_t size, uint64_t *r0)\n"
	"{\n"
	"	struct skep_skb ctx = { .data = data, .data_end = data + size, .len = size };\n"
	"\n"
	"	return skep_prog_run(prog, &ctx, r0);\n"
	"}\n"
	"\n"
	"struct record {\n"
	"	void *bytes;\n"
	"	size_t size;\n"
	"};\n"
	"\n"
	"static int take_record(void *ctx, const void *bytes, size_t size)\n"
	"{\n"
	"	struct record *out = ctx;\n"
	"\n"
	"	out->bytes = malloc(size + 1);\n"
	"	if (out->bytes != NULL)\n"
	"		memcpy(out->bytes, bytes, size);\n"
	"	out->size = size;\n"
	"	return 1;\n"
	"}\n"
	"\n"
	"static int64_t next_record(struct skep_map *map, void **bytes, size_t *size)\n"
	"{\n"
	"	struct record record = { 0 };\n"
	"	int64_t count = skep_ringbuf_consume(map, take_record, &record);\n"
	"\n"
	"	*bytes = record.bytes;\n"
	"	*size = record.size;\n"
	"	return count > 0 && record.bytes == NULL ? SKEP_ENOMEM : count;\n"
	"}\n"
	"*/\n"
	"import \"C\"\n"
	"\n"
	"import (\n"
	"	\"errors\"\n"
	"	\"unsafe\"\n"
	")\n"
	"\n"
	"// Error is a negative enum skep_err of skep.h.\n"
	"type Error int\n"
	"\n"
	"func (e Error) Error() string {\n"
	"	return C.GoString(C.skep_err_text(C.int(e)))\n"
	"}\n"
	"\n"
	"// NotFound is the error of a key that is not in a map.\n"
	"const NotFound = Error(C.SKEP_ENOENT)\n"
	"\n"
	"func failure(err C.int) error {\n"
	"	if err == 0 {\n"
	"		return nil\n"
	"	}\n"
	"	return Error(err)\n"
	"}\n"
	"\n"
	"// Map holds a value for each key. Its functions copy; they may be called from many\n"
	"// goroutines at once.\n"
	"type Map[K, V any] struct {\n"
	"	c *C.struct_skep_map\n"
	"}\n"
	"\n"
	"func (m Map[K, V]) Lookup(key K) (value V, err error) {\n"
	"	err = failure(C.skep_map_lookup(m.c, unsafe.Pointer(&key), "
	"unsafe.Pointer(&value)))\n"
	"	return\n"
	"}\n"
	"\n"
	"// Update has the flags of Linux: 0, 1 (only new keys), 2 (only keys that are there).\n"
	"func (m Map[K, V]) Update(key K, value V, flags uint64) error {\n"
	"	return failure(C.skep_map_update(m.c, unsafe.Pointer(&key), "
	"unsafe.Pointer(&value),\n"
	"		C.uint64_t(flags)))\n"
	"}\n"
	"\n"
	"func (m Map[K, V]) Delete(key K) error {\n"
	"	return failure(C.skep_map_delete(m.c, unsafe.Pointer(&key)))\n"
	"}\n"
	"\n"
	"// Each calls fn with every key until it returns false.\n"
	"func (m Map[K, V]) Each(fn func(key K, value V) bool) error {\n"
	"	return each(m.c, func(key K) bool {\n"
	"		value, err := m.Lookup(key)\n"
	"		return err != nil || fn(key, value)\n"
	"	})\n"
	"}\n"
	"\n"
	"func each[K any](m *C.struct_skep_map, fn func(key K) bool) error {\n"
	"	var key, next K\n"
	"	err := C.skep_map_next_key(m, nil, unsafe.Pointer(&next))\n"
	"	for err == 0 && fn(next) {\n"
	"		key = next\n"
	"		err = C.skep_map_next_key(m, unsafe.Pointer(&key), unsafe.Pointer(&next))\n"
	"	}\n"
	"	if err == C.SKEP_ENOENT {\n"
	"		return nil\n"
	"	}\n"
	"	return failure(err)\n"
	"}\n"
	"\n"
	"// PerCPUMap holds a value for each key and cpu.\n"
	"type PerCPUMap[K, V any] struct {\n"
	"	c *C.struct_skep_map\n"
	"}\n"
	"\n"
	"// Each cpu's value begins at a multiple of 8 bytes.\n"
	"func (m PerCPUMap[K, V]) step() int {\n"
	"	var value V\n"
	"	return (int(unsafe.Sizeof(value)) + 7) / 8 * 8\n"
	"}\n"
	"\n"
	"func (m PerCPUMap[K, V]) Lookup(key K) ([]V, error) {\n"
	"	step := m.step()\n"
	"	words := make([]uint64, int(C.skep_map_read_size(m.c))/8)\n"
	"	if len(words) == 0 {\n"
	"		return nil, Error(C.SKEP_EPERM)\n"
	"	}\n"
	"	err := C.skep_map_lookup(m.c, unsafe.Pointer(&key), unsafe.Pointer(&words[0]))\n"
	"	if err != 0 {\n"
	"		return nil, Error(err)\n"
	"	}\n"
	"	values := make([]V, len(words)*8/step)\n"
	"	for i := range values {\n"
	"		values[i] = *(*V)(unsafe.Pointer(&words[i*step/8]))\n"
	"	}\n"
	"	return values, nil\n"
	"}\n"
	"\n"
	"// Update wants a value for each cpu, as many as Lookup gives.\n"
	"func (m PerCPUMap[K, V]) Update(key K, values []V, flags uint64) error {\n"
	"	step := m.step()\n"
	"	words := make([]uint64, int(C.skep_map_read_size(m.c))/8)\n"
	"	if len(words) == 0 || len(values) != len(words)*8/step {\n"
	"		return Error(C.SKEP_EINVAL)\n"
	"	}\n"
	"	for i := range values {\n"
	"		*(*V)(unsafe.Pointer(&words[i*step/8])) = values[i]\n"
	"	}\n"
	"	return failure(C.skep_map_update(m.c, unsafe.Pointer(&key), "
	"unsafe.Pointer(&words[0]),\n"
	"		C.uint64_t(flags)))\n"
	"}\n"
	"\n"
	"func (m PerCPUMap[K, V]) Delete(key K) error {\n"
	"	return failure(C.skep_map_delete(m.c, unsafe.Pointer(&key)))\n"
	"}\n"
	"\n"
	"// Each calls fn with every key until it returns false.\n"
	"func (m PerCPUMap[K, V]) Each(fn func(key K, values []V) bool) error {\n"
	"	return each(m.c, func(key K) bool {\n"
	"		values, err := m.Lookup(key)\n"
	"		return err != nil || fn(key, values)\n"
	"	})\n"
	"}\n"
	"\n"
	"// Ring gives the records that programs put into a ring buffer, to one reader.\n"
	"type Ring struct {\n"
	"	c *C.struct_skep_map\n"
	"}\n"
	"\n"
	"// Next returns nil when there is no record.\n"
	"func (r Ring) Next() ([]byte, error) {\n"
	"	var bytes unsafe.Pointer\n"
	"	var size C.size_t\n"
	"	count := C.next_record(r.c, &bytes, &size)\n"
	"	defer C.free(bytes)\n"
	"	if count < 0 {\n"
	"		return nil, Error(count)\n"
	"	}\n"
	"	if count == 0 {\n"
	"		return nil, nil\n"
	"	}\n"
	"	record := make([]byte, int(size))\n"
	"	copy(record, unsafe.Slice((*byte)(bytes), int(size)))\n"
	"	return record, nil\n"
	"}\n";

static const char TAIL[] =
	"\n"
	"// fail is the error that was reported last, in a sentence.\n"
	"func (o *Objects) fail(err C.int) error {\n"
	"	if err == 0 {\n"
	"		return nil\n"
	"	}\n"
	"	text := C.GoString(&o.report.text[0])\n"
	"	o.report.text[0] = 0\n"
	"	if text == \"\" {\n"
	"		return Error(err)\n"
	"	}\n"
	"	return errors.New(text)\n"
	"}\n"
	"\n"
	"// Load verifies and compiles the programs. The sections then are what programs share.\n"
	"func (o *Objects) Load() error {\n"
	"	if err := o.fail(C.skep_object_load(o.object)); err != nil {\n"
	"		return err\n"
	"	}\n"
	"	return o.locate()\n"
	"}\n"
	"\n"
	"// Close frees everything; sections and maps must not be used after.\n"
	"func (o *Objects) Close() {\n"
	"	C.skep_object_close(o.object)\n"
	"	C.skep_runtime_close(o.runtime)\n"
	"	C.free(unsafe.Pointer(o.report))\n"
	"	*o = Objects{}\n"
	"}\n"
	"\n"
	"func section(o *C.struct_skep_object, index, size int) (unsafe.Pointer, error) {\n"
	"	var data C.struct_skep_data\n"
	"	err := C.skep_object_data(o, C.uint32_t(index), &data)\n"
	"	if err == 0 && int(data.size) < size {\n"
	"		err = C.SKEP_EINVAL\n"
	"	}\n"
	"	return unsafe.Pointer(data.bytes), failure(err)\n"
	"}\n"
	"\n"
	"func first(packet []byte) *C.uint8_t {\n"
	"	if len(packet) == 0 {\n"
	"		packet = make([]byte, 1)\n"
	"	}\n"
	"	return (*C.uint8_t)(unsafe.Pointer(&packet[0]))\n"
	"}\n";

static void indent(unsigned depth, FILE *out)
{
	for (; depth > 0; depth--)
		fputc('\t', out);
}

static void write_fields(const struct gen_request *request, const struct gen_record *record,
			 unsigned depth, FILE *out);

/* Whether Go has no way to say it but as bytes. */
static bool is_bytes(const struct gen_request *request, const struct gen_type *type)
{
	return type->kind == GEN_RECORD && gen_record(request->model, type->record)->is_union;
}

static void write_type(const struct gen_request *request, const struct gen_type *type,
		       unsigned depth, FILE *out)
{
	const struct gen_record *record;

	for (uint32_t i = 0; i < type->dimension_count; i++)
		fprintf(out, "[%u]", (unsigned)type->dimensions[i]);
	if (type->kind == GEN_FLOAT) {
		fprintf(out, "float%u", (unsigned)type->size * 8);
	} else if (type->is_char) {
		fputs("byte", out);
	} else if (type->kind != GEN_RECORD) {
		fprintf(out, "%sint%u", type->kind == GEN_UNSIGNED ? "u" : "",
			(unsigned)type->size * 8);
	} else {
		record = gen_record(request->model, type->record);
		if (record->name != NULL) {
			fputs(record->name, out);
		} else if (record->is_union) {
			fprintf(out, "[%u]byte", (unsigned)record->size);
		} else {
			fputs("struct {\n", out);
			write_fields(request, record, depth + 1, out);
			indent(depth, out);
			fputc('}', out);
		}
	}
}

static uint32_t align_of(const struct gen_request *request, const struct gen_type *type)
{
	if (is_bytes(request, type))
		return 1;
	return type->kind == GEN_RECORD ? gen_record(request->model, type->record)->align
					: type->size;
}

/* Bit-fields that follow each other are the bytes that they lie in; returns the index after them.
 */
static uint32_t write_bits(const struct gen_record *record, uint32_t first, unsigned depth,
			   FILE *out)
{
	const uint64_t begin = record->members[first].bit_offset / 8;
	uint64_t end = begin;
	uint32_t i;

	for (i = first; i < record->member_count && record->members[i].bit_size != 0; i++)
		end = (record->members[i].bit_offset + record->members[i].bit_size + 7) / 8;
	indent(depth, out);
	fprintf(out, "bits%u [%" PRIu64 "]byte //", (unsigned)first, end - begin);
	for (uint32_t j = first; j < i; j++)
		if (!record->members[j].is_padding)
			fprintf(out, " %s:%u", record->members[j].name,
				(unsigned)record->members[j].bit_size);
	fputc('\n', out);
	return i;
}

static void write_fields(const struct gen_request *request, const struct gen_record *record,
			 unsigned depth, FILE *out)
{
	for (uint32_t i = 0; i < record->member_count;) {
		const struct gen_member *member = &record->members[i];

		if (member->bit_size != 0) {
			i = write_bits(record, i, depth, out);
			continue;
		}
		indent(depth, out);
		if (member->name[0] != '\0')
			fprintf(out, "%s ", member->name);
		else
			fprintf(out, "Unnamed%u ", (unsigned)i);
		if (record->is_packed && align_of(request, &member->type) > 1)
			fprintf(out, "[%" PRIu64 "]byte", gen_type_size(&member->type));
		else
			write_type(request, &member->type, depth, out);
		if (member->type.note[0] != '\0')
			fprintf(out, " // %s", member->type.note);
		fputc('\n', out);
		i++;
	}
}

static void write_record(const struct gen_request *request, const struct gen_record *record,
			 FILE *out)
{
	if (record->is_union) {
		fprintf(out, "\ntype %s [%u]byte\n", record->name, (unsigned)record->size);
		return;
	}
	fprintf(out, "\ntype %s struct {\n", record->name);
	write_fields(request, record, 1, out);
	fprintf(out,
		"}\n"
		"\n"
		"var _ [%u]byte = [unsafe.Sizeof(%s{})]byte{}\n",
		(unsigned)record->size, record->name);
	for (uint32_t i = 0; i < record->member_count; i++)
		if (record->members[i].bit_size == 0 && !record->members[i].is_padding &&
		    record->members[i].name[0] != '\0')
			fprintf(out, "var _ [%" PRIu64 "]byte = [unsafe.Offsetof(%s{}.%s)]byte{}\n",
				record->members[i].bit_offset / 8, record->name,
				record->members[i].name);
}

static void write_enum(const struct gen_enum *made, FILE *out)
{
	if (made->count == 0)
		return;
	fputs("\nconst (\n", out);
	for (uint32_t i = 0; i < made->count; i++) {
		fprintf(out, "\t%s = ", made->enumerators[i].name);
		if (made->is_signed)
			fprintf(out, "%" PRId64 "\n", made->enumerators[i].value);
		else
			fprintf(out, "%" PRIu64 "\n", (uint64_t)made->enumerators[i].value);
	}
	fputs(")\n", out);
}

static void write_map_part(const struct gen_request *request, const struct gen_type *type,
			   bool known, uint32_t size, FILE *out)
{
	if (known &&
	    (type->kind != GEN_RECORD || gen_record(request->model, type->record)->name != NULL))
		write_type(request, type, 0, out);
	else
		fprintf(out, "[%u]byte", (unsigned)size);
}

/* Whether Go can reach what is in it. */
static bool has_map(const struct gen_map *map)
{
	return map->is_ring || map->is_keyed;
}

static void write_map(const struct gen_request *request, const struct gen_map *map, FILE *out)
{
	fprintf(out, "\t\t%s ", map->name);
	if (map->is_ring) {
		fputs("Ring", out);
		if (map->has_value) {
			fputs(" // ", out);
			write_map_part(request, &map->value, true, 0, out);
		}
		fputc('\n', out);
		return;
	}
	fputs(map->is_percpu ? "PerCPUMap[" : "Map[", out);
	write_map_part(request, &map->key, map->has_key, map->def->key_size, out);
	fputs(", ", out);
	write_map_part(request, &map->value, map->has_value, map->def->value_size, out);
	fputs("]\n", out);
}

/* The name of a C function of the package that runs it, or NULL. */
static const char *runner(const struct gen_prog *prog)
{
	return prog->type == 6 ? "run_xdp" : prog->type == 1 ? "run_skb" : NULL;
}

static void write_struct(const struct gen_request *request, FILE *out)
{
	const struct gen_model *model = request->model;

	fputs("\n"
	      "// Objects is the object and what is in it. Sections are memory, not copies: "
	      "initial\n"
	      "// values until Load, then what programs read and write.\n"
	      "type Objects struct {\n"
	      "\truntime *C.struct_skep_runtime\n"
	      "\tobject  *C.struct_skep_object\n"
	      "\treport  *C.struct_report\n"
	      "\tMaps struct {\n",
	      out);
	for (uint32_t i = 0; i < gen_map_count(model); i++) {
		if (has_map(gen_map(model, i)))
			write_map(request, gen_map(model, i), out);
		else
			fprintf(out, "\t\t// %s holds programs or maps: not from Go\n",
				gen_map(model, i)->name);
	}
	fputs("\t}\n", out);
	for (uint32_t i = 0; i < gen_section_count(model); i++) {
		const struct gen_section *section = gen_section(model, i);

		fprintf(out, "\t%s *%s // ", section->name,
			gen_record(model, section->record)->name);
		gen_write_comment_text(section->section, out);
		if (section->read_only)
			fputs(": set before Load, read-only after", out);
		for (size_t j = 0; j < section->aliases.size / sizeof(const char *); j++)
			fprintf(out, "; %s lies inside of others",
				((const char *const *)section->aliases.data)[j]);
		fputc('\n', out);
	}
	fputs("}\n", out);
}

static void write_open(const struct gen_request *request, FILE *out)
{
	const struct gen_model *model = request->model;

	fprintf(out,
		"\n"
		"// Open reads the object. Set what is to be set before Load.\n"
		"func Open() (*Objects, error) {\n"
		"\to := &Objects{report: (*C.struct_report)(C.calloc(1, C.sizeof_struct_report))}\n"
		"\tname := C.CString(\"%s\")\n"
		"\tbytes := C.CString(elf)\n"
		"\tdefer C.free(unsafe.Pointer(name))\n"
		"\tdefer C.free(unsafe.Pointer(bytes))\n"
		"\terr := o.fail(C.open_runtime(o.report, &o.runtime))\n"
		"\tif err == nil {\n"
		"\t\terr = o.fail(C.skep_object_open(o.runtime, unsafe.Pointer(bytes), "
		"C.size_t(len(elf)),\n"
		"\t\t\tname, &o.object))\n"
		"\t}\n"
		"\tif err == nil {\n"
		"\t\terr = o.locate()\n"
		"\t}\n"
		"\tif err != nil {\n"
		"\t\to.Close()\n"
		"\t\treturn nil, err\n"
		"\t}\n",
		request->name);
	for (uint32_t i = 0; i < gen_map_count(model); i++)
		if (has_map(gen_map(model, i)))
			fprintf(out, "\to.Maps.%s.c = C.skep_object_map(o.object, %u)\n",
				gen_map(model, i)->name, (unsigned)gen_map(model, i)->map);
	fputs("\treturn o, nil\n"
	      "}\n"
	      "\n"
	      "func (o *Objects) locate() error {\n",
	      out);
	for (uint32_t i = 0; i < gen_section_count(model); i++) {
		const struct gen_section *section = gen_section(model, i);

		fprintf(out,
			"\tif at, err := section(o.object, %u, %u); err != nil {\n"
			"\t\treturn err\n"
			"\t} else {\n"
			"\t\to.%s = (*%s)(at)\n"
			"\t}\n",
			(unsigned)section->map, (unsigned)section->size, section->name,
			gen_record(model, section->record)->name);
	}
	fputs("\treturn nil\n"
	      "}\n",
	      out);
}

static void write_runs(const struct gen_request *request, FILE *out)
{
	for (uint32_t i = 0; i < gen_prog_count(request->model); i++) {
		const struct gen_prog *prog = gen_prog(request->model, i);

		if (runner(prog) == NULL) {
			fprintf(out, "\n// Program %s has a context that Go does not make here.\n",
				prog->name);
			continue;
		}
		fprintf(out,
			"\n"
			"// %s runs it over a packet, which it may change, and returns its r0.\n"
			"func (o *Objects) %s(packet []byte) (uint64, error) {\n"
			"\tvar r0 C.uint64_t\n"
			"\terr := C.%s(C.skep_object_prog(o.object, %u), first(packet),\n"
			"\t\tC.size_t(len(packet)), &r0)\n"
			"\treturn uint64(r0), failure(err)\n"
			"}\n",
			prog->run, prog->run, runner(prog), (unsigned)prog->prog);
	}
}

static void write_elf(const struct file *object, FILE *out)
{
	static const char DIGITS[] = "0123456789abcdef";

	fputs("\nconst elf = \"\"", out);
	for (size_t i = 0; i < object->size; i++) {
		if (i % 32 == 0)
			fprintf(out, "%s +\n\t\"", i > 0 ? "\"" : "");
		fprintf(out, "\\x%c%c", DIGITS[object->bytes[i] >> 4],
			DIGITS[object->bytes[i] & 15]);
	}
	fputs(object->size > 0 ? "\"\n" : "\n", out);
}

static void write(const struct gen_request *request, FILE *out)
{
	const struct gen_model *model = request->model;

	fprintf(out, "// Code generated by skep gen go. DO NOT EDIT.\n\npackage %s\n\n",
		request->name);
	fputs(HEAD, out);
	for (uint32_t i = 0; i < gen_enum_count(model); i++)
		write_enum(gen_enum(model, i), out);
	for (uint32_t i = 0; i < gen_record_count(model); i++)
		if (gen_record(model, i)->name != NULL)
			write_record(request, gen_record(model, i), out);
	write_struct(request, out);
	write_open(request, out);
	fputs(TAIL, out);
	write_runs(request, out);
	write_elf(request->object, out);
}

static enum status run(int argc, char **argv)
{
	return gen_run(&gen_go_writer, argc, argv);
}

const struct command gen_go = { "gen go", "a Go package with the object inside", HELP, run };

const struct gen_writer gen_go_writer = { &gen_go, GEN_GO, RESERVED, gen_is_package, write };
