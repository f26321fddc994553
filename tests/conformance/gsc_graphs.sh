#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gsc on graphs that are wrong, in ONNX and as text: one sentence that names the
# node or tensor, no crash, and no output file. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
. "$(dirname "$0")/../scripts/refused.sh"
ops=$src/tests/models/ops

# onnx NODES INPUTS OUTPUTS CONSTANTS: $work/graph.onnx, in Python
onnx() {
	PYTHONPATH=$src/tests/conformance "$python" -c "
import sys
import numpy as np
from tiny_onnx import INT8, constant, node, save, value
save(sys.argv[1], [$1], [$2], [$3], [$4])" "$work/graph.onnx"
}

# bad_graph NAME WORDS NODES INPUTS OUTPUTS [CONSTANTS]
bad_graph() {
	onnx "$3" "$4" "$5" "${6:-}"
	refused "graph: $1" 1 "$2" "$work/graph.onnx" -o "$target"
}

test_graphs() {
	local x='value("x", [1, 2, 4, 4])' y='value("y", [1, 2, 4, 4])'
	local w='constant("w", np.ones((2, 2, 1, 1), np.float32))'
	bad_graph "a cycle" "node 'add_0' needs its own result: the graph has a cycle" \
		'node("Add", ["x", "b"], "a"), node("Relu", ["a"], "b"), node("Relu", ["b"], "y")' "$x" "$y"
	bad_graph "a node that reads itself" "node 'add_0' needs its own result" \
		'node("Add", ["x", "y"], "y")' "$x" "$y"
	bad_graph "a tensor nobody makes" "node 'add_0' (Add): input 1 is tensor 'z', which nothing defines" \
		'node("Add", ["x", "z"], "y")' "$x" "$y"
	bad_graph "an output nobody computes" "output 'y' of the model is computed by no node" \
		'node("Relu", ["x"], "z")' "$x" "$y"
	bad_graph "two nodes make one tensor" "'y'|defined twice" \
		'node("Relu", ["x"], "y"), node("Sigmoid", ["x"], "y")' "$x" "$y"
	bad_graph "no node" "no nodes" '' "$x" "$y"
	bad_graph "no output" "0 outputs" 'node("Relu", ["x"], "y")' "$x" ''
	bad_graph "weights that are missing" "node 'conv_0' (Conv): input 1 is missing" \
		'node("Conv", ["x"], "y")' "$x" "$y"
	bad_graph "weights nobody gives" "node 'conv_0' (Conv): input 1 is tensor 'w', which nothing defines" \
		'node("Conv", ["x", "w"], "y")' "$x" "$y"
	bad_graph "weights that are an input" "node 'conv_0' (Conv)|'w'|constant" \
		'node("Conv", ["x", "w"], "y")' "$x, value(\"w\", [2, 2, 1, 1])" "$y"
	bad_graph "weights of other channels" "node 'conv_0' (Conv)|'w'" \
		'node("Conv", ["x", "w"], "y")' "$x" "$y" \
		'constant("w", np.ones((2, 3, 1, 1), np.float32))'
	bad_graph "weights of another rank" "node 'conv_0' (Conv)|'w'|2x2" \
		'node("Conv", ["x", "w"], "y")' "$x" "$y" \
		'constant("w", np.ones((2, 2), np.float32))'
	bad_graph "weights of another type" "node 'conv_0' (Conv): input 'w' is of type int8, supported is float32" \
		'node("Conv", ["x", "w"], "y")' "$x" "$y" \
		'constant("w", np.ones((2, 2, 1, 1), np.int8))'
	bad_graph "a picture of rank 2" "node 'conv_0' (Conv)|'x'|2x4" \
		'node("Conv", ["x", "w"], "y")' 'value("x", [2, 4])' 'value("y", [2, 4])' "$w"
	bad_graph "shapes that do not broadcast" "node 'add_0' (Add)" \
		'node("Add", ["x", "k"], "y")' "$x" "$y" \
		'constant("k", np.ones((3, 4, 4), np.float32))'
	bad_graph "an output of another shape" "output 'y' is declared 1x2x4x5 in the model, its inputs give 1x2x4x4" \
		'node("Relu", ["x"], "y")' "$x" 'value("y", [1, 2, 4, 5])'
	bad_graph "integers without a scale" "node|int8" \
		'node("Sigmoid", ["x"], "y")' 'value("x", [1, 4], INT8)' 'value("y", [1, 4], INT8)'
}

# ---- graphs as text ----------------------------------------------------------
# bad_text NAME WORDS SED...: a convolution after simplify, edited
bad_text() {
	sed -E "${@:3}" "$work/good.fdfg" >"$work/bad.fdfg"
	if cmp -s "$work/good.fdfg" "$work/bad.fdfg"; then
		verdict "text: $1" "the text is not changed"
		return
	fi
	refused "text: $1" 1 "bad.fdfg|$2" "$work/bad.fdfg" -o "$target"
}

test_texts() {
	holds "text: a graph is written" "$gsc" "$ops/conv_relu_pool.onnx" -e fdfg --after simplify -o "$work/good.fdfg"
	holds "text: and compiled" "$gsc" "$work/good.fdfg" -o "$work/good.gsm"
	bad_text "cut off" "expected is '='|end of the text" -e 's/= MaxPool.*//' -e '/^node "maxpool/q'
	bad_text "another version" ":1:6: 2 is not from 1 to 1" '1s/fdfg 1/fdfg 2/'
	bad_text "another pass" "after pass 'lunch', which this compiler does not have" '1s/simplify/lunch/'
	bad_text "no weights" "node 'conv_0' (Conv)|reads|which nothing computes" '/"w/,/^tensor/{/^\t/d; /base64/d; /^[A-Za-z0-9+\/=]+"?$/d}'
	bad_text "a tensor that is not there" "there is no tensor %99" 's/Relu\(%[0-9]+\)/Relu(%99)/'
	bad_text "a cycle" "node 'relu_1' (Relu) reads|the graph has a cycle" 's/= Relu\(%[0-9]+\)/= Relu(%5)/'
	bad_text "an attribute that is missing" "node 'conv_0' (Conv): attribute 'strides' is missing" 's/ strides=\[1, 1\],?//'
	bad_text "another rank" "node|inputs give" '/^tensor %5 "y"/s/ 1x[0-9x]+/ 7/'
	bad_text "another type" "of type int64, the inputs give float32" '/^tensor %5 "y"/s/float32/int64/'
	refused "text: a shape for it" 1 "--shape x" "$work/good.fdfg" -s x=1x1 -o "$target"
	refused "text: what is before" 1 "is one after pass 'simplify', which is behind 'shapes'" \
		"$work/good.fdfg" -e fdfg --after shapes -o "$target"
	refused "text: onto itself" 2 "good.fdfg" "$work/good.fdfg" -e fdfg
	refused "a layer that does not open" 1 "no node 'lunch' to open" "$ops/relu.onnx" \
		-e fdfg --open maps:lunch -o "$target"
	refused "opened before bind" 1 "nodes open from pass 'bind' on" "$ops/relu.onnx" \
		-e fdfg --after fuse --open maps -o "$target"
	refused "another grain" 2 "--open takes maps or scalars" "$ops/relu.onnx" --open atoms
	refused "a model after a pass" 2 "--after has no effect with --emit=gsm, but with fdfg, dot, svg" "$ops/relu.onnx" --after fuse
}

# Behind lower, nodes are what passes have made of them; they are checked no less.
test_lowered() {
	local stage
	for stage in lower fuse-pool; do
		holds "$stage: a graph is written" "$gsc" "$ops/conv_relu_pool.onnx" -e fdfg --after $stage \
			-o "$work/good.fdfg"
		bad_text "$stage: an empty kernel" "(Conv|attribute 'kernel_shape' has value 0, possible are 1 to" \
			's/kernel_shape=\[3, /kernel_shape=[0, /'
		bad_text "$stage: an empty pool" "MaxPool): attribute '|_shape' has value 0, possible are 1 to" \
			's/(kernel|pool)_shape=\[2, /\1_shape=[0, /'
		bad_text "$stage: larger pads" "(Conv|the inputs give" '/"conv_0"/s/ pads=\[[0-9]+,/ pads=[7,/'
		bad_text "$stage: pads that leave nothing" "a pad of -99 leaves nothing of" '/"conv_0"/s/ pads=\[[0-9]+,/ pads=[-99,/'
	done
	holds "deconv: a graph is written" "$gsc" "$ops/deconv3x3_s2.onnx" -e fdfg --after lower -o "$work/good.fdfg"
	bad_text "deconv: another pad" "/Conv' (Conv): its result|the inputs give" 's/pads=\[0, 0, /pads=[1, 0, /'
}

# ---- names that are no UTF-8 -------------------------------------------------
# Of a node, a tensor and an attribute: JSON stays JSON, and names its files.
test_names() {
	sed -E -e '/^node/s/"conv_0"/"c\xff\xc3("/' -e '/^tensor/s/"y"/"\xe2\x82y\xed\xa0\x80"/' \
		-e 's/dilations=(\[[^]]*\])/dilations=\1, "\xfe"="\xfd"/' "$work/good.fdfg" >"$work/odd.fdfg"
	holds "names: compiled" "$gsc" "$work/odd.fdfg" -o "$work/odd.gsm"
	holds "names: layers" "$gsc" "$work/odd.fdfg" -e layers -o "$work/odd.layers"
	holds "names: their JSON" "$python" -c '
import json, sys
text = open(sys.argv[1], encoding="utf-8").read()
layer = json.loads(text)["program"][0]
assert layer["node"] == "c\ufffd\ufffd(", layer["node"]
assert layer["outputs"][0]["unique_name"] == "\ufffd\ufffdy" + 3 * "\ufffd"
assert layer["operation_parameters"]["\ufffd"] == "\ufffd"' "$work"/odd.layers/layer0_*/*_json.json
	refused "names: a schedule" 1 "node 'c??(' (Conv|its name is not UTF-8" "$work/odd.fdfg" -e schedule -o "$target"
	holds "names: run" "$bin/gs-run" "$work/odd.gsm" -i "$ops/conv_relu_pool.in.npy" --dump-tensors "$work/odd.tensors"
	holds "names: of files" "$python" -c '
import json, os, sys
with open(sys.argv[1] + "/index.json", encoding="utf-8") as file:
    index = json.load(file)
files = sorted(entry["file"] for entry in index.values())
assert sorted(files + ["index.json"]) == sorted(os.listdir(sys.argv[1]))
assert "\ufffd\ufffdy" + 3 * "\ufffd" in index, list(index)' "$work/odd.tensors"
}

if [ ! -x "$gsc" ]; then
	echo "Bail out! $gsc is missing, run make"
	exit 1
fi
needs_numpy
test_graphs
test_texts
test_names
test_lowered
finish
