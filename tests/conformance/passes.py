#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Passes that may be left out, as TAP.

Each of them is left out alone, of models it changes, and all of them together
of every third test model. What the device computes then is compared with the outputs
of the float model in onnxruntime (NAME.expect.npy): it may be off by as much as
with all passes, and some steps of the output, as more layers round. What a pass
does is seen in the text of a graph after it, written with and without it, and in
the model file, which has other layers, words or results. All models are compiled
with --verify, which compares what the graph computes before and after each pass,
some of them for a machine of 4 bits.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

from setting import ROOT, Tap  # first: it skips

import numpy as np

import modelset
import npu
import tiny_onnx
from models import GSC, slice_inputs

ARCH = os.path.join(ROOT, "hw-model/configs/genesys_16x16.json")
# Steps more than with all passes: of a chain of layers that are not fused.
SLACK = 4
# What a pass is for: without it a narrow result has the steps of a wide one.
COARSER = {"channel_parts": 80}
# Passes that drop what they leave behind, and with it what nobody read before.
DROPS_TOO = {"dead": ["hard", "parts"]}
# Passes whose work one behind them would do in another way.
DONE_LATER = {"affine": ["fuse-chain"], "fuse": ["fuse-chain"]}

# Models that a pass changes.
CHANGES = {
    "fold": ["tiny"],
    "pads": ["pad_conv"],
    "dead": ["tiny"],
    "cse": ["tiny"],
    "hard": ["hard_swish_stage"],
    "affine": ["conv_bn_relu", "chains"],
    "fuse": ["residual_block", "conv_leaky"],
    "check": [],  # see check_check()
    "equalize": ["detector_heads"],
    "parts": ["channel_parts"],
    "ranges": ["fire_modules"],
    "first-layer": ["conv7x7_s2_pad3"],
    "fuse-pool": ["conv_relu_pool", "residual_pools"],
    "fuse-chain": ["mbconv_silu"],
    "layer-order": ["detector_heads", "concat_nested", "channel_parts"],
}


# What a pass needs to have something to do
OPTIONS = {"ranges": ["--calibration", "percentile:99"]}


class Text:
    """Nodes and tensors of the text of a graph"""

    def __init__(self, text):
        self.text = text
        self.nodes = {
            name: (op, attributes) for name, op, attributes in re.findall(
                r'^node "([^"]*)" .*?= (\w+)\([^)]*\)(.*)$', text, re.M)}
        self.ops = sorted(op for op, _ in self.nodes.values())
        self.range = {}  # of a tensor
        self.ranges = {}  # of its channels
        for name, low, high, rest in re.findall(
                r'^tensor %\d+ "([^"]*)" .* range \[(\S+), (\S+)\](.*(?:\n\t'
                r"ranges {.*})?)", text, re.M):
            self.range[name] = float(low), float(high)
            self.ranges[name] = np.array(
                [float(n) for n in re.findall(r"-?[0-9.]+(?:e-?\d+)?",
                                              rest.partition("{")[2])])


def without_ops(removed, added=()):
    """With the pass these operators are gone, and those are there."""
    def check(new, old):
        return sorted(new.ops + list(removed)) == sorted(old.ops + list(added))
    return check


def padded(new, old):
    """The Pad of (0, 1) rows and (1, 2) columns is that of both Convs."""
    return without_ops(["Pad"])(new, old) and \
        "pads=[0, 1, 1, 2]" in new.nodes["conv_2"][1] and \
        "pads=[1, 2, 2, 3]" in new.nodes["conv_3"][1] and \
        "pads=[0, 0, 0, 0]" in old.nodes["conv_2"][1]


def fused(new, old):
    """Relu, Add and Relu behind two Convs, whose names stay"""
    return without_ops(["Relu", "Add", "Relu"])(new, old) and \
        "relu fused \"batchnormalization_1,relu_2\"" in \
        new.nodes["conv_0"][1] and "relu_2" not in old.nodes["conv_0"][1] and \
        'add_5,relu_6"' in new.nodes["conv_3"][1]


def equalized(new, old):
    """Channels grow by powers of two up to 64, not beyond the widest."""
    factors = []
    for name, after in new.ranges.items():
        before = old.ranges.get(name)
        if before is not None and len(before) and len(before) == len(after):
            wide = np.abs(before) > 1e-6
            factors += [*(after[wide] / before[wide])]
            if np.abs(after).max() > np.abs(before).max() * 1.0001:
                return False
    powers = np.log2(factors)
    return np.abs(powers - powers.round()).max() < 1e-3 and \
        powers.min() > -1e-3 and 1 <= powers.max() <= 6.001


def narrowed(new, old):
    """No range is wider; of some, the percent that is left out shows."""
    shares = [(new.range[n][1] - new.range[n][0]) / (high - low)
              for n, (low, high) in old.range.items()
              if n in new.range and high > low]
    return len(shares) > 5 and max(shares) <= 1 and min(shares) < .9


def folded(new, old):
    """3 channels, 7 columns and 2 of 8 rows: 42 channels, 4 x 1 positions"""
    return "kernel_shape=[7, 7]" in old.nodes["conv_0"][1] and \
        "kernel_shape=[4, 1]" in new.nodes["conv_0"][1]


def squared(new, old):
    """The product of two constants is one."""
    return without_ops(["Mul"])(new, old) and \
        "data {0.25, 0.0625, 2.25, 1.0}" in new.text


def reordered(new, old):
    """The same nodes, another order"""
    return new.nodes == old.nodes and list(new.nodes) != list(old.nodes)


# The model, and what is seen in its graph after the pass, given that without it
SEEN = {
    "fold": ("squares", squared),
    "pads": ("pad_conv", padded),
    "dead": ("tiny", without_ops(["Sigmoid"])),
    "cse": ("tiny", without_ops(["Relu"])),
    "hard": ("hard_swish_stage", without_ops(
        3 * ["Add", "Clip", "Mul", "Div", "Mul", "Add"], 3 * ["HardSwish"])),
    "affine": ("conv_bn_relu", without_ops(["BatchNormalization"])),
    "fuse": ("residual_block", fused),
    "equalize": ("detector_heads", equalized),
    "parts": ("channel_parts", without_ops(2 * ["Slice"],
                                           ["Conv", "Resize"])),
    "ranges": ("fire_modules", narrowed),
    "first-layer": ("conv7x7_s2_pad3", folded),
    "fuse-pool": ("conv_relu_pool", without_ops(["Conv", "MaxPool"],
                                                ["ConvMaxPool"])),
    "layer-order": ("detector_heads", reordered),
}


def optional_passes():
    text = subprocess.run([GSC, "--list-passes"], check=True,
                          capture_output=True, text=True).stdout
    return [line.split()[1] for line in text.splitlines()
            if line.startswith("* ") and not line.startswith("* may")]


class Tiny:
    """y = relu(x) + relu(x) * (2 c) of a constant c; a Sigmoid that nobody reads."""

    def __init__(self, folder):
        rng = np.random.default_rng(1)
        self.name = "tiny"
        self.onnx = os.path.join(folder, "tiny.onnx")
        self.x = rng.standard_normal((4, 1, 8, 4, 4)).astype(np.float32)
        c = rng.standard_normal((1, 8, 4, 4)).astype(np.float32)
        node, value = tiny_onnx.node, tiny_onnx.value
        tiny_onnx.save(
            self.onnx,
            [node("Relu", ["x"], "a"), node("Relu", ["x"], "b"),
             node("Sigmoid", ["x"], "unused"),
             node("Mul", ["c", "two"], "d"),
             node("Mul", ["b", "d"], "m"), node("Add", ["a", "m"], "y")],
            [value("x", [1, 8, 4, 4])], [value("y", [1, 8, 4, 4])],
            [tiny_onnx.constant("c", c),
             tiny_onnx.constant("two", np.full((1, 1, 1, 1), 2, np.float32))])
        self.calib = os.path.join(folder, "tiny.calib.npy")
        np.save(self.calib, self.x)
        positive = np.maximum(self.x[0], 0)
        self.y = positive + positive * 2 * c

    def compile(self, gsc, output, *options):
        done = subprocess.run([gsc, self.onnx, "-o", output, "-c", self.calib,
                               *options], capture_output=True, text=True)
        return done.stderr if done.returncode else None

    def inputs(self):
        return {None: self.x[0]}

    def expected(self):
        return {"y": self.y}


class Squares(Tiny):
    """y = x * c^2, as text: shapes leaves nothing to fold of ONNX files."""

    def __init__(self, folder):
        super().__init__(folder)
        self.name = "squares"
        self.onnx = os.path.join(folder, "squares.fdfg")
        with open(self.onnx, "w", encoding="ascii") as out:
            out.write("""fdfg 1 after pins
graph "squares" opset 13 next 4
tensor %0 "c" float32 1x4x1x1
	data {0.5, -0.25, 1.5, -1.0}
tensor %1 "x" float32 1x4x4x4
tensor %2 "square" float32 1x4x1x1
tensor %3 "y" float32 1x4x4x4
inputs %1
outputs %3
node "mul_0" %2 = Mul(%0, %0)
node "mul_1" %3 = Mul(%1, %2)
end
""")


def expected(model):
    if hasattr(model, "expected"):
        return model.expected()
    return {name: np.load(path) for name, path in model.expect.items()}


def run(model, path):
    """Error of each output in its steps, names of the layers, all that differs."""
    with npu.Model(ARCH, path) as device:
        out = device.infer(slice_inputs(device, model.inputs(), 0))
        scale = {o.name.decode(): o.scale for o in device.outputs}
        layers = [layer.name.decode() for layer in device.layers]
        words = [layer.num_words for layer in device.layers]
    what = (layers, words, sorted(scale.items()),
            [out[name].tobytes() for name in sorted(out)])
    want = expected(model)
    return {name: float(np.abs(
        out[name].ravel() - want[name].reshape(
            -1, out[name].size)[0]).max()) / scale[name]
            for name in want}, what


class Check:
    def __init__(self, folder):
        self.tap = Tap()
        self.folder = folder
        self.all = {}

    def compiled(self, model, *options):
        path = os.path.join(self.folder, "model.gsm")
        problem = model.compile(GSC, path, "--verify", *options)
        if problem:
            raise RuntimeError(f"{model.name}: {problem}")
        return run(model, path)

    def machine(self, model, i):
        """Data and weights of 4 bits for some; not for models that have scales of 8"""
        if i % 3 != 2 or "int8" in model.onnx:
            return []
        path = os.path.join(self.folder, "four.json")
        with open(ARCH, encoding="ascii") as arch:
            fields = json.load(arch)
        fields.update(DATA_WIDTH=4, WGT_WIDTH=4)
        with open(path, "w", encoding="ascii") as out:
            json.dump(fields, out)
        return ["-a", path]

    def complete(self, model, *options):
        """With all passes"""
        key = (model.name, *options)
        if key not in self.all:
            self.all[key] = self.compiled(model, *options)
        return self.all[key]

    def without(self, model, passes, *given):
        """What is wrong without them; the model with and without"""
        options = [o for p in passes for o in ("--disable-pass", p)]
        want, before = self.complete(model, *given)
        got, after = self.compiled(model, *options)
        return [f"{model.name}: {name} is off by {got[name]:.1f} steps, with "
                f"all passes by {want[name]:.1f}"
                for name in want
                if got[name] > 2 * want[name] +
                COARSER.get(model.name, SLACK)], before, after

    def alone(self, name, models):
        problems, changed = [], False
        for model in models:
            found, before, after = self.without(
                model, [name] + DROPS_TOO.get(name, []) +
                DONE_LATER.get(name, []), *OPTIONS.get(name, []))
            problems += found
            changed |= before != after
        if name not in ("check", "fold") and not changed:
            problems.append("the model is the same without it")
        self.tap.result(not problems, f"without {name}: " +
                        ", ".join(m.name for m in models), *problems)

    def text(self, model, name, *options):
        path = os.path.join(self.folder, "graph.fdfg")
        problem = model.compile(GSC, path, "-e", "fdfg", "--after", name,
                                *options)
        if problem:
            raise RuntimeError(f"{model.name}: {problem}")
        with open(path, encoding="utf-8") as file:
            return Text(file.read())

    def seen(self, name, model):
        """In the graph after the pass"""
        new = self.text(model, name, *OPTIONS.get(name, []))
        old = self.text(model, name, "--disable-pass", name)
        good = SEEN[name][1](new, old)
        self.tap.result(good, f"{name} is seen in {model.name}", *(
            [] if good else [f"with: {new.nodes}", f"without: {old.nodes}"]))

    def check_check(self):
        """Nodes no codelet fits are told before samples are looked at."""
        path = os.path.join(self.folder, "deep.onnx")
        shape = [1, 8, 4, 4]
        tiny_onnx.save(path, [tiny_onnx.node("Elu", ["x"], "y", alpha=-1e30)],
                       [tiny_onnx.value("x", shape)],
                       [tiny_onnx.value("y", shape)])
        says = []
        for options in ([], ["--disable-pass", "check"]):
            says.append(subprocess.run(
                [GSC, path, "-o", path + ".gsm", "-c", "/nonexistent.npy",
                 *options], capture_output=True, text=True).stderr)
        self.tap.result("nonexistent" not in says[0] and says[0] and
                        "nonexistent" in says[1],
                        "check is seen before calibration", *says)


def main():
    with tempfile.TemporaryDirectory() as folder:
        models = {m.name: m for m in modelset.load(ROOT)}
        models["tiny"] = Tiny(folder)
        squares = Squares(folder)
        check = Check(folder)
        passes = optional_passes()
        check.tap.result(sorted(passes) == sorted(CHANGES),
                         "the passes that may be left out are tested")
        # fuse-chain leaves the graph as it is; alone() sees other layers.
        check.tap.result(sorted(passes) ==
                         sorted([*SEEN, "check", "fuse-chain"]),
                         "what they do is seen")
        for name in passes:
            check.alone(name, [models[m] for m in CHANGES.get(name) or
                               ["conv_bn_relu"]])
            if name in SEEN:
                check.seen(name, models.get(SEEN[name][0], squares))
        check.check_check()
        for i, model in enumerate(models.values()):
            if i % 3 or not expected(model):
                problem = model.compile(GSC, os.path.join(folder, "x"),
                                        "--verify", *check.machine(model, i))
                check.tap.result(not problem, f"{model.name} verified",
                                 problem or "")
                continue
            problems = check.without(model, passes)[0]
            check.tap.result(not problems, f"{model.name} without all of them",
                             *problems)
        for arguments, words in ((["--disable-pass", "quantize"],
                                  "pass 'quantize' cannot be left out"),
                                 (["--disable-pass", "lunch"],
                                  "no such pass")):
            problem = models["tiny"].compile(
                GSC, os.path.join(folder, "x"), *arguments) or ""
            check.tap.result(words in problem, words, problem)
        return check.tap.end()


if __name__ == "__main__":
    sys.exit(main())
