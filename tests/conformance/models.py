#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Compiled models against the goldens of tests/models/golden, as TAP.

With --bits 4 those of tests/models/golden4, each model on one machine of 4-bit
data and weights.

Every layer is judged alone: its inputs are replaced by the golden values
first, so that its result may differ from onnxruntime's by 1 at most. Of the
free-running model the outputs may differ by 4, and the float result must be
15 dB (of 4 bits: 4 dB) above its difference from that of the float model.

A layer that is a chain of nodes (codelet A+B) rounds between them as if they
were apart. So they are judged apart, and the chain must give the same bytes.
"""

import hashlib
import json
import os
import sys
import tempfile

from setting import BIN, ROOT, Tap  # first: it skips

import numpy as np

import modelset
import npu

GSC = os.path.join(BIN, "gsc")
MACHINES = ("genesys_8x8", "genesys_16x16", "genesys_32x32", "fpga4x4",
            "benchmark_64x64")
MACHINES_4 = ("design_01", "design_05", "design_11")
MAX_DIFFERENCE = 1
MAX_FREE_DIFFERENCE = 4
MIN_DECIBEL = {8: 15, 4: 4}
# How far a scale may be from the golden's: a float's rounding.
SCALE_TOLERANCE = 1e-6
REGENERATE = ("the compiler's quantization changed since the goldens were "
              "made: regenerate with scripts/make_goldens.sh")


class Golden:
    """The int8 tensors of one model."""

    def __init__(self, model, bits=8):
        if bits == 4:
            with np.load(model.golden4) as packed:
                golden = json.loads(str(packed["index"]))
                self.arrays = {
                    name: packed[entry["file"]]
                    for name, entry in golden["tensors"].items()}
        else:
            with open(os.path.join(model.golden, "index.json")) as index:
                golden = json.load(index)
            self.arrays = {
                name: np.load(os.path.join(model.golden, entry["file"]))
                for name, entry in golden["tensors"].items()}
        self.entries = golden["tensors"]
        self.qdq_sha256 = golden["qdq_sha256"]

    @staticmethod
    def origin(name):
        """The tensor a copy made for one reader has its values of."""
        return name.split("/for/")[0]

    @staticmethod
    def is_step(name):
        """Whether a tensor is a step on the way to one of the model's."""
        return "/via/" in name

    def find(self, name):
        """Key of a device tensor's golden, or None."""
        if name in self.entries:
            return name
        return self.origin(name) if self.origin(name) in self.entries else None

    def values(self, info, sample):
        """Elements of one sample."""
        array = self.arrays[self.find(info.name.decode())]
        return array.reshape(-1, info.elems)[sample]

    def samples(self, info):
        return self.arrays[info.name.decode()].size // info.elems

    def changes(self, device):
        """What the device's quantization and the goldens' differ in."""
        found = []
        for info in device.tensors:
            name = info.name.decode()
            key = self.find(name)
            if self.is_step(name):
                continue
            if not key:
                found.append(f"{name} has no golden")
                continue
            scale = self.entries[key]["scale"]
            zero = self.entries[key]["zero_point"]
            if abs(info.scale - scale) > SCALE_TOLERANCE * scale or \
                    info.zero_point != zero:
                found.append(f"{name} has scale {info.scale:.9g}, zero point "
                             f"{info.zero_point}, in the golden {scale:.9g}, "
                             f"{zero}")
        return found


class Difference:
    """Of one tensor, over all samples."""

    def __init__(self, label):
        self.label = label
        self.values = self.off = self.worst = 0

    def add(self, ours, golden):
        apart = np.abs(ours.astype(np.int16) - golden.astype(np.int16))
        self.values += apart.size
        self.off += int(np.count_nonzero(apart))
        self.worst = max(self.worst, int(apart.max(initial=0)))

    def __str__(self):
        return (f"{self.label}: {self.off} of {self.values} values differ, "
                f"by {self.worst} at most")


def label(device, info):
    name = info.name.decode()
    if info.layer >= len(device.layers):
        return f"{name} (input)"
    layer = device.layers[info.layer]
    return f"{name} ({layer.op.decode()}, {layer.note.decode()})"


def run_isolated(device, golden, inputs, sample):
    """Differences by tensor, each layer's inputs being golden."""
    differences = {}

    def dump(info, data):
        if golden.is_step(info.name.decode()):
            return 0
        expected = golden.values(info, sample)
        difference = Difference(label(device, info))
        difference.add(data, expected)
        differences[info.name] = difference
        data[:] = expected
        return npu.DUMP_REPLACE

    device.infer(inputs, dump=dump)
    return differences


def slice_inputs(device, arrays, sample):
    """One sample of every input, by the names of the device."""
    sliced = {}
    for info in device.inputs:
        name = info.name.decode()
        stack = arrays[name if name in arrays else None]
        sliced[name] = stack.reshape(-1, *info.shape())[sample]
    return sliced


def explain(model, golden, arch, folder):
    """Of what is wrong: [REGENERATE] unless gsc quantizes to the very model of the goldens."""
    path = os.path.join(folder, "qdq.onnx")
    if not model.compile(GSC, path, "-a", arch, "-e", "qdq-onnx"):
        with open(path, "rb") as data:
            if hashlib.sha256(data.read()).hexdigest() == golden.qdq_sha256:
                return []
    return [REGENERATE]


def test_layers(tap, name, device, golden, arrays, samples, why):
    """@why: called for remarks when a layer differs"""
    totals = {}
    for sample in range(samples):
        inputs = slice_inputs(device, arrays, sample)
        for key, one in run_isolated(device, golden, inputs, sample).items():
            total = totals.setdefault(key, Difference(one.label))
            total.values += one.values
            total.off += one.off
            total.worst = max(total.worst, one.worst)
    missing = {t.name for t in device.tensors
               if not golden.is_step(t.name.decode())} - set(totals)
    bad = [str(d) for d in totals.values() if d.worst > MAX_DIFFERENCE]
    bad += [f"{key.decode()} was not shown" for key in sorted(missing)]
    if bad:
        bad += why()
    off = sum(d.off for d in totals.values())
    values = sum(d.values for d in totals.values())
    tap.result(not bad, f"{name}: each layer within {MAX_DIFFERENCE} of "
               "onnxruntime", *bad, f"{off} of {values} values differ")


def test_free(tap, name, device, golden, arrays, samples):
    """Difference of the outputs when nothing is replaced."""
    total = Difference("outputs")
    for sample in range(samples):
        out = device.infer(slice_inputs(device, arrays, sample), np.int8)
        for info in device.outputs:
            total.add(out[info.name.decode()].reshape(-1),
                      golden.values(info, sample))
    tap.result(total.worst <= MAX_FREE_DIFFERENCE, f"{name}: outputs within "
               f"{MAX_FREE_DIFFERENCE} when it runs free", str(total))


def decibel(expected, difference):
    noise = float(np.sum(np.square(difference, dtype=np.float64)))
    signal = float(np.sum(np.square(expected, dtype=np.float64)))
    return np.inf if noise == 0 else 10 * np.log10(max(signal, 1e-30) / noise)


def test_float(tap, name, model, device, arrays, least):
    """Free-running float outputs; samples beyond calibration do not occur."""
    out = device.infer(slice_inputs(device, arrays, 0))
    levels = {}
    for info in device.outputs:
        key = info.name.decode()
        if key in model.expect:
            expected = np.load(model.expect[key])
            levels[key] = decibel(expected, out[key] - expected)
    tap.result(len(levels) == len(model.expect) and
               all(level > least for level in levels.values()),
               f"{name}: float outputs {least} dB above their error",
               ", ".join(f"{k}: {v:.1f} dB" for k, v in levels.items()))


def test_compiled(tap, name, model, device, arch, bits, folder):
    golden, arrays = Golden(model, bits), model.inputs()
    changes = golden.changes(device)
    if not tap.result(not changes, f"{name}: quantized as the golden",
                      *changes, *([REGENERATE] if changes else [])):
        return
    samples = golden.samples(device.inputs[0])
    test_layers(tap, name, device, golden, arrays, samples,
                lambda: explain(model, golden, arch, folder))
    test_free(tap, name, device, golden, arrays, samples)
    if model.expect:
        test_float(tap, name, model, device, arrays, MIN_DECIBEL[bits])


def dump_all(device, inputs):
    """Every tensor of the machine, by name."""
    tensors = {}

    def dump(info, data):
        tensors[info.name.decode()] = data.copy()
        return 0

    device.infer(inputs, dump=dump)
    return tensors


def judge_chains(chained, apart, inputs):
    """Where chains give something else than their nodes one after the other."""
    have, want = dump_all(chained, inputs), dump_all(apart, inputs)
    return [f"{key} is not what the nodes of its chain give"
            for key, data in have.items()
            if not np.array_equal(data, want.get(key))] + \
        ([] if have else ["nothing was shown"])


def has_chains(device):
    """Notes begin with the codelet."""
    return any("+" in layer.note.decode().split(":")[0]
               for layer in device.layers)


def test_model(tap, model, machine, bits, folder):
    name = f"{model.name} {machine.removeprefix('genesys_')}"
    arch = os.path.join(ROOT, "hw-model/configs", machine + ".json")
    path = os.path.join(folder, "model.gsm")
    apart = os.path.join(folder, "apart.gsm")
    why = model.compile(GSC, path, "-a", arch)
    if not tap.result(not why, f"{name}: compiles", why or ""):
        return
    try:
        with npu.Model(arch, path) as device:
            if not has_chains(device):
                test_compiled(tap, name, model, device, arch, bits, folder)
                return
            why = model.compile(GSC, apart, "-a", arch, "--disable-pass",
                                "fuse-chain")
            if why:
                raise OSError(why)
            with npu.Model(arch, apart) as alone:
                test_compiled(tap, name, model, alone, arch, bits, folder)
                wrong = judge_chains(device, alone, slice_inputs(
                    device, model.inputs(), 0))
                tap.result(not wrong, f"{name}: chains have the bytes of their "
                         "nodes", *wrong)
    except (OSError, npu.Error) as error:
        tap.result(False, f"{name}: runs", str(error))


def main():
    tap = Tap()
    names = sys.argv[1:]
    bits = 4 if names[:2] == ["--bits", "4"] else 8
    with tempfile.TemporaryDirectory() as folder:
        models = modelset.load(ROOT, names[2:] if bits == 4 else names)
        for number, model in enumerate(models):
            machines = MACHINES if bits == 8 else \
                MACHINES_4[number % len(MACHINES_4):][:1]
            for machine in machines:
                test_model(tap, model, machine, bits, folder)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
