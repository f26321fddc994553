# SPDX-License-Identifier: MIT
"""Pooling, operators of single values, softmax, matrix products."""

import numpy as np
from onnx import TensorProto

from .graph import bounds, model, negative, normal, pixels


# Pooling, elementwise, softmax


@model
def maxpool2x2_s2(g):
    x = g.input("x", [1, 10, 12, 14])
    g.output(g.max_pool(x, 2, 2), "y", [1, 10, 6, 7])


@model
def maxpool3x3_s2_pad1(g):
    x = g.input("x", [1, 10, 13, 12], negative)
    g.output(g.max_pool(x, 3, 2, pad=1), "y", [1, 10, 7, 6])


def average(name, shape, out, sampler=pixels, **attributes):
    def build(g):
        x = g.input("x", shape, sampler)
        op = "AveragePool" if "kernel_shape" in attributes else "GlobalAveragePool"
        g.output(g.node(op, [x], **attributes), "y", out)
    build.__name__ = name
    model(build)


average("avgpool2x2_s2", [1, 10, 12, 14], [1, 10, 6, 7], normal, kernel_shape=[2, 2],
        strides=[2, 2])
average("avgpool3x3_pad1", [1, 20, 9, 7], [1, 20, 9, 7], lambda r, s: pixels(r, s) + 1,
        kernel_shape=[3, 3], pads=[1] * 4)
average("avgpool3x3_pad1_counted", [1, 20, 9, 7], [1, 20, 9, 7], kernel_shape=[3, 3],
        pads=[1] * 4, count_include_pad=1)
average("avgpool_ceil", [1, 6, 13, 10], [1, 6, 5, 4], lambda r, s: pixels(r, s) - 2,
        kernel_shape=[5, 3], strides=[3, 3], pads=[2, 1, 0, 1], ceil_mode=1)
average("avgpool_ceil_counted", [1, 6, 10, 8], [1, 6, 6, 5], lambda r, s: pixels(r, s) - 2,
        kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, ceil_mode=1, count_include_pad=1)
average("avgpool_wide", [1, 5, 17, 97], [1, 5, 17, 13], kernel_shape=[1, 13], strides=[1, 7],
        pads=[0, 0, 0, 0])
average("global_avgpool", [1, 40, 7, 7], [1, 40, 1, 1])
average("global_avgpool_large", [1, 5, 61, 67], [1, 5, 1, 1], lambda r, s: pixels(r, s) +
        np.arange(5, dtype=np.float32).reshape(1, 5, 1, 1))


def mean(name, shape, axes, keep, out):
    def build(g):
        offsets = np.arange(np.prod(shape[1:]), dtype=np.float32).reshape(1, *shape[1:])
        x = g.input("x", shape, lambda r, s: normal(r, s) + np.sin(offsets))
        g.output(g.node("ReduceMean", [x], axes=axes, keepdims=keep), "y", out)
    build.__name__ = name
    model(build)


mean("mean_picture", [1, 17, 5, 6], [2, 3], 0, [1, 17])
mean("mean_picture_kept", [1, 17, 5, 6], [-1, -2], 1, [1, 17, 1, 1])
mean("mean_rows", [1, 9, 13, 6], [2], 1, [1, 9, 1, 6])
mean("mean_channels", [1, 70, 6, 5], [1], 1, [1, 1, 6, 5])
mean("mean_row", [7, 50], [1], 1, [7, 1])
mean("mean_batch", [3, 10, 4, 5], [0, 2], 0, [10, 5])


@model
def reductions(g):
    """Over what is innermost in memory and what has to be brought there."""
    x = g.input("x", [3, 20, 5, 6], lambda r, s: normal(r, s) + 1)
    axes = g.constant(np.array([0, 3], np.int64), "axes")
    g.output(g.node("ReduceSum", [x, axes], keepdims=0), "sum", [20, 5])
    g.output(g.node("ReduceMax", [x], axes=[1], keepdims=1), "max", [3, 1, 5, 6])
    g.output(g.node("ReduceMax", [x], axes=[2], keepdims=0), "max_rows", [3, 20, 6])
    g.output(g.node("ReduceMin", [x], axes=[-1], keepdims=0), "min", [3, 20, 5])
    g.output(g.node("ReduceMin", [x], keepdims=0), "min_all", [])
    g.output(g.node("GlobalMaxPool", [x]), "max_pool", [3, 20, 1, 1])


@model
def global_maxpool_large(g):
    x = g.input("x", [1, 3, 31, 37])
    g.output(g.node("GlobalMaxPool", [x]), "y", [1, 3, 1, 1])


@model
def relu(g):
    x = g.input("x", [1, 5, 6, 7])
    g.output(g.relu(x), "y", [1, 5, 6, 7])


@model
def add_inputs(g):
    """The second operand has a range three times that of the first."""
    a = g.input("a", [1, 12, 7, 9])
    b = g.input("b", [1, 12, 7, 9], lambda rng, shape: 3 * normal(rng, shape))
    g.output(g.node("Add", [a, b]), "y", [1, 12, 7, 9])


def binary(name, op, shape_a, shape_b, shape, second=None):
    """Two inputs, or with second one input and that constant."""
    def build(g):
        a = g.input("a", shape_a)
        b = g.constant(second(g.rng, shape_b), "k") if second else \
            g.input("b", shape_b, lambda rng, s: 2 * normal(rng, s) + 1)
        g.output(g.node(op, [a, b]), "y", shape)
    build.__name__ = name
    model(build)


def away_from_zero(rng, shape):
    return (normal(rng, shape) + 3 * rng.choice([-1, 1], shape)).astype(np.float32)


@model
def local_maxima(g):
    """What equals the largest around it stays. Values are on a grid coarser than quantization's,
    so that those that differ do so in the quantized model too."""
    x = g.input("x", [1, 10, 6, 7],
                lambda rng, shape: (rng.randint(-16, 17, shape) / 8).astype(np.float32))
    peak = g.node("Equal", [x, g.max_pool(x, 3, 1, pad=1)])
    g.output(g.node("Mul", [x, g.node("Cast", [peak], to=TensorProto.FLOAT)]), "y", [1, 10, 6, 7])


binary("add_broadcast", "Add", [1, 18, 1, 9], [1, 1, 7, 1], [1, 18, 7, 9])
binary("max_rows_rank5", "Max", [1, 3, 5, 2, 9], [1, 3, 1, 2, 9], [1, 3, 5, 2, 9])
binary("add_const_rank5", "Add", [1, 3, 5, 2, 9], [3, 1, 2, 1], [1, 3, 5, 2, 9], normal)
binary("sub", "Sub", [1, 10, 5, 7], [1, 10, 5, 7], [1, 10, 5, 7])
binary("mul", "Mul", [1, 10, 5, 7], [1, 10, 5, 7], [1, 10, 5, 7])
binary("mul_channels", "Mul", [1, 40, 5, 7], [1, 40, 1, 1], [1, 40, 5, 7])
binary("mul_plane", "Mul", [1, 1, 5, 7], [1, 20, 5, 7], [1, 20, 5, 7])
binary("mul_batch", "Mul", [3, 10, 4], [4], [3, 10, 4])
binary("mul_const", "Mul", [1, 20, 5, 7], [20, 1, 1], [1, 20, 5, 7], normal)
binary("sub_const", "Sub", [1, 20, 5, 7], [], [1, 20, 5, 7],
       lambda rng, shape: np.float32(0.75).reshape(shape))
binary("add_const_plane", "Add", [1, 20, 5, 7], [5, 7], [1, 20, 5, 7], normal)
binary("prelu_slopes", "PRelu", [1, 20, 5, 7], [20, 1, 7], [1, 20, 5, 7])
binary("div_const", "Div", [1, 20, 5, 7], [20, 1, 1], [1, 20, 5, 7], away_from_zero)


@model
def div(g):
    """The divisor stays away from zero."""
    a = g.input("a", [1, 10, 5, 7])
    b = g.input("b", [1, 10, 1, 7], lambda rng, s: 1 + 3 * pixels(rng, s))
    g.output(g.node("Div", [a, b]), "y", [1, 10, 5, 7])


@model
def const_first(g):
    """2 - x and 1.5 / x: only Sub and Div mind which comes first."""
    x = g.input("x", [1, 20, 5, 7], lambda rng, s: 1 + 3 * pixels(rng, s))
    g.output(g.node("Sub", [g.constant(np.array(2, np.float32), "k"), x]), "y",
             [1, 20, 5, 7])
    k = g.constant(np.full((20, 1, 1), 1.5, np.float32), "k")
    g.output(g.node("Div", [k, x]), "z", [1, 20, 5, 7])


def unary(op, sampler=lambda rng, s: 3 * normal(rng, s), name=None, inputs=lambda g: [],
          **attributes):
    def build(g):
        x = g.input("x", [1, 18, 5, 7], sampler)
        g.output(g.node(op, [x] + inputs(g), **attributes), "y", [1, 18, 5, 7])
    build.__name__ = name or op.lower()
    model(build)


unary("LeakyRelu", alpha=0.1)
unary("Clip", inputs=bounds(0, 2))
unary("Clip", name="clip_high", inputs=bounds(None, 8))
unary("Sigmoid")
unary("Tanh")
unary("HardSigmoid", alpha=1 / 6)


unary("Softplus")
unary("Reciprocal", lambda rng, s: (normal(rng, s) / 2 + 3 * rng.choice([-1, 1], s))
      .astype(np.float32))
unary("PRelu", inputs=lambda g: [g.constant(normal(g.rng, [18, 1, 1]), "slope")])
unary("Exp")
unary("Abs")
unary("Neg")
unary("Pow", inputs=lambda g: [g.constant(np.array(2, np.float32), "exponent")])
unary("Max", name="max_const", inputs=lambda g: [g.constant(normal(g.rng, [18, 1, 1]), "k")])
binary("max", "Max", [1, 10, 5, 7], [1, 1, 5, 7], [1, 10, 5, 7])
binary("min", "Min", [1, 10, 1, 7], [1, 10, 5, 1], [1, 10, 5, 7])


@model
def sqrt(g):
    """Behind Abs, so that any input will do."""
    x = g.input("x", [1, 18, 5, 7])
    g.output(g.node("Sqrt", [g.node("Abs", [x])]), "y", [1, 18, 5, 7])


@model
def log(g):
    """Behind Abs, so that any input but 0 will do."""
    x = g.input("x", [1, 18, 5, 7], away_from_zero)
    g.output(g.node("Log", [g.node("Abs", [x])]), "y", [1, 18, 5, 7])


@model
def mean_inputs(g):
    inputs = [g.input("a", [1, 10, 5, 7]), g.input("b", [1, 10, 1, 1]),
              g.constant(normal(g.rng, [5, 7]), "k")]
    g.output(g.node("Mean", inputs), "y", [1, 10, 5, 7])


@model
def chains(g):
    """Several operands, one of them a constant, and a cast to the same type."""
    inputs = [g.input("a", [1, 10, 5, 7]), g.constant(np.array(0.5, np.float32), "k"),
              g.input("b", [1, 10, 1, 1]), g.input("c", [1, 10, 5, 7])]
    g.output(g.node("Sum", inputs), "sum", [1, 10, 5, 7])
    y = g.node("Max", inputs)
    y = g.node("Min", [g.node("Cast", [y], to=TensorProto.FLOAT), inputs[2], inputs[3]])
    g.output(y, "y", [1, 10, 5, 7])


@model
def hard_swish(g):
    """HardSwish is of opset 14: here as MobileNetV3 has it in opset 13."""
    x = g.input("x", [1, 18, 5, 7], lambda rng, s: 3 * normal(rng, s))
    y = g.node("HardSigmoid", [x], alpha=1 / 6)
    g.output(g.node("Mul", [x, y]), "y", [1, 18, 5, 7])


@model
def hard_swish_stage(g):
    """A stage of a text detector: scale, shift, hard-swish in four steps, scale, shift."""
    def scalar(value):
        return g.constant(np.array([value], np.float32), "scalar")

    def between(x, *factors):
        x = g.node("Add", [g.node("Mul", [scalar(factors[0]), x]), scalar(factors[1])])
        y = g.node("Clip", [g.node("Add", [x, scalar(3)]), scalars[0], scalars[1]])
        y = g.node("Div", [g.node("Mul", [x, y]), scalar(6)])
        return g.node("Add", [g.node("Mul", [scalar(factors[2]), y]), scalar(factors[3])])

    scalars = [g.constant(np.array(v, np.float32), "bound") for v in (0, 6)]
    x = g.conv_bn(g.input("x", [1, 3, 16, 14]), 3, 12, 3, stride=2, pad=1)
    x = between(g.conv_group(x, 12, 12, 12, [3, 3], pads=[1] * 4), 2.7, 0.4, 0.5, -0.01)
    x = between(g.conv(x, 12, 20, 1), 1.9, 0.8, 0.6, -0.55)
    x = g.conv_group(x, 20, 20, 20, [3, 3], strides=[2, 2], pads=[1] * 4)
    g.output(g.conv(between(x, 0.9, 0.1, 4.7, 1.3), 20, 6, 1), "y", [1, 6, 4, 4])


@model
def channel_parts(g):
    """A score and coordinates of much larger range, of one convolution behind Resize."""
    def part(x, start, end):
        at = [g.constant(np.array([v], np.int64), "at") for v in (start, end, 1)]
        return g.node("Slice", [x, *at])

    x = g.relu(g.conv(g.input("x", [1, 4, 6, 5]), 4, 8, 3, pad=1))
    ranges = np.array([1, 20, 20, 20, 20, 20], np.float32).reshape(1, 6, 1, 1)
    x = g.node("Mul", [g.conv(x, 8, 6, 1), g.constant(ranges, "ranges")])
    x = g.node("Resize", [x, "", g.constant(np.array([1, 1, 2, 2], np.float32), "scales")],
               mode="linear")
    g.output(g.node("Sigmoid", [part(x, 0, 1)]), "score", [1, 1, 12, 10])
    g.output(part(x, 1, 6), "coordinates", [1, 5, 12, 10])


@model
def squeeze_excite(g):
    """The gate of a MobileNetV3 block, behind the mean."""
    x = g.input("x", [1, 24, 6, 5])
    y = g.node("Relu", [g.conv(g.input("mean", [1, 24, 1, 1]), 24, 8, 1)])
    y = g.node("HardSigmoid", [g.conv(y, 8, 24, 1)])
    g.output(g.node("Mul", [x, y]), "y", [1, 24, 6, 5])


def softmax(name, shape, **attributes):
    def build(g):
        x = g.input("x", shape, lambda rng, s: 3 * normal(rng, s))
        g.output(g.node("Softmax", [x], **attributes), "y", shape)
    build.__name__ = name
    model(build)


softmax("softmax10", [1, 10])  # the axis is the default of opset 13, -1
softmax("softmax100", [1, 100], axis=-1)
softmax("softmax_axis1", [7, 20], axis=1)
softmax("softmax_axis0", [13, 5, 7], axis=0)


@model
def codelet_rules(g):
    """Operators whose shape, quantization and meaning stand in their codelets."""
    shape = [1, 20, 5, 7]
    x = g.input("x", shape, lambda r, s: 2 * normal(r, s))
    g.output(g.node("Elu", [x], alpha=0.7), "elu", shape)
    g.output(g.node("Selu", [x]), "selu", shape)
    g.output(g.node("Celu", [x], alpha=1.5), "celu", shape)
    g.output(g.node("Softsign", [x]), "softsign", shape)
    g.output(g.node("ThresholdedRelu", [x], alpha=0.8), "thresholded", shape)
    g.output(g.node("Shrink", [x], lambd=0.6, bias=0.3), "shrink", shape)
    g.output(g.node("Sign", [x]), "sign", shape)


@model
def whole_numbers(g):
    """The range makes steps of 1/8, so that halves are met: the even one of two neighbours."""
    def eighths(rng, shape):
        x = rng.randint(-128, 128, shape)
        x.flat[:2] = -128, 127
        return (x / 8).astype(np.float32)

    shape = [1, 20, 5, 7]
    x = g.input("x", shape, eighths)
    g.output(g.node("Floor", [x]), "floor", shape)
    # to 15 only, so that integers are no halves of steps
    g.output(g.node("Ceil", [g.node("Clip", [x] + bounds(-16, 15)(g))]), "ceil", shape)
    g.output(g.node("Round", [x]), "round", shape)


@model
def waves(g):
    """Some turns, and an angle behind a layer."""
    shape = [1, 20, 5, 7]
    x = g.input("x", shape, lambda rng, s: 6 * normal(rng, s))
    g.output(g.node("Sin", [x]), "sin", shape)
    g.output(g.node("Cos", [x]), "cos", shape)
    k = g.constant(np.array(0.3, np.float32), "k")
    g.output(g.node("Erf", [g.node("Mul", [x, k])]), "erf", shape)


@model
def truth(g):
    """What compares and what joins it. The grid is coarser than steps of either operand."""
    def grid(rng, shape):
        return (rng.randint(-16, 17, shape) / 8).astype(np.float32)

    def number(name, value):
        g.output(g.node("Cast", [value], to=TensorProto.FLOAT), name, shape)

    shape = [1, 10, 6, 7]
    a, b = g.input("a", shape, grid), g.input("b", [1, 10, 1, 7], lambda r, s: 2 * grid(r, s))
    k = g.constant(np.array(0.3, np.float32), "k")
    less, more = g.node("Less", [a, b]), g.node("Greater", [a, k])
    most, least = g.node("LessOrEqual", [a, k]), g.node("GreaterOrEqual", [a, b])
    number("less", less)
    number("and", g.node("And", [g.node("Not", [less]), more]))
    number("or", g.node("Or", [least, g.node("Not", [most])]))
    number("xor", g.node("Xor", [most, least]))


@model
def log_softmax(g):
    x = g.input("x", [1, 37, 4, 3], lambda r, s: 3 * normal(r, s))
    g.output(g.node("LogSoftmax", [x], axis=1), "channels", [1, 37, 4, 3])
    z = g.input("z", [5, 100])
    g.output(g.node("LogSoftmax", [z]), "rows", [5, 100])


@model
def pow_exponents(g):
    x = g.input("x", [1, 20, 5, 7], normal)
    p = g.input("p", [1, 20, 5, 7], pixels)
    p = g.node("Clip", [p] + bounds(0.05, 1)(g))
    for name, base, power in (("cube", x, 3), ("fourth", x, 4), ("more", p, 1.7),
                              ("root", p, 1 / 3), ("inverse", p, -1)):
        exponent = g.constant(np.array(power, np.float32), "power")
        g.output(g.node("Pow", [base, exponent]), name, [1, 20, 5, 7])


@model
def pow_elements(g):
    """Exponents for each channel, and computed; of what is below zero whole ones."""
    shape = [1, 20, 5, 7]
    x = g.input("x", shape, normal)
    e = g.input("e", [1, 20, 1, 7], lambda rng, s: 3 * pixels(rng, s) - 1)
    p = g.node("Add", [g.node("Abs", [x]), g.constant(np.array(0.25, np.float32), "k")])
    whole = g.constant(np.arange(20, dtype=np.float32).reshape(20, 1, 1) % 4, "whole")
    plane = g.constant(2 * pixels(g.rng, [5, 7]), "plane")
    g.output(g.node("Pow", [x, whole]), "channels", shape)
    g.output(g.node("Pow", [p, e]), "computed", shape)
    g.output(g.node("Pow", [p, plane]), "plane", shape)


# Matrix products


@model
def gemm_bias(g):
    x = g.input("x", [1, 100])
    g.output(g.gemm(x, 100, 30), "y", [1, 30])


@model
def gemm_turned(g):
    """The input transposed; what is added differs between rows."""
    inputs = [g.input("x", [40, 9]), g.weight([40, 30], 40),
              g.constant(normal(g.rng, [9, 30]), "c")]
    g.output(g.node("Gemm", inputs, transA=1, beta=0.5), "y", [9, 30])


@model
def matmul_const(g):
    x = g.input("x", [7, 48])
    y = g.node("MatMul", [x, g.weight([48, 20], 48)])
    g.output(y, "y", [7, 20])


@model
def matmul_batch(g):
    """A batch of constant matrices, one of the input."""
    x = g.input("x", [2, 1, 7, 48])
    y = g.node("MatMul", [x, g.weight([3, 48, 20], 48)])
    g.output(y, "y", [2, 3, 7, 20])


@model
def mlp(g):
    """280 and not 300 hidden units, to stay below 1 MB."""
    y = g.input("x", [1, 784], pixels)
    y = g.relu(g.gemm(y, 784, 280))
    y = g.relu(g.gemm(y, 280, 100))
    g.output(g.gemm(y, 100, 10), "y", [1, 10])


def gemm_picture(extent, channels, outer):
    """A picture of many rows flattened into a matrix product."""
    def build(g):
        x = g.input("x", [1, channels, extent, extent])
        y = g.gemm(g.node("Flatten", [x]), channels * extent * extent, outer)
        g.output(y, "y", [1, outer])
    build.__name__ = f"gemm_picture{extent}"
    model(build)


gemm_picture(28, 3, 10)
gemm_picture(56, 2, 8)


@model
def prelu_matmul(g):
    """Slopes of channels that the matrix product does not have innermost."""
    x = g.input("x", [1, 18, 3, 10])
    slope = g.constant(normal(g.rng, [18, 1, 1]), "slope")
    y = g.node("PRelu", [x, slope])
    g.output(g.node("MatMul", [y, g.weight([10, 7], 10)]), "y", [1, 18, 3, 7])


@model
def channels_last_constants(g):
    """One value for each channel, where the matrix product has another axis innermost."""
    x = g.input("x", [1, 18, 3, 10])
    y = g.node("Add", [x, g.constant(normal(g.rng, [18, 1, 1]), "offset")])
    y = g.node("Mul", [y, g.constant(normal(g.rng, [10]), "factor")])
    g.output(g.node("MatMul", [y, g.weight([10, 7], 10)]), "y", [1, 18, 3, 7])
