# SPDX-License-Identifier: Apache-2.0
#
# BPF programs in C, compiled by the compiler that eBPF developers use.

find_program(SKEP_BPF_CLANG NAMES clang-19 REQUIRED)

# Warnings of the BPF compiler count as errors only in the tree's own programs, all of which these are.
# Debug information names files relative to the source root, so that messages and builds are the
# same wherever the tree lies.
set(bpf_flags -O2 -g -Wall -Werror "-fdebug-prefix-map=${PROJECT_SOURCE_DIR}=")
if(CMAKE_LIBRARY_ARCHITECTURE)
	list(APPEND bpf_flags -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
endif()

# One object: `source` relative to the source root, `output` absolute, then flags of its own.
function(skep_bpf_object source output)
	get_filename_component(folder ${PROJECT_SOURCE_DIR}/${source} DIRECTORY)
	file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.h)
	list(FILTER headers EXCLUDE REGEX "\\.skep\\.h$") # made of objects
	add_custom_command(
		OUTPUT ${output}
		COMMAND ${SKEP_BPF_CLANG} ${bpf_flags} ${ARGN} -c ${source} -o ${output}
		DEPENDS ${PROJECT_SOURCE_DIR}/${source} ${headers}
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
		COMMENT "BPF ${source} ${ARGN}"
		VERBATIM)
endfunction()

# What skep gen skeleton makes of an object: all names in it begin with `name`.
function(skep_skeleton object name output)
	add_custom_command(
		OUTPUT ${output}
		COMMAND skep-cli gen skeleton ${object} -n ${name} -o ${output}
		DEPENDS skep-cli ${object}
		COMMENT "Skeleton ${output}"
		VERBATIM)
endfunction()

# Programs of the examples are built beside their sources, where a reader looks for them.
function(skep_bpf_examples)
	file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} examples/*/*.bpf.c)
	set(outputs)
	foreach(source IN LISTS sources)
		string(REGEX REPLACE "\\.c$" ".o" output ${PROJECT_SOURCE_DIR}/${source})
		skep_bpf_object(${source} ${output} -target bpf -mcpu=v3)
		list(APPEND outputs ${output})
	endforeach()
	set(embed ${PROJECT_SOURCE_DIR}/examples/embed)
	skep_skeleton(${embed}/car.bpf.o limiter ${embed}/limiter.skep.h)
	add_custom_target(skep-examples ALL DEPENDS ${outputs} ${embed}/limiter.skep.h)
endfunction()

# Objects for the tests: NAME.o (v3), NAME.v1.o, NAME.v2.o, NAME.v4.o and NAME.eb.o (big-endian, v3)
# from NAME.bpf.c. A source that cannot be built for one of them says so with a reason in a comment
# of its own: `skep-build: no v1 (atomics are a v3 instruction)`.
function(skep_bpf_test_objects out)
	set(v3 -target bpf -mcpu=v3)
	set(v1 -target bpf -mcpu=v1)
	set(v2 -target bpf -mcpu=v2)
	set(v4 -target bpf -mcpu=v4)
	set(eb -target bpfeb -mcpu=v3)
	file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
	     ${PROJECT_SOURCE_DIR}/test/objects/*.bpf.c)
	file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/test/objects)
	set(outputs)
	foreach(source IN LISTS sources)
		get_filename_component(name ${source} NAME)
		string(REGEX REPLACE "\\.bpf\\.c$" "" name ${name})
		file(STRINGS ${PROJECT_SOURCE_DIR}/${source} exclusions REGEX "skep-build: no ")
		set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
						       ${PROJECT_SOURCE_DIR}/${source})
		foreach(variant v3 v1 v2 v4 eb)
			if("${exclusions}" MATCHES "skep-build: no ${variant}")
				continue()
			endif()
			set(suffix .${variant}.o)
			if(variant STREQUAL "v3")
				set(suffix .o)
			endif()
			set(output ${PROJECT_BINARY_DIR}/test/objects/${name}${suffix})
			skep_bpf_object(${source} ${output} ${${variant}})
			list(APPEND outputs ${output})
		endforeach()
	endforeach()
	set(${out} ${outputs} PARENT_SCOPE)
endfunction()
