# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For scripts that boot a guest with driver, firmware, programs and a model:
# sets QEMU and KERNEL, the options of run-qemu.sh in the array guest, and the
# directory for logs in out. The caller has set name and stands in the top
# directory.
build=${GS_BUILD:-$PWD/build}
out=$build/vm/${name:?}
ko=$build/kernel/genesys.ko
firmware=$build/firmware/genesys.fw
model=$build/fashion_lenet.gsm
models=tests/models

need() { # FILE TARGET
	[ -f "$1" ] || {
		echo "$name: $1 is missing: make $2" >&2
		exit 1
	}
}

need "$ko" kernel
need "$firmware" firmware
mkdir -p "$out"
QEMU=${QEMU:-$(scripts/build-qemu.sh)}
# The kernel that the module was built for.
KERNEL=${KERNEL:-$(scripts/fetch-kernel.sh \
	"$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)")}
export QEMU KERNEL
if [ ! "$model" -nt "$build/bin/gsc" ]; then
	"$build/bin/gsc" "$models/fashion_lenet.onnx" \
		--calibrate "$models/fashion_calib_256.npy" --output "$model"
fi

# The clock of a guest under TCG is steady, but a busy host makes it look wrong.
guest=(--name "$name" --out "$out" --append tsc=reliable
	--module drm_shmem_helper --module gpu-sched
	--add "$firmware:/lib/firmware/genesys/genesys.fw:644"
	--add "$model:/demo/fashion_lenet.gsm:644")

add_programs() { # NAME...
	local program
	for program; do
		need "$build/guest/$program" guest-tools
		guest+=(--add "$build/guest/$program:/usr/bin/$program")
	done
}

add_pictures() {
	local file
	for file in images labels float; do
		guest+=(--add "$models/fashion_test_1000_$file.npy:/demo/$file.npy:644")
	done
}
