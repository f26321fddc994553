#!/bin/bash
# SPDX-License-Identifier: MIT
#
# "make install-kernel" puts module and firmware where the kernel they are for
# looks for them, and nothing elsewhere. TAP.
. "$(dirname "$0")/../scripts/tap.sh"
cd "$src" || exit 1

skip() { echo "1..0 # skip $*"; exit 77; }

command -v "${RISCV_CC:-riscv64-unknown-elf-gcc}" >/dev/null ||
	skip "no cross compiler for RISC-V"
kdir=${KDIR:-$(scripts/check-kernel.sh --find)}
[ -n "$kdir" ] || skip "no headers of a kernel with DRM_ACCEL"
PATH=$PATH:/usr/sbin:/sbin

root=$work/root
make -s B="$GS_BUILD" KDIR="$kdir" DESTDIR="$root" PYTHON="$python" \
	install-kernel >"$work/log" 2>&1
passed $? "installs into an empty directory"
release=$(cat "$kdir/include/config/kernel.release")
firmware=lib/firmware/genesys/genesys.fw
module=lib/modules/$release/updates/genesys.ko
[ "$(cd "$root" && find . -type f | sort)" = "./$firmware
./$module" ]
passed $? "both files, and no list of modules"
cmp "$root/$firmware" "$GS_BUILD/firmware/genesys.fw"
passed $? "the firmware of this build"
cmp "$root/$module" "$GS_BUILD/kernel/genesys.ko"
passed $? "the module of this build"
[ "lib/firmware/$(modinfo -F firmware "$root/$module")" = "$firmware" ]
passed $? "the module asks for that firmware"
[ "$(modinfo -F vermagic "$root/$module" | cut -d ' ' -f 1)" = "$release" ]
passed $? "the module is for that kernel"
[ "$(stat -c %a "$root/$firmware" "$root/$module" | sort -u)" = 644 ]
passed $? "everybody may read them"
depmod -b "$root" "$release" 2>/dev/null &&
	grep -q "^alias pci:v00001AF4d000010F7.* genesys$" \
		"$root/lib/modules/$release/modules.alias"
passed $? "depmod finds it for the device"

[ $failed = 0 ] || cat "$work/log" >&2
finish
