#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What gs-sim --timing-only writes: --csv, --json and energy, checked against
# each other, against their own sums, and energy against docs/energy.md in
# Python; wrong tables and files that cannot be written. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
model=$work/model.gsm
default=$src/hw-model/configs/energy/horowitz45.json

sim() {
	"$bin/gs-sim" --timing-only "$@" "$model" >"$out" 2>"$err"
}

# check NAME ARGUMENT...: of the program on standard input
check() {
	"$python" - "${@:2}" >"$out" 2>"$err"
	passed $? "$1"
}

# refused NAME WORDS ARGUMENT...: one sentence
refused() {
	asks 1 "$2" "$bin/gs-sim" --timing-only "${@:3}" "$model"
	[ "$(wc -l <"$err")" -eq 1 ] || why+=("not one sentence")
	verdict "$1" "${why[@]}"
}

# table FILE PYTHON: the default with a change to t
table() {
	"$python" -c '
import json, sys
t = json.load(open(sys.argv[1]))
exec(sys.argv[3])
json.dump(t, open(sys.argv[2], "w"))' "$default" "$work/$1" "$2"
}

"$bin/gsc" "$src/tests/models/fashion_lenet.onnx" -o "$model" \
	-c "$src/tests/models/fashion_calib_256.npy" >"$out" 2>"$err" &&
	sim --csv "$work/a.csv" --json "$work/a.json" &&
	grep -q '^used    array 33.0% (84.5 of 256 MACs a cycle), Tandem .*operations a cycle' "$out" &&
	grep -q '^array   busy 47.5% (of that useful 69.5%), fetch' "$out" &&
	grep -q '^  /conv1/Conv .* 39.6%    7.4% .*array 54%$' "$out" &&
	grep -q '^DRAM    [0-9]* bytes: IMEM' "$out" &&
	grep -q '^energy  [0-9.]* uJ (Horowitz 45 nm): DRAM [0-9.]*%, ' "$out"
passed $? "use, bytes and energy in the summary"

cp "$work/a.csv" "$work/b.csv"
cp "$work/a.json" "$work/b.json"
sim --csv "$work/a.csv" --json "$work/a.json" --energy "$default" &&
	cmp "$work/a.csv" "$work/b.csv" && cmp "$work/a.json" "$work/b.json"
passed $? "the built-in table is the file; equal bytes of equal runs"

sim --json - && cmp "$out" "$work/a.json" && sim --csv - && cmp "$out" "$work/a.csv"
passed $? "standard output"
sim --csv /dev/stdout && cmp "$out" "$work/a.csv" &&
	"$bin/gs-sim" --timing-only --csv /dev/stdout "$model" | cmp - "$work/a.csv"
passed $? "standard output by its other name, a file and a pipe"
sim --csv /dev/null --json /dev/null && grep -q '^energy' "$out"
passed $? "a device may be named twice"

# clash NAME WORDS ARGUMENT...: of names; nothing is written
clash() {
	cp "$model" "$work/model.before"
	asks 2 "$2" "$bin/gs-sim" "$model" "${@:3}"
	[ "$(wc -l <"$err")" -eq 1 ] || why+=("not one sentence")
	[ ! -s "$out" ] || why+=("something was printed")
	cmp -s "$model" "$work/model.before" || why+=("the model is another one")
	verdict "$1" "${why[@]}"
}
ln -s "$model" "$work/link.gsm"
cp "$default" "$work/prices.json"
clash "a table and a document in one file" "--csv and --json name one file, $work/one" \
	--csv "$work/one" --json "$work/one"
clash "blocks and a document in one file" "--json and --blocks name one file" \
	--json "$work/one" --blocks "$work/one"
clash "by two names" "--csv and --trace name one file, $work/a.csv" \
	--csv "$work/a.csv" --trace "$work/../${work##*/}/a.csv"
clash "two on standard output" "name one file, standard output" --json - --trace -
clash "a table in place of the model" "--csv names a file that is read" --csv "$work/link.gsm"
clash "a document in place of prices" "--json names a file that is read" \
	--energy "$work/prices.json" --json "$work/prices.json"
clash "an output in place of the model" "--output names a file that is read" --output "$model"
clash "an output and a trace in one file" "--trace and --output name one file" \
	--output "$work/one" --trace "$work/one"

check "the document: members, and sums over layers" "$work/a.json" <<'END'
import json
import sys

d = json.load(open(sys.argv[1]))
assert list(d) == ["format", "version", "model", "preset", "energy_table",
                   "machine", "total", "layers"], list(d)
assert (d["format"], d["version"]) == ("gs-sim timing", 1)
assert d["preset"] == "hardware" and d["energy_table"] == "Horowitz 45 nm"
assert d["machine"]["ARRAY_N"] == 16 and d["machine"]["CLOCK_MHZ"] == 1000
assert d["total"].pop("ms") == d["total"]["cycles"] / 1e6
assert len(d["layers"]) == 5
shared = ["macs", "cycles", "array_steps", "tandem_ops", "tandem_ops_by_class",
          "tandem_words", "rows_permuted", "utilisation", "bytes", "accesses",
          "partial_sums_stored", "engines", "limit", "energy_pj", "published"]
assert list(d["total"]) == shared, list(d["total"])


def leaves(value, path=()):
    if isinstance(value, dict):
        for key in value:
            yield from leaves(value[key], path + (key,))
    else:
        yield path, value


def at(value, path):
    for key in path:
        value = value[key]
    return value


# 28 x 28 x 16 x 9, 14 x 14 x 32 x 16 x 9, 1568 x 64, 64 x 10
macs = [layer["macs"] for layer in d["layers"]]
assert macs == [112896, 903168, 100352, 640, 0], macs
summed = 0
for layer in d["layers"]:
    assert list(layer) == ["name", "operator", "blocks"] + shared
for path, value in leaves(d["total"]):
    if path[0] in ("utilisation", "limit"):
        continue
    total = sum(at(layer, path) for layer in d["layers"])
    if isinstance(value, int):
        assert total == value, (path, total, value)
    else:
        assert abs(total - value) <= 1e-12 * abs(value), (path, total, value)
    summed += 1
assert summed > 150, summed
for block in d["layers"] + [d["total"]]:
    for engine in block["engines"].values():
        assert engine["busy"] + sum(engine["waits"].values()) == block["cycles"]
    assert sum(block["tandem_ops_by_class"].values()) == block["tandem_ops"]
    used = block["utilisation"]
    assert used["array"] == block["array_steps"] / block["cycles"]
    assert used["useful"] == block["macs"] / block["cycles"] / 256
    assert list(used) == ["array", "useful", "Tandem"]
    energy = dict(block["energy_pj"])
    total = energy.pop("total")
    assert len(energy) == 10 and total > 0
    assert abs(sum(energy.values()) - total) <= 1e-12 * total
    limit = block["limit"]
    engine = block["engines"][limit["engine"]]
    assert limit["cycles"] == (engine["waits"][limit["waits_for"]]
                               if limit["waits_for"] else engine["busy"])
END

check "energy, again from the counts" "$work/a.json" "$default" <<'END'
import json
import sys
from math import log2

d = json.load(open(sys.argv[1]))
t = json.load(open(sys.argv[2]))
N = M = 16
DEPTH = {k: d["machine"][k + "_DEPTH"] for k in ("IBUF", "WBUF", "OBUF", "BBUF", "VMEM", "IMM")}


def sram(bits_of_bank):
    (a, x), (b, y) = t["sram_64bit_pj"][:2]   # all banks are smaller than these
    size = bits_of_bank / 8
    assert size <= b
    way = log2(size / a) / log2(b / a)
    return x * (y / x) ** way / 64


def elements(access):
    return sum(access.values())


for block in d["layers"] + [d["total"]]:
    access, got = block["accesses"], block["energy_pj"]
    ops = block["tandem_ops_by_class"]
    want = {
        "array": block["array_steps"] * N * M * 0.3,
        "Tandem": M * (ops["simple"] * 0.1 + ops["multiply"] * 3.1 +
                       ops["multiply_add"] * 3.2 + ops["special"] * 25.5) +
        elements(access["IMM"]) * 32 * sram(32 * DEPTH["IMM"]),
        "fetch": 5 * (block["bytes"]["IMEM"]["read"] / 2 + block["tandem_words"]),
        "DRAM": 160 * block["bytes"]["moved"],
        "leakage": 0,
    }
    for name, bits in (("WBUF", 8), ("IBUF", 8), ("OBUF", 32), ("BBUF", 32)):
        want[name] = elements(access[name]) * bits * sram(bits * DEPTH[name])
    want["VMEM"] = (elements(access["VMEM1"]) + elements(access["VMEM2"])) * 32 * \
        sram(32 * DEPTH["VMEM"])
    for name in want:
        assert abs(got[name] - want[name]) <= 1e-8 * want[name], (name, got[name], want[name])
    # steps read a row of each, and write sums
    steps = block["array_steps"]
    assert access["WBUF"]["read"] == steps * N * M
    assert access["IBUF"]["read"] == steps * N
    assert access["OBUF"]["written"] == steps * M
END

check "the table: the document's numbers, and the published columns" \
	"$work/a.csv" "$work/a.json" <<'END'
import csv
import json
import sys

rows = list(csv.DictReader(open(sys.argv[1])))
layers = json.load(open(sys.argv[2]))["layers"]
assert len(rows) == len(layers) == 5
published = ("Layer name,WBUF access,IBUF access,OBUF access,BBUF access,VMEM access,"
             "IMM access,InsMem access,DRAM access filter,DRAM access ifmap,"
             "DRAM access psum,DRAM access ofmap,DRAM access bias,total DRAM access,"
             "SA compute cycles,SA stall cycles,SIMD compute cycles,SIMD stall cycles,"
             "total cycles,Op count").split(",")
assert list(rows[0])[-20:] == published, list(rows[0])[-20:]
for row, layer in zip(rows, layers):
    assert row["layer"] == row["Layer name"] == layer["name"]
    assert row["energy_table"] == "Horowitz 45 nm"
    assert int(row["cycles"]) == int(row["total cycles"]) == layer["cycles"]
    assert int(row["macs"]) == layer["macs"]
    for part, pj in layer["energy_pj"].items():
        column = "energy_pj" if part == "total" else "energy_%s_pj" % part
        assert float(row[column]) == pj, (column, row[column], pj)
    for name, value in layer["published"].items():
        assert float(row[name]) == value, (name, row[name], value)
    p = layer["published"]
    kinds = ["filter", "ifmap", "psum", "ofmap", "bias"]
    assert p["total DRAM access"] == sum(p["DRAM access " + k] for k in kinds)
    bytes_ = layer["bytes"]
    assert p["total DRAM access"] * 1024 == bytes_["moved"] - bytes_["IMEM"]["read"]
    assert p["DRAM access filter"] + p["DRAM access bias"] == \
        (bytes_["PARAM"]["read"] - bytes_["PARAM"]["held"]) / 1024
    assert p["WBUF access"] == layer["array_steps"] / 4     # 256 bytes
    assert p["Op count"] == 512 * layer["array_steps"] + 16 * layer["tandem_ops"]
    array, tandem = layer["engines"]["array"], layer["engines"]["Tandem"]
    wait = "fetch PARAM IBUF OBUF SIMD DRAM".split()
    assert p["SA compute cycles"] == array["busy"] + array["waits"]["setup"]
    assert p["SA stall cycles"] == sum(array["waits"][w] for w in wait + ["latency"])
    assert p["SIMD compute cycles"] == \
        tandem["busy"] + tandem["waits"]["setup"] + tandem["waits"]["latency"]
    assert p["SIMD stall cycles"] == sum(tandem["waits"][w] for w in wait)
END

table one.json 't.update({k: 0 for k in t if k.endswith("_pj") and k[0] != "s"},
	dram_byte_pj=1, name="of bytes", sram_64bit_pj=[[1, 1e-6]])'
sim --energy "$work/one.json" --json "$work/one_out.json" --csv "$work/one.csv" &&
	grep -q '^energy .* uJ (of bytes): DRAM' "$out" &&
	grep -q '"of bytes"' "$work/one.csv"
passed $? "another table, its name with every result"

check "its prices" "$work/one_out.json" <<'END'
import json
import sys

total = json.load(open(sys.argv[1]))["total"]
assert total["energy_pj"]["DRAM"] == total["bytes"]["moved"] > 0
assert total["energy_pj"]["array"] == total["energy_pj"]["fetch"] == 0
accesses = total["accesses"]["WBUF"]
assert abs(total["energy_pj"]["WBUF"] - sum(accesses.values()) / 8 * 1e-6) < 1e-12
END

table leak.json 't["leakage_mw_per_kib"] = 0.01'
sim --energy "$work/leak.json" && grep -q 'leakage [0-9.]*%' "$out"
passed $? "leakage is an option"

# unnamed FILE: the model without the section of multiply-accumulates
unnamed() {
	"$python" - "$model" "$1" <<'END'
import struct
import sys
import zlib

data = bytearray(open(sys.argv[1], "rb").read())
at = data.rindex(b".genesys.macs\0")
data[at:at + 13] = b".genesys.else"
headers, = struct.unpack_from("<Q", data, 40)
count, names = struct.unpack_from("<HH", data, 60)
names, = struct.unpack_from("<Q", data, headers + 64 * names + 24)
for i in range(count):
    name, = struct.unpack_from("<I", data, headers + 64 * i)
    if data[names + name:].startswith(b".genesys.check\0"):
        check, = struct.unpack_from("<Q", data, headers + 64 * i + 24)
data[check:check + 4] = bytes(4)
data[check:check + 4] = struct.pack("<I", zlib.crc32(data))
open(sys.argv[2], "wb").write(data)
END
}

sum_of_model=$("$bin/gs-objdump" -h "$model" | sed -n 's/^work *//p')
unnamed "$work/old.gsm" &&
	"$bin/gs-sim" --timing-only "$work/old.gsm" --csv "$work/old.csv" --json "$work/old.json" \
		--svg "$work/old" >"$out" 2>"$err" &&
	grep -q '^used    array 47.5% (121.5 of 256 MACs a cycle, padding included), ' "$out" &&
	grep -q '^array   busy 47.5%, fetch' "$out" && grep -q 'also where it is padding' "$work/old/roofline.svg" &&
	"$bin/gs-objdump" -l "$work/old.gsm" | grep -q '  1            -  ConvMaxPool  ' &&
	! "$bin/gs-objdump" -h "$work/old.gsm" | grep -q '^work' &&
	[ "$sum_of_model" = "1117056 multiply-accumulates" ]
passed $? "a file that does not tell multiply-accumulates"

check "its table and document are the same but for these" "$work" <<'END'
import csv
import json
import sys

old, new = (json.load(open(f"{sys.argv[1]}/{n}.json")) for n in ("old", "a"))
for a, b in zip([old["total"]] + old["layers"], [new["total"]] + new["layers"]):
    assert a.pop("macs") is a["utilisation"].pop("useful") is None
    del b["macs"], b["utilisation"]["useful"]
    assert a == b
old, new = (list(csv.DictReader(open(f"{sys.argv[1]}/{n}.csv"))) for n in ("old", "a"))
for a, b in zip(old, new):
    assert a.pop("macs") == "" and b.pop("macs").isdigit()
    assert a == b
END

# ---- a depthwise convolution ----------------------------------------------------
# 11 x 9 results of 24 channels, 9 products each; the array takes all 32 x 16 x 9
"$bin/gsc" "$src/tests/models/ops/conv_depthwise3x3.onnx" -o "$work/depthwise.gsm" \
	-c "$src/tests/models/ops/conv_depthwise3x3.calib.npy" >"$out" 2>"$err" &&
	"$bin/gs-sim" --timing-only "$work/depthwise.gsm" --csv "$work/depthwise.csv" >"$out" 2>"$err" &&
	grep -q '^array   busy 71.4% (of that useful 4.7%)' "$out"
passed $? "of the array's work little is useful"

check "useful and padded products" "$work/depthwise.csv" <<'END'
import csv
import sys

row, = csv.DictReader(open(sys.argv[1]))
assert int(row["macs"]) == 11 * 9 * 24 * 9
assert int(row["array_steps"]) == 11 * 9 * 2 * 9
assert int(row["Op count"]) == 512 * int(row["array_steps"]) + 16 * int(row["tandem_ops"])
END

# 1 x 1: Tandem computes all of it
"$bin/gsc" "$src/tests/models/ops/conv_depthwise_1x1_picture.onnx" -o "$work/tandem.gsm" \
	-c "$src/tests/models/ops/conv_depthwise_1x1_picture.calib.npy" >"$out" 2>"$err" &&
	"$bin/gs-sim" --timing-only "$work/tandem.gsm" --json "$work/tandem.json" >"$out" 2>"$err" &&
	grep -q '^used    array 0.0% ' "$out" && grep -q '^array   busy 0.0%, ' "$out"
passed $? "what Tandem computes is no work of the array"

check "but work of the layer" "$work/tandem.json" <<'END'
import json
import sys

total = json.load(open(sys.argv[1]))["total"]
assert total["macs"] > 0 == total["array_steps"]
assert total["utilisation"]["useful"] == 0
END

# ---- wrong input ----------------------------------------------------------------
table unknown.json 't["dram_pj"] = 1'
table missing.json 'del t["dram_byte_pj"]'
table negative.json 't["add_32_pj"] = -0.1'
table nan.json 't["add_32_pj"] = float("nan")'
table absurd.json 't["add_32_pj"] = 1e30'
table text.json 't["add_32_pj"] = "0.1"'
table points.json 't["sram_64bit_pj"].reverse()'
head -c 100 "$default" >"$work/cut.json"
refused "a table with an unknown field" "unknown.json: unknown field dram_pj" --energy "$work/unknown.json"
refused "a table without a field" "missing.json: required field dram_byte_pj is missing" \
	--energy "$work/missing.json"
refused "a negative price" "negative.json: add_32_pj: -0.1 must be 0 to 1e+06" \
	--energy "$work/negative.json"
refused "a price that is no number" "nan.json: add_32_pj: NaN must be" --energy "$work/nan.json"
refused "an absurd price" "absurd.json: add_32_pj: 1e+30 must be" --energy "$work/absurd.json"
refused "a price in quotes" "text.json: add_32_pj: is string, must be a number" \
	--energy "$work/text.json"
refused "points that fall" "points.json: sram_64bit_pj: 32768 bytes after 1048576, must rise" \
	--energy "$work/points.json"
refused "a table that is cut" "cut.json: line 3: JSON text ends too early" --energy "$work/cut.json"
refused "a table without an end" "/dev/zero: File too large" --energy /dev/zero
refused "no table" "none.json: No such file" --energy "$work/none.json"
refused "a model for a table" "not UTF-8" --energy "$model"
for kind in csv json; do
	refused "a full disk, --$kind" "/dev/full: No space left" --$kind /dev/full
	refused "a path that cannot be written, --$kind" "$work/no/x: No such file" --$kind "$work/no/x"
	refused "a folder, --$kind" "$work: Is a directory" --$kind "$work"
	echo before >"$work/kept"
	(
		trap '' XFSZ # the write fails instead
		ulimit -f 1
		sim --$kind "$work/kept"
	)
	[ $? -eq 1 ] && grep -q "kept: File too large" "$err" &&
		[ "$(cat "$work/kept")" = before ] && [ ! -e "$work"/kept.?* ]
	passed $? "a write that fails leaves the file of the run before, --$kind"
done
finish
