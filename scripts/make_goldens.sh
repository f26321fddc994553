#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Make tests/models/golden: the int8 tensors onnxruntime computes for the
# models as gsc quantizes them. Needs a build (GS_BUILD, default build/), node
# and npm for onnxruntime (see ort_golden.sh) and python3-onnx.
#
#	scripts/make_goldens.sh [--bits 4] [MODEL...]
#
# Exit status 77 when onnxruntime cannot be had.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/scripts/ort_golden.sh"
exec "${PYTHON:-/usr/bin/python3}" "$root/scripts/make_goldens.py" "$@"
