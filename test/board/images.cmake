# SPDX-License-Identifier: Apache-2.0
#
# What runs on boards, and on which. Paths are relative to this folder.

set(IMAGE_arena_test ../base/arena_test.c)
set(IMAGE_bytes_test ../base/bytes_test.c)
set(IMAGE_format_test ../base/format_test.c)
set(IMAGE_log_test ../base/log_test.c)
set(IMAGE_object_test object_test.c object.S)
set(IMAGE_memory_test memory_test.c memory_objects.S)
set(IMAGE_isa_test isa_test.c texts.S ../isa/runner.c ../isa/runner_read.c ../isa/runner_table.c
		   ../isa/engine_interp.c ../isa/engine_checked.c
		   ../isa/engine_threaded.c)
set(IMAGE_random_test ../interp/random_test.c)

# The images of a board in `out`. Two have less RAM than some tests need: arena_test hands out 64 KiB;
# the loader and the verifier of object_test take 28 KiB, beside 37 KiB of constants; log_test keeps
# 6 KiB of texts, where 16 KiB of RAM hold a stack for programs at the limit of their call depth.
function(skep_board_images board out)
	set(images arena_test bytes_test format_test log_test object_test memory_test isa_test
		   random_test)
	if(board STREQUAL "esp8266")
		list(REMOVE_ITEM images arena_test object_test memory_test)
	elseif(board STREQUAL "sifive-e")
		list(REMOVE_ITEM images arena_test object_test memory_test log_test)
	endif()
	set(${out} ${images} PARENT_SCOPE)
endfunction()
