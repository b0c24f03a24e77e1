#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the seed of the generators' fuzzer again, without the sections that the loader does not read.
set -e
cd "$(dirname "$0")/../../.."
seed=test/fuzz/seeds/gen/types.o
clang-19 -O2 -g -Wall -Werror "-fdebug-prefix-map=$PWD=" -target bpf -mcpu=v3 \
	-c test/objects/gen_types.bpf.c -o $seed
llvm-objcopy-19 -g -R .rel.BTF.ext -R .BTF.ext -R .llvm_addrsig $seed
