/* SPDX-License-Identifier: Apache-2.0 */
/* A target for core_app.bpf.c; only its BTF is of use. */
#include "core_moved.h"

struct host moved_host;
point_t moved_point;
union either moved_either;
struct sparse moved_sparse;
struct wrap moved_wrap;
struct big moved_big;
enum color moved_color;
enum wide moved_wide;
enum deep moved_deep;
