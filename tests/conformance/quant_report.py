#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gsc --quant-report against the device, and what --calibration does.

Each model of tests/models/ops is calibrated with the one sample its recorded
float results are of. What the report says of the model's outputs is computed
again from those results and from what the compiled model answers on the
device; the two quantized answers may differ in ties, by one step. Of other
calibration methods the range of each activation is compared with what they
promise. Prints TAP; exit status 77 where numpy cannot be had.
"""

import csv
import glob
import math
import os
import subprocess
import sys
import tempfile

from setting import BIN, BUILD, ROOT, Tap  # first: it skips

import numpy as np

from modelset import REFUSED, SHAPES
import npu

OPS = os.path.join(ROOT, "tests/models/ops")
ARCH = os.path.join(ROOT, "hw-model/configs/genesys_16x16.json")


def inputs_of(name, kind):
    """Options that name the model's sample: one input, or several by name."""
    one = os.path.join(OPS, f"{name}.{kind}.npy")
    if os.path.exists(one):
        return {None: one}
    return {os.path.basename(path)[len(name) + 1:-len(f".{kind}.npy")]: path
            for path in glob.glob(os.path.join(OPS, f"{name}.*.{kind}.npy"))}


def compile_model(name, out, *options, kind="in"):
    command = [os.path.join(BIN, "gsc"), os.path.join(OPS, name + ".onnx"),
               "-o", out + ".gsm", "--quant-report", out + ".csv", *options]
    for shape in SHAPES.get(name, ()):
        command += ["-s", shape]
    for tensor, path in inputs_of(name, kind).items():
        command += ["-c", path if tensor is None else f"{tensor}={path}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    with open(out + ".csv", newline="") as f:
        return list(csv.DictReader(f))


def decibels(real, got):
    noise = float(np.sum((got - real) ** 2))
    return 10 * math.log10(float(np.sum(real ** 2)) / noise) \
        if noise else math.inf


def check_output(row, real, got, resized):
    """What is wrong with what the report says of an output.

    The device rounds behind each axis of a Resize, the report once.
    """
    scale, zero = float(row["scale"]), int(row["zero_point"])
    steps = (got - real) / scale
    told = {key: float(row[key]) for key in
            ("snr_db", "mean_error_steps", "max_error_steps", "clipped")}
    tie = 1.0 / real.size + 1e-3
    clipped = np.mean((real < scale * (-128.5 - zero))
                      | (real > scale * (127.5 - zero)))
    want = decibels(real, got)
    # One value of all may have been rounded the other way.
    room = 0.3 + 20 * math.log10(1 + 3 / math.sqrt(real.size)) + 2 * resized
    if told["snr_db"] != want and abs(told["snr_db"] - want) > room:
        return f"SNR {told['snr_db']} dB, of the device {want:.3f}"
    if abs(told["mean_error_steps"] - steps.mean()) > \
            0.02 + 3 * tie + 0.25 * resized:
        return f"mean {told['mean_error_steps']}, device {steps.mean():.4f}"
    if abs(told["max_error_steps"] - np.abs(steps).max()) > 1.01:
        return f"max {told['max_error_steps']}, device {abs(steps).max():.3f}"
    if abs(told["clipped"] - clipped) > 1e-6:
        return f"clipped {told['clipped']}, counted {clipped}"
    return None


def check_model(name, out):
    rows = {row["tensor"]: row for row in compile_model(name, out)}
    outputs = [row for row in rows.values() if row["output"] == "1"]
    with npu.Model(ARCH, out + ".gsm", BUILD) as model:
        given = {info.name.decode(): path for info, path in
                 zip(model.inputs, inputs_of(name, "in").values())} \
            if len(model.inputs) == 1 else inputs_of(name, "in")
        got = model.infer({key: np.load(path).astype(np.float32)
                           for key, path in given.items()})
    resized = any(row["operator"] == "Resize" for row in rows.values())
    compared = 0
    for row in outputs:
        path = os.path.join(OPS, f"{name}.{row['tensor']}.expect.npy")
        if row["tensor"] not in got or not os.path.exists(path):
            continue
        real = np.load(path).astype(np.float64)
        wrong = check_output(row, real, got[row["tensor"]], resized)
        if wrong:
            return compared, f"{row['tensor']}: {wrong}"
        compared += 1
    return compared, None


def width(row):
    return 255 * float(row["scale"])


def check_methods(out):
    """Ranges of a model with a long tail: as promised, and where."""
    model = "residual_block"
    full = compile_model(model, out, kind="calib")
    same = compile_model(model, out, "--calibration=minmax", kind="calib")
    mse = compile_model(model, out, "--calibration", "mse", kind="calib")
    most = compile_model(model, out, "--calibration", "percentile:100",
                         kind="calib")
    some = compile_model(model, out, "--calibration", "percentile:99",
                         kind="calib")
    if full != same or full != most:
        return "minmax and percentile:100 are not the default's"
    for rows, what in ((mse, "mse"), (some, "percentile:99")):
        if any(width(b) > width(a) * 1.000001 for a, b in zip(full, rows)):
            return f"{what}: a range is wider than what was seen"
        if any(a["scale"] != b["scale"] for a, b in zip(full, rows)
               if a["output"] == "1"):
            return f"{what}: an output's range changed"
    inner = [i for i, row in enumerate(full) if row["output"] == "0"]
    if not all(width(some[i]) < width(full[i]) for i in inner):
        return "percentile:99: a range is what it was"
    for i in inner:
        clipped = float(some[i]["clipped"])
        if not clipped <= 0.012:
            return f"percentile:99 clips {100 * clipped} % of {some[i]['tensor']}"
    if float(mse[-1]["snr_db"]) < float(full[-1]["snr_db"]) - 0.2:
        return "mse: the output is worse than with minmax"
    return None


def main():
    names = sorted(os.path.basename(path)[:-5]
                   for path in glob.glob(os.path.join(OPS, "*.onnx")))
    results, compared = [], 0
    with tempfile.TemporaryDirectory() as tmp:
        for name in names:
            if name in REFUSED:
                continue
            try:
                num, wrong = check_model(name, os.path.join(tmp, name))
            except (RuntimeError, npu.Error) as error:
                num, wrong = 0, str(error)
            compared += num
            results.append((f"{name}, {num} outputs", wrong))
        results.append(("methods", check_methods(os.path.join(tmp, "m"))))
    results.append((f"{compared} outputs compared",
                    None if compared > 100 else "fewer than 100"))
    tap = Tap()
    for name, wrong in results:
        tap.test(name, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
