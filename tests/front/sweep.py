#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Float evaluation of random operators, compared with onnxruntime.

	tests/front/sweep.py [SEED...]

Each seed makes models of many nodes with random shapes and parameters, one for
each operator set: parameters are attributes in some and inputs in others. Every
output must be within 1e-4 of its largest magnitude. Prints TAP; exit status 77
where onnxruntime, numpy or python3-onnx cannot be had.
"""

import json
import os
import sys
import tempfile

ROOT = os.environ.get("GS_SRC") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/scripts"))
from tap import Tap, output_of, skip  # noqa: E402

BUILD = os.environ.get("GS_BUILD", "build")
OPSETS = (9, 10, 11, 13, 18)
NODES = 50
RTOL = 1e-4


try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    skip(f"python3: {missing}")


class Model:
    """A model of independent nodes."""

    def __init__(self, opset, seed):
        self.opset, self.rng = opset, np.random.RandomState(seed)
        self.nodes, self.inputs, self.init, self.outs = [], {}, [], []

    def pick(self, *values):
        return values[self.rng.randint(len(values))]

    def ints(self, low, high, num):
        return [int(v) for v in self.rng.randint(low, high + 1, num)]

    def data(self, shape, low=-2.0, high=2.0):
        """A graph input of this shape, shared by those who ask for the same"""
        name = "x_" + "x".join(map(str, shape)) + (
            "" if low < 0 else "_p")
        if name not in self.inputs:
            self.inputs[name] = self.rng.uniform(low, high, shape).astype(
                np.float32)
        return name

    def const(self, array):
        name = f"c{len(self.init)}"
        self.init.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weights(self, *shape):
        return self.const(self.rng.uniform(-1, 1, shape).astype(np.float32))

    def int_list(self, values):
        return self.const(np.array(values, np.int64))

    def node(self, operator, inputs, num=1, **attrs):
        outs = [f"y{len(self.outs) + i}" for i in range(num)]
        self.nodes.append(helper.make_node(operator, inputs, outs, **attrs))
        self.outs += outs

    def build(self):
        graph = helper.make_graph(
            self.nodes, "sweep",
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, a.shape)
             for n, a in self.inputs.items()],
            [onnx.ValueInfoProto(name=n) for n in self.outs],
            self.init)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", self.opset)],
            ir_version=7)


# ---- one random node of each kind -------------------------------------------

def spatial(m, rank, extra):
    """Kernel, strides, dilations, pads of a window, and extents it fits in"""
    kernel, stride = m.ints(1, 4, rank), m.ints(1, 3, rank)
    dilation = m.ints(1, 2, rank)
    pads = [int(m.rng.randint(0, min(k, 3))) for k in kernel * 2]
    extent = [(k - 1) * d + 1 + int(m.rng.randint(0, extra))
              for k, d in zip(kernel, dilation)]
    return kernel, stride, dilation, pads, extent


def conv(m):
    rank, group = m.pick(1, 2), m.pick(1, 1, 2, 3)
    kernel, stride, dilation, pads, extent = spatial(m, rank, 9)
    ic, oc = group * m.pick(1, 2, 5), group * m.pick(1, 3, 4)
    attrs = {"strides": stride, "dilations": dilation, "group": group}
    mode = m.pick("NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
    if mode == "NOTSET":
        attrs["pads"] = pads
    else:
        attrs["auto_pad"] = mode
        attrs["dilations"] = [1] * rank
        attrs["strides"] = [min(k, s) for k, s in zip(kernel, stride)]
    if m.pick(0, 1):
        attrs["kernel_shape"] = kernel
    inputs = [m.data([m.pick(1, 2), ic, *extent]),
              m.weights(oc, ic // group, *kernel)]
    if m.pick(0, 1):
        inputs.append(m.weights(oc))
    m.node("Conv", inputs, **attrs)


def conv_transpose(m):
    rank, group = m.pick(1, 2), m.pick(1, 1, 2)
    kernel, stride, dilation, _, _ = spatial(m, rank, 2)
    extent = m.ints(2, 6, rank)
    ic, oc = group * m.pick(1, 3), m.pick(1, 4)
    attrs = {"strides": stride, "dilations": dilation, "group": group}
    kind = m.pick("pads", "output_shape", "same")
    if kind == "pads":
        attrs["pads"] = [int(m.rng.randint(0, 2))
                         for k in kernel * 2]
        attrs["output_padding"] = [int(m.rng.randint(0, s)) for s in stride]
    elif kind == "output_shape":
        attrs["output_shape"] = [
            (e - 1) * s + (k - 1) * d + 1 - int(m.rng.randint(0, 2))
            for e, s, k, d in zip(extent, stride, kernel, dilation)]
    else:
        attrs["auto_pad"] = m.pick("SAME_UPPER", "SAME_LOWER")
        attrs["dilations"] = [1] * rank
        kernel = [max(k, s) for k, s in zip(kernel, stride)]
    if any(((e - 1) * s + (k - 1) * d + 1) < 3 for e, s, k, d in
           zip(extent, stride, kernel, attrs["dilations"])):
        return
    inputs = [m.data([1, ic, *extent]), m.weights(ic, oc, *kernel)]
    if m.pick(0, 1):
        inputs.append(m.weights(oc * group))
    m.node("ConvTranspose", inputs, **attrs)


def pool(m):
    rank, op = m.pick(1, 2), m.pick("MaxPool", "AveragePool", "AveragePool")
    kernel, stride, dilation, _, extent = spatial(m, rank, 9)
    if any(k < s for k, s in zip(kernel, stride)):
        stride = kernel
    attrs = {"kernel_shape": kernel, "strides": stride}
    mode = m.pick("NOTSET", "NOTSET", "NOTSET", "SAME_UPPER", "VALID")
    if mode == "NOTSET":
        attrs["pads"] = [int(m.rng.randint(0, (k + 1) // 2 + 1)) if k > 1 else
                         0 for k in kernel * 2]
        attrs["pads"] = [min(p, k - 1) for p, k in
                         zip(attrs["pads"], kernel * 2)]
        if m.opset >= 10:
            attrs["ceil_mode"] = m.pick(0, 1)
    else:
        attrs["auto_pad"] = mode
    if op == "AveragePool":
        attrs["count_include_pad"] = m.pick(0, 1)
    elif m.opset >= 10 and mode == "NOTSET":
        attrs["dilations"] = dilation
    m.node(op, [m.data([2, 3, *extent])], **attrs)


def shape_of(m, rank=None):
    return m.ints(1, 6, rank or int(m.rng.randint(1, 6)))


def binary(m):
    shape = shape_of(m)
    a = [1 if m.pick(0, 0, 1) else d for d in shape]
    b = [1 if m.pick(0, 0, 1) else d for d in shape]
    b = b[m.rng.randint(0, len(b)):]
    if m.pick(0, 1):
        a, b = b, a
    op = m.pick("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Pow")
    right = m.data(b) if op not in ("Div",) else m.data(b, 0.5)
    left = m.data(a, 0.5) if op == "Pow" else m.data(a)
    m.node(op, [left, right])


def unary(m):
    op = m.pick("Relu", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "Softplus",
                "HardSigmoid", "Exp", "Abs", "Neg", "Floor", "Ceil",
                "Sqrt", "Log", "Reciprocal", "Softmax", "PRelu")
    shape = shape_of(m, 4)
    if op in ("Sqrt", "Log", "Reciprocal"):
        m.node(op, [m.data(shape, 0.5)])
    elif op == "Softmax":
        m.node(op, [m.data(shape)], axis=3)
    elif op == "PRelu":
        m.node(op, [m.data(shape), m.weights(shape[1], 1, 1)])
    elif op in ("LeakyRelu", "Elu", "HardSigmoid") and m.pick(0, 1):
        m.node(op, [m.data(shape)], alpha=0.3)
    else:
        m.node(op, [m.data(shape)])


def clip(m):
    low, high = -0.5, 1.25
    x = m.data(shape_of(m, 3))
    if m.opset < 11:
        m.node("Clip", [x], **m.pick({"min": low}, {"max": high},
                                     {"min": low, "max": high}, {}))
    else:
        a, b = m.const(np.float32(low)), m.const(np.float32(high))
        m.node("Clip", m.pick([x], [x, a], [x, "", b], [x, a, b]))


def slices(m):
    shape = m.ints(3, 8, 4)
    axes = list(m.rng.permutation(4)[:m.rng.randint(1, 4)])
    axes = [int(a) - (4 if m.pick(0, 1) else 0) for a in axes]
    starts, ends = m.ints(0, 1, len(axes)), m.ints(2, 20, len(axes))
    steps = [1] * len(axes)
    x = m.data(shape)
    if m.opset < 10:
        m.node("Slice", [x], axes=axes, starts=starts, ends=ends)
        return
    for i in range(len(axes)):
        if m.pick(0, 1):
            steps[i] = m.pick(2, 3, -1, -2)
        if steps[i] < 0:
            starts[i], ends[i] = m.pick(-1, 100), m.pick(0, -100, 1)
    m.node("Slice", [x] + [m.int_list(v) for v in (starts, ends, axes, steps)])


def split(m):
    shape = [2, 6, 6]
    axis = m.pick(1, -1, 2)
    parts = m.pick([2, 2, 2], [1, 5], [1, 2, 3], [6])
    x = m.data(shape)
    if m.opset < 13:
        m.node("Split", [x], len(parts), axis=axis, split=parts)
    else:
        m.node("Split", [x, m.int_list(parts)], len(parts), axis=axis)


def pad(m):
    shape = m.ints(3, 5, 4)
    mode = m.pick("constant", "constant", "reflect", "edge")
    pads = m.ints(0, 2, 8)
    if mode == "constant" and m.pick(0, 1):
        pads[m.rng.randint(8)] = -1
    x = m.data(shape)
    if m.opset < 11:
        m.node("Pad", [x], mode=mode, pads=pads, value=0.75)
    elif m.opset >= 18 and mode == "constant":
        m.node("Pad", [x, m.int_list([1, 0, 2, 1]), "", m.int_list([3, -3])],
               mode=mode)
    else:
        m.node("Pad", [x, m.int_list(pads), m.const(np.float32(-1.5))],
               mode=mode)


def move(m):
    shape = m.ints(1, 5, 4)
    x = m.data(shape)
    kind = m.rng.randint(6)
    if kind == 0:
        m.node("Transpose", [x], perm=[int(i) for i in m.rng.permutation(4)])
    elif kind == 1:
        other = list(shape)
        axis = int(m.rng.randint(4))
        other[axis] = m.pick(1, 3)
        m.node("Concat", [x, m.weights(*other), x],
               axis=axis - m.pick(0, 4))
    elif kind == 2:
        m.node("Tile", [x, m.int_list(m.ints(1, 3, 4))])
    elif kind == 3:
        m.node("Expand", [m.data([3, 1, 4]), m.int_list(
            m.pick([2, 1, 5, 1], [1, 2, 1], [4]))])
    elif kind == 4:
        m.node("Gather", [x, m.const(np.array(
            [[0, shape[2] - 1], [-1, 0]], np.int64))], axis=2)
    else:
        b = m.pick(2, 3)
        x = m.data([2, b * b * 2, 3, 2])
        if m.opset >= 11:
            m.node("DepthToSpace", [x], blocksize=b, mode=m.pick("DCR", "CRD"))
        else:
            m.node("DepthToSpace", [x], blocksize=b)


def squeeze(m):
    x = m.data([1, 3, 1, 4])
    op, axes = m.pick(("Squeeze", [0, 2]), ("Squeeze", [2]),
                      ("Unsqueeze", [0, 3]))
    if m.opset < 13:
        m.node(op, [x], axes=axes)
    else:
        m.node(op, [x, m.int_list(axes)])


def reduction(m):
    op = m.pick("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin")
    x = m.data(m.ints(1, 5, 4))
    keep = m.pick(0, 1)
    axes = [int(a) for a in m.rng.permutation(4)[:m.rng.randint(1, 5)]]
    if m.opset >= 18 or (m.opset >= 13 and op == "ReduceSum"):
        m.node(op, [x, m.int_list(axes)], keepdims=keep)
    elif m.pick(0, 1):
        m.node(op, [x], axes=axes, keepdims=keep)
    else:
        m.node(op, [x])


def none(m):
    return m.const(np.zeros(0, np.float32))


def roi(m):
    """Before set 13 it is not optional, but may be empty."""
    return "" if m.opset >= 13 else none(m)


def resize(m):
    shape = [1, 2, *m.ints(2, 7, 2)]
    mode = m.pick("nearest", "linear")
    shape[3] = max(shape[3], 3)
    scales = np.array([1, 1, m.pick(0.5, 2, 3, 1.5, 0.7), m.pick(2, 1, 2.6, .4)],
                      np.float32)
    x = m.data(shape)
    if m.opset < 10:
        m.node("Upsample", [x, m.const(np.maximum(scales, 1))], mode=mode)
        return
    if m.opset < 11:
        scales = np.array([1, 1, m.pick(2, 3), m.pick(1, 2)], np.float32)
        m.node("Resize", [x, m.const(scales)], mode=mode)
        return
    attrs = {"mode": mode, "coordinate_transformation_mode": m.pick(
        "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")}
    if mode == "nearest":
        attrs["nearest_mode"] = m.pick("round_prefer_floor", "floor", "ceil",
                                       "round_prefer_ceil")
    # What a scale that is rounded means to align_corners is a matter of taste.
    if m.pick(0, 1) or attrs["coordinate_transformation_mode"] == \
            "align_corners":
        sizes = shape[:2] + m.ints(1, 12, 2)
        inputs = [x, roi(m), "" if m.opset >= 13 else none(m),
                  m.int_list(sizes)]
    else:
        inputs = [x, roi(m), m.const(scales)]
    m.node("Resize", inputs, **attrs)


def matrix(m):
    if m.pick(0, 1):
        m.node("MatMul", [m.data([2, 1, 3, 5]), m.data([4, 5, 6])])
        return
    ta, tb = m.pick(0, 1), m.pick(0, 1)
    c = m.pick([7], [3, 7], [3, 1], [1])
    m.node("Gemm", [m.data([5, 3] if ta else [3, 5]),
                    m.data([7, 5] if tb else [5, 7]), m.weights(*c)],
           transA=ta, transB=tb, alpha=0.5, beta=1.5)


def quantized(m):
    if m.opset < 10:
        return
    x = m.data([2, 3, 4, 5])
    per_axis = m.opset >= 13 and m.pick(0, 1)
    dtype = m.pick(np.int8, np.uint8)
    num = [3] if per_axis else []
    scale = m.const(m.rng.uniform(0.01, 0.05, num).astype(np.float32))
    zero = m.const(m.rng.randint(0, 20, num).astype(dtype))
    attrs = {"axis": 1} if per_axis else {}
    name = f"q{len(m.nodes)}"
    m.nodes.append(helper.make_node("QuantizeLinear", [x, scale, zero], [name],
                                    **attrs))
    m.node("DequantizeLinear", [name, scale, zero], **attrs)


KINDS = (conv, conv, conv, conv_transpose, conv_transpose, pool, pool, pool,
         binary, binary, unary, unary, clip, slices, slices, split, pad, pad,
         move, move, move, squeeze, reduction, reduction, resize, resize,
         resize, matrix, quantized)


# ---- judging ----------------------------------------------------------------

def describe(model, tensor):
    for node in model.nodes:
        if tensor in node.output:
            attrs = {a.name: helper.get_attribute_value(a)
                     for a in node.attribute}
            return f"{node.op_type}({', '.join(node.input)}) {attrs}"
    return tensor


def check(opset, seed, work):
    model = Model(opset, seed * 100 + opset)
    while len(model.outs) < NODES:
        model.pick(*KINDS)(model)
    onnx.save(model.build(), f"{work}/m.onnx")
    args = []
    for name, array in model.inputs.items():
        np.save(f"{work}/{name}.npy", array)
        args.append(f"{name}={work}/{name}.npy")
    output_of([f"{ROOT}/scripts/ort_golden.sh", f"{work}/m.onnx", *args,
               f"{work}/want"])
    text = output_of([f"{BUILD}/bin/float-eval", f"{ROOT}/compiler/codelets",
                      f"{work}/m.onnx", *args, work])
    with open(f"{work}/want/index.json", encoding="utf-8") as file:
        index = json.load(file)
    errors = []
    for i, line in enumerate(text.splitlines()):
        tensor = line.split()[0]
        want = np.load(f"{work}/want/{index[tensor]['file']}")
        got = np.load(f"{work}/{i}.npy")
        if got.shape != want.shape or not np.allclose(
                got, want, rtol=0, atol=RTOL * max(1e-3, np.abs(want).max())):
            errors.append(f"{describe(model, tensor)}: {got.shape} "
                          f"{got.ravel()[:4]}, expected {want.shape} "
                          f"{want.ravel()[:4]}")
    if len(text.splitlines()) != len(model.outs):
        errors.append("outputs are missing")
    return errors


def main():
    output_of([f"{ROOT}/scripts/ort_golden.sh"])
    seeds = [int(seed) for seed in sys.argv[1:]] or [1, 2]
    tap = Tap()
    for seed in seeds:
        for opset in OPSETS:
            with tempfile.TemporaryDirectory() as work:
                try:
                    errors = check(opset, seed, work)
                except RuntimeError as failure:
                    errors = [str(failure)]
            tap.result(not errors, f"seed {seed}, operator set {opset}",
                       *errors)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
