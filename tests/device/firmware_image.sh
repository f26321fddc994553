#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The firmware image is the same from any directory, at any time, as any user,
# and it is what its header says. TAP.
. "$(dirname "$0")/../scripts/tap.sh"
cd "$src" || exit 1

if ! command -v "${RISCV_CC:-riscv64-unknown-elf-gcc}" >/dev/null; then
	echo "1..0 # skip no cross compiler for RISC-V"
	exit 77
fi

# A copy of the sources elsewhere, built at another time and in another zone.
mkdir "$work/b" || exit 1
cp -r Makefile firmware include scripts "$work/b" &&
	mkdir -p "$work/b/tests/device" "$work/b/hw-model"
make -s B="$work/b/out" PYTHON="$python" firmware >"$work/log1" 2>&1
passed $? "builds into another directory"
(cd "$work/b" && umask 077 && TZ=Asia/Kathmandu SOURCE_DATE_EPOCH=1 LC_ALL=C \
	make -s PYTHON="$python" B=second firmware) >"$work/log2" 2>&1
passed $? "builds from a copy of its sources alone"
cmp "$work/b/out/firmware/genesys.fw" "$work/b/second/firmware/genesys.fw"
passed $? "both images are equal"
cmp "$work/b/out/firmware/genesys.fw" "$GS_BUILD/firmware/genesys.fw"
passed $? "and equal to the one of this build"
! strings -a "$work/b/out/firmware/genesys.fw" | grep -F -e "$work" -e "$src"
passed $? "no path of the build in it"

"$python" - "$GS_BUILD/firmware/genesys.fw" <<'PYTHON'
import struct, sys, zlib
image = open(sys.argv[1], "rb").read()
(magic, header, size, version, abi, abi_hash, load, entry,
 crc) = struct.unpack_from("<9I", image)
assert magic == 0x57465347 and header == 64 and abi == 2
assert size == len(image) <= 65536 and size % 16 == 0
assert crc == zlib.crc32(image[64:])
assert image[36:64] == bytes(28)
assert load <= entry < load + size - 64
PYTHON
passed $? "the header describes the image"

head -c 64 "$GS_BUILD/firmware/genesys.fw" >"$work/header"
head -c 65473 /dev/zero >"$work/payload"
! scripts/fw-image "$work/header" "$work/payload" "$work/image" 2>"$work/error" &&
	grep -q "65536 are allowed" "$work/error" && [ ! -e "$work/image" ]
passed $? "an image of more than 64 KiB is refused"
head -c 65472 /dev/zero >"$work/payload"
scripts/fw-image "$work/header" "$work/payload" "$work/image" >/dev/null
passed $? "one of 64 KiB is not"
! scripts/fw-image "$work/payload" "$work/header" "$work/image" 2>/dev/null
passed $? "what has no header is refused"

[ $failed = 0 ] || cat "$work/log1" "$work/log2" >&2
finish
