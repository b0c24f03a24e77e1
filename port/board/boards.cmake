# SPDX-License-Identifier: Apache-2.0
#
# boards.def as CMake sees it.

set(SKEP_BOARD_FOLDER ${CMAKE_CURRENT_LIST_DIR})

# The rows of one preset, or all if `preset` is empty: name after name in `out`, and for each the
# columns in SKEP_BOARD_NAME_PRESET, ..._START, _LAYOUT, _CONSOLE, _EXIT and _BUS, which are lists.
macro(skep_read_boards preset out)
	set(${out})
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SKEP_BOARD_FOLDER}/boards.def)
	file(READ ${SKEP_BOARD_FOLDER}/boards.def rows)
	string(REGEX MATCHALL "\nBOARD\\([^)]*" rows "${rows}")
	foreach(row IN LISTS rows)
		string(REGEX REPLACE "\nBOARD\\(" "" row "${row}")
		string(REGEX REPLACE ",[ \n]*" ";" row "${row}")
		list(POP_FRONT row name)
		foreach(column PRESET START LAYOUT CONSOLE EXIT BUS)
			list(POP_FRONT row SKEP_BOARD_${name}_${column})
			separate_arguments(SKEP_BOARD_${name}_${column})
		endforeach()
		if("${preset}" STREQUAL "" OR "${preset}" STREQUAL SKEP_BOARD_${name}_PRESET)
			list(APPEND ${out} ${name})
		endif()
	endforeach()
endmacro()

# The library skep-board-NAME: start-up, console, exit, memory functions and the linker's script.
function(skep_add_board name)
	set(definitions)
	foreach(column CONSOLE EXIT LAYOUT)
		set(values ${SKEP_BOARD_${name}_${column}})
		list(POP_FRONT values ${column})
		set(number 0)
		foreach(value IN LISTS values)
			math(EXPR number "${number} + 1")
			string(REGEX REPLACE "K$" " * 0x400" value "${value}")
			string(REGEX REPLACE "M$" " * 0x100000" value "${value}")
			set(SKEP_${column}_${number} "(${value})")
			list(APPEND definitions "SKEP_${column}_${number}=(${value})")
		endforeach()
	endforeach()

	set(start ${SKEP_BOARD_${name}_START})
	file(GLOB support ${SKEP_BOARD_FOLDER}/support_${start}.c)
	add_library(skep-board-${name} OBJECT
		    ${SKEP_BOARD_FOLDER}/start_${start}.S ${support}
		    ${SKEP_BOARD_FOLDER}/console_${CONSOLE}.c ${SKEP_BOARD_FOLDER}/exit_${EXIT}.c
		    ${SKEP_BOARD_FOLDER}/main.c ${SKEP_BOARD_FOLDER}/memory.c)
	target_compile_definitions(skep-board-${name} PRIVATE ${definitions})
	target_compile_options(skep-board-${name} PRIVATE
			       $<$<COMPILE_LANGUAGE:C>:-ffreestanding -Wall -Wextra -Wpedantic>)
	set_source_files_properties(${SKEP_BOARD_FOLDER}/memory.c PROPERTIES COMPILE_OPTIONS
				    "$<$<C_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>")
	target_include_directories(skep-board-${name} PUBLIC ${SKEP_BOARD_FOLDER})
	target_link_options(skep-board-${name} INTERFACE -nostdlib -nostartfiles -static
			    -Wl,--gc-sections -Wl,--build-id=none)
	if(NOT LAYOUT STREQUAL "process")
		set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.ld)
		configure_file(${SKEP_BOARD_FOLDER}/${LAYOUT}.ld.in ${script} @ONLY)
		target_link_options(skep-board-${name} INTERFACE -T ${script})
		set_property(TARGET skep-board-${name} PROPERTY INTERFACE_LINK_DEPENDS ${script})
	endif()
	if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
		target_link_libraries(skep-board-${name} INTERFACE gcc)
		target_link_options(skep-board-${name} INTERFACE -Wl,--no-warn-rwx-segments)
	endif()
endfunction()

# A program for a board: the sources given, over the core.
function(skep_add_image target board)
	add_executable(${target} ${ARGN} $<TARGET_OBJECTS:skep-board-${board}>)
	target_link_libraries(${target} PRIVATE skep skep-board-${board})
	target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:-ffreestanding -Wall -Wextra>)
endfunction()
