#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gsc on wrong input: an exit status (1, usage 2), a sentence that says what is
# wrong, no crash, and neither a new output file nor a change of an old one.
# Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
. "$(dirname "$0")/../scripts/refused.sh"
models=$src/tests/models
ops=$models/ops

# arch FILE FIELD=VALUE...: genesys_16x16 with other values
arch() {
	"$python" -c '
import json
import sys
with open(sys.argv[1]) as file:
    fields = json.load(file)
for setting in sys.argv[3:]:
    key, value = setting.split("=")
    fields[key] = int(value)
with open(sys.argv[2], "w") as file:
    json.dump(fields, file)' "$src/hw-model/configs/genesys_16x16.json" "$@"
}

# ---- the model -------------------------------------------------------------
test_model_files() {
	local n
	refused "no such model" 1 "/nonexistent.onnx|No such file" \
		/nonexistent.onnx -o "$target"
	refused "a directory" 1 "Is a directory" "$work" -o "$target"
	if [ "$(id -u)" -ne 0 ]; then
		cp "$ops/relu.onnx" "$work/secret.onnx"
		chmod 0 "$work/secret.onnx"
		refused "unreadable file" 1 "Permission denied" \
			"$work/secret.onnx" -o "$target"
	fi
	: >"$work/empty.onnx"
	refused "empty file" 1 "empty" "$work/empty.onnx" -o "$target"
	for n in 1 9 10 100 4096 100000 300000 426500 426591; do
		head -c $n "$models/fashion_lenet.onnx" >"$work/cut.onnx"
		refused "cut after $n bytes" 1 "truncated|byte" \
			"$work/cut.onnx" -o "$target"
	done
	head -c 2 "$models/fashion_lenet.onnx" >"$work/cut.onnx"
	refused "cut between fields" 1 "no graph" "$work/cut.onnx" -o "$target"
	"$python" -c '
import random
import sys
random.seed(1)
sys.stdout.buffer.write(random.randbytes(4096))' >"$work/random.onnx"
	refused "random bytes" 1 "not a valid ONNX file" \
		"$work/random.onnx" -o "$target"
	head -c 4096 /dev/zero >"$work/zero.onnx"
	refused "zeros" 1 "not a valid ONNX file" "$work/zero.onnx" -o "$target"
	refused "a picture" 1 "not a valid ONNX file" \
		"$models/images/fashion_0.png" -o "$target"
	refused "a text" 1 "not a valid ONNX file" "$models/README.md" -o "$target"
}

test_model_content() {
	refused "missing shape" 1 "input 'x'|symbolic|--shape" \
		"$ops/symbolic_batch.onnx" -o "$target"
	refused "--shape of an unknown input" 1 "input 'y'|does not have|'x'" \
		"$ops/relu.onnx" -s y=1x20 -o "$target"
	refused "--shape misspelled where one is missing" 1 "input 'y'|does not have|'x'" \
		"$ops/symbolic_batch.onnx" -s y=1x20 -o "$target"
	refused "--shape against the model" 1 "x=1x21|?x20" \
		"$ops/symbolic_batch.onnx" -s x=1x21 -o "$target"
	refused "--shape of another rank" 1 "x=1x20x3|?x20" \
		"$ops/symbolic_batch.onnx" -s x=1x20x3 -o "$target"
	refused "unsupported operators, all named" 1 "3 nodes|Hardmax|TopK|LSTM" \
		"$ops/unsupported_ops.onnx" -o "$target"
}

# ---- the machine -----------------------------------------------------------
test_machine() {
	local model=$ops/conv3x3_pad1.onnx file=$work/arch.json
	refused "no such machine" 1 "/nonexistent.json|No such file" \
		"$model" -a /nonexistent.json -o "$target"
	refused "machine: a directory" 1 "Is a directory" \
		"$model" -a "$work" -o "$target"
	refused "machine: not JSON" 1 "relu.onnx|not JSON" \
		"$model" -a "$ops/relu.onnx" -o "$target"
	echo '{}' >"$file"
	refused "machine: no fields" 1 "ARRAY_N|missing" "$model" -a "$file" -o "$target"
	arch "$file" ARRAY_N=17
	refused "machine: 17 rows" 1 "ARRAY_N|17" "$model" -a "$file" -o "$target"
	refused "machine of 16-bit sums" 1 "ACC_WIDTH 16|32-bit" "$model" \
		-a "$src/hw-model/configs/custom32x32_dtype.json" -o "$target"
	refused "a quantized model on a machine of 4 bits" 1 \
		"input 'x' (int8): the model is quantized to 8 bits|data of 4 bits|compile the float model" \
		"$models/int8/int8_conv.onnx" -a "$src/hw-model/configs/design_01.json" -o "$target"
	"$gsc" "$model" -e qdq-onnx -o "$work/quantized.onnx" 2>/dev/null
	refused "a quantized model with float inputs on a machine of 4 bits" 1 \
		"(QuantizeLinear): the model is quantized to 8 bits|weights of 4: compile the float model" \
		"$work/quantized.onnx" -a "$src/hw-model/configs/design_01.json" -o "$target"
	"$gsc" "$model" -e fdfg --after quantize -o "$work/quantized.fdfg" 2>/dev/null
	refused "a text of 8 bits on a machine of 4" 1 \
		"the graph has data of int8|the machine int4 and int4: take the model, or its graph before" \
		"$work/quantized.fdfg" -a "$src/hw-model/configs/design_01.json" -o "$target"
	arch "$file" VMEM_DEPTH=4
	refused "machine: no room for a tile" 1 "softmax|no tile fits" \
		"$ops/softmax10.onnx" -a "$file" -o "$target"
}

# ---- calibration -----------------------------------------------------------
test_calibration() {
	local model=$ops/relu.onnx file=$work/calib.npy
	refused "a report of what is not quantized" 1 "--quant-report|nothing is quantized" \
		"$model" -e fdfg --after shapes --quant-report "$work/q.csv" -o "$target"
	refused "no such calibration file" 1 "/nonexistent.npy|No such file" \
		"$model" -c /nonexistent.npy -o "$target"
	refused "calibration: not an array" 1 "relu.onnx|not a .npy file" \
		"$model" -c "$ops/relu.onnx" -o "$target"
	npy "np.zeros((2, 5, 6, 7), np.complex64)" "$file"
	refused "calibration: complex numbers" 1 "calib.npy|c8" \
		"$model" -c "$file" -o "$target"
	npy "np.array(['a', 'b'])" "$file"
	refused "calibration: strings" 1 "calib.npy|U1" \
		"$model" -c "$file" -o "$target"
	npy "np.zeros((2, 5, 6, 8), np.float32)" "$file"
	refused "calibration: wrong size" 1 "480 values|'x'|1x5x6x7" \
		"$model" -c "$file" -o "$target"
	npy "np.zeros((2, 6, 7, 5), np.float32)" "$file"
	refused "calibration: another order" 1 "420 values|'x'|1x5x6x7" \
		"$model" -c "$file" -o "$target"
	npy "np.float32(1)" "$file"
	refused "calibration: a number" 1 "1 values|1x5x6x7" \
		"$model" -c "$file" -o "$target"
	npy "np.zeros((0, 5, 6, 7), np.float32)" "$file"
	refused "calibration: no sample" 1 "0 values|1x5x6x7" \
		"$model" -c "$file" -o "$target"
	npy "np.zeros((1, 1, 1, 1, 1, 1, 1, 1, 210), np.float32)" "$file"
	refused "calibration: rank 9" 1 "calib.npy|dimensions" \
		"$model" -c "$file" -o "$target"
	npy "np.zeros((2, 5, 6, 7), np.float32)" "$file"
	head -c 1000 "$file" >"$work/cut.npy"
	refused "calibration: cut off" 1 "cut.npy" \
		"$model" -c "$work/cut.npy" -o "$target"
	npy "np.array([np.nan] * 210, np.float32).reshape(1, 5, 6, 7)" "$file"
	refused "calibration: NaN" 1 "NaN|'x'" "$model" -c "$file" -o "$target"
	npy "np.array([np.inf] * 210, np.float32).reshape(1, 5, 6, 7)" "$file"
	refused "calibration: infinity" 1 "infinite|'x'" "$model" -c "$file" -o "$target"
	refused "calibration of an unknown input" 1 "no input 'z'" \
		"$model" -c z="$ops/relu.in.npy" -o "$target"
	refused "calibration without a name" 1 "2 inputs|NAME=FILE" \
		"$ops/add_inputs.onnx" -c "$ops/relu.in.npy" -o "$target"
	refused "calibration of one input of two" 1 "'b'" \
		"$ops/add_inputs.onnx" -c a="$ops/add_inputs.a.calib.npy" -o "$target"
	refused "calibration: unequal samples" 1 "'b'|1 samples|8" \
		"$ops/add_inputs.onnx" -c a="$ops/add_inputs.a.calib.npy" \
		-c b="$ops/add_inputs.b.in.npy" -o "$target"
}

# ---- output and usage ------------------------------------------------------
test_output() {
	local model=$ops/relu.onnx
	refused "output in no directory" 1 "/nonexistent/out|No such file" \
		"$model" -o /nonexistent/out
	refused "output is a directory" 1 "Is a directory" "$model" -o "$work"
	if [ -c /dev/full ]; then
		refused "output on a full disk" 1 "No space left" \
			"$model" -o /dev/full
	fi
	refused "quantization report nowhere" 1 "/nonexistent/r.csv|No such file" \
		"$model" --quant-report /nonexistent/r.csv -o "$target"
	if [ -c /dev/full ]; then
		refused "quantization report on a full disk" 1 "No space left" \
			"$model" --quant-report /dev/full -o "$target"
	fi
	refused "no codelets" 1 "/nonexistent|No such file" "$model" \
		--codelets /nonexistent -o "$target"
	refused "empty directory of codelets" 1 "no *.cdlt file" "$model" \
		--codelets "$models/images" -o "$target"
}

# codelet SUBSCRIPT: a Relu whose source row is this expression
codelet() {
	mkdir -p "$work/codelets"
	sed "s|max(x, zero(x))|max(x[n, $1, col, c], zero(x))|" \
		"${GS_SRC:-.}/compiler/codelets/relu.cdlt" \
		>"$work/codelets/relu.cdlt"
}

test_codelets() {
	local model=$ops/relu.onnx
	codelet "h * 65536 * 65536"
	refused "codelet: a factor beyond 32 bits" 1 "relu.cdlt|factor" \
		"$model" --codelets "$work/codelets" -o "$target"
	codelet "h * 1073741824 * 1073741824 * 16"
	refused "codelet: a factor beyond 64 bits" 1 "relu.cdlt|factor" \
		"$model" --codelets "$work/codelets" -o "$target"
	codelet "h * 65536"
	refused "codelet: rows beyond any border" 1 "subscript 1 of 'x'" \
		"$model" --codelets "$work/codelets" -o "$target"
}

# relu_codelet OPERANDS LOOP: a codelet of Relu and nothing else
relu_codelet() {
	mkdir -p "$work/own"
	printf 'codelet own {\n\toperator Relu;\n\t%s\n\ttransfer x: DRAM -> VMEM1;\n\ttransfer y: VMEM2 -> DRAM;\n\tloop %s\n}\n' \
		"$1" "$2" >"$work/own/own.cdlt"
}

# misfit NAME WORDS OPERANDS LOOP: why that codelet does not fit
misfit() {
	relu_codelet "$3" "$4"
	refused "codelet: $1" 1 "these nodes cannot be compiled|$2" \
		"$ops/relu.onnx" --codelets "$work/own" -o "$target"
}

# bad_row NAME WORDS ROW: a codelet with a row of constants that cannot be made
bad_row() {
	relu_codelet "input x[N, H, W, C]; output y[N, H, W, C]; row r[C] = $3; transfer r: DRAM -> VMEM1;" \
		'n < N, h < H, col < W, c < C { y = max(x, 0); }'
	refused "codelet: $1" 1 "own.cdlt:3:|$2" "$ops/relu.onnx" --codelets "$work/own" -o "$target"
}

test_misfits() {
	local x='input x[N, H, W, C];' y='output y[N, H, W, C];'
	local loop='n < N, h < H, col < W, c < C { y = max(x, 0); }'
	misfit "two dimensions" "'x' needs 4 dimensions" "input x[N, C]; $y" "$loop"
	misfit "like what is not there" "like 'z'" "$x output y[N, H, W, C] like z;" "$loop"
	misfit "a requirement" "only in dreams" "$x $y require 0 : \"only in dreams\";" "$loop"
	misfit "a row of another length" "'r' has 2 values" \
		"$x $y row r[C] = iota(2); transfer r: DRAM -> VMEM1;" "$loop"
	misfit "another attribute" "attribute 'alpha' is missing" "attr alpha; $x $y" "$loop"
	misfit "an extent that is not there" "own.cdlt:6:45: extent Q of loop 'q'" "$x $y" \
		'n < N, h < H, col < W, c < C, q < Q { y = max(x, 0); }'
	misfit "a loop that is missing" "no loop over extent W" "$x $y" \
		'n < N, h < H, c < C { y = max(x, 0); }'
	misfit "an input that is written" "own.cdlt:6:38: max cannot write 'x'" "$x $y" \
		'n < N, h < H, col < W, c < C { x = max(y, 0); }'
	misfit "a result that is not written" "own.cdlt:3:30: nothing writes 'y'" \
		"$x $y temp t[N, H, W, C] in VMEM1;" \
		'n < N, h < H, col < W, c < C { t = max(x, 0); }'
	misfit "backwards" "runs backwards" "$x $y" \
		'n < N, h < H, col < W, c < C { y = max(x[n, 5 - h, col, c], 0); }'
	bad_row "a repetition without a count" "repeat takes a vector and a count" "repeat(iota(5))"
	bad_row "a repetition without an end" "5 values 1e+09 times" "repeat(iota(5), 1000000000)"
	bad_row "a vector of less than nothing" "iota of -1 values" "iota(0 - 1)"
	misfit "a row of nothing" "'r' has 0 values, expected 5" \
		"$x $y row r[C] = iota(0); transfer r: DRAM -> VMEM1;" "$loop"
	misfit "a number over 32 bits" "does not fit 32 bits" "$x $y" \
		'n < N, h < H, col < W, c < C { y = max(x, 2^32); }'
}

# An operator that the front end does not know: shape or float model are missing.
test_own_operators() {
	mkdir -p "$work/ops"
	sed 's/operator Relu/operator Hardmax, TopK, LSTM/' \
		"$src/compiler/codelets/relu.cdlt" >"$work/ops/relu.cdlt"
	cp "$src/compiler/codelets/reshape.cdlt" "$work/ops"
	refused "codelet: an operator without a shape" 1 \
		"cannot be inferred, and the model does not declare it" \
		"$ops/unsupported_ops.onnx" --codelets "$work/ops" -o "$target"
	PYTHONPATH=$src/tests/conformance "$python" -c '
import sys
import tiny_onnx
ends = [tiny_onnx.value(name, [1, 5, 6, 7]) for name in "xy"]
tiny_onnx.save(sys.argv[1], [tiny_onnx.node("Hardmax", ["x"], "y")], ends[:1], ends[1:])' \
		"$work/hardmax.onnx"
	refused "codelet: an operator without a float model" 1 \
		"(Hardmax): the float evaluator does not know the operator" \
		"$work/hardmax.onnx" --codelets "$work/ops" -o "$target"
}

test_spread() {
	relu_codelet 'input x[N, H, W, C]; output y[N, H, W, C];' \
		'n < N, h < H, col < W, c < C { y = spread(x); }'
	refused "codelet: a spread over no lanes" 1 \
		"relu_0: the innermost loop of spread must run over LANES" \
		"$ops/relu.onnx" --codelets "$work/own" -o "$target"
}

test_codelet_files() {
	local model=$ops/relu.onnx
	mkdir -p "$work/files/a.cdlt"
	refused "codelet: a directory" 1 "a.cdlt" \
		"$model" --codelets "$work/files" -o "$target"
	rmdir "$work/files/a.cdlt"
	head -c 2000000 /dev/zero >"$work/files/a.cdlt"
	refused "codelet: a large file" 1 "a.cdlt" \
		"$model" --codelets "$work/files" -o "$target"
	: >"$work/files/a.cdlt"
	refused "codelet: an empty file" 1 "a.cdlt" \
		"$model" --codelets "$work/files" -o "$target"
}

test_intermediates() {
	local model=$ops/relu.onnx
	refused "a pass that does not run" 1 "pass emit is not on the way" \
		"$model" --dump-after emit -e qdq-onnx -o "$work/gone"
	: >"$work/kept.d"
	refused "intermediates into a file" 1 "kept.d/00-import.txt: Not a directory" \
		"$model" --keep-intermediates -o "$work/kept"
	if [ -c /dev/full ]; then
		"$gsc" "$model" --dump-after shapes -o "$target" >/dev/full 2>"$err"
		if [ $? -eq 1 ] && has "standard output: No space left"; then
			verdict "a dump on a full disk"
		else
			verdict "a dump on a full disk" "does not say so"
		fi
		"$gsc" --list-passes >/dev/full 2>"$err"
		if [ $? -eq 1 ] && has "standard output: No space left"; then
			verdict "a list on a full disk"
		else
			verdict "a list on a full disk" "does not say so"
		fi
	fi
}

test_usage() {
	local model=$ops/relu.onnx
	refused "no model" 2 "no model given"
	refused "two models" 2 "one model" "$model" "$model" -o "$target"
	refused "unknown option" 2 "--bogus" "$model" --bogus -o "$target"
	refused "option without value" 2 "requires an argument" "$model" -o
	refused "unknown pass" 2 "no such pass|bogus" \
		"$model" --dump-after bogus -o "$target"
	: >"$work/file"
	refused "layers into a file" 1 "$work/file: Not a directory" \
		"$model" -e layers -o "$work/file"
	mkdir -p "$work/other/layer0_conv0"
	refused "layers of two models" 1 "$work/other: layer0_conv0 there is of another model" \
		"$model" -e layers -o "$work/other"
	refused "layers below a file" 1 "$work/file/deep: Not a directory" \
		"$model" --emit=layers "$work/file/deep"
	sed 's/"CLOCK_MHZ"/"LACKS": ["EXPO"], "CLOCK_MHZ"/' \
		"$src/hw-model/configs/genesys_16x16.json" >"$work/lacks.json"
	refused "a graph of the machine, and a model" 2 "take no model" \
		"$model" --emit=acg -o "$target"
	refused "a graph where none can be" 1 "No such file" \
		--emit=acg-svg -o /nonexistent/acg.svg
	refused "a graph of what is no machine" 1 "unknown capability EXPO|EXP?" \
		--emit=acg-dot -a "$work/lacks.json" -o "$target"
	refused "no schedule file" 1 "/nonexistent.json: No such file" \
		"$model" --schedule /nonexistent.json -o "$target"
	refused "a schedule that is no JSON" 1 "$work/file: " \
		"$model" --schedule "$work/file" -o "$target"
	"$python" -c '
import json
import sys
layer = {"name": "relu_0", "info": {"remark": "x" * 3000000}}
with open(sys.argv[1], "w") as file:
    json.dump({"version": 1, "layers": [layer]}, file)' "$work/large.json"
	holds "a schedule of 3 MB" "$gsc" "$model" --schedule "$work/large.json" -o "$target"
	truncate -s 17M "$work/larger.json"
	refused "a schedule of 17 MB" 1 "larger.json: longer than the 16 MiB of a schedule" \
		"$model" --schedule "$work/larger.json" -o "$target"
	refused "tile without layer" 1 "--tile oh=4: expected LAYER:LOOP=UNITS" \
		"$model" --tile oh=4 -o "$target"
	refused "tile of nothing" 1 "--tile a:oh=4,ow: expected LAYER:LOOP=UNITS" \
		"$model" --tile a:oh=4,ow -o "$target"
	refused "tile below zero" 1 "--tile a:oh=-4: expected LAYER:LOOP=UNITS" \
		"$model" --tile a:oh=-4 -o "$target"
	refused "order with tiles" 1 "--order a:oh=4: expected LAYER:LOOP,..." \
		"$model" --order a:oh=4 -o "$target"
	refused "tile of no layer" 1 "--tile a:oh=4: |no such layer" \
		"$model" --tile a:oh=4 -o "$target"
	refused "tile of no loop" 1 "no such layer has a loop zz" \
		"$model" --tile '*:zz=4' -o "$target"
	refused "no fusion of no layer" 1 "nobody: there is no such layer" \
		"$model" --no-fuse nobody -o "$target"
	refused "a field of no machine" 1 "--arch-set: unknown field IBUF" \
		"$model" --arch-set IBUF=4 -o "$target"
	refused "a field without number" 1 "--arch-set IBUF_DEPTH=big: expected FIELD=NUMBER" \
		"$model" --arch-set IBUF_DEPTH=big -o "$target"
	refused "257 decisions" 2 "too many decisions" \
		"$model" $(yes -- "--no-fuse a" | head -n 257)
	refused "unknown kind" 2 "--emit|bogus" "$model" -e bogus -o "$target"
	refused "shape without name" 2 "--shape|1x20" "$model" -s 1x20 -o "$target"
	refused "shape with a zero" 2 "--shape|x=0x20" \
		"$model" -s x=0x20 -o "$target"
	refused "shape of words" 2 "--shape|x=axb" "$model" -s x=axb -o "$target"
	refused "unknown calibration" 2 "--calibration|entropy" \
		"$model" --calibration entropy -o "$target"
	refused "percentile of words" 2 "50 to 100|x" \
		"$model" --calibration percentile:x -o "$target"
	refused "percentile below half" 2 "50 to 100|49" \
		"$model" --calibration percentile:49 -o "$target"
	refused "percentile of nothing" 2 "50 to 100" \
		"$model" --calibration percentile: -o "$target"
	refused "65 shapes" 2 "too many --shape" "$model" $(printf -- '-s x%d=1x20 ' {1..65})
	refused "65 calibrations" 2 "too many --calibrate" "$model" $(yes -- "-c x=y" | head -n 65)
	refused "a long path" 2 "path too long" "$(printf '%05000d' 0)"
	refused "shape of rank 7" 2 "--shape|x=1x1x1x1x1x1x1" \
		"$model" -s x=1x1x1x1x1x1x1 -o "$target"
}

# A failed run leaves the file of the run before as it was.
test_old_output() {
	local why=()
	echo precious >"$work/old.gsm"
	if "$gsc" "$ops/unsupported_ops.onnx" -o "$work/old.gsm" 2>"$err"; then
		why+=("succeeded")
	fi
	[ "$(cat "$work/old.gsm")" = precious ] || why+=("changed the old file")
	verdict "an old output stays" "${why[@]}"
}

if [ ! -x "$gsc" ]; then
	echo "Bail out! $gsc is missing, run make"
	exit 1
fi
needs_numpy
test_model_files
test_model_content
test_machine
test_calibration
test_output
test_codelets
test_misfits
test_own_operators
test_spread
test_codelet_files
test_intermediates
test_usage
test_old_output
finish
