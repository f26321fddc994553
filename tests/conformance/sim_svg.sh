#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gs-sim --svg: pictures against the table of --csv, and what becomes of those
# of a run before when they cannot be written. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"

needs_numpy
here=$src/tests/conformance
model=$work/model.gsm

# drawn FOLDER SIZE ARGUMENT...: pictures of an array of SIZE, checked
drawn() {
	local folder=$1 size=$2
	shift 2
	"$bin/gs-sim" --timing-only --svg "$folder" --csv "$work/layers.csv" "$@" \
		>"$out" 2>"$err" &&
		"$python" "$here/check_svg.py" "$folder" "$work/layers.csv" "$size" "$size" \
			>"$out" 2>"$err"
}

# refused NAME WORDS FOLDER: by gs-sim, in one sentence
refused() {
	asks 1 "$2" "$bin/gs-sim" --timing-only --svg "$3" "$model"
	[ "$(wc -l <"$err")" -eq 1 ] || why+=("not one line")
	verdict "$1" "${why[@]}"
}

"$bin/gsc" "$src/tests/models/fashion_lenet.onnx" -o "$model" \
	-c "$src/tests/models/fashion_calib_256.npy" >"$out" 2>"$err"
passed $? "a model is compiled"

drawn "$work/a" 16 "$model" && grep -q 'timeline 5 stalls 5 roofline 5 energy 5' "$out"
passed $? "a folder is made, pictures are what the table says"
grep -q '>conv1/Conv<' "$work/a/timeline.svg" &&
	grep -q '>conv1/Conv<' "$work/a/stalls.svg" &&
	grep -q '>softmax/Softmax<' "$work/a/roofline.svg" &&
	grep -q '>model.gsm: ' "$work/a/stalls.svg" &&
	grep -q '>genesys_16x16, array 16.*, preset hardware: .* at 1000 MHz<' "$work/a/roofline.svg"
passed $? "model, machine and layers are named"
drawn "$work/b" 16 "$model" && diff -r "$work/a" "$work/b" >"$out"
passed $? "the same bytes each time"
drawn "$work/b" 16 --preset ideal-channels --arch DRAM_BW=8 "$model" &&
	! grep -q '>DRAM: ' "$work/b/roofline.svg"
passed $? "ideal channels, in the same folder"
drawn "$work/b" 16 --arch DRAM_BW=1 "$model" && grep -q '>DRAM: 0.125 bytes' "$work/b/roofline.svg"
passed $? "the roof of DRAM"

"$bin/gsc" "$src/tests/models/fashion_lenet.onnx" -o "$work/wide.gsm" \
	-a "$src/hw-model/configs/genesys_32x32.json" \
	-c "$src/tests/models/fashion_calib_256.npy" >"$out" 2>"$err" &&
	drawn "$work/wide" 32 "$work/wide.gsm"
passed $? "another machine"

# products of a vector with matrices, one after the other
"$python" - "$work" >"$out" 2>"$err" <<END &&
import sys
sys.path.insert(0, "$here")
import numpy as np
import tiny_onnx
rng = np.random.default_rng(1)
nodes, constants, width = [], [], 16
for i in range(110):
    wide = 512 if i % 10 == 5 else 16
    weights = rng.standard_normal((width, wide)) / width ** 0.5
    nodes.append(tiny_onnx.node("MatMul", ["t%d" % i, "w%d" % i], "t%d" % (i + 1)))
    constants.append(tiny_onnx.constant("w%d" % i, weights.astype("f4")))
    width = wide
tiny_onnx.save(sys.argv[1] + "/deep.onnx", nodes, [tiny_onnx.value("t0", [1, 16])],
               [tiny_onnx.value("t110", [1, 16])], constants)
np.save(sys.argv[1] + "/deep.npy", rng.standard_normal((8, 1, 16)).astype("f4"))
END
	"$bin/gsc" "$work/deep.onnx" -c "$work/deep.npy" -o "$work/deep.gsm" >"$out" 2>"$err" &&
	drawn "$work/deep" 16 "$work/deep.gsm" &&
	awk '$2 < 5 || $2 > 48 || $4 < 5 || $4 > 40 || $6 != 110 || $8 != $4 { exit 1 }' "$out" &&
	grep -q '(+[1-9]' "$work/deep/timeline.svg" && grep -q '(+[1-9]' "$work/deep/stalls.svg"
passed $? "110 layers: small neighbours stand together, all are points"

"$bin/gsc" "$src/tests/models/ops/shape_chain.onnx" -o "$work/none.gsm" \
	-c "$src/tests/models/ops/shape_chain.calib.npy" >"$out" 2>"$err" &&
	drawn "$work/none" 16 "$work/none.gsm" &&
	drawn "$work/none" 16 --preset ideal-channels "$work/none.gsm"
passed $? "a model that computes nothing, and one that takes no cycle"

"$python" "$here/odd_names.py" "$model" "$work/odd.gsm" /conv1/Conv \
	'"]]>&<\x01\xff\xc3(\xe2' >"$out" 2>"$err" &&
	drawn "$work/odd" 16 "$work/odd.gsm"
passed $? "a name that is no text"

echo before >"$work/file"
refused "a file in the way" "$work/file: Not a directory" "$work/file"
refused "no folder above" "$work/no/dir: No such file" "$work/no/dir"
mkdir -p "$work/full" "$work/dir/timeline.svg"
ln -s /dev/full "$work/full/stalls.svg"
refused "a full disk" "$work/full/stalls.svg: No space left" "$work/full"
refused "a folder where a picture goes" "$work/dir/timeline.svg: Is a directory" "$work/dir"

# the limit of a file's size is a disk that is full in the middle
(
	ulimit -f 1
	trap '' XFSZ
	"$bin/gs-sim" --timing-only --svg "$work/a" --arch DRAM_BW=64 "$model" >"$out" 2>"$err"
)
[ $? -eq 1 ] && grep -q "timeline.svg: File too large" "$err" &&
	[ "$(ls "$work/a" | wc -l)" -eq "$(ls "$work/b" | wc -l)" ] &&
	drawn "$work/b" 16 "$model" && diff -r "$work/a" "$work/b" >"$out"
passed $? "no room in the middle: the pictures of before are still there"
finish
