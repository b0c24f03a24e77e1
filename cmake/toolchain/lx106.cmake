# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR xtensa)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER xtensa-lx106-elf-gcc)
# Flash and RAM are further apart than a near call reaches.
set(CMAKE_C_FLAGS_INIT "-mlongcalls -mtext-section-literals -ffunction-sections -fdata-sections")
