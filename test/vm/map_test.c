/* SPDX-License-Identifier: Apache-2.0 */
/* Maps as the host sees them through the public functions: phases, flags that bind the host, kinds
 * of an embedder's own. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "object.h"
#include "skep.h"

/* A kind of map that counts its lookups and holds one number. */
struct counter {
	uint64_t value, lookups;
};

static int counter_create(struct skep_map *map)
{
	const struct skep_map_def *def = skep_map_def(map);
	const struct skep_port *port = skep_map_port(map);
	struct counter *counter;

	if (def->value_size != sizeof(uint64_t))
		return skep_map_refuse(map, SKEP_EINVAL, "value_size is not 8", "8");
	counter = port->alloc(port->ctx, sizeof(*counter), _Alignof(struct counter));
	if (counter == NULL)
		return SKEP_ENOMEM;
	skep_map_set_state(map, counter);
	return 0;
}

static void counter_destroy(struct skep_map *map)
{
	const struct skep_port *port = skep_map_port(map);

	port->free(port->ctx, skep_map_state(map), sizeof(struct counter),
		   _Alignof(struct counter));
}

static void *counter_lookup(struct skep_map *map, const void *key)
{
	struct counter *counter = skep_map_state(map);

	(void)key;
	counter->lookups++;
	return &counter->value;
}

static int counter_update(struct skep_map *map, const void *key, const void *value, uint64_t flags)
{
	struct counter *counter = skep_map_state(map);

	(void)key;
	if (flags != 0)
		return SKEP_EINVAL;
	memcpy(&counter->value, value, sizeof(counter->value));
	return 0;
}

static const struct skep_map_ops COUNTER_OPS = {
	.create = counter_create,
	.destroy = counter_destroy,
	.lookup = counter_lookup,
	.update = counter_update,
};

static const struct skep_map_kind COUNTER = { 0x10001, "counter", SKEP_CAP_KEYED, &COUNTER_OPS };

struct fixture {
	struct test_log log;
	struct skep_runtime *runtime;
	struct skep_object *object;
};

static int set_up(struct fixture *fixture)
{
	const struct skep_config config = {
		.port = skep_port_posix(),
		.log = test_log,
		.log_ctx = &fixture->log,
		.map_kinds = &COUNTER,
		.map_kind_count = 1,
	};
	size_t size;
	void *bytes = test_object_read("vm_maps.o", &size);
	int err;

	*fixture = (struct fixture){ 0 };
	if (bytes == NULL)
		return SKEP_ENOENT;
	err = skep_runtime_open(&config, &fixture->runtime);
	if (err == 0)
		err = skep_object_open(fixture->runtime, bytes, size, "vm_maps.o",
				       &fixture->object);
	free(bytes);
	return err;
}

static void tear_down(struct fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
}

TEST(own_kind_of_map)
{
	uint8_t frame[64] = { 0 };
	struct skep_xdp xdp = { frame, frame, frame, frame + 64, frame + 64, 1, 0, 0 };
	struct fixture fixture;
	struct skep_map *map;
	uint64_t value = 40, r0;
	uint32_t key = 0;

	CHECK_EQ(set_up(&fixture), 0);
	map = skep_object_map_by_name(fixture.object, "plain");
	CHECK_EQ(skep_map_set_max_entries(map, 1), 0);
	CHECK_EQ(skep_object_load(fixture.object), 0);
	map = skep_object_map_by_name(fixture.object, "counter");
	CHECK(map != NULL);
	CHECK_TEXT(skep_map_kind(map)->name, "counter");
	CHECK_EQ(skep_map_update(map, &key, &value, 0), 0);
	CHECK_EQ(skep_prog_run(skep_object_prog(fixture.object, 0), &xdp, &r0), 0);
	CHECK_EQ(r0, 42);
	CHECK_EQ(skep_map_lookup(map, &key, &value), 0);
	CHECK_EQ(value, 42);
	CHECK_EQ(((struct counter *)skep_map_state(map))->lookups, 2);
	/* What the table leaves out is not there. */
	CHECK_EQ(skep_map_delete(map, &key), SKEP_EOPNOTSUPP);
	CHECK_EQ(skep_map_next_key(map, NULL, &key), SKEP_EOPNOTSUPP);
	CHECK_EQ(skep_ringbuf_consume(map, NULL, NULL), SKEP_EOPNOTSUPP);
	CHECK_EQ(skep_map_set_prog(map, 0, NULL), SKEP_EINVAL);
	tear_down(&fixture);
}

TEST(host_is_bound_by_phase_and_flags)
{
	struct fixture fixture;
	struct skep_map *plain, *read_only, *write_only;
	uint32_t key = 0, value = 7;

	CHECK_EQ(set_up(&fixture), 0);
	plain = skep_object_map_by_name(fixture.object, "plain");
	read_only = skep_object_map_by_name(fixture.object, "host_reads");
	write_only = skep_object_map_by_name(fixture.object, "host_writes");
	CHECK(plain != NULL && read_only != NULL && write_only != NULL);
	CHECK_EQ(skep_map_lookup(plain, &key, &value), SKEP_EPERM); /* not loaded */
	CHECK_EQ(skep_map_update(plain, &key, &value, 0), SKEP_EPERM);
	CHECK_EQ(skep_map_set_max_entries(plain, 3), 0);
	CHECK_EQ(skep_object_load(fixture.object), 0);
	CHECK_EQ(skep_map_set_max_entries(plain, 4), SKEP_EPERM);
	key = 2;
	CHECK_EQ(skep_map_update(plain, &key, &value, 0), 0);
	key = 3;
	CHECK_EQ(skep_map_update(plain, &key, &value, 0), SKEP_E2BIG);
	key = 0;
	CHECK_EQ(skep_map_update(read_only, &key, &value, 0), SKEP_EPERM);
	CHECK_EQ(skep_map_delete(read_only, &key), SKEP_EPERM);
	CHECK_EQ(skep_map_lookup(read_only, &key, &value), 0);
	CHECK_EQ(skep_map_update(write_only, &key, &value, 0), 0);
	CHECK_EQ(skep_map_lookup(write_only, &key, &value), SKEP_EPERM);
	CHECK_EQ(skep_map_next_key(write_only, NULL, &key), SKEP_EPERM);
	CHECK_EQ(skep_object_load(fixture.object), SKEP_EPERM); /* once only */
	tear_down(&fixture);
}

/* As libbpf does before it asks Linux, which takes nothing else. */
TEST(ring_sizes_are_rounded_up)
{
	struct fixture fixture;
	struct skep_map *ring;

	CHECK_EQ(set_up(&fixture), 0);
	ring = skep_object_map_by_name(fixture.object, "ring");
	CHECK(ring != NULL);
	CHECK_EQ(skep_map_def(ring)->max_entries, 4097);
	CHECK_EQ(skep_map_set_max_entries(skep_object_map_by_name(fixture.object, "plain"), 1), 0);
	CHECK_EQ(skep_object_load(fixture.object), 0);
	CHECK_EQ(skep_map_def(ring)->max_entries, 8192);
	tear_down(&fixture);
}

TESTS_BEGIN
T(own_kind_of_map)
T(host_is_bound_by_phase_and_flags)
T(ring_sizes_are_rounded_up)
TESTS_END
