#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gsc --codelets: operators without building anything. One is refused without
# its file and computed with it, and a changed file takes the place of a codelet
# that is installed. Prints TAP. docs/codelets.md adds one that is not installed.
. "$(dirname "$0")/../scripts/tap.sh"
ops=$src/tests/models/ops
export GENESYS_DEVICE=sim

# elu_model DIR: elu.onnx, y = Elu(x) of 1x24x5x7 with alpha 0.5, and a sample
elu_model() {
	PYTHONPATH=$src/tests/conformance "$python" - "$1" <<'END'
import sys

import numpy as np

import tiny_onnx

shape = [1, 24, 5, 7]
tiny_onnx.save(sys.argv[1] + "/elu.onnx",
               [tiny_onnx.node("Elu", ["x"], "y", alpha=0.5)],
               [tiny_onnx.value("x", shape)], [tiny_onnx.value("y", shape)])
np.save(sys.argv[1] + "/elu.npy",
        2 * np.random.RandomState(1).standard_normal(shape).astype(np.float32))
END
}

# Two folders of codelets, one without those of Elu
folders() {
	mkdir -p "$work/mine" "$work/less" &&
		cp "$src"/compiler/codelets/*.cdlt "$work/mine" &&
		cp "$src"/compiler/codelets/*.cdlt "$work/less" && rm "$work"/less/elu*.cdlt
}

refused() {
	! "$bin/gsc" "$work/elu.onnx" --codelets "$work/less" -o "$work/elu.gsm" 2>"$work/err" &&
		cat "$work/err" && grep -q 'Elu has no codelet' "$work/err"
}

compute() { # MODEL SAMPLE OUTPUT GSC_OPTION...
	"$bin/gsc" "$1" -c "$2" -o "$work/out.gsm" "${@:4}" &&
		"$bin/gs-run" "$work/out.gsm" -i "$2" -o "$3"
}

# Half a step of the input, and 9/16 of one of the result
is_elu() {
	"$python" - "$work/elu.npy" "$work/elu.out.npy" <<'END'
import sys

import numpy as np

x, y = map(np.load, sys.argv[1:])
want = np.where(x < 0, 0.5 * np.expm1(x), x)
off = np.abs(y - want).max()
most = (0.5 * np.ptp(x) + 0.5625 * np.ptp(want)) / 255
print(f"off by {off}, at most {most}")
sys.exit(bool(off > most))
END
}

# Relu that lets nothing through: its result is what is below zero, bounded by zero.
override() {
	mkdir -p "$work/other" && cp "$src"/compiler/codelets/*.cdlt "$work/other" &&
		sed -i 's/max(x, zero(x))/min(x, zero(x))/' "$work/other/relu.cdlt" &&
		! cmp -s "$src/compiler/codelets/relu.cdlt" "$work/other/relu.cdlt"
}

is_zero() { # FILE 0|1: whether all of it is zero
	"$python" -c '
import sys

import numpy as np

sys.exit(bool(np.any(np.load(sys.argv[1]))) == bool(int(sys.argv[2])))' "$1" "$2"
}

# A machine without EXP takes another codelet, whose program it runs, and no other's.
lacking() {
	sed 's/"CLOCK_MHZ"/"LACKS": ["EXP"], "CLOCK_MHZ"/' \
		"$src/hw-model/configs/genesys_16x16.json" >"$work/lacks.json" &&
		"$bin/gsc" "$1.onnx" -c "$1.calib.npy" -o "$work/whole.gsm" &&
		"$bin/gsc" "$1.onnx" -c "$1.calib.npy" -a "$work/lacks.json" -v \
			-o "$work/lacks.gsm" | grep -q 'sigmoid_series: tile' &&
		"$bin/gs-run" "$work/whole.gsm" -i "$1.in.npy" -q -o "$work/whole.npy" &&
		"$bin/gs-run" "$work/lacks.gsm" -i "$1.in.npy" -q -o "$work/lacks.npy" \
			-d "sim:$work/lacks.json"
}

is_near() {
	"$python" -c '
import sys

import numpy as np

a, b = (np.load(name).astype(int) for name in sys.argv[1:])
sys.exit(bool(np.abs(a - b).max() > 1 or not np.ptp(a)))' "$1" "$2"
}

other_machine() {
	! "$bin/gs-run" "$work/whole.gsm" -i "$1.in.npy" -d "sim:$work/lacks.json" \
		2>"$work/err" && cat "$work/err" &&
		grep -q 'EXP is in LACKS of the device (genesys_16x16) alone' "$work/err"
}

needs_numpy
relu=$ops/relu
holds "a model of one operator" elu_model "$work"
holds "codelets with and without its own" folders
holds "without it is refused" refused
holds "with it, it is compiled and runs" compute "$work/elu.onnx" \
	"$work/elu.npy" "$work/elu.out.npy" --codelets "$work/mine"
holds "results are those of the operator" is_elu
holds "Relu as installed" compute "$relu.onnx" "$relu.in.npy" "$work/relu.npy"
holds "lets something through" is_zero "$work/relu.npy" 0
holds "another codelet of Relu" override
holds "is compiled in its place" compute "$relu.onnx" "$relu.in.npy" \
	"$work/relu.npy" --codelets "$work/other"
holds "and lets nothing through" is_zero "$work/relu.npy" 1
sigmoid=$ops/sigmoid
holds "Sigmoid without EXP" lacking "$sigmoid"
holds "has the results of that with it" is_near "$work/whole.npy" "$work/lacks.npy"
holds "whose program is refused there" other_machine "$sigmoid"
finish
