#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The firmware image is the same from any directory, at any time, as any user,
# and it is what its header says. TAP.
set -u
cd "$GS_SRC" || exit 1

if ! command -v "${RISCV_CC:-riscv64-unknown-elf-gcc}" >/dev/null; then
	echo "1..0 # skip no cross compiler for RISC-V"
	exit 77
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0
result() { # $1 exit status, $2 name
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

# A copy of the sources elsewhere, built at another time and in another zone.
mkdir "$tmp/b" || exit 1
cp -r Makefile firmware include scripts "$tmp/b" &&
	mkdir -p "$tmp/b/tests/device" "$tmp/b/hw-model"
make -s B="$tmp/b/out" PYTHON="$PYTHON" firmware >"$tmp/log1" 2>&1
result $? "builds into another directory"
(cd "$tmp/b" && umask 077 && TZ=Asia/Kathmandu SOURCE_DATE_EPOCH=1 LC_ALL=C \
	make -s PYTHON="$PYTHON" B=second firmware) >"$tmp/log2" 2>&1
result $? "builds from a copy of its sources alone"
cmp "$tmp/b/out/firmware/genesys.fw" "$tmp/b/second/firmware/genesys.fw"
result $? "both images are equal"
cmp "$tmp/b/out/firmware/genesys.fw" "$GS_BUILD/firmware/genesys.fw"
result $? "and equal to the one of this build"
! strings -a "$tmp/b/out/firmware/genesys.fw" | grep -F -e "$tmp" -e "$GS_SRC"
result $? "no path of the build in it"

"$PYTHON" - "$GS_BUILD/firmware/genesys.fw" <<'PYTHON'
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
result $? "the header describes the image"

head -c 64 "$GS_BUILD/firmware/genesys.fw" >"$tmp/header"
head -c 65473 /dev/zero >"$tmp/payload"
! scripts/fw-image "$tmp/header" "$tmp/payload" "$tmp/image" 2>"$tmp/error" &&
	grep -q "65536 are allowed" "$tmp/error" && [ ! -e "$tmp/image" ]
result $? "an image of more than 64 KiB is refused"
head -c 65472 /dev/zero >"$tmp/payload"
scripts/fw-image "$tmp/header" "$tmp/payload" "$tmp/image" >/dev/null
result $? "one of 64 KiB is not"
! scripts/fw-image "$tmp/payload" "$tmp/header" "$tmp/image" 2>/dev/null
result $? "what has no header is refused"

echo "1..$n"
[ $failed = 0 ] || cat "$tmp/log1" "$tmp/log2" >&2
exit $failed
