#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gs-sim --trace: the events against the table of --csv, and what becomes of a
# file when it cannot be written. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"

here=$src/tests/conformance
model=$work/model.gsm

# traced FILE ARGUMENT...: a trace, checked
traced() {
	local file=$1
	shift
	"$bin/gs-sim" --timing-only --trace "$file" --csv "$work/layers.csv" "$@" \
		>"$out" 2>"$err" &&
		"$python" "$here/check_trace.py" "$file" "$work/layers.csv" >"$out" 2>"$err"
}

# refused NAME WORDS FILE: by gs-sim, in one sentence
refused() {
	asks 1 "$2" "$bin/gs-sim" --timing-only --trace "$3" "$model"
	[ "$(wc -l <"$err")" -eq 1 ] || why+=("not one line")
	verdict "$1" "${why[@]}"
}

"$bin/gsc" "$src/tests/models/fashion_lenet.onnx" -o "$model" \
	-c "$src/tests/models/fashion_calib_256.npy" >"$out" 2>"$err"
passed $? "a model is compiled"

traced "$work/a.json" "$model"
passed $? "events, tracks, and sums as in the table"
grep -q '5 layers:.*/conv1/Conv' "$out"
passed $? "layers have their names"
traced "$work/b.json" "$model" && cmp "$work/a.json" "$work/b.json" >"$out"
passed $? "the same bytes each time"
traced "$work/c.json.gz" "$model" && gzip -dc "$work/c.json.gz" | cmp - "$work/a.json" >"$out"
passed $? "compressed"

traced "$work/d.json" --preset ideal-channels "$model"
passed $? "ideal channels"
traced "$work/d.json" --arch CLOCK_MHZ=700 "$model" && ! cmp -s "$work/a.json" "$work/d.json"
passed $? "a clock whose cycle is no decimal number"
traced "$work/d.json" --arch DRAM_BW=64 "$model" && grep -q '"waits: DRAM"' "$work/d.json"
passed $? "a machine that waits for DRAM"

# two bytes that begin characters and do not end them, quotes, a control character
"$python" "$here/odd_names.py" "$model" "$work/odd.gsm" /conv1/Conv \
	'"\\<&>\x01\xff\xc3(\xe2\x82' >"$out" 2>"$err" &&
	traced "$work/odd.json" "$work/odd.gsm" &&
	grep -qF '"\\<&>\x01\ufffd\ufffd(\ufffd\ufffd' "$out"
passed $? "a name that is no text"

echo before >"$work/kept.json"
refused "a full disk" "No space left" /dev/full
refused "a folder that is not there" "$work/no/x.json: No such file" "$work/no/x.json"
refused "a folder in the way" "$work: Is a directory" "$work"
ln -s /dev/full "$work/full.json.gz"
refused "a full disk, compressed" "No space left" "$work/full.json.gz"

# the limit of a file's size is a disk that is full in the middle
(
	ulimit -f 8
	trap '' XFSZ
	"$bin/gs-sim" --timing-only --trace "$work/kept.json" "$model" >"$out" 2>"$err"
)
[ $? -eq 1 ] && grep -q "kept.json: File too large" "$err" &&
	[ "$(cat "$work/kept.json")" = before ] && [ -z "$(ls "$work"/kept.json.* 2>/dev/null)" ]
passed $? "no room in the middle: the trace of before is still there"
finish
