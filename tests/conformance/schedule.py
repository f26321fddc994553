#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Schedule files: what gsc --emit=schedule writes and --schedule reads.

Unchanged, the file of every test model gives the same bytes, and of some on a
machine of 4 bits. Random edits of
tiles, orders, memories and splits give the same results, or are refused with a
sentence that names file, layer and what does not fit. Fusion taken out of a file
gives layers of their own, whose results are those of fused ones but for
rounding. Each mistake has its sentence. Prints TAP; SCHEDULE_SEED=N edits others.
"""
import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from setting import BIN, BUILD, ROOT, Tap  # first: it skips

import numpy as np

import modelset
import npu

GSC = os.path.join(BIN, "gsc")
ARCH = os.path.join(ROOT, "hw-model/configs/genesys_16x16.json")
EDITED = ("conv_large_ic", "residual_block", "depthwise_fused", "mlp",
          "squeeze_excite", "conv_extent_13x17", "maxpool3x3_s2_pad1",
          "softmax10", "deconv3x3_s2", "conv_relu_pool")
ARCH_4 = os.path.join(ROOT, "hw-model/configs/design_01.json")
SMALL = ["--arch-set", "IBUF_DEPTH=32"]  # pools do not pay
EDITS = 12  # of each of these
REFUSALS = (
    r"its tile needs \d+ rows of \w+, which has \d+ for one: \d+ too many "
    r"\(\d+ bytes\)$",
    r"it cuts \d+ loops, but the array has \d+ around a tile$",
    r"\d+ (SIMD|array) words, but the machine's \w+ is \d+$",
    r"more iterators than the machine has$",
    r"more nested loops than the SIMD unit has$",
    r"\w+ is a reduction of the SIMD unit, which runs within a tile$",
)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, schedule):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(schedule, file)


def round_trip(model, work, arch=ARCH):
    """The same bytes, and the same schedule again."""
    stem = os.path.join(work, model.name + ".4" * (arch == ARCH_4))
    for output, options in ((".gsm", ()), (".json", ("-e", "schedule")),
                            (".again", ("--schedule", stem + ".json"))):
        why = model.compile(GSC, stem + output, "-a", arch, *options)
        if why:
            return [f"{model.name}: {why}"]
    same = read(stem + ".gsm") == read(stem + ".again")
    return [] if same else [f"{model.name}: other bytes"]


def test_round_trip(tap, work):
    models = modelset.load(ROOT)
    with ThreadPoolExecutor(2) as pool:
        wrong = sum(pool.map(lambda m: round_trip(m, work), models), [])
        tap.test(f"{len(models)} schedules give the same bytes", wrong)
        models = modelset.load(ROOT, EDITED)
        wrong = sum(pool.map(lambda m: round_trip(m, work, ARCH_4), models),
                    [])
        tap.test(f"{len(models)} schedules of 4 bits give the same bytes",
                 wrong)


# ---- edits ------------------------------------------------------------------

def divisors(number):
    return [d for d in range(1, number + 1) if number % d == 0]


def edit_tile(rng, layer):
    """Any tile; where that is a remainder, pieces follow."""
    extent = layer["info"]["extent"]
    for name in rng.sample(sorted(extent), min(2, len(extent))):
        layer["tile"][name] = rng.randint(1, extent[name]) \
            if rng.random() < .5 else rng.choice(divisors(extent[name]))


def edit_order(rng, layer):
    rng.shuffle(layer["order"])


def edit_memory(rng, layer):
    vectors = [name for name, memory in layer["memory"].items()
               if memory.startswith("VMEM")]
    if vectors:
        layer["memory"][rng.choice(vectors)] = rng.choice(["VMEM1", "VMEM2"])


def edit_open(rng, layer):
    """Leave something to the search."""
    del layer[rng.choice(["tile", "order", "memory", "split", "codelet",
                          "strips"])]
    for name in list(layer.get("tile", {})):
        if rng.random() < .5:
            del layer["tile"][name]


def edit(rng, schedule):
    changed = copy.deepcopy(schedule)
    layers = [la for la in changed["layers"] if la["tile"]]
    layer = rng.choice(layers)
    edits = [edit_tile, edit_order, edit_memory]
    for change in rng.sample(edits, rng.randint(1, len(edits))):
        change(rng, layer)
    if rng.random() < .2:
        layer["split"] = True
    if rng.random() < .5:
        layer["strips"] = rng.randint(1, 8)
    if rng.random() < .2:
        edit_open(rng, layer)
    return changed, layer["name"]


ILLEGAL = (r"loop \w+ stands inside the reduction \w+",
           r"the tile of \w+ is \d+, expected 1$",
           r"it is split, which needs a tile and a place in the order for "
           r"every loop$",
           r"the tile of the reduction \w+, \d+, does not divide its \d+$")


def outputs(gsm, inputs):
    with npu.Model(ARCH, gsm, BUILD) as device:
        first = {i.name.decode(): a[:i.shape()[0]] for i, a in
                 zip(device.inputs,
                     [inputs.get(i.name.decode(), inputs.get(None))
                      for i in device.inputs])}
        return device.infer(first, np.int8)


def check_edit(model, changed, layer, stem, expected):
    """None: refused; else what is wrong."""
    write(stem + ".json", changed)
    why = model.compile(GSC, stem + ".gsm", "-a", ARCH,
                        "--schedule", stem + ".json")
    if why:
        lines = [line for line in why.splitlines() if "error" in line]
        known = len(lines) == 1 and layer in lines[0] and any(
            re.search(form, lines[0]) for form in REFUSALS + ILLEGAL)
        return None if known else [f"{model.name}, {layer}: {why}"]
    try:
        results = outputs(stem + ".gsm", model.inputs())
    except npu.Error as error:
        return [f"{stem}: {error}"]
    same = all(np.array_equal(results[name], expected[name])
               for name in expected)
    return [] if same else [f"{stem}: other results"]


def test_edits(tap, work, seed):
    rng = random.Random(seed)
    for model in modelset.load(ROOT, EDITED):
        stem = os.path.join(work, model.name)
        expected = outputs(stem + ".gsm", model.inputs())
        with open(stem + ".json", encoding="utf-8") as file:
            schedule = json.load(file)
        wrong, compiled, tried = [], 0, 0
        while compiled < EDITS and tried < 20 * EDITS and not wrong:
            changed, layer = edit(rng, schedule)
            result = check_edit(model, changed, layer, f"{stem}.{tried}",
                                expected)
            tried += 1
            compiled += result == []
            wrong += result or []
        if compiled < EDITS and not wrong:
            wrong = [f"only {compiled} of {tried} edits are compiled"]
        tap.test(f"{model.name}: {EDITS} other schedules, the same results",
                 wrong)


# ---- fusion -----------------------------------------------------------------

def test_fusion(tap, work):
    model, = modelset.load(ROOT, ["residual_block"])
    stem = os.path.join(work, model.name)
    with open(stem + ".json", encoding="utf-8") as file:
        schedule = json.load(file)
    # Constants are folded in any case.
    folded = re.compile("batchnormalization")
    fused = [(la["name"], node) for la in schedule["layers"]
             for node in la["fused"] if not folded.match(node)]
    wrong = [] if len(fused) >= 3 else [f"only {fused} are fused"]
    before = [la["name"] for la in schedule["layers"]]
    expected = outputs(stem + ".gsm", model.inputs())
    apart = copy.deepcopy(schedule)
    for layer in apart["layers"]:
        layer.update(fused=list(filter(folded.match, layer["fused"])),
                     tile={}, order=[])
    write(stem + ".apart.json", apart)
    for number, options in enumerate((["--schedule", stem + ".apart.json"],
                                      ["--no-fuse", "all"])):
        path = f"{stem}.apart{number}"
        why = model.compile(GSC, path, "-a", ARCH, *options) or \
            model.compile(GSC, path + ".json", "-a", ARCH, *options, "-e",
                          "schedule")
        if why:
            wrong.append(why)
            continue
        with open(path + ".json", encoding="utf-8") as file:
            layers = json.load(file)["layers"]
        names = [la["name"] for la in layers]
        if not number:  # a layer that was not in the file may take others
            names += [n for la in layers if la["name"] not in before
                      for n in la["fused"]]
        wrong += [f"{node} is no layer" for _, node in fused
                  if node not in names]
        results = outputs(path, model.inputs())
        far = max(int(np.abs(results[n].astype(int) - expected[n]).max())
                  for n in expected)
        if far > 2:
            wrong.append(f"results are {far} steps apart")
    tap.test("without fusion, layers of their own", wrong)


def test_one_fusion(tap, work):
    """Taken out of one layer, all that the file says of the others still counts."""
    model, = modelset.load(ROOT, ["memory_chain"])
    stem = os.path.join(work, model.name)
    with open(stem + ".json", encoding="utf-8") as file:
        before = json.load(file)
    wrong = []
    for number, layer in enumerate(before["layers"]):
        if not layer["fused"]:
            continue
        changed = copy.deepcopy(before)
        changed["layers"][number]["fused"] = []
        layers, why = layers_of(model, stem, changed)
        missing = {la["name"] for la in before["layers"]} - \
            {la["name"] for la in layers or []}
        if missing:
            wrong.append(f"{layer['name']}: {why or sorted(missing)}")
    tap.test("one fusion out of a whole file", wrong)


CONV = ": layers[0]: schedule of conv_0: "


def test_fused(tap, work):
    """What cannot be fused, or cannot but be, is told with what is expected."""
    for name, before, fused, words in (
            ("conv_bn_relu", ["batchnormalization_1", "relu_2"], ["relu_2"],
             '"fused" is "relu_2", expected "batchnormalization_1,relu_2": '
             "batchnormalization_1 is part of it in any case"),
            ("conv_bn_relu", ["batchnormalization_1", "relu_2"],
             ["relu_2", "batchnormalization_1"],
             '"fused" is "relu_2,batchnormalization_1", expected '
             '"batchnormalization_1,relu_2": nodes stand in the order they '
             "run in"),
            ("conv_bn_relu", ["batchnormalization_1", "relu_2"],
             ["batchnormalization_1", "relu_2", "relu_3"],
             '"fused" is "batchnormalization_1,relu_2,relu_3", expected '
             '"batchnormalization_1,relu_2": relu_3 cannot become part of it'
             )):
        model, = modelset.load(ROOT, [name])
        stem = os.path.join(work, model.name)
        schedule = json.loads(read(stem + ".json"))
        wrong = []
        if schedule["layers"][0]["fused"] != before:
            wrong.append(f"fused: {schedule['layers'][0]['fused']}")
        schedule["layers"][0]["fused"] = fused
        write(stem + ".fused.json", schedule)
        why = model.compile(GSC, stem + ".fused", "-a", ARCH, "--schedule",
                            stem + ".fused.json")
        if CONV + words not in (why or ""):
            wrong.append(f"{why}")
        tap.test(f"{name}: {','.join(fused)}", wrong)


def layers_of(model, stem, changed, *options):
    """Layers of a schedule that was changed, or why there are none."""
    write(stem + ".pool.json", changed)
    for output, kind in ((".pool", "gsm"), (".pool.out", "schedule")):
        why = model.compile(GSC, stem + output, "-a", ARCH, "--schedule",
                            stem + ".pool.json", "-e", kind, *options)
        if why:
            return None, why
    return json.loads(read(stem + ".pool.out"))["layers"], ""


def test_pool(tap, work):
    """A pool that is a part of a Conv can be taken out and put in again."""
    model, = modelset.load(ROOT, ["conv_relu_pool"])
    stem = os.path.join(work, model.name)
    schedule = json.loads(read(stem + ".json"))
    expected = outputs(stem + ".gsm", model.inputs())
    conv = schedule["layers"][0]
    wrong = []
    if conv["fused"] != ["relu_1", "maxpool_2"]:
        wrong.append(f"fused: {conv['fused']}")
    fused = {"name": "conv_0", "fused": ["relu_1", "maxpool_2"]}
    for layer, options, names in (
            ({"name": "conv_0", "fused": ["relu_1"]}, [],
             ["conv_0", "maxpool_2"]),
            ({"name": "conv_0", "codelet": "conv"}, [],
             ["conv_0", "maxpool_2"]),
            ({}, ["--no-fuse", "maxpool_2"], ["conv_0", "maxpool_2"]),
            ({}, SMALL, ["conv_0", "maxpool_2"]), (fused, SMALL, ["conv_0"])):
        layers, why = layers_of(model, stem, {
            "version": 1, "layers": [layer] if layer else []}, *options)
        if why or [la["name"] for la in layers] != names:
            wrong.append(f"{layer} {options}: {why or layers}")
            continue
        results = outputs(stem + ".pool", model.inputs()) \
            if options != SMALL else expected
        wrong += [f"{layer} {options}: other results" for n in expected
                  if not np.array_equal(results[n], expected[n])]
    _, why = layers_of(model, stem, {"version": 1, "layers": [
        dict(fused, codelet="conv")]})
    if CONV + '"fused" is "relu_1,maxpool_2", expected "relu_1": ' \
            "maxpool_2 cannot become part of it" not in (why or ""):
        wrong.append(f"a pool in conv: {why}")
    tap.test("a pool out of its Conv and in again", wrong)


def test_effort(tap, work):
    """That of the file counts, but for that of the option."""
    model, = modelset.load(ROOT, ["conv_large_ic"])
    stem = os.path.join(work, model.name)
    low = {"version": 1, "effort": 0}
    write(stem + ".low.json", low)
    file = ["--schedule", stem + ".low.json"]
    texts = []
    wrong = []
    for number, options in enumerate((
            ["--effort", "0"], file, ["--effort", "3"],
            file + ["--effort", "3"])):
        why = model.compile(GSC, stem + ".effort", "-a", ARCH, "-e",
                            "schedule", *options)
        texts.append("" if "error" in (why or "") else
                     read(stem + ".effort"))
        wrong += [why] if not texts[-1] else []
        if f'"effort": {number // 2 * 3},'.encode() not in texts[-1]:
            wrong.append(f"{options}: {texts[-1][:80]}")
    wrong += [f"{i}: other schedules" for i in (0, 2)
              if texts[i] != texts[i + 1]]
    tap.test("effort of the file and of the option", wrong)


def test_gain(tap, work):
    """Effort 3 tells the cycles of all layers, equal ones as often as they are."""
    model, = modelset.load(ROOT, ["memory_chain"])
    output = os.path.join(work, model.name + ".gain")
    said, timed = (subprocess.run(command, capture_output=True, text=True,
                                  env=modelset.environment()) for command in (
        [GSC, model.onnx, "-c", model.calib[None], "-a", ARCH, "--effort", "3",
         "-o", output],
        [os.path.join(BUILD, "bin/gs-sim"), "--timing-only", output]))
    said, timed = said.stderr, timed.stdout
    told = re.search(r"effort 3: searched layers take (\d+) cycles, (\d+) with "
                     r"effort 1: \d\.\d\d % less", said)
    total = re.search(r": (\d+) cycles", timed)
    # What is missing is the fetch of the first block.
    good = told and total and int(told[1]) <= int(told[2]) and \
        0 < int(total[1]) - int(told[1]) < 200
    tap.test("what effort 3 gained", [] if good else [said, timed[:100]])


# ---- the order of layers ----------------------------------------------------

def names_of(schedule):
    return [la["name"] for la in schedule["layers"]]


def follow(model, stem, layers, expected):
    """A schedule of these layers, and nothing but names: what is wrong."""
    write(stem + ".ordered.json", {
        "version": 1, "layers": [{"name": name} for name in layers]})
    for output, kind in ((".ordered", "gsm"), (".ordered.out", "schedule")):
        why = model.compile(GSC, stem + output, "-a", ARCH, "--schedule",
                            stem + ".ordered.json", "-e", kind)
        if why:
            return [why]
    order = names_of(json.loads(read(stem + ".ordered.out")))
    wrong = [] if [n for n in order if n in layers] == layers else \
        [f"{order} for {layers}"]
    results = outputs(stem + ".ordered", model.inputs())
    return wrong + [f"{layers}: other results" for n in expected
                    if not np.array_equal(results[n], expected[n])]


def test_layer_order(tap, work):
    """The file's order counts: of all layers, of some; that of the model, too."""
    model, = modelset.load(ROOT, ["detector_heads"])
    stem = os.path.join(work, model.name)
    found = names_of(json.loads(read(stem + ".json")))
    expected = outputs(stem + ".gsm", model.inputs())
    wrong, given = [], []
    for options in (["--disable-pass", "layer-order"], ["--effort", "0"]):
        model.compile(GSC, stem + ".given", "-a", ARCH, "-e", "schedule",
                      *options)
        given.append(names_of(json.loads(read(stem + ".given"))))
    if given[0] != given[1] or given[0] == found or \
            sorted(given[0]) != sorted(found):
        wrong.append(f"{given} and {found}")
    for layers in (given[0], found, given[0][::2], found[::3], found[:1]):
        wrong += follow(model, stem, layers, expected)
    first, last = given[0][0], given[0][-1]
    form = re.compile(r"ordered.json: layers\[0\]: schedule of " +
                      re.escape(last) + ": it needs layer " +
                      re.escape(first) + " first, which stands behind it$")
    for layers in ([last, first], given[0][::-1]):
        why = "".join(follow(model, stem, layers, expected))
        if why.count("error") != 1 or not re.search(
                form if len(layers) == 2 else "it needs layer", why):
            wrong.append(f"{layers}: {why}")
    tap.test("layers in the order of the file, or refused", wrong)


# ---- mistakes ---------------------------------------------------------------

def field(path, value):
    """A change of one field of the file; None removes it."""
    def change(schedule):
        at = schedule
        for step in path[:-1]:
            at = at[step]
        if value is None:
            del at[path[-1]]
        else:
            at[path[-1]] = value
    return change


LAYER = ["layers", 0]
# What is changed in the schedule of conv_large_ic: 192 to 64 channels, 9 x 9
MISTAKES = (
    (field(["version"], 2), ": version: is 2, expected 1"),
    (field(["version"], None), ": has no version"),
    (field(["layer"], []), ": layer: is no field of a schedule"),
    (field(["layers"], {}), ": layers: is object, expected a list of layers"),
    (field(["effort"], 4), ": effort: is 4, expected 0 to 3"),
    (field(["effort"], "1"), ": effort: is string, expected a whole number"),
    (field(["buffers", "IBUFF"], 3),
     ": buffers.IBUFF: is no field of the buffers"),
    (field(["buffers", "IBUF"], 0),
     ": buffers.IBUF: is 0, expected 1 to 4294967295"),
    (field(LAYER + ["tile", "oh"], 1 << 32),
     ": layers[0].tile.oh: is 4294967296, expected 1 to 4294967295"),
    (field(["buffers", "IBUF"], 4097),
     ": buffers.IBUF: a tile may have 4097 rows, but machine genesys_16x16 "
     "has 4096"),
    (field(LAYER + ["name"], "conv_9"),
     ": layers[0]: schedule of conv_9: there is no such layer"),
    (field(LAYER + ["name"], None), ": layers[0]: has no name"),
    (field(LAYER + ["name"], 7), ": layers[0].name: is int, expected a text"),
    (field(LAYER + ["tiles"], {}),
     ": layers[0].tiles: is no field of a layer"),
    (field(LAYER + ["codelet"], "relu"),
     CONV + "no codelet relu fits this node (Conv)"),
    (field(["machine"], 3),
     ": machine: is int, expected a machine or its name"),
    (field(["machine", "ARRAY_N"], 17), ": machine: ARRAY_N: 17 must be"),
    (field(LAYER + ["tile", "oh"], "4"),
     ": layers[0].tile.oh: is string, expected a whole number"),
    (field(LAYER + ["tile", "oh"], 0),
     ": layers[0].tile.oh: is 0, expected 1 to 4294967295"),
    (field(LAYER + ["tile", "oh"], 10),
     CONV + "the tile of oh is 10, expected 1 to 9"),
    (field(LAYER + ["tile", "od"], 1), CONV + "codelet conv has no loop od"),
    (field(LAYER + ["tile", "ic"], 5),
     CONV + "the tile of the reduction ic, 5, does not divide its 12"),
    (field(LAYER + ["order"], "oc"),
     ": layers[0].order: is string, expected a list of loops"),
    (field(LAYER + ["order", 0], "oh"),
     ": layers[0].order[2]: loop oh comes twice"),
    (field(LAYER + ["order", 0], "od"), CONV + "codelet conv has no loop od"),
    (field(LAYER + ["order"], ["ic", "oc"]),
     CONV + "loop oc stands inside the reduction ic"),
    (lambda s: s["layers"][0].update(split=True, order=[]),
     CONV + "it is split, which needs a tile and a place in the order"),
    (field(LAYER + ["strips"], 9), CONV + "9 strips, expected at most 8"),
    (field(LAYER + ["split"], 1),
     ": layers[0].split: is int, expected true or false"),
    (field(LAYER + ["memory", "y"], "OBUF"),
     CONV + "operand y is in VMEM1 and cannot be in OBUF"),
    (field(LAYER + ["memory", "x"], "VMEM1"),
     CONV + "operand x is in IBUF and cannot be in VMEM1"),
    (field(LAYER + ["memory", "q"], "VMEM1"),
     CONV + "codelet conv has no operand q"),
    (field(LAYER + ["fused"], ["relu_1"]),
     CONV + '"fused" is "relu_1", expected "": relu_1 cannot become part'),
    (field(LAYER + ["fused"], [1]),
     ": layers[0].fused[0]: is int, expected a text"),
    (lambda s: s["layers"].append(s["layers"][0]),
     ': layers[1].name: "conv_0" is a layer above'),
    (lambda s: s["buffers"].update(WBUF=27),
     CONV + "its tile needs {rows} rows of WBUF, which has 27 for one: "
     "{over} too many ({bytes} bytes)"),
)


def test_mistakes(tap, work):
    model, = modelset.load(ROOT, ["conv_large_ic"])
    stem = os.path.join(work, model.name)
    with open(stem + ".json", encoding="utf-8") as file:
        schedule = json.load(file)
    rows = schedule["layers"][0]["info"]["rows"]["w"]
    facts = {"rows": rows, "over": rows - 27, "bytes": (rows - 27) * 256}
    path = stem + ".wrong.json"
    for change, words in MISTAKES:
        changed = copy.deepcopy(schedule)
        change(changed)
        write(path, changed)
        words = words.format(**facts) if "{rows}" in words else words
        if words.startswith(":"):
            words = path + words
        why = model.compile(GSC, stem + ".wrong", "-a", ARCH,
                            "--schedule", path)
        good = why and words in why and why.count("error:") == 1 and \
            not os.path.exists(stem + ".wrong")
        tap.test(f"refused: {words.replace(path, 'FILE')[:70]}",
                 [] if good else [f"wanted {words}", f"{why}"])


# A machine in the schedule of conv_large_ic, and what is said of it: ARCH has
# 16 x 16 and 512 bits; the tiles fit, so it is compiled all the same.
MACHINES = (
    (lambda s: None, ""),
    (field(["machine"], None), ""),
    (field(["machine"], ""), ""),
    (field(["machine"], "genesys_16x16"), ""),
    (field(["machine", "name"], "mine"), ""),
    (field(["machine", "CLOCK_MHZ"], 500), ""),
    (field(["machine"], "mine"),
     "warning: {path}: the schedule was made for another machine, mine "
     "(this one is genesys_16x16): what fits may be slow, what does not is refused"),
    (field(["machine", "VMEM_DEPTH"], 2048),
     "warning: {path}: the schedule was made for another machine, "
     "genesys_16x16 (VMEM_DEPTH 2048, here 1024): what fits"),
    (field(["machine", "CHANNEL_LATENCY"], 50),
     "machine, genesys_16x16 (CHANNEL_LATENCY 50, here default): what fits"),
    (lambda s: s["machine"].update(ARRAY_N=32, ARRAY_M=32, OBUF_DEPTH=512,
                                   IBUF_CHANNEL_BW=256, name=""),
     "machine (ARRAY_N 32, here 16; ARRAY_M 32, here 16; OBUF_DEPTH 512, "
     "here 2048; 1 more differ): what fits"),
    # All of a larger memory is no limit here.
    (lambda s: (s["machine"].update(IBUF_DEPTH=16384),
                s["buffers"].update(IBUF=8192)),
     "(IBUF_DEPTH 16384, here 8192): what fits"),
)


def test_machines(tap, work):
    model, = modelset.load(ROOT, ["conv_large_ic"])
    stem = os.path.join(work, model.name)
    path = stem + ".machine.json"
    wrong = []
    for change, words in MACHINES:
        changed = json.loads(read(stem + ".json"))
        change(changed)
        write(path, changed)
        samples, = model.calib.values()
        done = subprocess.run([GSC, model.onnx, "-a", ARCH, "-c", samples,
                               "--schedule", path, "-o", stem + ".machine"],
                              capture_output=True, text=True)
        words = words.format(path=path)
        if done.returncode or words not in done.stderr or \
                done.stderr.count("warning:") != bool(words):
            wrong.append(f"wanted {words or 'nothing'}: {done.stderr}")
        elif read(stem + ".machine") != read(stem + ".gsm"):
            wrong.append(f"{words}: another model")
    tap.test("a schedule of another machine is told, and used", wrong)


OPTIONS = (
    (["--tile", "conv_0:oh=2,oc=1", "--order", "conv_0:oh,ow,oc"],
     ["tile", "oh", 2, "tile", "oc", 1, "order", 0, "oh"]),
    (["--tile", "c*:ow=3"], ["tile", "ow", 3]),
    (["--tile", "?onv_0:oh=99"], ["tile", "oh", 9]),
    (["--order", "*:ow,oc"], ["order", 0, "ow", "order", 1, "oc"]),
    (["--tile", "*:oh=1", "--tile", "conv_0:oh=3"], ["tile", "oh", 3]),
    (["--arch-set", "WBUF_DEPTH=64"], ["tile", "ic", 3]),
)


def test_options(tap, work):
    model, = modelset.load(ROOT, ["conv_large_ic"])
    stem = os.path.join(work, model.name)
    for options, facts in OPTIONS:
        wrong = []
        for extra in ([], ["--schedule", stem + ".json"]):
            if extra and options[0] == "--arch-set":
                continue
            why = model.compile(GSC, stem + ".opt", "-a", ARCH, *options,
                                *extra, "-e", "schedule")
            if why:
                wrong.append(why)
                continue
            layer = json.loads(read(stem + ".opt"))["layers"][0]
            for i in range(0, len(facts), 3):
                if layer[facts[i]][facts[i + 1]] != facts[i + 2]:
                    wrong.append(f"{facts[i:i + 3]}: {layer[facts[i]]}")
        tap.test(" ".join(options), wrong)


def main():
    tap = Tap()
    print(f"1..{12 + len(EDITED) + len(MISTAKES) + len(OPTIONS)}")
    with tempfile.TemporaryDirectory(prefix="schedule.") as work:
        test_round_trip(tap, work)
        test_edits(tap, work, int(os.environ.get("SCHEDULE_SEED", "1")))
        test_fusion(tap, work)
        test_one_fusion(tap, work)
        test_fused(tap, work)
        test_pool(tap, work)
        test_effort(tap, work)
        test_gain(tap, work)
        test_layer_order(tap, work)
        test_mistakes(tap, work)
        test_machines(tap, work)
        test_options(tap, work)
    return bool(tap.failed)


if __name__ == "__main__":
    sys.exit(main())
