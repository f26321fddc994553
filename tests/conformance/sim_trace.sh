#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gs-sim --trace: the events against the table of --csv, and what becomes of a
# file when it cannot be written. Prints TAP.
set -u
bin=${GS_BUILD:-build}/bin
src=${GS_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
python=${PYTHON:-/usr/bin/python3}
here=$src/tests/conformance
count=0 failed=0

work=$(mktemp -d "${TMPDIR:-/tmp}/sim_trace.XXXXXX")
trap 'rm -rf "$work"' EXIT
model=$work/model.gsm
out=$work/stdout
err=$work/stderr

# verdict STATUS NAME: TAP; what was said, when STATUS is not 0
verdict() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
		return
	fi
	failed=1
	echo "not ok $count - $2"
	sed 's/^/# /' "$out" "$err"
}

# traced FILE ARGUMENT...: a trace, checked
traced() {
	local file=$1
	shift
	"$bin/gs-sim" --timing-only --trace "$file" --csv "$work/layers.csv" "$@" \
		>"$out" 2>"$err" &&
		"$python" "$here/check_trace.py" "$file" "$work/layers.csv" >"$out" 2>"$err"
}

# refused NAME STATUS WORDS ARGUMENT...: of gs-sim
refused() {
	local name=$1 status=$2 words=$3 ok=0
	shift 3
	"$bin/gs-sim" --timing-only "$@" "$model" >"$out" 2>"$err"
	[ $? -eq "$status" ] || ok=1
	grep -qF -e "$words" "$err" || ok=1
	[ "$(wc -l <"$err")" -eq 1 ] || ok=1
	verdict $ok "$name"
}

"$bin/gsc" "$src/tests/models/fashion_lenet.onnx" -o "$model" \
	-c "$src/tests/models/fashion_calib_256.npy" >"$out" 2>"$err"
verdict $? "a model is compiled"

traced "$work/a.json" "$model"
verdict $? "events, tracks, and sums as in the table"
grep -q '7 layers:.*/conv1/Conv' "$out"
verdict $? "layers have their names"
traced "$work/b.json" "$model" && cmp "$work/a.json" "$work/b.json" >"$out"
verdict $? "the same bytes each time"
traced "$work/c.json.gz" "$model" && gzip -dc "$work/c.json.gz" | cmp - "$work/a.json" >"$out"
verdict $? "compressed"

traced "$work/d.json" --preset ideal-channels "$model"
verdict $? "ideal channels"
traced "$work/d.json" --arch CLOCK_MHZ=700 "$model" && ! cmp -s "$work/a.json" "$work/d.json"
verdict $? "a clock whose cycle is no decimal number"
traced "$work/d.json" --arch DRAM_BW=64 "$model" && grep -q '"waits: DRAM"' "$work/d.json"
verdict $? "a machine that waits for DRAM"

# two bytes that begin characters and do not end them, quotes, a control character
"$python" "$here/odd_names.py" "$model" "$work/odd.gsm" /conv1/Conv \
	'"\\<&>\x01\xff\xc3(\xe2\x82' >"$out" 2>"$err" &&
	traced "$work/odd.json" "$work/odd.gsm" &&
	grep -qF '"\\<&>\x01\ufffd\ufffd(\ufffd\ufffd' "$out"
verdict $? "a name that is no text"

echo before >"$work/kept.json"
refused "a full disk" 1 "No space left" --trace /dev/full
refused "a folder that is not there" 1 "$work/no/x.json: No such file" --trace "$work/no/x.json"
refused "a folder in the way" 1 "$work: Is a directory" --trace "$work"
ln -s /dev/full "$work/full.json.gz"
refused "a full disk, compressed" 1 "No space left" --trace "$work/full.json.gz"

# the limit of a file's size is a disk that is full in the middle
(
	ulimit -f 8
	trap '' XFSZ
	"$bin/gs-sim" --timing-only --trace "$work/kept.json" "$model" >"$out" 2>"$err"
)
[ $? -eq 1 ] && grep -q "kept.json: File too large" "$err" &&
	[ "$(cat "$work/kept.json")" = before ] && [ -z "$(ls "$work"/kept.json.* 2>/dev/null)" ]
verdict $? "no room in the middle: the trace of before is still there"
echo "1..$count"
exit $failed
