#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gs-sim --sweep: points against gsc and gs-sim one by one, interrupts, damage,
# children that crash, full disks, and what it says to wrong input. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
bin=$(cd "$bin" && pwd)
model=$src/tests/models/ops/conv3x3_pad1.onnx
configs=$src/hw-model/configs
cd "$work" || exit 1

# sweep DIR ARGUMENT...: with the points of most tests
points=(--sweep ARRAY=8,16,32 --sweep IBUF_CHANNEL_BW=64,512)
sweep() {
	local dir=$1
	shift
	"$bin/gs-sim" "${points[@]}" --out "$dir" "$@" "$model" >"$out" 2>"$err"
}

# refused NAME STATUS WORDS ARGUMENT...: one sentence, and no folder
refused() {
	local name=$1 status=$2 words=$3 ok=0
	shift 3
	rm -rf "$work/none"
	"$bin/gs-sim" --out "$work/none" "$@" >"$out" 2>"$err"
	[ $? -eq "$status" ] || ok=1
	grep -qF -e "$words" "$err" || ok=1
	[ "$(wc -l <"$err")" -eq 1 ] || ok=1
	[ ! -s "$out" ] || ok=1
	[ ! -e "$work/none" ] || ok=1
	passed $ok "$name"
}

same() {
	cmp "$1/sweep.csv" "$work/whole/sweep.csv" >>"$err" 2>&1 &&
		cmp "$1/pareto.svg" "$work/whole/pareto.svg" >>"$err" 2>&1
}

# ---- what comes out -------------------------------------------------------------
sweep whole --jobs 2 && grep -q ': 6 points; all in whole/sweep.csv and pareto.svg$' "$out" &&
	grep -q '^Pareto fronts .* (processing elements) and energy (Horowitz 45 nm):' "$out"
passed $? "a sweep"

"$python" - "$bin" "$model" "$configs" "$work/whole/sweep.csv" >"$out" 2>"$err" <<'END'
import csv
import json
import os
import re
import subprocess
import sys

gs, model, configs, table = sys.argv[1:]
rows = list(csv.DictReader(open(table)))
assert [int(r["point"]) for r in rows] == list(range(6))
want = [(n, bw) for n in (8, 16, 32) for bw in (64, 512)]
assert [(int(r["ARRAY"]), int(r["IBUF_CHANNEL_BW"])) for r in rows] == want
for row in rows:
    n = row["ARRAY"]
    # Buffers keep their bytes: these are the machines of the repository.
    arch = json.load(open(f"{configs}/genesys_{n}x{n}.json"))
    arch["IBUF_CHANNEL_BW"] = int(row["IBUF_CHANNEL_BW"])
    json.dump(arch, open("arch.json", "w"))
    subprocess.run([gs + "/gsc", "-a", "arch.json", "-o", "one.gsm", model],
                   check=True)
    text = subprocess.run([gs + "/gs-sim", "--timing-only", "--csv", "one.csv",
                           "one.gsm"], check=True, capture_output=True,
                          text=True).stdout
    cycles = int(re.search(r": (\d+) cycles", text).group(1))
    layers = list(csv.DictReader(open("one.csv")))
    total = lambda column: sum(int(layer[column]) for layer in layers)
    windows = "IMEM PARAM IBUF OBUF SIMD".split()
    assert row["status"] == "ok" and row["reason"] == ""
    assert int(row["cycles"]) == cycles, row
    assert float(row["time_ms"]) == round(cycles / 1e6, 6), row
    assert float(row["array_busy"]) == round(total("array_busy") / cycles, 6)
    assert float(row["tandem_busy"]) == round(total("Tandem_busy") / cycles, 6)
    assert int(row["dram_read"]) == sum(
        total(w + "_read") - total(w + "_held") for w in windows), row
    assert int(row["dram_written"]) == sum(
        total(w + "_written") for w in windows), row
    energy = sum(float(layer["energy_pj"]) for layer in layers)
    assert abs(float(row["energy_pj"]) / energy - 1) < 1e-9, row
    assert row["energy_table"] == "Horowitz 45 nm", row
    assert int(row["pes"]) == int(n) ** 2
    # KiB of IBUF, WBUF, both halves of OBUF, BBUF, VMEM1 and VMEM2
    assert int(row["buffer_bytes"]) == 1024 * (
        128 + 1024 + 2 * 128 + 64 + 2 * 64), row

def front(column, hardware):
    """Points that none beats; of equal ones that with less hardware."""
    def beats(r, s):
        pairs = [(float(r[c]), float(s[c])) for c in ("time_ms", column)]
        if any(a > b for a, b in pairs):
            return False
        return any(a < b for a, b in pairs) or hardware(r) < hardware(s)
    return [int(not any(beats(r, s) for r in rows)) for s in rows]

assert [int(r["front_hardware"]) for r in rows] == front(
    "pes", lambda r: int(r["IBUF_CHANNEL_BW"]))
assert [int(r["front_energy"]) for r in rows] == front(
    "energy_pj", lambda r: (int(r["pes"]), int(r["IBUF_CHANNEL_BW"])))
points = re.findall(r'class="point" data-point="(\d+)" data-front="(\d)"',
                    open("whole/pareto.svg").read())
want = sorted((int(r["point"]), int(r[f])) for r in rows
              for f in ("front_hardware", "front_energy"))
assert sorted((int(p), int(f)) for p, f in points) == want, points
for row in rows:
    best = "1" in (row["front_hardware"], row["front_energy"])
    name = f"whole/machine_{row['point']}.json"
    assert os.path.exists(name) == best, name
    if not best:
        continue
    n = row["ARRAY"]
    want = json.load(open(f"{configs}/genesys_{n}x{n}.json"))
    want["IBUF_CHANNEL_BW"] = int(row["IBUF_CHANNEL_BW"])
    got = json.load(open(name))
    assert got["name"] == f"genesys_16x16_{row['point']}"
    assert all(got[key] == want[key] for key in got
               if key not in ("name", "EXTENSIONS", "ISA_VERSION")), got
    subprocess.run([gs + "/gsc", "-a", name, "-o", "one.gsm", model], check=True)
END
passed $? "points are what gsc and gs-sim say one by one"

sweep one --jobs 1 --csv copy.csv && same one && cmp copy.csv whole/sweep.csv >>"$err"
passed $? "one process: the same bytes"

sweep one --csv - && cmp "$out" whole/sweep.csv >>"$err"
passed $? "a table on standard output stands alone"

sweep piped --energy <(cat "$configs/energy/horowitz45.json") && same piped &&
	sweep piped && same piped
passed $? "prices from a pipe, and those of the program, which are the same"

cp whole/journal before && sweep whole && same whole && cmp whole/journal before
passed $? "again: nothing to do"

"$bin/gs-sim" --sweep IBUF_DEPTH=64,7,128 --arch-file "$configs/genesys_8x8.json" \
	--arch CLOCK_MHZ=500 --preset ideal-channels --out illegal "$model" >"$out" 2>"$err" &&
	grep -q '3 points, 1 illegal' "$out" &&
	grep -q '^1,7,illegal,*"IBUF_DEPTH: 7 must be even, 2 to 1048576"$' illegal/sweep.csv &&
	[ "$(grep -c ',ok,' illegal/sweep.csv)" -eq 2 ]
passed $? "a machine that is not legal"

"$bin/gs-sim" --sweep VMEM_DEPTH=1023,8 --sweep WEIGHT_LAYOUT=column,published --out failing \
	"$src/tests/models/ops/softmax10.onnx" >"$out" 2>"$err"
"$python" - >>"$out" 2>>"$err" <<'END'
import csv

rows = list(csv.DictReader(open("failing/sweep.csv")))
assert [r["status"] for r in rows] == ["illegal"] * 2 + ["failed"] * 2, rows
assert "stands for 2048" in rows[0]["reason"], rows
assert "no tile fits" in rows[2]["reason"], rows
END
passed $? "machines a file cannot describe, and that are too small"

# ---- interrupts -----------------------------------------------------------------
# A gsc that does as the file "act" says when it is started the n-th time, or is gsc.
cat >gsc <<END
#!/bin/bash
echo \$\$ >>"$work/started"
number=\$(grep -nx \$\$ "$work/started")
. "$work/act"
exec "$bin/gsc" "\$@"
END
chmod +x gsc

# act N COMMAND: in the n-th gsc of the next sweep
act() {
	: >started
	echo "[ \${number%%:*} -ne $1 ] || { $2; }" >act
}

starts() {
	wc -l <started
}

# gone PID: soon
gone() {
	local i
	for i in $(seq 100); do
		kill -0 "$1" 2>>"$err" || return 0
		sleep 0.02
	done
	return 1
}

export GSC=$work/gsc
one=(--sweep ARRAY=8)
for signal in INT TERM KILL; do
	rm -rf cut
	act 4 "kill -$signal \$PPID; exec sleep 60"
	sweep cut --jobs 2 2>>"$err"
	status=$?
	[ $status -eq $((128 + $(kill -l $signal))) ] && [ ! -e cut/sweep.csv ] &&
		gone "$(sed -n 4p started)" &&
		{ [ $signal = KILL ] || grep -q 'of 6 points are done, the same command goes on' "$err"; }
	passed $? "SIG$signal ends a sweep, and its processes"
	done=$(grep -c ' ok ' cut/journal)
	act 0 true
	sweep cut --jobs 2 && same cut && [ "$done" -ge 1 ] && [ "$(starts)" -eq $((6 - done)) ] &&
		[ "$(ls cut | tr '\n' ' ')" = "$(ls whole | tr '\n' ' ')" ]
	passed $? "the same command goes on after SIG$signal: the same bytes"
done

act 3 'kill -SEGV $$'
rm -rf cut
sweep cut --jobs 1
[ $? -eq 1 ] && grep -q '1 of 6 points died' "$err" && grep -q ' 1 died' "$out" &&
	grep -q '^2,16,64,died,.*,"gsc was ended by signal 11 (Segmentation fault)"$' cut/sweep.csv &&
	[ "$(grep -c ',ok,' cut/sweep.csv)" -eq 5 ]
passed $? "a gsc that crashes is a row"
act 0 true
sweep cut --jobs 1 && same cut && [ "$(starts)" -eq 1 ]
passed $? "and is tried again"

rm -rf cut
act 2 'sleep 0.1; exec sleep 60'
sweep cut --jobs 2 &
while [ "$(starts)" -lt 2 ]; do sleep 0.02; done
kill -KILL "$(sed -n 2p started)" && wait $!
[ $? -eq 1 ] && grep -q 'gsc was ended by signal 9 (Killed)' cut/sweep.csv
passed $? "a gsc that is killed is a row"

rm -rf cut
act 2 'exit 3'
sweep cut --jobs 1
grep -q '^1,8,512,failed,.*,"gsc ended with status 3"$' cut/sweep.csv
passed $? "a gsc that says nothing"
rm -rf cut
act 2 'exit 0'
sweep cut --jobs 2
grep -q '^[01],8,[0-9]*,failed,.*,"/proc/self/fd/0: ' cut/sweep.csv
passed $? "a gsc that writes nothing"

rm -rf cut
act 3 "prlimit --pid \$PPID --fsize=\$((\$(stat -c %s cut/journal) + 30))"
sweep cut --jobs 1
[ $? -eq 1 ] && grep -q 'cut/journal: File too large' "$err" &&
	grep -q '2 of 6 points are done' "$err"
passed $? "a disk that is full during a sweep"
done=$(grep -c ' ok ' cut/journal)
act 0 true
sweep cut --jobs 1 && same cut && [ "$done" -eq 2 ] && [ "$(starts)" -eq 4 ] && ! grep -q whole "$err"
passed $? "and nothing is lost"

# ---- the journal ------------------------------------------------------------------
# damaged NAME COMPILED COMMAND: of the journal in the folder cut
damaged() {
	rm -rf cut
	cp -r kept cut
	eval "$3"
	act 0 true
	sweep cut --jobs 1 && same cut && [ "$(starts)" -eq "$2" ]
	passed $? "$1"
}
rm -rf cut
sweep kept --jobs 1
damaged "the last line of the journal is cut" 1 'truncate -s -5 cut/journal'
damaged "a line of the journal is damaged" 2 'sed -i "s/ 4 ok \([0-9]\)/ 4 ok 9\1/" cut/journal'
damaged "zeros behind the journal" 0 'truncate -s +9 cut/journal'
damaged "the head of the journal is cut" 6 'truncate -s 40 cut/journal'
damaged "the journal is empty" 6 ': >cut/journal'

# other NAME WORDS ARGUMENT...: the folder belongs to another sweep, and is as before
other() {
	local name=$1 words=$2 before
	shift 2
	before=$(cat kept/* | cksum)
	"$bin/gs-sim" --out kept "$@" >"$out" 2>"$err"
	[ $? -eq 1 ] && grep -qF "kept/journal: $words" "$err" && [ "$(wc -l <"$err")" -eq 1 ] &&
		[ "$(cat kept/* | cksum)" = "$before" ]
	passed $? "$name"
}
other "another model" "a sweep of another model" "${points[@]}" "$src/tests/models/ops/relu.onnx"
other "other points" "a sweep of other points" --sweep ARRAY=8 "$model"
other "fewer fields" "a sweep of other points" --sweep ARRAY=8,16,32 "$model"
other "another machine" "a sweep that starts from another machine" "${points[@]}" \
	--arch VMEM_DEPTH=512 "$model"
other "another preset" "a sweep with other options" "${points[@]}" --preset ideal-channels "$model"
sed 's/"add_32_pj": 0.1/"add_32_pj": 0.2/' "$configs/energy/horowitz45.json" >dear.json
other "other prices" "a sweep with other options" "${points[@]}" --energy dear.json "$model"
other "other samples" "a sweep with other options" "${points[@]}" \
	--calibrate "$src/tests/models/ops/conv3x3_pad1.calib.npy" "$model"
mkdir -p tree/bin tree/share/genesys
cp "$bin/gsc" tree/bin
cp -rL "$bin/../share/genesys/codelets" tree/share/genesys
GSC=$work/tree/bin/gsc "$bin/gs-sim" "${one[@]}" --out codelets "$model" >"$out" 2>"$err" &&
	echo "# a comment" >>tree/share/genesys/codelets/conv.cdlt &&
	! GSC=$work/tree/bin/gsc "$bin/gs-sim" "${one[@]}" --out codelets "$model" >"$out" 2>"$err" &&
	grep -q 'codelets/journal: a sweep of another gs-sim or gsc' "$err"
passed $? "other codelets"
GSC=$bin/gsc other "another gsc" "a sweep of another gs-sim or gsc" "${points[@]}" "$model"
"$python" -c 'import fcntl, time
with open("kept/journal", "r+") as journal:
    fcntl.lockf(journal, fcntl.LOCK_EX)
    open("locked", "w").close()
    time.sleep(60)' &
while [ ! -e locked ]; do sleep 0.02; done
other "two at a time" "another gs-sim is at this sweep" "${points[@]}" "$model"
kill $!
wait $! 2>>"$err"
echo hello >kept/journal
other "another file" "not a journal" "${points[@]}" "$model"
unset GSC

# ---- full disks, and paths ----------------------------------------------------------
sweep whole --csv /dev/full
[ $? -eq 1 ] && grep -q '/dev/full: No space left' "$err" && [ "$(wc -l <"$err")" -eq 1 ]
passed $? "a table for a full disk"
mkdir full
ln -s /dev/full full/sweep.csv
sweep full
[ $? -eq 1 ] && grep -q 'full/sweep.csv: No space left' "$err" && rm full/sweep.csv &&
	sweep full && same full
passed $? "and again, with room"
ln -sf /dev/full full/pareto.svg
sweep full
[ $? -eq 1 ] && grep -q 'full/pareto.svg: No space left' "$err"
passed $? "a picture for a full disk"
ln -sf /dev/full "full/machine_$(cut -d, -f1,15 whole/sweep.csv | sed -n 's/,1$//p' | head -n 1).json"
rm full/pareto.svg
sweep full
[ $? -eq 1 ] && grep -q 'full/machine_.*.json: No space left' "$err"
passed $? "a machine for a full disk"
ln -s /dev/full none_journal
mkdir odd
mv none_journal odd/journal
sweep odd
[ $? -eq 1 ] && grep -q 'odd/journal: not a file' "$err"
passed $? "a journal that is no file"
sweep "$model"
[ $? -eq 1 ] && grep -q 'conv3x3_pad1.onnx.*: Not a directory' "$err"
passed $? "a folder that is a file"
sweep no/such
[ $? -eq 1 ] && grep -q 'no/such: No such file' "$err"
passed $? "a folder in none"

# ---- wrong input ------------------------------------------------------------------
refused "no model" 2 "one ONNX model is to be named" "${one[@]}"
refused "two models" 2 "one ONNX model is to be named" "${one[@]}" "$model" "$model"
refused "an option of another mode" 2 "--vector does not go with --sweep" "${one[@]}" --vector x "$model"
refused "no such model" 1 "/none.onnx: No such file" "${one[@]}" "$work/none.onnx"
refused "standard input" 1 "the model is to be a file" "${one[@]}" -
refused "a pipe" 1 "the model is to be a file" "${one[@]}" <(cat "$model")
refused "an unknown field" 1 '"ARAY" is no field of a machine, did you mean ARRAY?' --sweep ARAY=8 "$model"
refused "a field that follows" 1 "SIMD_WIDTH follows" --sweep SIMD_WIDTH=8 "$model"
refused "no field" 1 'is no FIELD=VALUE' --sweep =8 "$model"
refused "no values" 1 'is no FIELD=VALUE' --sweep ARRAY "$model"
for value in '' x 8x '8,' ',8' 1e2 0x10 99999999999999999999; do
	refused "a bad number: \"$value\"" 1 "is no number" --sweep "DRAM_BW=$value" "$model"
done
refused "another layout" 1 '"rows" is neither published nor column' --sweep WEIGHT_LAYOUT=rows "$model"
refused "a value twice" 1 "ARRAY: 8 is given twice" --sweep ARRAY=8,16,8 "$model"
refused "a field twice" 1 "IBUF_DEPTH is set by IBUF_DEPTH already" \
	--sweep IBUF_DEPTH=8 --sweep IBUF_DEPTH=16 "$model"
refused "a field twice, by ARRAY" 1 "ARRAY_N is set by ARRAY already" \
	"${one[@]}" --sweep ARRAY_N=16 "$model"
many=$(seq -s, 0 400)
refused "too many points" 1 "more than 100000 points" --sweep "DRAM_BW=$many" \
	--sweep "DRAM_LATENCY=$many" "$model"
huge=()
for field in CHANNEL_LATENCY DRAM_BW DRAM_LATENCY DECODE_CYCLES ARRAY_TILE_CYCLES \
	TANDEM_WORD_CYCLES TANDEM_NEST_CYCLES CLOCK_MHZ; do
	huge+=(--sweep "$field=$many")
done
refused "a product beyond 64 bits" 1 "more than 100000 points" "${huge[@]}" "$model"
refused "no processes" 2 '--jobs: "0"' "${one[@]}" --jobs 0 "$model"
refused "too many processes" 2 '--jobs: "1000"' "${one[@]}" --jobs 1000 "$model"
refused "no such machine" 1 "/none.json" "${one[@]}" --arch-file "$work/none.json" "$model"
refused "a file that is none" 1 "conv3x3_pad1.onnx: line 1" "${one[@]}" --arch-file "$model" "$model"
refused "a machine that is not legal" 1 "--arch: IBUF_DEPTH: 7" "${one[@]}" --arch IBUF_DEPTH=7 "$model"
refused "several values" 1 "one value is expected" "${one[@]}" --arch IBUF_DEPTH=8,16 "$model"
refused "no such prices" 1 "/none.json" "${one[@]}" --energy "$work/none.json" "$model"
refused "no prices" 1 "--energy: " "${one[@]}" --energy "$configs/genesys_8x8.json" "$model"
refused "no such samples" 1 "/none.npy: No such file" "${one[@]}" --calibrate "x=$work/none.npy" "$model"
GSC=$model refused "a gsc that is none" 1 "not a program" "${one[@]}" "$model"
mkdir alone && cp "$bin/gs-sim" alone && PATH=/nonexistent alone/gs-sim "${one[@]}" \
	--out alone/out "$model" >"$out" 2>"$err"
[ $? -eq 1 ] && grep -q 'no gsc, neither beside' "$err"
passed $? "no gsc"
PATH=$bin:$PATH alone/gs-sim "${one[@]}" --out alone/out "$model" >"$out" 2>"$err"
passed $? "a gsc in PATH"
"$bin/gs-sim" "${one[@]}" --shape x --out shape "$model" >"$out" 2>"$err"
[ $? -eq 1 ] && grep -q 'no point was timed; the first: .*--shape' "$err"
passed $? "an option gsc does not take"
"$bin/gs-sim" "${one[@]}" --out text "$src/README.md" >"$out" 2>"$err"
[ $? -eq 1 ] && grep -q 'no point was timed; the first: .*not a valid ONNX file' "$err" &&
	grep -q '^0,8,failed,' text/sweep.csv
passed $? "a model that is none"
finish
