/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of maps that skep has, one per row of maps.def and file of this folder. */
#ifndef SKEP_MAP_KINDS_H
#define SKEP_MAP_KINDS_H

#include "skep.h"

#define MAP(number, name, caps) extern const struct skep_map_ops skep_map_##name##_ops;
#define MAP_ABSENT(number, name, caps)
#include "spec/maps.def"

#endif
