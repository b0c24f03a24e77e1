/* SPDX-License-Identifier: Apache-2.0 */
/* CO-RE as clang has it: builtins that make relocations. */
#ifndef SKEP_TEST_CORE_H
#define SKEP_TEST_CORE_H

#define PORTABLE __attribute__((preserve_access_index))

#define field_offset(field)           __builtin_preserve_field_info(field, 0)
#define field_size(field)             __builtin_preserve_field_info(field, 1)
#define field_exists(field)           __builtin_preserve_field_info(field, 2)
#define field_signed(field)           __builtin_preserve_field_info(field, 3)
#define field_lshift(field)           __builtin_preserve_field_info(field, 4)
#define field_rshift(field)           __builtin_preserve_field_info(field, 5)
#define type_local(type)              __builtin_btf_type_id(*(type *)0, 0)
#define type_target(type)             __builtin_btf_type_id(*(type *)0, 1)
#define type_exists(type)             __builtin_preserve_type_info(*(type *)0, 0)
#define type_size(type)               __builtin_preserve_type_info(*(type *)0, 1)
#define type_matches(type)            __builtin_preserve_type_info(*(type *)0, 2)
#define enum_exists(type, enumerator) __builtin_preserve_enum_value(*(type *)enumerator, 0)
#define enum_value(type, enumerator)  __builtin_preserve_enum_value(*(type *)enumerator, 1)

#endif
