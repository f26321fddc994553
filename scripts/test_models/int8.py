# SPDX-License-Identifier: MIT
"""Quantized models with integers as inputs and outputs, and operators that move them."""

import numpy as np
from onnx import TensorProto

from .graph import model


def integers(build):
    """A model of its own folder: nothing to calibrate, and data of integers."""
    build.folder = "int8"
    return model(build)


def signed(rng, shape):
    return rng.randint(-128, 128, shape).astype(np.int8)


def unsigned(rng, shape):
    return rng.randint(0, 256, shape).astype(np.uint8)


def steps(g, scale, zero):
    """Scale and zero point, whose type is that of the integers."""
    return [g.constant(np.array(scale, np.float32), "scale"), g.constant(np.array(zero), "zero")]


def conv(g, x, s, ic, oc, pad):
    """Weights of int8 and biases of int32, as quantizers write them; @s: steps of x"""
    scale = np.float32(2.0 / 127 / np.sqrt(ic * 9))
    w = [g.constant(signed(g.rng, [oc, ic, 3, 3]), "weight")] + steps(g, scale, np.int8(0))
    bias = g.rng.randint(-3000, 3000, oc).astype(np.int32)
    b = [g.constant(bias, "bias"), g.constant(np.float32(s) * scale, "scale")]
    return g.node("Conv", [x, g.node("DequantizeLinear", w), g.node("DequantizeLinear", b)],
                  kernel_shape=[3, 3], pads=[pad] * 4)


def ints(g, *values):
    return g.constant(np.array(values, np.int64), "ints")


@integers
def int8_conv(g):
    """Pooled and transposed behind QuantizeLinear, an output as integers."""
    x = g.input("x", [1, 5, 12, 10], signed, dtype=TensorProto.INT8)
    y = g.node("DequantizeLinear", [x] + steps(g, 0.04, np.int8(-12)))
    y = g.relu(conv(g, y, 0.04, 5, 12, 1))
    y = g.node("QuantizeLinear", [y] + steps(g, 0.03, np.int8(-128)))
    y = g.node("MaxPool", [y], kernel_shape=[2, 2], strides=[2, 2])
    y = g.node("Transpose", [y], perm=[0, 2, 3, 1])
    g.output(y, "y", [1, 6, 5, 12], dtype=TensorProto.INT8)


@integers
def uint8_conv(g):
    """Integers of pixels, joined behind QuantizeLinear."""
    x = g.input("x", [1, 3, 11, 9], unsigned, dtype=TensorProto.UINT8)
    y = g.node("DequantizeLinear", [x] + steps(g, 1 / 64, np.uint8(120)))
    out = steps(g, 0.05, np.uint8(131))
    parts = [g.node("QuantizeLinear", [conv(g, y, 1 / 64, 3, c, 1)] + out) for c in (6, 11)]
    y = g.node("Concat", parts, axis=1)
    g.output(y, "y", [1, 17, 11, 9], dtype=TensorProto.UINT8)


@integers
def int8_moves(g):
    """Integers all the way; one result is read as real values, which tells their scale."""
    x = g.input("x", [2, 6, 8, 10], signed, dtype=TensorProto.INT8)
    a, b = g.node("Split", [x, ints(g, 2, 4)], outputs=2, axis=1)
    k = g.constant(signed(g.rng, [2, 3, 8, 10]), "k")
    y = g.node("Concat", [b, k, a], axis=1)
    y = g.node("Slice", [y, ints(g, 1, 2), ints(g, 8, 100), ints(g, 2, 3), ints(g, 1, 2)])
    y = g.node("Pad", [y, ints(g, 0, 1, 0, 1, 0, 0, 2, 0), g.constant(np.array(-9, np.int8), "v")])
    y = g.node("Clip", [y, g.constant(np.array(-100, np.int8), "low"),
                        g.constant(np.array(90, np.int8), "high")])
    y = g.reshape(y, [2, 10, 5, 9])
    z = g.node("Transpose", [y], perm=[0, 2, 3, 1])
    g.output(z, "z", [2, 5, 9, 10], dtype=TensorProto.INT8)
    g.output(g.node("DequantizeLinear", [y] + steps(g, 0.25, np.int8(5))), "y", [2, 10, 5, 9])
