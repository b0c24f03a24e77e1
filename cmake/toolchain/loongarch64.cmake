# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR loongarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_ASM_COMPILER clang-19)
set(CMAKE_C_COMPILER_TARGET loongarch64-linux-gnusf) # no floating point: bare boards have it off
set(CMAKE_ASM_COMPILER_TARGET loongarch64-linux-gnusf)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
# Without LSX: this compiler uses the vector extension by default, small cores do not have it.
set(CMAKE_C_FLAGS_INIT "-mno-lsx -fno-pic")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld-19")
