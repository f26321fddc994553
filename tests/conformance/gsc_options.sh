#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Options of gsc against what is emitted: each has an effect on it, or is
# refused with a sentence. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
. "$(dirname "$0")/../scripts/refused.sh"
ops=$src/tests/models/ops
model=$ops/conv_relu_pool.onnx
calib=$ops/conv_relu_pool.calib.npy
machine=$src/hw-model/configs/genesys_16x16.json

# What each option is for, by hand
programs="gsm layers schedule"
graphs="fdfg dot svg"
models="$programs $graphs qdq-onnx"
all="$models acg acg-dot acg-svg"

# is_in WORD LIST
is_in() {
	[[ " $2 " == *" $1 "* ]]
}

# option 'KINDS' OPTION...: works where one of KINDS is emitted, and nowhere else
option() {
	local kind what=() bad=()
	for kind in $all; do
		what=()
		! is_in "$kind" "$models" || what=("$model")
		rm -rf "$target" "$target.d"
		if is_in "$kind" "$1"; then
			asks 0 "" "$gsc" "${what[@]}" -e "$kind" -o "$target" "${@:2}"
			[ -e "$target" ] || why+=("no output")
		else
			asks 2 "$2 has no effect with --emit=$kind, but with " \
				"$gsc" "${what[@]}" -e "$kind" -o "$target" "${@:2}"
			[ "$(complaints)" -eq 1 ] || why+=("not 1 sentence")
			[ ! -e "$target" ] || why+=("left an output")
		fi
		[ ${#why[@]} -eq 0 ] || bad+=("$kind: ${why[*]}")
	done
	rm -rf "$target" "$target.d"
	verdict "$2 with every kind of output" "${bad[@]}"
}

test_kinds() {
	local layer=conv_0
	option "$all" --arch "$machine"
	option "$all" --arch-set IBUF_DEPTH=2048
	option "$models" --calibrate "$calib"
	option "$models" --meta "$work/meta"
	option "$models" --shape x="$("$python" -c '
import sys
import numpy as np
print("x".join(map(str, [1, *np.load(sys.argv[1]).shape[-3:]])))' "$calib")"
	option "$models" --disable-pass fold
	option "$models" --verify
	option "$models" --dump-after shapes
	option "$models" --keep-intermediates
	option "$models" --codelets "$src/compiler/codelets"
	option "$models" --plain-quantization
	option "$models" --calibration mse
	option "$models" --quant-report "$work/quant.csv"
	option "$models" --schedule "$work/empty.json"
	option "$models" --no-fuse $layer
	option "$programs" --tile $layer:ph=1
	option "$programs" --order $layer:ph
	option "$programs" --effort 0
	option "$programs" --report "$work/report.html"
	option "$programs" --verbose
	option "$graphs" --after quantize
	option fdfg --open maps
}

# idle 'WORDS' ARG...: an option whose pass does not run
idle() {
	refused "$1" 1 "$1" "${@:2}" -o "$target"
}

# A layer that does not exist is told also where no layers are scheduled.
test_names() {
	local kind
	for kind in gsm svg qdq-onnx; do
		refused "no fusion of nobody, $kind" 1 "no fusion of nobody: there is no such layer" \
			"$model" --no-fuse nobody -e $kind -o "$target"
	done
}

# What is said twice, or not at all, is a mistake.
test_values() {
	local o
	for o in -o -a -m -e --after --effort --dump-after --codelets --calibration \
		--quant-report --schedule --report --open; do
		refused "$o with nothing" 2 "an option has an empty value: --" "$model" $o ""
	done
	refused "no name of a model" 2 "the model's name is empty" ""
	refused "samples of no file" 2 "--calibrate takes FILE or NAME=FILE, not: x=" "$model" -c x=
	refused "samples of no input" 2 "--calibrate takes FILE or NAME=FILE, not: =x" "$model" -c =x
	refused "two outputs" 2 "an option is given twice: --output" "$model" -o a -o b
	refused "two reports" 2 "an option is given twice: --report" "$model" --report a --report b
	refused "two kinds" 2 "an option is given twice: --emit" "$model" -e svg -e gsm
	refused "two efforts" 2 "an option is given twice: --effort" "$model" --effort 1 --effort 1
	refused "two shapes of an input" 2 "an input has two --shape: x" \
		"$model" -s x=1x3x14x14 -s x=1x3x14x14
	refused "two tiles of a loop" 1 "--tile conv_0:ph=1,ph=7: expected each loop once" \
		"$model" --tile conv_0:ph=1,ph=7 -o "$target"
	holds "lists, and flags" "$gsc" "$model" -v -v --disable-pass cse --disable-pass fold \
		--tile conv_0:oh=1 --tile conv_0:oh=7 --no-fuse relu_1 --no-fuse conv_0 \
		--arch-set CHANNEL_LATENCY=50 --arch-set DRAM_BW=64 -o "$target"
	"$gsc" "$src/tests/models/ops/shape_chain.onnx" -v -o "$target" 2>"$err" |
		grep -q '^nothing  *Identity  *1  *[0-9]* *$'
	passed $? "nothing to compute is told so"
	"$gsc" --emit=acg --arch-set IBUF_DEPTH=64 | grep -q "IBUF .* 32 rows"
	passed $? "a field that is set"
	"$gsc" --emit=acg -o "$work/acg.svg" && "$gsc" --emit=acg -o "$work/acg.dot" &&
		"$gsc" --emit=acg-svg | cmp - "$work/acg.svg" &&
		"$gsc" --emit=acg-dot | cmp - "$work/acg.dot" &&
		"$gsc" --emit=acg -o "$work/acg.txt" && "$gsc" --emit=acg | cmp - "$work/acg.txt"
	passed $? "a machine is drawn as the name of the file says"
}

# noted NAME ARG...: it is said that samples are not looked at
noted() {
	asks 0 "gsc: note: --calibrate: no samples are taken" "$gsc" "${@:2}" -o "$target"
	[ -e "$target" ] || why+=("no output")
	verdict "$1" "${why[@]}"
}

# Passes are not on the way to what is emitted: they are behind, left out, or were before
test_passes() {
	local quantized=$work/quantized.fdfg
	noted "samples before calibration" "$model" -c "$calib" -e svg --after fuse
	idle "--plain-quantization: pass calibrate is not on the way" \
		"$model" --plain-quantization -e dot --after fuse
	idle "--calibration: pass ranges is not on the way" \
		"$model" --calibration mse -e fdfg --after fuse
	idle "--calibration: pass ranges is not on the way to this output (--emit" \
		"$model" --calibration mse --disable-pass ranges
	idle "--schedule: pass fuse is not on the way" \
		"$model" --schedule "$work/empty.json" -e svg --after shapes
	idle "--no-fuse: pass fuse is not on the way" \
		"$model" --no-fuse conv_0 -e svg --after shapes
	idle "--dump-after: pass emit is not on the way" "$model" --dump-after emit -e qdq-onnx
	idle "pass 'fuse-pool' is to be left out, but it is not on the way" \
		"$model" --disable-pass fuse-pool -e svg
	idle "pass 'fuse-pool' is to be left out, but" "$model" --disable-pass fuse-pool -e qdq-onnx
	holds "a graph with scales" "$gsc" "$model" -c "$calib" -e fdfg --after quantize -o "$quantized"
	noted "samples of what has its scales" "$quantized" -c "$calib"
	idle "--quant-report: nothing is quantized" "$quantized" --quant-report "$work/quant.csv"
	idle "--calibration: pass ranges" "$quantized" --calibration mse
	idle "pass 'fuse' is to be left out, but" "$quantized" --disable-pass fuse
	holds "what is behind may be left out" "$gsc" "$quantized" --disable-pass fuse-pool -o "$target"
	holds "pools may stay apart" "$gsc" "$quantized" --no-fuse conv_0 -o "$target"
}

if [ ! -x "$gsc" ]; then
	echo "Bail out! $gsc is missing, run make"
	exit 1
fi
needs_numpy
echo "model.task = none" >"$work/meta"
echo '{ "version": 1 }' >"$work/empty.json"
test_kinds
test_passes
test_names
test_values
finish
