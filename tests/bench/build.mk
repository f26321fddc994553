# SPDX-License-Identifier: MIT
include tests/bench/qemu/build.mk
