# SPDX-License-Identifier: Apache-2.0
# The front door. Builds live in build/; CMakePresets.json names them.

.PHONY: help demo check bench count mutate size bless fuzz tidy install clean

help:
	@echo "make demo     run the example over a real capture, on every engine there is here"
	@echo "make check    build for every target, run all tests"
	@echo "make fuzz     search for crashes, FUZZ_SECONDS=60 for each boundary"
	@echo "make bench    time per instruction, beside native code, the kernel and uBPF (UBPF=/path/to/libubpf.so)"
	@echo "make count    instructions executed on emulated boards, with their limits"
	@echo "make mutate   build the interpreter with one fault at a time; the ISA tests must notice each"
	@echo "make size     bytes of the core on every target and of firmware with each profile"
	@echo "make bless    renews the committed tables of counts and sizes, and doc/ISA.md"
	@echo "make tidy     format and linter"
	@echo "make install  library, header, command line (PREFIX=/usr/local, DESTDIR)"

demo:
	tools/need demo
	cmake --preset host --log-level=WARNING
	cmake --build --preset host --target skep-cli skep-examples
	tools/demo

check:
	tools/need check
	tools/check

fuzz:
	tools/need fuzz
	tools/fuzz

bench:
	tools/need bench
	tools/bench

count:
	tools/need bench
	tools/count

mutate:
	tools/need mutate
	tools/mutate

size:
	tools/need size
	tools/size

bless:
	tools/need bench
	tools/count --bless
	tools/size --bless
	tools/manual --write

tidy:
	tools/need tidy
	tools/tidy

install:
	tools/need install
	cmake --preset host --log-level=WARNING
	cmake --build --preset host --target skep skep-cli
	cmake --install build $(if $(PREFIX),--prefix $(PREFIX))

clean:
	rm -rf build
