# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER riscv64-linux-gnu-gcc)
# Boards link at a fixed address, so no position-independent code, which is Debian's default.
set(CMAKE_C_FLAGS_INIT "-fno-pic")
