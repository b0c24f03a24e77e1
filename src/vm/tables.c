/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/tables.h"

#include "base/bytes.h"
#include "helper/helpers.h"
#include "map/kinds.h"
#include "prog/types.h"

static const struct skep_helper HELPERS[] = {
#define HELPER(id, name, ret, a1, a2, a3, a4, a5, groups, caps, flags)                             \
	{ id,                                                                                      \
	  #name,                                                                                   \
	  SKEP_RET_##ret,                                                                          \
	  { SKEP_ARG_##a1, SKEP_ARG_##a2, SKEP_ARG_##a3, SKEP_ARG_##a4, SKEP_ARG_##a5 },           \
	  SKEP_GROUP_##groups,                                                                     \
	  SKEP_CAP_##caps,                                                                         \
	  flags,                                                                                   \
	  skep_helper_##name },
#define HELPER_ABSENT(id, name, ret, a1, a2, a3, a4, a5, types, caps, flags)
#include "spec/helpers.def"
};

static const struct skep_map_kind MAP_KINDS[] = {
#define MAP(number, name, caps) { number, #name, caps, &skep_map_##name##_ops },
#define MAP_ABSENT(number, name, caps)
#include "spec/maps.def"
};

void skep_vm_own_tables(struct skep_contracts *contracts,
			struct skep_prog_type types[SKEP_OWN_PROG_COUNT])
{
#define PROG(number, name) types[SKEP_OWN_PROG_##name] = skep_prog_type_##name;
#define PROG_ABSENT(number, name)
#include "spec/progs.def"
	contracts->helpers[0] = HELPERS;
	contracts->helper_count[0] = SKEP_COUNT(HELPERS);
	contracts->map_kinds[0] = MAP_KINDS;
	contracts->map_kind_count[0] = SKEP_COUNT(MAP_KINDS);
	contracts->prog_types[0] = types;
	contracts->prog_type_count[0] = SKEP_OWN_PROG_COUNT;
}
