#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Metadata and heads that are wrong, in gsc and gs-run: an exit status, a sentence
# that says what is wrong, no crash, no picture left. And what those that are
# right do, of models made for nothing of the kind. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
ops=$src/tests/models/ops
picture=$src/tests/models/images/fashion_5.png
export GENESYS_DEVICE=sim
drawn=$work/drawn.png

# check NAME STATUS WORDS COMMAND...: status and messages of a command
check() {
	local name=$1 status=$2 words=$3
	shift 3
	rm -f "$drawn"
	if [ "$status" -eq 0 ]; then
		asks 0 "" "$@"
		says "$words" "$out"
	else
		asks "$status" "$words" "$@"
		[ "$(grep -cvE '^gsc: (warning|note)' "$err")" -eq 1 ] ||
			why+=("not one sentence")
		[ ! -e "$drawn" ] || why+=("left a picture")
	fi
	verdict "$name" "${why[@]}"
}

# meta LINE...: the description that is used from here on
meta() {
	printf '%s\n' "$@" >"$work/meta"
}

compile() { # MODEL OPTION...
	local model=$1
	shift
	"$bin/gsc" "$ops/$model.onnx" -o "$work/out.gsm" "$@"
}

run() {
	"$bin/gs-run" "$@"
}

# with_meta MODEL KEY VALUE...: model.onnx with metadata as its maker would write it
with_meta() {
	"$python" - "$ops/$1.onnx" "$work/model.onnx" "${@:2}" <<'END'
import sys

def field(number, body):
    size, head = len(body), bytes([number << 3 | 2])
    while size > 127:
        head, size = head + bytes([size & 127 | 128]), size >> 7
    return head + bytes([size]) + body

source, target, *pairs = sys.argv[1:]
with open(source, "rb") as file:
    data = file.read()
for key, value in zip(pairs[::2], pairs[1::2]):
    data += field(14, field(1, key.encode()) + field(2, value.encode()))
with open(target, "wb") as file:
    file.write(data)
END
	"$bin/gsc" "$work/model.onnx" -o "$work/made.gsm" 2>"$err" || {
		echo "Bail out! gsc on $1"
		exit 1
	}
}

# One output of 12 values: a box with four points, and its 12 scores.
head=(head boxes head.strides 8 head.points 4 head.activation sigmoid
	head.coding ssd head.anchor_width 4 head.anchor_height 5)

# ---- gsc ----

M="$work/meta"
check "no such description" 1 "nothing.meta: No such file" \
	compile shape_chain_gemm -m "$work/nothing.meta"
meta "head = boxes" "threshold"
check "a line without =" 1 "meta: line 2: expected KEY = VALUE" compile shape_chain_gemm -m "$M"
meta "= boxes"
check "a line without key" 1 "line 1: expected KEY = VALUE" compile shape_chain_gemm -m "$M"
meta "# twice" "" "head = boxes" "head = mask"
check "a key twice" 1 "line 4: key 'head' is there a second time" \
	compile shape_chain_gemm -m "$M"
seq -f 'key%.0f = 1' 300 >"$M"
check "too many keys" 1 "line 257: more than 256 keys" compile shape_chain_gemm -m "$M"
printf 'head = boxes\0\n' >"$M"
check "a description that is no text" 1 "not a text" compile shape_chain_gemm -m "$M"
meta "head = box"
check "an unknown head" 1 "metadata: head 'box'; expected boxes, mask or lines" \
	compile shape_chain_gemm -m "$M"
meta "head.strides = 8"
check "keys of a head without one" 1 "metadata: 'head.strides' without 'head'" \
	compile shape_chain_gemm -m "$M"
meta "head = boxes" "head.stride = 8"
check "an unknown key of a head" 1 "no such key 'head.stride' of head 'boxes'" \
	compile shape_chain_gemm -m "$M"
meta "input.means = 8"
check "an unknown key of inputs" 1 "no such key 'input.means'" compile shape_chain_gemm -m "$M"
meta "input.scale.z = 8"
check "a key of an input that is not there" 1 "no such key 'input.scale.z'" \
	compile concat_inputs -m "$M"
meta "input.scale.b = much"
check "a scale of one input that is no number" 1 "metadata: input.scale 'much': expected a number" \
	compile concat_inputs -m "$M"
meta "input.scale = 1/0"
check "a scale that is no number" 1 "metadata: input.scale '1/0': expected a number" \
	compile shape_chain_gemm -m "$M"
meta "head = boxes" "head.strides = 8" "head.anchors = 1"
check "outputs of another form" 1 "head.boxes: output y is [1,12]; expected rows of 4" \
	compile shape_chain_gemm -m "$M"
meta "head = mask"
check "an output that is no map" 1 "output y is [1,8,7,7]; expected one map" \
	compile conv_relu_pool -m "$M"
meta "input.extra = 1"
check "a picture for an input of other channels" 1 \
	"input 'x' (1x3x8x8) does not take a picture" \
	compile shape_chain_gemm -m "$M" -c "$picture"
head -c 100 "$picture" >"$work/cut.png"
check "a damaged picture" 1 "cut.png: PNG" compile shape_chain_gemm -c "$work/cut.png"
check "a picture for an input that takes none" 1 "does not take a picture" \
	compile conv_depthwise_1x1_picture -c "$picture"

meta "labels = a, b"
check "metadata counts before that of the model" 0 "" \
	compile ../fashion_lenet -m "$M" -c "$picture"
check "once" 0 "meta         labels = a, b" "$bin/gs-objdump" -h "$work/out.gsm"
check "and adds to it" 0 "meta         input.color = gray" "$bin/gs-objdump" -h "$work/out.gsm"

cp "$work/out.gsm" "$work/once.gsm"
compile ../fashion_lenet -m "$M" -c "$picture" -c "$picture" 2>"$err"
check "samples of several files are one set" 0 "" cmp "$work/once.gsm" "$work/out.gsm"

# ---- bytes for several inputs ----

# Each has the scale the metadata says, as the same values given as floats.
two_inputs() {
	run "$work/out.gsm" -i "a=$work/a.$1.npy" "b=$work/b.$1.npy" -o "y=$work/y.$1.npy"
}
"$python" - "$work" "$ops" <<'END'
import sys
import numpy as np
shape = {name: np.load(f"{sys.argv[2]}/concat_inputs.{name}.in.npy").shape for name in "ab"}
for name, mean, scale in (("a", 100, 1 / 64), ("b", 0, 1 / 128)):
    steps = np.random.RandomState(1).randint(0, 256, shape[name])
    np.save(f"{sys.argv[1]}/{name}.bytes.npy", steps.astype(np.uint8))
    np.save(f"{sys.argv[1]}/{name}.floats.npy", ((steps - mean) * scale).astype(np.float32))
END
meta "input.scale.a = 1/64" "input.mean.a = 100" "input.scale = 1/128"
check "metadata of one input, and of all" 0 "" compile concat_inputs -m "$M"
check "bytes for two inputs" 0 "" two_inputs bytes
check "without a warning" 0 "" test ! -s "$err"
check "floats for two inputs" 0 "" two_inputs floats
check "are the same" 0 "" cmp "$work/y.bytes.npy" "$work/y.floats.npy"
meta "input.scale.a = 1/64"
check "metadata of one input alone" 0 "" compile concat_inputs -m "$M"
two_inputs bytes >"$out" 2>"$err"
if [ "$(grep -c 'pixels are used as 0 to 255' "$err")" -eq 1 ] && grep -q 'b.bytes.npy' "$err"; then
	verdict "a warning for the other"
else
	verdict "a warning for the other" "expected for b.bytes.npy alone"
fi

# ---- gs-run ----

with_meta shape_chain_gemm input.scale 1/255 "${head[@]}" head.anchors 1 head.threshold 0
check "a list, and a drawing" 0 "fashion_5.png: 1 box: score, left, top, right, bottom" \
	run "$work/made.gsm" -i "$picture" --draw "$drawn"
mv "$drawn" "$work/first.png"
check "the drawing is a picture" 0 "first.png" run "$work/made.gsm" -i "$work/first.png"
check "no drawing as JPEG" 2 "--draw writes a .png file: x.jpg" \
	run "$work/made.gsm" -i "$picture" --draw x.jpg
check "no drawing of int8" 2 "--draw needs real values" \
	run "$work/made.gsm" -i "$picture" --draw "$drawn" -q
check "no drawing on an array" 1 "shape_chain_gemm.in.npy: is no picture" \
	run "$work/made.gsm" -i "$ops/shape_chain_gemm.in.npy" --draw "$drawn"
check "an array is listed" 0 "shape_chain_gemm.in.npy: 1 box" \
	run "$work/made.gsm" -i "$ops/shape_chain_gemm.in.npy"
check "no drawing of two pictures" 1 "--draw takes one picture; there are 2 samples" \
	run "$work/made.gsm" -i "$picture" "$picture" --draw "$drawn"
check "two pictures are listed" 0 "fashion_5.jpg: 1 box" \
	run "$work/made.gsm" -i "$picture" "${picture%.png}.jpg"
check "a path that cannot be written" 1 "none/x.png: cannot be written: No such file" \
	run "$work/made.gsm" -i "$picture" --draw "$work/none/x.png"
check "a picture that cannot be read" 1 "cut.png: PNG" \
	run "$work/made.gsm" -i "$work/cut.png" --draw "$drawn"
"$python" -c '
import struct, sys, zlib
def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
with open(sys.argv[1], "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0))
               + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))' "$work/large.png"
check "a picture that is too large" 1 \
	"large.png: PNG of 60000 x 60000 pixels; expected 1 to 32768 on a side and at most 268435456" \
	run "$work/made.gsm" -i "$work/large.png"
check "an unknown fit" 1 "fit 'crop'; expected stretch or letterbox" \
	run "$work/made.gsm" -i "$picture" --fit crop
check "the largest values all the same" 0 "fashion_5.png" \
	run "$work/made.gsm" -i "$picture" -t 2
with_meta shape_chain_gemm input.scale 1/255
check "no head" 1 "the model has no head" run "$work/made.gsm" -i "$picture" --draw "$drawn"
with_meta shape_chain_gemm input.scale 1/255 "${head[@]}" head.anchors 1 head.threshold high
check "a head that cannot be read" 1 "made.gsm: head.threshold 'high'" \
	run "$work/made.gsm" -i "$picture" --draw "$drawn"
check "that without a drawing" 1 "made.gsm: head.threshold 'high'" \
	run "$work/made.gsm" -i "$picture"
check "that where no head is wanted" 0 "fashion_5.png" \
	run "$work/made.gsm" -i "$picture" -t 1
with_meta shape_chain_gemm input.scale 1/255 "${head[@]}" head.anchors 1000000000000
check "more anchors than numbers" 1 "expected 1 to 64" run "$work/made.gsm" -i "$picture"
with_meta shape_chain_gemm input.extra 1 "${head[@]}" head.anchors 1
check "channels that are not there" 1 "not an image of 1 or 3 channels and 1 of input.extra" \
	run "$work/made.gsm" -i "$picture"
with_meta concat_inputs head mask head.mask y
check "several pictures at a time" 1 "takes 2 pictures at a time; a head takes one" \
	run "$work/made.gsm" -i "a=$ops/concat_inputs.a.in.npy" "b=$ops/concat_inputs.b.in.npy"

finish
