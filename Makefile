# SPDX-License-Identifier: Apache-2.0
# The front door. Builds live in build/; CMakePresets.json names them.

.PHONY: help demo check fuzz size tidy install clean

help:
	@echo "make demo     run the example over a real capture, on every engine there is here"
	@echo "make check    build for every target, run all tests"
	@echo "make fuzz     search for crashes, FUZZ_SECONDS=60 for each boundary"
	@echo "make size     bytes of the core on every target"
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

size:
	tools/need size
	tools/size

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
