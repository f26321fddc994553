#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gs-sim --timing-only: what it prints and writes, and what it says to wrong
# input. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
model=$work/model.gsm

# refused NAME STATUS WORDS ARGUMENT...: of gs-sim
refused() {
	asks "$2" "$3" "$bin/gs-sim" --timing-only "${@:4}"
	verdict "$1" "${why[@]}"
}

cycles() {
	"$bin/gs-sim" --timing-only "$@" "$model" 2>"$err" |
		sed -n 's/.*: \([0-9]*\) cycles.*/\1/p'
}

holds "a model is compiled" "$bin/gsc" "$src/tests/models/fashion_lenet.onnx" -o "$model" \
	-c "$src/tests/models/fashion_calib_256.npy"

"$bin/gs-sim" "$model" --timing-only --csv "$work/layers.csv" >"$out" 2>"$err" &&
	grep -q 'on genesys_16x16, hardware: [0-9]* cycles, .* ms at 1000 MHz' "$out" &&
	grep -q '^array .*busy' "$out" && grep -q '^Tandem .*busy' "$out" &&
	grep -q '/conv1/Conv .*array' "$out"
passed $? "a summary"

"$python" - "$work/layers.csv" "$(cycles)" >"$out" 2>"$err" <<'END'
import csv
import sys

rows = list(csv.DictReader(open(sys.argv[1])))
assert len(rows) == 5, len(rows)
assert sum(int(r["cycles"]) for r in rows) == int(sys.argv[2])
for row in rows:
    for engine in "IMEM PARAM IBUF OBUF SIMD array Tandem".split():
        columns = [c for c in row
                   if c == engine + "_busy" or c.startswith(engine + "_waits_")]
        assert len(columns) == 12, columns
        assert sum(int(row[c]) for c in columns) == int(row["cycles"]), row
    assert int(row["array_steps"]) == int(row["array_busy"])
END
passed $? "a row for each layer, every cycle in one column of each engine"

hardware=$(cycles)
[ "$(cycles --preset ideal-channels)" -lt "$hardware" ] &&
	[ "$(cycles --arch CHANNEL_LATENCY=50)" -lt "$hardware" ] &&
	[ "$(cycles --arch PARAM_BUF_CHANNEL_BW=64)" -gt "$hardware" ] &&
	[ "$(cycles --arch DRAM_BW=8)" -gt "$hardware" ] &&
	[ "$(cycles --arch CLOCK_MHZ=500)" -eq "$hardware" ]
passed $? "presets and other machines"

# a name of one character, bytes that are none, a new line and a control character
row() {
	"$python" "$src/tests/conformance/odd_names.py" "$model" "$work/odd.gsm" /conv1/Conv "$1" &&
		"$bin/gs-sim" --timing-only "$work/odd.gsm" >"$out" 2>"$err" &&
		"$bin/gs-sim" compare "$work/odd.gsm" "$work/odd.gsm" >>"$out" 2>>"$err" &&
		[ "$(LC_ALL=C grep -ac "^  $2  *ConvMaxPool  *[1-9]" "$out")" -eq 2 ]
}
row '\xc3\xa9\xc3\xa9/abcdef' 'éé/abcdef' && row '\n\x1b[31m/Con\xff' $'??\\[31m/Con\xff'
passed $? "odd names stay in their row"

"$python" "$src/tests/conformance/circle.py" "$model" "$work/circle.gsm" >"$out" 2>"$err"
refused "a program without an end" 1 "blocks follow each other in a circle" "$work/circle.gsm"
asks 1 "blocks follow each other in a circle" "$bin/gs-sim" "$work/circle.gsm"
verdict "nor does it run on data" "${why[@]}"
head -c 5000 "$model" >"$work/cut.gsm"
refused "a file that is cut" 1 "cut.gsm" "$work/cut.gsm"
refused "a file that is none" 1 "not a model file" "$src/README.md"
truncate -s 3G "$work/long.gsm"
refused "a file that is too long" 1 "long.gsm: File too large" "$work/long.gsm"
refused "no file" 1 "No such file" "$work/none.gsm"
refused "no name" 2 "one model file"
refused "two names" 2 "one model file" "$model" "$model"
refused "an option of another mode" 2 "--counters does not go with --timing-only" \
	--counters "$model"
refused "unknown preset" 2 "fast" --preset fast "$model"
refused "a field that changes programs" 1 "ARRAY_N=32" --arch ARRAY_N=32 "$model"
refused "an unknown field" 1 "LATENCY=1" --arch LATENCY=1 "$model"
refused "a field that is not spelled so" 1 "did you mean CLOCK_MHZ?" --arch CLOK_MHZ=500 "$model"
refused "no number" 1 "DRAM_BW=many" --arch DRAM_BW=many "$model"
refused "a negative number" 1 "must be 0 to" --arch CHANNEL_LATENCY=-1 "$model"
"$bin/gs-sim" --timing-only "$model" --blocks "$work/blocks.csv" >"$out" 2>"$err" &&
	"$src/scripts/recount.py" --check "$work/blocks.csv" "$model" >>"$out" 2>>"$err"
passed $? "blocks, as recounted"
refused "no room for blocks" 1 "No space left" --blocks /dev/full "$model"
refused "a full disk" 1 "No space left" --csv /dev/full "$model"
refused "a path that cannot be written" 1 "$work/no/x.csv" --csv "$work/no/x.csv" "$model"
finish
