# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
# The older specification, because its "i" includes the counters' instructions and so this -march has
# a libgcc of its own; newer spellings silently take the one for 64 bits.
set(CMAKE_C_FLAGS_INIT "-march=rv32imac -mabi=ilp32 -misa-spec=2.2 -mcmodel=medany -ffunction-sections -fdata-sections")
