#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Quantized models as inputs, as TAP.

Each test model is written as the ONNX model of QuantizeLinear and
DequantizeLinear, and that is compiled without calibration. The two model files
must have the same tensors with the same scales, and compute the same bytes in
every layer; neither may there be a warning, as all scales are given.

The models of tests/models/int8 have integers as inputs and outputs. gs-run gives
what onnxruntime answers, but for 1 where something is computed. As samples of
such an input gsc takes the same integers.
"""

import glob
import os
import subprocess
import sys
import tempfile

from setting import BIN, ROOT, Tap  # first: it skips

import numpy as np

import modelset
import npu
import tiny_onnx
from models import GSC, slice_inputs

RUN = os.path.join(BIN, "gs-run")
ARCH = os.path.join(ROOT, "hw-model/configs/genesys_16x16.json")


def trace(path, arrays):
    """(shape, scale, zero point, values) of every tensor, in order of layers"""
    steps = []

    def dump(info, data):
        steps.append((info.shape(), info.scale, info.zero_point,
                      data.tobytes()))
        return 0

    with npu.Model(ARCH, path) as device:
        outputs = device.infer(slice_inputs(device, arrays, 0), np.int8, dump)
    return steps, {name: array.tobytes() for name, array in outputs.items()}


def differences(direct, again):
    """Sentences on what differs."""
    found = [] if direct[1] == again[1] else ["the outputs differ"]
    if len(direct[0]) != len(again[0]):
        return found + [f"{len(direct[0])} tensors, {len(again[0])} of the "
                        "quantized model"]
    for i, (a, b) in enumerate(zip(direct[0], again[0])):
        if a[:3] != b[:3]:
            found.append(f"tensor {i} is {a[:3]}, of the quantized model "
                         f"{b[:3]}")
        elif a[3] != b[3]:
            found.append(f"tensor {i} has other values")
    return found


def test_model(tap, model, folder):
    qdq, direct, again = (os.path.join(folder, name)
                          for name in ("qdq.onnx", "direct.gsm", "again.gsm"))
    why = (model.compile(GSC, qdq, "-e", "qdq-onnx", "-a", ARCH) or
           model.compile(GSC, direct, "-a", ARCH))
    if not tap.result(not why, f"{model.name}: compiles", why or ""):
        return
    done = subprocess.run([GSC, qdq, "-o", again, "-a", ARCH],
                          capture_output=True, text=True)
    if not tap.result(done.returncode == 0 and not done.stderr,
                      f"{model.name}: the quantized model compiles without "
                      "calibration or warnings", done.stderr.strip()):
        return
    arrays = model.inputs()
    try:
        found = differences(trace(direct, arrays), trace(again, arrays))
    except (OSError, npu.Error) as error:
        found = [str(error)]
    tap.result(not found, f"{model.name}: the same scales and values", *found)


def signed(array):
    """What the device has of integers: uint8 less 128."""
    if array.dtype == np.uint8:
        return array.astype(np.int16) - 128
    return array.astype(np.int16)


def compare(stem, folder, files):
    """Sentences on outputs that are not as expected."""
    limit = 0 if stem.endswith("moves") else 1
    found = []
    for name, path in files.items():
        ours = np.load(os.path.join(folder, name + ".npy")).astype(np.int16)
        want = np.load(path)
        if want.dtype == np.float32:  # scale 0.25, zero point 5
            want = np.rint(want * 4 + 5).astype(np.int8)
        worst = np.abs(ours.reshape(-1) - signed(want).reshape(-1)).max()
        if worst > limit:
            found.append(f"{name} differs by {worst}")
    return found


def test_integers(tap, onnx, folder):
    stem = onnx[:-len(".onnx")]
    label = os.path.basename(stem)
    files = {path[len(stem) + 1:-len(".expect.npy")]: path
             for path in sorted(glob.glob(f"{stem}.*.expect.npy"))}
    gsm = os.path.join(folder, "ints.gsm")
    run = [RUN, "-d", f"sim:{ARCH}", gsm, "-i", f"{stem}.in.npy", "-q"]
    for name in files:
        run += ["-o", f"{name}={folder}/{name}.npy"]
    for what, command in (("compiles", [GSC, onnx, "-o", gsm, "-a", ARCH]),
                          ("runs", run)):
        done = subprocess.run(command, capture_output=True, text=True)
        if not tap.result(done.returncode == 0 and not done.stderr,
                          f"{label}: {what} without a warning",
                          done.stderr.strip()):
            return
    found = compare(stem, folder, files)
    tap.result(files and not found, f"{label}: the integers of onnxruntime",
               *found)


def test_samples(tap, folder):
    """Integers and the real values they stand for calibrate alike."""
    onnx, ints, real, first, second = (
        os.path.join(folder, name)
        for name in ("open.onnx", "ints.npy", "real.npy", "1.gsm", "2.gsm"))
    rng = np.random.RandomState(1)
    scale, zero = np.float32(0.05), np.int8(3)
    tiny_onnx.save(
        onnx, [tiny_onnx.node("DequantizeLinear", ["x", "s", "z"], "d"),
               tiny_onnx.node("Conv", ["d", "w"], "y")],
        [tiny_onnx.value("x", [1, 4, 3, 3], tiny_onnx.INT8)],
        [tiny_onnx.value("y", [1, 5, 3, 3])],
        [tiny_onnx.constant("s", scale), tiny_onnx.constant("z", zero),
         tiny_onnx.constant("w", rng.standard_normal(
             [5, 4, 1, 1]).astype(np.float32))])
    sample = rng.randint(-128, 128, [4, 4, 3, 3]).astype(np.int8)
    np.save(ints, sample)
    np.save(real, scale * (sample.astype(np.float32) - zero))
    for samples, gsm in ((ints, first), (real, second)):
        done = subprocess.run([GSC, onnx, "-c", samples, "-o", gsm, "-a", ARCH],
                              capture_output=True, text=True)
        if not tap.result(done.returncode == 0 and not done.stderr,
                          f"samples: {os.path.basename(samples)} calibrates",
                          done.stderr.strip()):
            return
    with open(first, "rb") as a, open(second, "rb") as b:
        tap.result(a.read() == b.read(),
                   "samples: integers are steps of the input")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for model in modelset.load(ROOT, sys.argv[1:]):
            test_model(tap, model, folder)
        integers = os.path.join(ROOT, "tests/models/int8/*.onnx")
        for onnx in sorted(glob.glob(integers)) if not sys.argv[1:] else ():
            test_integers(tap, onnx, folder)
        if not sys.argv[1:]:
            test_samples(tap, folder)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
