#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Multiply-accumulates that model files tell, against those of the ONNX models.

The ONNX side is onnx's own shape inference and the definitions in
include/genesys/model_file.h, for all models of tests/models. Sums must be
equal, and of layers that have the name of a node its number. gs-sim tells the
same of each layer. Prints TAP; exit status 77 where python3-onnx or numpy
cannot be had.
"""

import glob
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from setting import BIN, ROOT, Tap, skip  # first: it skips

import numpy as np

from modelset import REFUSED, SHAPES

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError:
    skip("python3-onnx is not installed")

# What only changes how elements are represented or arranged, of constants
CONSTANT = ("DequantizeLinear", "QuantizeLinear", "Transpose", "Reshape",
            "Identity", "Constant", "Cast")
# Where weights stand among the inputs
CONVS = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3}
PRODUCTS = {"MatMul": 1, "Gemm": 1, "MatMulInteger": 1, "QLinearMatMul": 3}


class Model:
    """An ONNX model with the shape of every tensor."""

    def __init__(self, path, fixed=()):
        model = onnx.load(path)
        for text in fixed:
            name, shape = text.split("=")
            value = next(v for v in model.graph.input if v.name == name)
            for dim, size in zip(value.type.tensor_type.shape.dim,
                                 shape.split("x")):
                dim.Clear()
                dim.dim_value = int(size)
        del model.graph.value_info[:]
        for value in model.graph.output if fixed else ():
            value.type.tensor_type.ClearField("shape")
        graph = onnx.shape_inference.infer_shapes(
            model, data_prop=True).graph
        self.nodes = graph.node
        self.constants = {init.name for init in graph.initializer}
        self.shapes = {init.name: list(init.dims)
                       for init in graph.initializer}
        for value in [*graph.input, *graph.output, *graph.value_info]:
            self.shapes[value.name] = [
                d.dim_value for d in value.type.tensor_type.shape.dim]
        self.find_constants()
        self.used = {value.name for value in graph.output}
        for node in reversed(self.nodes):
            if self.used & set(node.output):
                self.used |= set(node.input)

    def find_constants(self):
        for node in self.nodes:
            if node.op_type in CONSTANT and \
                    all(i in self.constants for i in node.input):
                self.constants |= set(node.output)

    def shape(self, name):
        shape = self.shapes.get(name)
        assert shape and all(d > 0 for d in shape), \
            f"onnx does not know the shape of {name}: {shape}"
        return shape

    def macs_of(self, node):
        op, inputs = node.op_type, node.input
        if not self.used & set(node.output) or all(
                i in self.constants for i in inputs if i):
            return 0
        attributes = {a.name: helper.get_attribute_value(a)
                      for a in node.attribute}
        if op in CONVS:
            oc, ic_of_group, *kernel = self.shape(inputs[CONVS[op]])
            n, channels, *pixels = self.shape(node.output[0])
            assert channels == oc
            return n * oc * math.prod(pixels) * ic_of_group * math.prod(kernel)
        if op == "ConvTranspose":
            ic, oc_of_group, *kernel = self.shape(inputs[1])
            n, channels, *pixels = self.shape(inputs[0])
            assert channels == ic
            return n * ic * math.prod(pixels) * oc_of_group * math.prod(kernel)
        if op in PRODUCTS:
            inner = self.shape(inputs[0])[
                0 if attributes.get("transA") else -1]
            return math.prod(self.shape(node.output[0])) * inner
        return 0

    def macs(self):
        """By name of the node, and of all."""
        counts = [(node.name, self.macs_of(node)) for node in self.nodes]
        return dict(counts), sum(count for _, count in counts)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def told(path, folder, *options):
    """Layers as (operator, name, count), and the sum, as gs-objdump has them."""
    gsm = os.path.join(folder, os.path.basename(path) + ".gsm")
    status, _, errors = run(f"{BIN}/gsc", path, "-o", gsm, "--verify", *options)
    assert status == 0, errors
    status, text, errors = run(f"{BIN}/gs-objdump", "-h", "-l", gsm)
    assert status == 0, errors
    total = int(re.search(r"^work +(\d+) multiply", text, re.M).group(1))
    rows = re.findall(r"^ *\d+ +\d+ +\d+ +(\d+)  (\S+) +(.*?)(?:  # .*)?$",
                      text, re.M)
    assert rows and sum(int(row[0]) for row in rows) == total, text
    check_simulated(gsm, [int(row[0]) for row in rows], total)
    return [(op, name, int(count)) for count, op, name in rows], total


def check_simulated(gsm, counts, total):
    """gs-sim has the same, and never more use of the array than work."""
    status, text, errors = run(f"{BIN}/gs-sim", "--timing-only", gsm,
                               "--json", "-")
    assert status == 0, errors
    document = json.loads(text)
    assert [layer["macs"] for layer in document["layers"]] == counts
    assert document["total"]["macs"] == total
    cells = document["machine"]["ARRAY_N"] * document["machine"]["ARRAY_M"]
    done = 0
    for layer in document["layers"]:
        useful = min(layer["macs"], cells * layer["array_steps"])
        done += useful
        check_use(layer, useful / cells / layer["cycles"])
    check_use(document["total"], done / cells / document["total"]["cycles"])


def check_use(block, want):
    used = block["utilisation"]
    assert abs(used["useful"] - want) < 1e-12, (used, want)
    assert used["useful"] <= used["array"] <= 1, used


def compare(path, folder, fixed=()):
    """The sum, after everything was found to be equal."""
    nodes, want = Model(path, fixed).macs()
    layers, total = told(path, folder, *(f"--shape={s}" for s in fixed))
    assert total == want, f"{total} in layers, {want} in the ONNX model"
    for op, name, count in layers:
        if op not in ("Conv", "ConvMaxPool", "ConvAveragePool", "Gemm", "MatMul"):
            assert count == 0, (op, name, count)
        elif name in nodes:
            assert count == nodes[name], (name, count, nodes[name])
    return total


# ---- models made here -----------------------------------------------------------


def save(path, nodes, shapes, out, weights):
    rng = np.random.default_rng(1)
    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
              for n, s in shapes.items()]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
               for n, s in out.items()]
    init = [numpy_helper.from_array(
        rng.normal(size=s).astype(np.float32) / 8, n)
        for n, s in weights.items()]
    onnx.save(helper.make_model(
        helper.make_graph(nodes, "made", inputs, outputs, init),
        opset_imports=[helper.make_opsetid("", 13)], ir_version=7), path)


def made(folder):
    """Models for what those of tests/models do not do: name, count by hand."""
    node = helper.make_node
    x = {"x": [1, 8, 6, 5]}
    for group, stride, kernel, pads, dims in (
            (1, 2, 4, 1, [12, 10]), (2, 1, 4, 0, [9, 8]),
            (8, 2, 3, 0, [13, 11]), (1, 3, 2, 0, [17, 14]),
            (1, 1, 3, 2, [4, 3]), (4, 4, 3, 1, [21, 17])):
        name = f"deconv_g{group}_s{stride}_k{kernel}_p{pads}"
        path = f"{folder}/{name}.onnx"
        each = 6 // group + 1
        save(path, [node("ConvTranspose", ["x", "w"], ["y"], name="up",
                         group=group, strides=[stride] * 2,
                         pads=[pads] * 4)],
             x, {"y": [1, each * group, *dims]},
             {"w": [8, each, kernel, kernel]})
        yield path, 8 * 6 * 5 * each * kernel * kernel
    # of 5 places of the kernel pads cut off all but the middle
    path = f"{folder}/deconv_cut.onnx"
    save(path, [node("ConvTranspose", ["x", "w"], ["y"], name="up",
                     strides=[5, 5], pads=[2, 2, 2, 2])],
         {"x": [1, 4, 1, 1]}, {"y": [1, 3, 1, 1]}, {"w": [4, 3, 5, 5]})
    yield path, 4 * 3 * 25
    # larger than buffers: cut into tiles of rows and of channels
    path = f"{folder}/conv_tiles.onnx"
    save(path, [node("Conv", ["x", "w"], ["y"], name="c", pads=[1] * 4)],
         {"x": [1, 130, 61, 59]}, {"y": [1, 70, 61, 59]},
         {"w": [70, 130, 3, 3]})
    yield path, 61 * 59 * 70 * 130 * 9
    # a sum and a Relu that join the Conv
    path = f"{folder}/conv_sum.onnx"
    save(path, [node("Conv", ["x", "w"], ["a"], name="a", pads=[1] * 4),
                node("Add", ["a", "x"], ["s"], name="s"),
                node("Relu", ["s"], ["y"], name="r")],
         x, {"y": [1, 8, 6, 5]}, {"w": [8, 8, 3, 3]})
    yield path, 6 * 5 * 8 * 8 * 9


def main():
    tap = Tap()
    paths = sorted(p for d in (".", "ops", "int8")
                   for p in glob.glob(f"{ROOT}/tests/models/{d}/*.onnx"))
    sums = {}
    with tempfile.TemporaryDirectory() as folder, \
            ThreadPoolExecutor(2) as pool:
        jobs = []
        for path in paths:
            name = os.path.basename(path)[:-len(".onnx")]
            if name not in REFUSED:
                jobs.append((name, None, pool.submit(
                    compare, path, folder, SHAPES.get(name, ()))))
        for path, count in made(folder):
            name = os.path.basename(path)[:-len(".onnx")]
            jobs.append((name, count, pool.submit(compare, path, folder)))
        for name, count, job in jobs:
            def done(name=name, count=count, job=job):
                sums[name] = job.result()
                assert count in (None, sums[name]), (count, sums[name])
            tap.attempt(name, done)

    def enough():
        working = sum(total > 0 for total in sums.values())
        assert len(sums) > 150 and working > 60, (len(sums), working)
    tap.attempt("models that multiply are among them", enough)
    return tap.end()


sys.exit(main())
