#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gsc --codelets: operators without building anything. The one that section 6 of
# docs/compiler.md adds is refused without its file and computed with it, and a
# changed file takes the place of a codelet that is installed. Prints TAP.
set -u
bin=${GS_BUILD:-build}/bin
src=${GS_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
python=${PYTHON:-/usr/bin/python3}
ops=$src/tests/models/ops
count=0 failed=0
export GENESYS_DEVICE=sim

work=$(mktemp -d "${TMPDIR:-/tmp}/own_codelet.XXXXXX")
trap 'rm -rf "$work"' EXIT

check() { # WHAT COMMAND...
	local what=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $count - $what"
	else
		failed=1
		echo "not ok $count - $what"
		sed 's/^/# /' "$work/log"
	fi
}

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

# The file as the document has it
documented() {
	mkdir -p "$work/mine" && cp "$src"/compiler/codelets/*.cdlt "$work/mine" &&
		sed -n '/^\$ cat > mine\/elu\.cdlt$/,/^}$/p' "$src/docs/compiler.md" |
		sed 1d >"$work/mine/elu.cdlt" && grep -q 'operator Elu;' "$work/mine/elu.cdlt"
}

refused() {
	! "$bin/gsc" "$work/elu.onnx" -o "$work/elu.gsm" 2>"$work/err" &&
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

if ! "$python" -c 'import numpy' 2>/dev/null; then
	echo "1..0 # SKIP python3-numpy is not installed"
	exit 77
fi
relu=$ops/relu
check "a model of one operator" elu_model "$work"
check "without a codelet it is refused" refused
check "the codelet of docs/compiler.md" documented
check "with it, it is compiled and runs" compute "$work/elu.onnx" \
	"$work/elu.npy" "$work/elu.out.npy" --codelets "$work/mine"
check "results are those of the operator" is_elu
check "Relu as installed" compute "$relu.onnx" "$relu.in.npy" "$work/relu.npy"
check "lets something through" is_zero "$work/relu.npy" 0
check "another codelet of Relu" override
check "is compiled in its place" compute "$relu.onnx" "$relu.in.npy" \
	"$work/relu.npy" --codelets "$work/other"
check "and lets nothing through" is_zero "$work/relu.npy" 1
echo "1..$count"
exit $failed
