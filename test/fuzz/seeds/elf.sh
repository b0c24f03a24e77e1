#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the seeds of the ELF fuzzer again, from the sources of the test objects, each below 4 KiB:
# without the sections that the loader does not read, and one without BTF.
set -e
cd "$(dirname "$0")/../../.."
seeds=test/fuzz/seeds/elf
flags="-O2 -g -Wall -Werror -fdebug-prefix-map=$PWD="

clang_seed() { # NAME SOURCE FLAGS...
	name=$1 source=$2
	shift 2
	clang-19 $flags "$@" -c test/objects/$source.bpf.c -o $seeds/$name.o
	llvm-objcopy-19 -g -R .rel.BTF.ext -R .llvm_addrsig $seeds/$name.o
}

clang_seed small load_small -target bpf -mcpu=v3
clang_seed small_big_endian load_small -target bpfeb -mcpu=v3
clang_seed legacy load_legacy -target bpf -mcpu=v3
clang_seed inner load_inner -target bpf -mcpu=v3
clang_seed code load_code -target bpf -mcpu=v4
llvm-objcopy-19 -R .BTF.ext -R .rel.BTF -R .BTF $seeds/code.o
# From the root and standard input: gcc writes down where it was called and on what.
source=$PWD/test/objects/load_small.bpf.c output=$PWD/$seeds/gcc.o
(cd / && bpf-gcc -O2 -gbtf -x c -c - -o "$output" <"$source")
bpf-objcopy -R .BTF.ext $seeds/gcc.o
