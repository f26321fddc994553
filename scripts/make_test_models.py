#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# Write the small ONNX models of scripts/test_models into tests/models/ops, with
# input, calibration data and the output that onnxruntime computes in float, and
# quantized models with inputs of integers into tests/models/int8.
#
#   apt-get install python3-onnx python3-numpy nodejs npm
#   /usr/bin/python3 scripts/make_test_models.py [--out DIR] [--no-expect] [NAME...]
#
# Files of model NAME (the ".<input>" only where a model has several inputs):
#
#   NAME.onnx                      opset 13, static shapes
#   NAME[.<input>].in.npy          float32, the shape of the graph input
#   NAME[.<input>].calib.npy       float32, a stack of samples along axis 0: eight,
#                                  or four of more than 1500 values each
#   NAME.<output>.expect.npy       float32, what onnxruntime answers to "in"
#
# Those of integers have no calibration data, and the types of the model.
#
# Every model has its own seed, derived from its name, so that adding a model
# changes no other file. Weights are normal with the variance of He et al. 2015
# (2 / fan_in), so that activations keep the range they have in real networks.

import argparse
import os
import shutil
import subprocess
import tempfile

import numpy as np
import onnx

from test_models import MODELS, Graph

CALIB_SAMPLES = 8
CALIB_SAMPLES_LARGE = 4
LARGE_INPUT = 1500


def stem(g, name, tensor):
    return name if len(g.inputs) == 1 else f"{name}.{tensor}"


def calib_shape(shape):
    large = np.prod(shape) > LARGE_INPUT
    return [shape[0] * (CALIB_SAMPLES_LARGE if large else CALIB_SAMPLES)] + shape[1:]


def write_inputs(g, out, calib):
    """Write input and calibration data; returns the oracle's arguments."""
    arguments = []
    for tensor, (sampler, shape) in g.samplers.items():
        path = os.path.join(out, stem(g, g.name, tensor))
        np.save(path + ".in.npy", sampler(g.rng, shape))
        if calib:
            np.save(path + ".calib.npy", sampler(g.rng, calib_shape(shape)))
        arguments.append(f"{tensor}={path}.in.npy")
    return arguments


def write_expected(g, out, inputs):
    oracle = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ort_golden.sh")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([oracle, os.path.join(out, g.name + ".onnx"), *inputs, folder],
                       check=True)
        for value in g.outputs:
            shutil.copyfile(os.path.join(folder, value.name + ".npy"),
                            os.path.join(out, f"{g.name}.{value.name}.expect.npy"))


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description="write the compiler's test models")
    parser.add_argument("names", nargs="*", metavar="NAME", default=[])
    parser.add_argument("--out", default=os.path.join(root, "tests", "models"))
    parser.add_argument("--no-expect", action="store_true",
                        help="models and inputs only, onnxruntime is not needed")
    args = parser.parse_args()
    unknown = set(args.names) - set(MODELS)
    if unknown:
        parser.error("no such model: " + " ".join(sorted(unknown)))

    for name in args.names or MODELS:
        folder = getattr(MODELS[name], "folder", "ops")
        out = os.path.join(args.out, folder)
        os.makedirs(out, exist_ok=True)
        g = Graph(name)
        MODELS[name](g)
        onnx.save(g.proto(), os.path.join(out, name + ".onnx"))
        inputs = write_inputs(g, out, folder == "ops")
        if g.runnable and not args.no_expect:
            write_expected(g, out, inputs)


if __name__ == "__main__":
    main()
