#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The main example: compiles a trained network for the 16x16 machine and
# classifies pictures with it on the simulated device. Run by "make demo".
set -eu
src=$(cd "$(dirname "$0")/.." && pwd)
build=${GS_BUILD:-$src/build}
models=$src/tests/models

echo "compiling fashion_lenet.onnx, calibrated on 256 training images"
"$build/bin/gsc" "$models/fashion_lenet.onnx" \
	--calibrate "$models/fashion_calib_256.npy" \
	--output "$build/fashion_lenet.gsm" --verbose
echo
"$build/bin/classify" -p "${DEMO_PICTURES:-6}" "$build/fashion_lenet.gsm" \
	"$models/fashion_test_1000_images.npy" \
	"$models/fashion_test_1000_labels.npy" \
	"$models/fashion_test_1000_float.npy"
