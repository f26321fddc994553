#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gs-sim compare: two runs side by side, from model files and tables, and what
# it says to wrong input. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"

compare() {
	"$bin/gs-sim" compare "$@" >"$out" 2>"$err"
}

# refused NAME STATUS WORDS ARGUMENT...: one sentence, and nothing printed
refused() {
	local name=$1 status=$2 words=$3 ok=0
	shift 3
	compare "$@"
	[ $? -eq "$status" ] || ok=1
	grep -qF -e "$words" "$err" || ok=1
	[ "$(wc -l <"$err")" -eq 1 ] || ok=1
	[ ! -s "$out" ] || ok=1
	passed $ok "$name"
}

# table FILE ROW...: in the columns compare needs
table() {
	local file=$1
	shift
	printf '%s\n' layer,operator,cycles,limit,limit_waits_for "$@" >"$file"
}

# ---- tables, whose differences are known ------------------------------------
table "$work/a.csv" '"conv","Conv",1000,array,' '"only, ""a""","Relu",30,Tandem,' \
	'"same","Add",70,SIMD,' '"pool","MaxPool",200,Tandem,array'
table "$work/b.csv" '"pool","MaxPool",260,Tandem,SIMD' '"same","Add",70,SIMD,' \
	'"conv","Conv",750,array,' 'added,Mul,1,Tandem,'
cat >"$work/expected.csv" <<'END'
layer,operator,cycles_a,cycles_b,ratio,change,limit_a,limit_a_waits_for,limit_b,limit_b_waits_for,energy_a_pj,energy_b_pj
"conv","Conv",1000,750,0.750000,-250,array,,array,,,
"pool","MaxPool",200,260,1.300000,60,Tandem,array,Tandem,SIMD,,
"only, ""a""","Relu",30,,,-30,Tandem,,,,,
"added","Mul",,1,,1,,,Tandem,,,
"same","Add",70,70,1.000000,0,SIMD,,SIMD,,,
END
compare "$work/a.csv" "$work/b.csv" --csv "$work/out.csv" &&
	cmp "$work/out.csv" "$work/expected.csv" >>"$err" 2>&1
passed $? "layers by name, those that change most first"

cat >"$work/expected" <<'END'
  layer     operator        cycles A    cycles B   B / A       change  limit
  conv      Conv                1000         750   0.750         -250  array
  pool      MaxPool              200         260   1.300          +60  Tandem waits: array -> Tandem waits: SIMD
  only, "a" Relu                  30           -       -          -30  only in A, Tandem
  added     Mul                    -           1       -           +1  only in B, Tandem
  same      Add                   70          70   1.000            0  SIMD
  total                         1300        1081   0.832         -219
END
head -n 2 "$out" | cmp - <(printf 'A: %s: 1300 cycles\nB: %s: 1081 cycles\n' \
	"$work/a.csv" "$work/b.csv") >>"$err" 2>&1 &&
	tail -n +3 "$out" | cmp - "$work/expected" >>"$err" 2>&1
passed $? "the same, for people"

sed 's/$/\r/' "$work/b.csv" >"$work/dos.csv"
compare "$work/b.csv" "$work/dos.csv" && grep -q ' total .* 1\.000  *0$' "$out"
passed $? "lines that end with CR LF"

for i in $(seq 30); do echo "a_layer_with_quite_a_long_name_and_number_$i,Conv,$i,array,"; done >"$work/rows"
table "$work/long.csv" "$(cat "$work/rows")"
compare "$work/long.csv" "$work/a.csv" && grep -q 'and 14 more that change less' "$out" &&
	grep -q '^  \.\.\._with_quite_a_long_name_and_number_30 ' "$out"
passed $? "long names, and many"

compare "$work/a.csv" "$work/long.csv" --csv - && cp "$out" "$work/pipe.csv" &&
	compare "$work/a.csv" "$work/long.csv" --csv "$work/out.csv" && cmp "$work/pipe.csv" "$work/out.csv"
passed $? "a table on standard output stands alone"

# ---- models ------------------------------------------------------------------
"$bin/gsc" "$src/tests/models/ops/relu.onnx" -o "$work/relu.gsm" >"$out" 2>"$err" &&
	"$bin/gs-sim" --timing-only "$work/relu.gsm" --csv "$work/relu.csv" \
		--json "$work/relu.json" >>"$out" 2>>"$err"
passed $? "a model is compiled and timed"

compare "$work/relu.gsm" "$work/relu.csv" --csv "$work/out.csv" &&
	grep -q '^A: .* on genesys_16x16, hardware: [0-9]* cycles, [0-9.]* uJ (Horowitz 45 nm)$' "$out" &&
	"$python" - "$work/out.csv" "$work/relu.csv" >>"$out" 2>>"$err" <<'END'
import csv
import sys

rows = list(csv.DictReader(open(sys.argv[1])))
want = {r["layer"]: r for r in csv.DictReader(open(sys.argv[2]))}
assert rows and len(rows) == len(want), rows
for row in rows:
    other = want[row["layer"]]
    assert row["cycles_a"] == row["cycles_b"] == other["cycles"], row
    assert row["limit_a"] == row["limit_b"] == other["limit"], row
    assert row["limit_a_waits_for"] == other["limit_waits_for"], row
    assert row["energy_a_pj"] == row["energy_b_pj"] == other["energy_pj"], row
END
passed $? "a model and its own table"

compare "$work/relu.gsm" "$work/relu.json" --csv "$work/json.csv" &&
	cmp "$work/json.csv" "$work/out.csv" >>"$err" && grep -q ' uJ A .* uJ B ' "$out" &&
	compare "$work/relu.json" "$work/relu.csv" --csv "$work/json.csv" &&
	cmp "$work/json.csv" "$work/out.csv" >>"$err"
passed $? "its own document: the same bytes"

compare "$work/a.csv" "$work/relu.csv" && ! tail -n +3 "$out" | grep -q uJ
passed $? "energy of one side only"

cycles() {
	"$bin/gs-sim" --timing-only "$@" "$work/relu.gsm" 2>>"$err" |
		sed -n 's/.*: \([0-9]*\) cycles.*/\1/p'
}
compare "$work/relu.gsm" "$work/relu.gsm" --arch CHANNEL_LATENCY=50 \
	--arch-b CHANNEL_LATENCY=500 --preset-a ideal-channels &&
	[ "$(grep -c ': [0-9]* cycles' "$out")" -eq 2 ] &&
	grep -q "^A: .*: $(cycles --preset ideal-channels) cycles" "$out" &&
	grep -q "^B: .*: $(cycles --arch CHANNEL_LATENCY=500) cycles" "$out"
passed $? "costs of both sides, and of one"

compare "$work/relu.gsm" <(cat "$work/relu.gsm") \
	--energy <(cat "$src/hw-model/configs/energy/horowitz45.json") &&
	[ "$(grep -c 'cycles, .* uJ (Horowitz 45 nm)$' "$out")" -eq 2 ]
passed $? "a model and prices from pipes"

# ---- wrong input ---------------------------------------------------------------
a=$work/a.csv
refused "one name" 2 "two model files or results" "$a"
refused "three names" 2 "two model files or results" "$a" "$a" "$a"
refused "an option of another mode" 2 "--counters does not go with compare" --counters "$a" "$a"
refused "no file" 1 "No such file" "$a" "$work/none.csv"
refused "no prices" 1 "--energy: $work/none.json: No such file" "$a" "$a" --energy "$work/none.json"
refused "a folder" 1 "Is a directory" "$work" "$a"
refused "costs for a table" 1 "--arch-b" "$work/relu.gsm" "$a" --arch-b DRAM_BW=8
refused "a preset for a table" 1 "--preset-a" "$a" "$a" --preset-a hardware
refused "costs for two tables" 1 "--arch is for model files" "$a" "$a" --arch DRAM_BW=8
refused "an unknown preset" 2 "fast" --preset-b fast "$work/relu.gsm" "$a"
refused "a field that changes programs" 1 "ARRAY_N=8" --arch-a ARRAY_N=8 "$work/relu.gsm" "$a"
head -c 3000 "$work/relu.gsm" >"$work/cut.gsm"
refused "a model that is cut" 1 "cut.gsm" "$work/cut.gsm" "$a"
refused "a text" 1 "README.md" "$src/README.md" "$a"
refused "a picture" 1 "neither a model file nor" "$src/tests/models/images/fashion_5.png" "$a"
: >"$work/bad.csv"
refused "an empty file" 1 "bad.csv: the file is empty" "$work/bad.csv" "$a"
table "$work/bad.csv"
refused "no layers" 1 "bad.csv: no layers" "$a" "$work/bad.csv"
refused "another table" 1 'no column "cycles"' "$work/expected.csv" "$a"
sed '1s/operator/cycles/' "$a" >"$work/bad.csv"
refused "a column twice" 1 'column' "$work/bad.csv" "$a"
head -c -9 "$a" >"$work/bad.csv"
refused "a table that is cut" 1 "line 5: the file ends" "$work/bad.csv" "$a"
head -c 80 "$a" >"$work/bad.csv"
refused "a table that is cut in a name" 1 "line 3: the file ends" "$work/bad.csv" "$a"
table "$work/bad.csv" '"conv","Conv",1000,array'
refused "a row with other columns" 1 "line 2: 4 columns, expected 5" "$work/bad.csv" "$a"
table "$work/bad.csv" '"conv"x,"Conv",1000,array,'
refused "text behind a quote" 1 "line 2: not a table" "$work/bad.csv" "$a"
for number in 12x -1 '' 1e3 99999999999999999999; do
	table "$work/bad.csv" "conv,Conv,$number,array,"
	refused "cycles \"$number\"" 1 "line 2: cycles \"$number\"" "$work/bad.csv" "$a"
done
table "$work/bad.csv" a,Conv,18446744073709551615,array, b,Conv,1,array,
refused "a sum beyond 64 bits" 1 "line 3: the sum" "$work/bad.csv" "$a"
table "$work/bad.csv" conv,Conv,1,array, x,Conv,1,array, conv,Conv,2,array,
refused "a layer twice" 1 'line 4: layer "conv" stands in line 2' "$work/bad.csv" "$a"

printf '%s\n' layer,operator,cycles,limit,limit_waits_for,energy_pj 'conv,Conv,1,array,,nan' >"$work/bad.csv"
refused "energy that is no number" 1 'line 2: energy_pj "nan"' "$work/bad.csv" "$a"

# document NAME WORDS PYTHON: relu.json with a change to d is refused
document() {
	"$python" -c '
import json, sys
d = json.load(open(sys.argv[1]))
layer = d["layers"][0]
exec(sys.argv[3])
json.dump(d, open(sys.argv[2], "w"))' "$work/relu.json" "$work/bad.json" "$3"
	refused "$1" 1 "bad.json: $2" "$a" "$work/bad.json"
}
document "another document" 'neither a model file nor' 'd["format"] = "x"'
document "no format" 'neither a model file nor' 'del d["format"]'
document "another version" '"version" is not 1' 'd["version"] = 2'
document "no list of layers" '"layers" is no list' 'd["layers"] = {}'
document "an empty list" 'no layers' 'd["layers"] = []'
document "no layer" 'layer 1 is no object' 'd["layers"] = [1]'
document "no name" 'layer 1: "name" is no string' 'del layer["name"]'
document "cycles in words" 'layer 1: "cycles" is no number' 'layer["cycles"] = "1"'
document "cycles below 0" 'layer 1: "cycles" is no number' 'layer["cycles"] = -1'
document "cycles beyond 64 bits" 'layer 1: "cycles" is no number' 'layer["cycles"] = 2**65'
document "no limit" 'layer 1: "limit" is no object' 'layer["limit"] = 3'
document "no energy" 'layer 1: "total" is no number' 'layer["energy_pj"] = {}'
document "energy below 0" 'layer 1: "energy_pj" is no energy' 'layer["energy_pj"]["total"] = -1'
document "a layer twice in a document" 'layer 2: layer "' 'd["layers"] *= 2'
head -c 1000 "$work/relu.json" >"$work/bad.json"
refused "a document that is cut" 1 "bad.json: the JSON text ends too early" "$a" "$work/bad.json"
echo '{"format": }' >"$work/bad.json"
refused "no JSON" 1 "bad.json: not JSON: byte " "$a" "$work/bad.json"
echo '{} {}' >"$work/bad.json"
refused "more than a document" 1 "text behind the end" "$a" "$work/bad.json"
echo >"$work/bad.json"
refused "an empty line" 1 "neither a model file nor" "$a" "$work/bad.json"

cp "$a" "$work/same.csv"
refused "a table in place of one that is read" 2 "--csv names a file that is read" \
	"$work/same.csv" "$a" --csv "$work/same.csv"

ln -s /dev/full "$work/full.csv"
compare "$a" "$work/b.csv" --csv "$work/full.csv"
[ $? -eq 1 ] && grep -qF "$work/full.csv: No space left" "$err"
passed $? "a full disk"
"$bin/gs-sim" compare "$a" "$work/b.csv" >/dev/full 2>"$err"
[ $? -eq 1 ] && grep -q "standard output: No space left" "$err"
passed $? "a full disk behind standard output"
compare "$a" "$work/b.csv" --csv "$work/no/x.csv"
[ $? -eq 1 ] && grep -qF "$work/no/x.csv: No such file" "$err"
passed $? "a path that cannot be written"
finish
