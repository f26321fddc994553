#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Passes that may be left out, as TAP.

Each of them is left out alone, of models it changes, and all of them together
of every third test model. What the device computes then is compared with the outputs
of the float model in onnxruntime (NAME.expect.npy): it may be off by as much as
with all passes, and some steps of the output, as more layers round. That a pass
does something is seen by the layers of the model file. All models are compiled
with --verify, which compares what the graph computes before and after each pass,
some of them for a machine of 4 bits.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np

import modelset
import npu
import tiny_onnx
from models import GSC, ROOT, slice_inputs
from tap import Tap  # of tests/scripts, which models has added

ARCH = os.path.join(ROOT, "hw-model/configs/genesys_16x16.json")
# Steps more than with all passes: of a chain of layers that are not fused.
SLACK = 4
# What a pass is for: without it a narrow result has the steps of a wide one.
COARSER = {"channel_parts": 80}
# Passes that drop what they leave behind, and with it what nobody read before.
DROPS_TOO = {"dead": ["hard", "parts"]}

# Models that a pass changes.
CHANGES = {
    "fold": ["tiny"],
    "pads": ["pad_conv"],
    "dead": ["tiny"],
    "cse": ["tiny"],
    "hard": ["hard_swish_stage"],
    "affine": ["conv_bn_relu", "chains"],
    "fuse": ["residual_block", "conv_leaky"],
    "check": [],
    "equalize": ["detector_heads"],
    "parts": ["channel_parts"],
    "ranges": [],
    "first-layer": ["conv7x7_s2_pad3"],
    "fuse-pool": ["conv_relu_pool"],
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
             node("Mul", ["b", "c"], "m"), node("Add", ["a", "m"], "y")],
            [value("x", [1, 8, 4, 4])], [value("y", [1, 8, 4, 4])],
            [tiny_onnx.constant("c", c)])
        self.calib = os.path.join(folder, "tiny.calib.npy")
        np.save(self.calib, self.x)
        positive = np.maximum(self.x[0], 0)
        self.y = positive + positive * c

    def compile(self, gsc, output, *options):
        done = subprocess.run([gsc, self.onnx, "-o", output, "-c", self.calib,
                               *options], capture_output=True, text=True)
        return done.stderr if done.returncode else None

    def inputs(self):
        return {None: self.x[0]}

    def expected(self):
        return {"y": self.y}


def expected(model):
    if hasattr(model, "expected"):
        return model.expected()
    return {name: np.load(path) for name, path in model.expect.items()}


def run(model, path):
    """Error of each output in its steps, and names of the layers."""
    with npu.Model(ARCH, path) as device:
        out = device.infer(slice_inputs(device, model.inputs(), 0))
        scale = {o.name.decode(): o.scale for o in device.outputs}
        layers = [layer.name.decode() for layer in device.layers]
    want = expected(model)
    return {name: float(np.abs(
        out[name].ravel() - want[name].reshape(
            -1, out[name].size)[0]).max()) / scale[name]
            for name in want}, layers


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

    def complete(self, model):
        """With all passes"""
        if model.name not in self.all:
            self.all[model.name] = self.compiled(model)
        return self.all[model.name]

    def without(self, model, passes):
        """What is wrong without them; the layers with and without"""
        options = [o for p in passes for o in ("--disable-pass", p)]
        want, before = self.complete(model)
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
                model, [name] + DROPS_TOO.get(name, []))
            problems += found
            changed |= before != after
        if name in ("pads", "hard", "affine", "fuse", "dead", "cse", "parts",
                    "fuse-pool") and not changed:
            problems.append("the layers are the same without it")
        self.tap.result(not problems, f"without {name}: " +
                        ", ".join(m.name for m in models), *problems)


def main():
    with tempfile.TemporaryDirectory() as folder:
        models = {m.name: m for m in modelset.load(ROOT)}
        models["tiny"] = Tiny(folder)
        check = Check(folder)
        passes = optional_passes()
        check.tap.result(sorted(passes) == sorted(CHANGES),
                         "the passes that may be left out are tested")
        for name in passes:
            check.alone(name, [models[m] for m in CHANGES.get(name) or
                               ["conv_bn_relu"]])
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
