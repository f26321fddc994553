# SPDX-License-Identifier: MIT
#
# GeneSys userspace build: one non-recursive make over the build.mk of every
# room. "make help" lists the targets, scripts/make/rules.mk documents the
# macros a build.mk uses.

VERSION		:= 0.1.0
SOVERSION	:= 0

all:

# ---- knobs -----------------------------------------------------------------
# SAN=1 and FUZZ=1 select an instrumented build in a directory of its own.
SAN		?=
FUZZ		?=
B		?= build$(if $(FUZZ),-fuzz,$(if $(SAN),-san))
PREFIX		?= /usr/local
LIBDIR		?= $(PREFIX)/lib
DESTDIR		?=
PYTHON		?= /usr/bin/python3
PKG_CONFIG	?= pkg-config
CLANG		?= clang
PROTOC_C	?= protoc-c
ONNX_PROTO	?= /usr/include/onnx/onnx.proto
JOBS		?= $(shell nproc 2>/dev/null || echo 2)
WERROR		?= $(if $(SAN),,1)
CFLAGS		?= $(if $(SAN)$(FUZZ),-O1,-O2) -g
LDFLAGS		?=
FUZZ_SECONDS	?= 10
TEST_TIMEOUT	?= 300
TEST_JOBS	?= 2
# List of what "make check" may skip; empty: anything it cannot do here.
SKIPS		?= scripts/skips
# Sources fetched, and kernels and emulators built, by scripts are kept here.
GS_CACHE	?= $(HOME)/.cache/genesys
# Remembers what was compiled, in any clone, where it is installed; CCACHE= does
# without.
ifeq ($(origin CCACHE),undefined)
CCACHE		:= $(shell command -v ccache 2>/dev/null)
endif
export CCACHE_DIR ?= $(GS_CACHE)/ccache
# What language warnings are in does not matter.
export CCACHE_SLOPPINESS ?= locale
V		?=
# As many jobs as processors where a target does it all, unless -j was given.
gs__j		= $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
Q		:= $(if $(filter-out 0,$(V)),,@)

# One name, however it was given: names of files are part of what is compiled.
override B	:= $(patsubst $(CURDIR)/%,%,$(abspath $(B)))

ifneq ($(FUZZ),)
ifneq ($(origin CC),command line)
CC		:= $(CLANG)
endif
endif

MAKEFLAGS	+= --no-print-directory --no-builtin-rules
SHELL		:= /bin/bash
.SUFFIXES:
.DELETE_ON_ERROR:

include scripts/make/rules.mk
include scripts/make/check.mk

# ---- the rooms -------------------------------------------------------------
include $(sort $(wildcard */build.mk hw-model/*/build.mk compiler/*/build.mk \
	runtime/*/build.mk tests/*/build.mk))

$(eval $(gs__generate))

-include $(GS_OBJS:.o=.d)

include scripts/make/install.mk

# ---- top-level targets -----------------------------------------------------
.PHONY: all everything setup demo clean distclean format help FORCE

all: $(GS_LIB_FILES) $(GS_BIN_FILES) $(GS_ALL) $(GS_SHARE_LINKS)

# All that is C: what a compiler is asked to accept without a warning.
everything: all tests benches

setup:
	@scripts/setup.sh

# The packages may arrive with "setup", so the build is a new make.
demo: setup
	@$(MAKE) $(gs__j) all
	@test -x scripts/demo.sh || \
		{ echo "make demo: scripts/demo.sh is missing" >&2; exit 1; }
	@$(GS_ENV) scripts/demo.sh

format:
	@scripts/check-format.sh --fix

clean:
	rm -rf $(B) $(B)-san $(B)-clang $(B)-fuzz

help:
	@echo 'make                  build libraries and tools into $(B)/{lib,bin}'
	@echo 'make demo             install packages, build, run the demonstration'
	@echo 'make demo-qemu        the same on the device in QEMU, through the driver'
	@echo 'make qemu-shell       a shell in that machine, with driver, tools and a model'
	@echo 'make bench-qemu       what a job costs on its way through the driver'
	@echo 'make check            install packages, build, run every check there is:'
	@echo '                      tests, tests with ASan+UBSan, clang build, fuzzers'
	@echo '                      (FUZZ_SECONDS=$(FUZZ_SECONDS) each), format, and in QEMU the'
	@echo '                      device, the driver and its selftests on three kernels'
	@echo 'make check-qemu [T=name]  the last of these alone, or some of its suites'
	@echo 'make check-kernel     W=1, sparse, checkpatch of the driver'
	@echo 'make kernel           build/kernel/genesys.ko for the running kernel, or KDIR='
	@echo 'make selftests        its tests, static programs for any machine'
	@echo 'make qemu             build QEMU with the device, and print where it is'
	@echo 'make firmware         build/firmware/genesys.fw'
	@echo 'make test [T=name]    build and run the tests (or those named) of this build'
	@echo 'make tests            build the tests'
	@echo 'make bench [T=name]   build and run the benchmarks'
	@echo 'make bench-compiler   cycles of ResNets on the published machines; LAYERS=09: gaps of its layers'
	@echo 'make bench-ort        ResNet-50 on the simulator beside onnxruntime; T="resnet18 ..."'
	@echo 'make models [T=name]  trained models and networks against onnxruntime'
	@echo 'make fuzz [T=name]    build and run the fuzz targets, FUZZ_SECONDS each'
	@echo 'make format           run clang-format over the C sources'
	@echo 'make install          into $$(DESTDIR)$$(PREFIX), PREFIX=$(PREFIX)'
	@echo 'make install-kernel   firmware and module into $$(DESTDIR)/lib, depmod'
	@echo 'make setup            install the Debian packages the build needs'
	@echo 'make clean            remove the build directories'
	@echo 'make list             names of libraries, tools, tests, fuzzers, benchmarks'
	@echo
	@echo 'Variables: B=build-dir  CC=clang  SAN=1  V=1  WERROR=  CFLAGS="-O0 -g"'
	@echo '           JOBS=$(JOBS)  TEST_JOBS=$(TEST_JOBS)  TEST_TIMEOUT=$(TEST_TIMEOUT)  PYTHON=$(PYTHON)'
