#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A model file takes the same cycles wherever it is asked: gs-sim without data
# and with, the statistics of gs-run and its --profile. And with data gs-sim
# gives the answers of gs-run. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
export GENESYS_DEVICE=sim
needs_numpy
model=$work/model.gsm
adds=$work/adds.gsm
pictures=$src/tests/models/images
ops=$src/tests/models/ops

# of gs-sim and gs-run
refused() {
	asks "$2" "$3" "$bin/$4" "${@:5}"
	verdict "$1" "${why[@]}"
}

# sim ARGUMENT...: its cycles
sim() {
	"$bin/gs-sim" "$@" 2>"$err" | tee "$out" |
		sed -n 's/.*: \([0-9]*\) cycles.*/\1/p'
}

# run ARGUMENT...: cycles a run, of the statistics
run() {
	"$bin/gs-run" "$@" --top 0 --stats 2>"$err" | tee "$out" |
		sed -n 's/^  cycles  *\([0-9]*\),.*/\1/p'
}

holds "a model is compiled" "$bin/gsc" "$src/tests/models/fashion_lenet.onnx" -o "$model" \
	-c "$src/tests/models/fashion_calib_256.npy"
holds "one of two inputs" "$bin/gsc" "$ops/add_inputs.onnx" -o "$adds" \
	-c "a=$ops/add_inputs.a.calib.npy" -c "b=$ops/add_inputs.b.calib.npy"

stack=$work/stack.npy
npy "np.load('$src/tests/models/fashion_calib_256.npy')[:4]" "$stack"

# ---- cycles -------------------------------------------------------------------

want=$(sim --timing-only "$model" --csv "$work/only.csv")
[ "$want" -gt 10000 ] &&
	[ "$(run "$model" -i "$pictures/fashion_5.png")" = "$want" ] &&
	[ "$(run "$model" -i "$pictures/fashion_0.png" -j 2 \
		--executor reference)" = "$want" ] &&
	[ "$(run "$model" -i "$stack")" = "$want" ]
passed $? "statistics, of any data and executor"

[ "$(sim "$model" --input "$pictures/fashion_5.png" --csv "$work/data.csv")" = "$want" ] &&
	cmp "$work/only.csv" "$work/data.csv" >>"$out" 2>&1
passed $? "with data and without, all that is known of each layer"

[ "$(sim "$model" --input "$stack" --executor reference \
	--csv "$work/data.csv")" = "$want" ] &&
	grep -q '^gs-sim: 4 runs' "$err" && cmp "$work/only.csv" "$work/data.csv" >>"$out" 2>&1
passed $? "the same for each of several runs"

"$bin/gs-run" "$model" -i "$pictures/fashion_5.png" -t 0 --profile >"$out" 2>"$err" &&
	"$python" - "$work/only.csv" "$out" "$want" <<'END' >>"$out" 2>&1
import csv
import sys

rows = list(csv.DictReader(open(sys.argv[1])))
lines = open(sys.argv[2]).read().splitlines()
assert lines[0].startswith(f"timing model: {sys.argv[3]} cycles, "), lines[0]
assert lines[1].split() == ["layer", "operator", "cycles", "share", "array",
                            "useful", "Tandem", "bytes", "limit"], lines[1]
assert len(lines) == len(rows) + 3, lines
for row, line in zip(rows, lines[2:]):
    cells = line.split()
    assert cells[0] == row["layer"][:28] and cells[1] == row["operator"], line
    assert cells[2] == row["cycles"], line
    cycles = int(row["cycles"])
    assert cells[4] == f"{100 * int(row['array_busy']) / cycles:.1f}%", line
    assert cells[5] == f"{100 * int(row['macs']) / cycles / 256:.1f}%", line
    assert cells[6] == f"{100 * int(row['Tandem_busy']) / cycles:.1f}%", line
    moved = sum(int(row[w + "_read"]) + int(row[w + "_written"]) -
                int(row[w + "_held"])
                for w in "IMEM PARAM IBUF OBUF SIMD".split())
    assert int(cells[7]) == moved, (line, moved)
    assert cells[8] == row["limit"], line
    waits = row["limit_waits_for"]
    assert (cells[9:11] == ["waits:", waits]) == bool(waits), line
all_ = lines[-1].split()
assert all_[:2] == ["all", sys.argv[3]], lines[-1]
macs = sum(int(row["macs"]) for row in rows)
assert all_[4] == f"{100 * macs / int(sys.argv[3]) / 256:.1f}%", lines[-1]
END
passed $? "--profile has what --csv has, for each layer"

# ---- costs --------------------------------------------------------------------

sed 's/^{/{ "CHANNEL_LATENCY": 300,/' "$src/hw-model/configs/genesys_16x16.json" \
	>"$work/slow.json"
slow=$(sim --timing-only "$model" --arch CHANNEL_LATENCY=300)
[ "$slow" -gt "$want" ] &&
	[ "$(run -d "sim:$work/slow.json" "$model" -i "$pictures/fashion_5.png")" = "$slow" ] &&
	[ "$(sim "$model" --arch CHANNEL_LATENCY=300)" = "$slow" ] &&
	"$bin/gs-run" -d "sim:$work/slow.json" "$model" -i "$pictures/fashion_5.png" --profile |
	grep -q "^timing model: $slow cycles"
passed $? "the costs of the device's file"

"$bin/gsc" "$ops/add_inputs.onnx" -a "$work/slow.json" -o "$work/slow.gsm" \
	-c "a=$ops/add_inputs.a.calib.npy" -c "b=$ops/add_inputs.b.calib.npy" \
	>"$out" 2>"$err" &&
	both=(-i "a=$ops/add_inputs.a.in.npy" -i "b=$ops/add_inputs.b.in.npy") &&
	slow=$(sim --timing-only "$work/slow.gsm") &&
	[ "$slow" -gt "$(sim --timing-only "$adds")" ] &&
	[ "$(run "$work/slow.gsm" "${both[@]}")" = "$slow" ] &&
	[ "$(run -d "sim:$src/hw-model/configs/genesys_16x16.json" "$work/slow.gsm" \
		"${both[@]}")" = "$(sim --timing-only "$adds")" ]
passed $? "those of the model's file, where the device has none"

# ---- answers ------------------------------------------------------------------

# same NAME MODEL GS-SIM-ARGUMENTS... -- GS-RUN-ARGUMENTS...: outputs, bit for bit
same() {
	local name=$1 file=$2 args=() ok=0
	shift 2
	while [ "$1" != -- ]; do
		args+=("$1")
		shift
	done
	shift
	rm -f "$work/sim.npy" "$work/run.npy"
	"$bin/gs-sim" "$file" "${args[@]}" --output "$work/sim.npy" >"$out" 2>"$err" &&
		"$bin/gs-run" "$file" "$@" -o "$work/run.npy" >>"$out" 2>>"$err" &&
		cmp "$work/sim.npy" "$work/run.npy" >>"$out" 2>&1 || ok=1
	passed $ok "$name"
}

same "answers of a picture" "$model" --input "$pictures/fashion_5.png" \
	-- -i "$pictures/fashion_5.png"
same "answers of a stack, int8" "$model" --input "$stack" --quantized -- -i "$stack" -q
same "answers of the reference" "$model" --input "image=$pictures/fashion_0.png" \
	--executor reference -- -i "$pictures/fashion_0.png" --executor reference
npy 'np.zeros((1, 1, 28, 28), np.float32)' "$work/zeros.npy"
same "nothing given: zeros" "$model" -- -i "$work/zeros.npy"
why=()
says 'gs-sim: input image: zeros' 
verdict "which it says" "${why[@]}"
"$python" -c "
import sys
import numpy as np
np.save(sys.argv[2], np.zeros_like(np.load(sys.argv[1]).astype(np.float32)))" \
	"$ops/add_inputs.b.in.npy" "$work/b.npy"
same "one of two inputs given" "$adds" --input "a=$ops/add_inputs.a.in.npy" \
	-- -i "a=$ops/add_inputs.a.in.npy" -i "b=$work/b.npy"

# ---- wrong input --------------------------------------------------------------

refused "data and none" 2 "--input does not go with --timing-only" gs-sim \
	--timing-only "$model" --input "$work/zeros.npy"
refused "data of two models" 2 "one model file" gs-sim "$model" "$adds"
refused "data and no model" 2 "one model file" gs-sim --input "$work/zeros.npy"
refused "data of a comparison" 2 "--output does not go with compare" gs-sim \
	compare "$model" "$adds" --output "$work/sim.npy"
refused "an option of vectors" 2 "--noise does not go with a model file" gs-sim \
	--noise 1 "$model"
refused "no such input" 1 "gs-sim: the model has no input 'c'; it has a b" gs-sim \
	"$adds" --input "c=$work/zeros.npy"
refused "a shape that does not fit" 1 "gs-sim: $work/zeros.npy: float32" gs-sim \
	"$adds" --input "a=$work/zeros.npy"
refused "no such file" 1 "gs-sim: $work/none.npy: No such file" gs-sim \
	"$model" --input "$work/none.npy"
npy 'np.full((1, 1, 28, 28), np.nan, np.float32)' "$work/nan.npy"
refused "NaN" 1 "element 0 is NaN" gs-sim "$model" --input "$work/nan.npy"
refused "no such output" 1 "no output 'y'; the model has the outputs scores" gs-sim \
	"$model" --output "y=$work/y.npy"
refused "a full disk" 1 "No space left" gs-sim "$model" --output /dev/full
refused "an output that cannot be written" 1 "$work/no/y.npy" gs-sim "$model" \
	--output "$work/no/y.npy"
refused "--profile of a file that is none" 1 "not a model file" gs-run \
	"$work/slow.json" -i "$work/zeros.npy" --profile
finish
