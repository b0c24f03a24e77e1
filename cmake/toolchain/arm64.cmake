# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
# Outlined atomics would ask the C library which CPU this is. Boards link at a fixed address, so no
# position-independent code, which is Debian's default.
set(CMAKE_C_FLAGS_INIT "-mno-outline-atomics -fno-pic")
