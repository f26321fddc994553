#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Tools other than gsc on wrong input: an exit status (1; usage 2, of gs-as and
# gs-objdump 1), a sentence that says what is wrong, no crash. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
ops=$src/tests/models/ops
vectors=$src/tests/vectors
four=$src/hw-model/configs/design_01.json
export GENESYS_DEVICE=sim

# refused NAME STATUS 'WORDS|WORDS...' TOOL ARG...
refused() {
	asks "$2" "$3" "$bin/$4" "${@:5}"
	verdict "$1" "${why[@]}"
}

prepare() {
	local model
	for model in relu add_inputs two_inputs_two_outputs; do
		"$bin/gsc" "$ops/$model.onnx" -o "$work/$model.gsm" 2>"$err" ||
			return 1
	done
	"$bin/gsc" "$ops/relu.onnx" -a "$four" -o "$work/four.gsm" 2>"$err" ||
		return 1
	npy "np.full((1, 5, 6, 7), 8, np.int8)" "$work/eight.npy"
	npy "np.zeros((1, 5, 6, 7), np.float32)" "$work/x.npy"
	npy "np.zeros((1, 5, 6, 7), np.int8)" "$work/q.npy"
	npy "np.full((1, 5, 6, 7), np.nan, np.float32)" "$work/nan.npy"
	npy "np.zeros((1, 12, 7, 9), np.float32)" "$work/a.npy"
	npy "np.zeros((2, 12, 7, 9), np.float32)" "$work/b.npy"
	npy "np.zeros((3, 4), np.complex64)" "$work/complex.npy"
	head -c 1000 "$work/relu.gsm" >"$work/cut.gsm"
	: >"$work/file"
}

# ---- gs-run ------------------------------------------------------------------
test_run_usage() {
	local m=$work/relu.gsm x=$work/x.npy
	refused "gs-run: no model" 2 "no model" gs-run -i "$x"
	refused "gs-run: no input" 2 "no --input" gs-run "$m"
	refused "gs-run: two models" 2 "unexpected argument" gs-run "$m" "$m" -i "$x"
	refused "gs-run: unknown option" 2 "--bogus" gs-run "$m" --bogus
	refused "gs-run: not a number" 2 "not a number: many" gs-run "$m" -i "$x" -t many
	refused "gs-run: executor" 2 "not fast or reference: slow" \
		gs-run "$m" -i "$x" --executor slow
	refused "gs-run: threads" 1 "threads is 65|at most 64" \
		gs-run "$m" -i "$x" --threads 65
	refused "gs-run: scale" 1 "scale 'big'|number or fraction" \
		gs-run "$m" -i "$x" --scale big
	refused "gs-run: mean" 1 "mean '1/'|number or fraction" \
		gs-run "$m" -i "$x" --mean 1/
	refused "gs-run: color" 1 "color 'cmyk'|gray, rgb or bgr" \
		gs-run "$m" -i "$x" --color cmyk
}

test_run_models() {
	local x=$work/x.npy
	refused "gs-run: no such model" 1 "/nonexistent.gsm|No such file" \
		gs-run /nonexistent.gsm -i "$x"
	refused "gs-run: not a model" 1 "relu.onnx" gs-run "$ops/relu.onnx" -i "$x"
	refused "gs-run: cut model" 1 "cut.gsm" gs-run "$work/cut.gsm" -i "$x"
	refused "gs-run: another machine" 1 "8x8|16" gs-run "$work/relu.gsm" -i "$x" \
		-d "sim:$src/hw-model/configs/genesys_8x8.json"
	refused "gs-run: no such machine" 1 "/nonexistent.json" \
		gs-run "$work/relu.gsm" -i "$x" -d sim:/nonexistent.json
	sed '/"WEIGHT_LAYOUT"/s/column/published/' \
		"$src/hw-model/configs/genesys_16x16.json" >"$work/layout.json"
	refused "gs-run: another layout of weights" 1 \
		"WEIGHT_LAYOUT is column in the model|published on the device" \
		gs-run "$work/relu.gsm" -i "$x" -d "sim:$work/layout.json"
	refused "gs-run: no such device" 1 "bogus" \
		gs-run "$work/relu.gsm" -i "$x" -d bogus
	refused "gs-run --check of the simulator" 1 "sim" gs-run --check -d sim
}

test_run_inputs() {
	local m=$work/relu.gsm two=$work/add_inputs.gsm x=$work/x.npy
	refused "gs-run: no such input file" 1 "/nonexistent.npy|No such file" \
		gs-run "$m" -i /nonexistent.npy
	refused "gs-run: neither array nor image" 1 ".npy, .png or .jpg" \
		gs-run "$m" -i "$ops/relu.onnx"
	refused "gs-run: complex numbers" 1 "complex.npy" \
		gs-run "$m" -i "$work/complex.npy"
	refused "gs-run: wrong shape" 1 "a.npy|[1,12,7,9]|[1,5,6,7]" \
		gs-run "$m" -i "$work/a.npy"
	refused "gs-run: int8 behind floats" 1 "q.npy|int8 (quantized)|not quantized" \
		gs-run "$m" -i "$x" "$work/q.npy"
	refused "gs-run: int8 beyond 4 bits" 1 "input x|element 0 is 8|-8 to 7" \
		gs-run -d "sim:$four" "$work/four.gsm" -i "$work/eight.npy"
	refused "gs-run: 4097 files" 2 "too many files at" \
		gs-run "$m" -i $(printf "$x %.0s" {1..4097})
	refused "gs-run: NaN" 1 "NaN" gs-run "$m" -i "$work/nan.npy"
	refused "gs-run: an image for five channels" 1 "not an image of" \
		gs-run "$m" -i "$src/tests/models/images/fashion_0.png"
	refused "gs-run: unknown input" 1 "no input 'z'|x" gs-run "$m" -i "z=$x"
	refused "gs-run: which of two inputs" 1 "say NAME=|a b" \
		gs-run "$two" -i "$work/a.npy"
	refused "gs-run: one input of two" 1 "input b: 0 samples" \
		gs-run "$two" -i "a=$work/a.npy"
	refused "gs-run: unequal stacks" 1 "data for 2 runs, input a for 1" \
		gs-run "$two" -i "a=$work/a.npy" "b=$work/b.npy"
}

# header TEXT FILE: an array file with this header
header() {
	"$python" -c "
import struct
import sys
text = sys.argv[1].encode()
with open(sys.argv[2], 'wb') as file:
    file.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(text)) + text)" "$1" "$2"
}

test_run_headers() {
	local m=$work/relu.gsm f=$work/header.npy
	header "{'descr': <f4}" "$f"
	refused "array: a type without quotes" 1 "header.npy|quoted string" gs-run "$m" -i "$f"
	header "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 5" "$f"
	refused "array: an open shape" 1 "header.npy|shape is not closed" gs-run "$m" -i "$f"
	header "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 5) 'x'" "$f"
	refused "array: an open dictionary" 1 "header.npy|dictionary is not closed" gs-run "$m" -i "$f"
	printf '\x93NUMPY\x02\x00\x10\x00' >"$work/cut.npy"
	refused "array: cut in the length of the header" 1 "cut.npy|header is cut off" \
		gs-run "$m" -i "$work/cut.npy"
	head -c 20 "$f" >"$work/short.npy"
	refused "array: a cut header" 1 "short.npy|in a file of 20" gs-run "$m" -i "$work/short.npy"
	header "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 5, 6, 7)}" "$f"
	refused "array: no data" 1 "header.npy" gs-run "$m" -i "$f"
}

test_run_outputs() {
	local m=$work/relu.gsm x=$work/x.npy
	refused "gs-run: unknown output" 1 "no output 'z'|y" \
		gs-run "$m" -i "$x" -o "z=$work/z.npy"
	refused "gs-run: output in no directory" 1 "/nonexistent/y.npy|No such file" \
		gs-run "$m" -i "$x" -o /nonexistent/y.npy
	refused "gs-run: which of two outputs" 1 "say NAME=" \
		gs-run "$work/two_inputs_two_outputs.gsm" -i "$x" -o "$work/y.npy"
	refused "gs-run: dump below a file" 1 "file/dump|Not a directory" \
		gs-run "$m" -i "$x" --dump-tensors "$work/file/dump"
	refused "gs-run: dump into a file" 1 "file" \
		gs-run "$m" -i "$x" --dump-tensors "$work/file"
	if [ -c /dev/full ]; then
		refused "gs-run: output on a full disk" 1 "No space left" \
			gs-run "$m" -i "$x" -o /dev/full
	fi
}

# keeps FILE NAME 'WORDS' TOOL ARG...: refused as wrong usage, and the file is as before
keeps() {
	local file=$1 before
	before=$(sha256sum <"$file")
	asks "${status:-2}" "$3" "$bin/$4" "${@:5}"
	[ "$before" = "$(sha256sum <"$file")" ] || why+=("$file changed")
	verdict "$2" "${why[@]}"
}

test_run_values() {
	local m=$work/relu.gsm x=$work/x.npy
	keeps "$x" "gs-run: over the input" "an input would be replaced by" \
		gs-run "$m" -i "$x" -o "$work/./x.npy"
	keeps "$m" "gs-run: over the model" "the model would be replaced by" gs-run "$m" -i "$x" -o "$m"
	refused "gs-run: two outputs in a file" 2 "two outputs are one file" \
		gs-run "$m" -i "$x" -o "$work/o.npy" -o "y=$work/./o.npy"
	refused "gs-run: an empty name" 2 "an empty value of --input" gs-run "$m" -i ""
	refused "gs-run: no file" 2 "a file is missing: x=" gs-run "$m" -i x=
	refused "gs-run: two lists" 2 "given twice: --top" gs-run "$m" -i "$x" -t 1 --top 2
	refused "gs-run: an input without end" 1 "/dev/zero: File too large" gs-run "$m" -i /dev/zero
	refused "gs-run: a model without end" 1 "/dev/zero" gs-run /dev/zero -i "$x"
	asks 1 "/file: Not a directory" "$bin/gs-run" "$m" -i "$x" --dump-tensors "$work/file"
	[ "$(wc -l <"$err")" -eq 1 ] || why+=("not 1 sentence")
	verdict "gs-run: dump into a file, once" "${why[@]}"
}

# full NAME TOOL ARG...: standard output is on a full disk
full() {
	local got
	why=()
	"$bin/$2" "${@:3}" >/dev/full 2>"$err"
	got=$?
	[ $got -eq 1 ] || why+=("exit status $got instead of 1")
	[ "$(grep -c . "$err")" -eq 1 ] || why+=("not 1 sentence")
	verdict "$1" "${why[@]}"
}

test_full() {
	local tool
	[ -c /dev/full ] || return 0
	for tool in gs-run gs-sim gs-as gs-objdump gs-tensor-diff gsc; do
		full "$tool: help on a full disk" $tool --help
	done
	full "gs-tensor-diff: a table on a full disk" gs-tensor-diff -v "$work/dump_a" "$work/dump_a"
}

# ---- classify, the example -----------------------------------------------------
test_classify() {
	local images=$src/tests/models/fashion_test_1000_images.npy
	local labels=$src/tests/models/fashion_test_1000_labels.npy
	refused "classify: no pictures" 2 "usage: classify" classify "$work/relu.gsm"
	refused "classify: no such model" 1 "model|/nonexistent.gsm" \
		classify /nonexistent.gsm "$images" "$labels"
	refused "classify: a model of another size" 1 "size of the model's input" \
		classify "$work/relu.gsm" "$images" "$labels"
	refused "classify: no array" 1 "relu.gsm" \
		classify "$work/relu.gsm" "$work/relu.gsm" "$labels"
	GENESYS_DEVICE=bogus refused "classify: no such device" 1 "device|bogus" \
		classify "$work/relu.gsm" "$images" "$labels"
}

# ---- gs-tensor-diff ----------------------------------------------------------
test_tensor_diff() {
	local a=$work/dump_a b=$work/dump_b
	"$bin/gs-run" "$work/relu.gsm" -i "$work/x.npy" --dump-tensors "$a" >/dev/null
	"$bin/gs-run" "$work/add_inputs.gsm" -i "a=$work/a.npy" "b=$work/a.npy" \
		--dump-tensors "$b" >/dev/null
	refused "gs-tensor-diff: one directory" 2 "see gs-tensor-diff --help" \
		gs-tensor-diff "$a"
	refused "gs-tensor-diff: no such directory" 1 "/nonexistent" \
		gs-tensor-diff /nonexistent "$a"
	refused "gs-tensor-diff: no dump" 1 "$work" gs-tensor-diff "$work" "$a"
	refused "gs-tensor-diff: tolerance" 2 "much" \
		gs-tensor-diff "$a" "$a" --tolerance much
	refused "gs-tensor-diff: tile" 2 "1by1" gs-tensor-diff "$a" "$a" --tile 1by1
	rm -f "$b"/*y.npy
	refused "gs-tensor-diff: a file is gone" 1 "y.npy" gs-tensor-diff "$a" "$b"
	rm -rf "$b"
	cp -r "$a" "$b"
	npy "np.zeros((1, 5, 6, 8), np.int8)" "$(echo "$b"/*y.npy)"
	refused "gs-tensor-diff: another size" 1 "tensor y has 210 elements|240" \
		gs-tensor-diff "$a" "$b"
	sed -i 's/"x"/"u"/; s/"y"/"v"/' "$b/index.json"
	refused "gs-tensor-diff: nothing in common" 1 "no tensor of" \
		gs-tensor-diff "$a" "$b"
	echo '{' >"$b/index.json"
	refused "gs-tensor-diff: an index that is no JSON" 1 "index.json" \
		gs-tensor-diff "$a" "$b"
}

# ---- gs-as, gs-objdump ---------------------------------------------------------
test_assembler() {
	local s=$work/program.s
	refused "gs-as: no such file" 1 "cannot read /nonexistent.s" \
		gs-as /nonexistent.s -o "$work/out"
	refused "gs-as: no output" 1 "see gs-as --help" gs-as "$s"
	printf 'BLOCK_END 1\nNONSENSE 1\nADD\n' >"$s"
	refused "gs-as: two errors" 1 "program.s:2:|program.s:3:|2 errors, nothing was written" \
		gs-as "$s" -o "$work/out"
	echo 'BLOCK_END 1' >"$s"
	refused "gs-as: output in no directory" 1 "cannot write /nonexistent/out" \
		gs-as "$s" -o /nonexistent/out
	status=1 keeps "$s" "gs-as: over the source" "the source would be replaced by" \
		gs-as "$s" -o "$work/./program.s"
	refused "gs-as: encoding" 1 "odd" gs-as "$s" -o "$work/out" --encoding odd
	refused "gs-objdump: no such file" 1 "/nonexistent|No such file" \
		gs-objdump -d /nonexistent
	refused "gs-objdump: a directory" 1 "Is a directory" gs-objdump -d "$work"
	refused "gs-objdump: no file" 1 "see gs-objdump --help" gs-objdump -d
	refused "gs-objdump: nothing to do" 1 "nothing to do without -d, -h, -l or -t" \
		gs-objdump "$s"
	refused "gs-objdump: encoding" 1 "unknown encoding odd" \
		gs-objdump -d "$s" --encoding odd
	refused "gs-objdump: format" 1 "unknown format odd" \
		gs-objdump -d "$s" --format odd
	printf 'abc' >"$work/three"
	refused "gs-objdump: part of a word" 1 "three:1:|3 bytes are not a whole number of words" \
		gs-objdump -d "$work/three" --format raw
	refused "gs-objdump: a cut model" 1 "cut.gsm" gs-objdump -d "$work/cut.gsm"
	refused "gs-objdump: a text" 1 "program.s:1:" gs-objdump -d "$s"
	refused "gs-objdump: layers of words" 1 "no model file" \
		gs-objdump -l "$vectors/sa_gemm4_k1/program.txt"
	if [ -c /dev/full ]; then
		"$bin/gs-objdump" -d "$work/relu.gsm" >/dev/full 2>"$err"
		if grep -q "cannot write" "$err"; then
			verdict "gs-objdump: a full disk"
		else
			verdict "gs-objdump: a full disk" "does not say so"
		fi
	fi
}

# ---- gs-sim --------------------------------------------------------------------

# vector NAME PYTHON [VECTOR]: a copy of a vector whose description v was changed
vector() {
	rm -rf "${work:?}/$1"
	cp -r "$vectors/${3:-sa_gemm4_k1}" "$work/$1"
	chmod -R u+w "$work/$1"
	printf 'abc' >"$work/$1/odd.bin"
	"$python" -c '
import json
import sys
with open(sys.argv[1]) as file:
    v = json.load(file)
exec(sys.argv[2])
with open(sys.argv[1], "w") as file:
    json.dump(v, file)' "$work/$1/vector.json" "$2"
}

# bad_vector NAME PYTHON 'WORDS|...' [VECTOR]
bad_vector() {
	vector bad "$2" "${4:-}"
	"$bin/gs-sim" --vector "$work/bad" >"$err" 2>&1 </dev/null
	local got=$? word why=()
	[ $got -eq 1 ] || why+=("exit status $got instead of 1")
	while read -r -d '|' word; do
		grep -qF -- "$word" "$err" || why+=("does not say '$word'")
	done <<<"$3|"
	verdict "gs-sim: $1" ${why[@]+"${why[@]}"}
}

test_simulator() {
	refused "gs-sim: nothing to run" 2 "nothing to run" gs-sim
	refused "gs-sim: a folder without --vector" 2 "named with --vector" gs-sim "$work"
	refused "gs-sim: an empty name" 2 "a name is empty" gs-sim ""
	refused "gs-sim: an empty value" 2 '--csv: ""' gs-sim "$work/relu.gsm" --csv ""
	refused "gs-sim: two presets" 2 "--preset is given twice" \
		gs-sim "$work/relu.gsm" --preset hardware --preset hardware
	refused "gs-sim: two tables" 2 "--csv is given twice" gs-sim "$work/relu.gsm" --csv a --csv b
	refused "gs-sim: two files in one" 2 "--csv and --json name one file" \
		gs-sim "$work/relu.gsm" --csv "$work/new" --json "$work/./new"
	refused "gs-sim: two outputs in one" 2 "--output and --output name one file" \
		gs-sim "$work/relu.gsm" --output "$work/new" --output "y=$work/./new"
	keeps "$work/relu.gsm" "gs-sim: over the model" "--output names a file that is read" \
		gs-sim "$work/relu.gsm" --output "$work/./relu.gsm"
	refused "gs-sim: executor" 2 '--executor: "slow"' gs-sim --executor slow --vector x
	refused "gs-sim: break" 2 '--break: "here"' gs-sim --break here --vector x
	bad_vector "an unknown key" 'v["magic"] = 1' 'unknown key "magic"'
	bad_vector "no machine" 'del v["arch"]' '"arch" is missing'
	bad_vector "a wrong machine" 'v["arch"]["ARRAY_N"] = 17' '"arch":'
	bad_vector "memory of another kind" 'v["memory"] = [1]' '"memory" holds objects'
	bad_vector "a list of loads of numbers" 'v["load"] = [1]' 'hold objects'
	bad_vector "a key of another type" 'v["load"] = 5' '"load": expected'
	bad_vector "an unknown type" 'v["load"][0]["type"] = "f64"' 'type "f64" is none of'
	bad_vector "an unknown port" 'v["load"][0]["port"] = "DRAM"' 'port "DRAM" is none of'
	bad_vector "a file elsewhere" 'v["load"][0]["file"] = "../x"' 'name of a file in the folder'
	bad_vector "a file that is not there" 'v["load"][0]["file"] = "none"' 'none'
	bad_vector "a number beyond" 'v["load"][0]["address"] = 2**40' 'is not in 0..'
	bad_vector "an encoding" 'v["encoding"] = "odd"' 'encoding "odd" is neither'
	bad_vector "a range that passes the end" \
		'v["memory"] = [{"base": 2**63, "size": 2**63 + 1}]' 'passes 2^64'
	bad_vector "part of a number" \
		'v["load"][0]["type"] = "i32"; v["load"][0]["file"] = "odd.bin"' \
		'3 bytes are no whole number of i32'
	bad_vector "data that does not fit" \
		'v["load"][0]["address"] = 2**32 - 2' 'does not fit the window'
	bad_vector "an unknown counter" 'v["counters"] = {"magic": 1}' 'unknown counter "magic"'
	bad_vector "another count" 'v["counters"] = {"mvms": 1}' 'counter mvms: got'
	bad_vector "an unknown fault" 'v["expect_fault"] = {"code": "ODD"}' 'no fault "ODD"'
	bad_vector "a fault nobody expects" 'del v["expect_fault"]' 'BAD_BLOCK' fault_block_end_alone
	bad_vector "a fault in another word" 'v["expect_fault"]["word"] = 9' \
		'fault: got BAD_BLOCK|word 9' fault_block_end_alone
	bad_vector "other results" 'v["expect"][0]["file"] = "in1.bin"' 'OBUF+0x80 element'
	vector bad 'pass'
	echo 'x' >"$work/bad/program.txt"
	bad_words
	: >"$work/bad/program.txt"
	asks 1 "" "$bin/gs-sim" --vector "$work/bad"
	says "program.txt: no words" "$out"
	verdict "gs-sim: no words" "${why[@]}"
	echo '[]' >"$work/bad/vector.json"
	"$bin/gs-sim" --vector "$work/bad" >"$err" 2>&1
	if grep -q "does not hold an object" "$err"; then
		verdict "gs-sim: a list"
	else
		verdict "gs-sim: a list" "does not say so"
	fi
}

bad_words() {
	"$bin/gs-sim" --vector "$work/bad" >"$err" 2>&1
	if grep -q "word 0 is not a decimal number" "$err"; then
		verdict "gs-sim: words that are none"
	else
		verdict "gs-sim: words that are none" "does not say so"
	fi
}

needs_numpy
if ! prepare; then
	echo "Bail out! models do not compile"
	exit 1
fi
test_run_usage
test_run_models
test_run_inputs
test_run_headers
test_run_outputs
test_run_values
test_classify
test_tensor_diff
test_assembler
test_simulator
test_full
finish
