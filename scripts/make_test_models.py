#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# Write the small ONNX models of the compiler tests into tests/models/ops, with
# input, calibration data and the output that onnxruntime computes in float.
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
# Every model has its own seed, derived from its name, so that adding a model
# changes no other file. Weights are normal with the variance of He et al. 2015
# (2 / fan_in), so that activations keep the range they have in real networks.

import argparse
import os
import shutil
import subprocess
import tempfile
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
CALIB_SAMPLES = 8
CALIB_SAMPLES_LARGE = 4
LARGE_INPUT = 1500
MODELS = {}


def normal(rng, shape):
    return rng.standard_normal(shape).astype(np.float32)


def negative(rng, shape):
    """All below zero, where a pooling that pads with zeros goes wrong."""
    return -np.abs(normal(rng, shape)) - np.float32(0.25)


def pixels(rng, shape):
    return rng.random_sample(shape).astype(np.float32)


class Graph:
    """An ONNX graph under construction; methods return the tensor they add."""

    def __init__(self, name):
        self.name = name
        self.rng = np.random.RandomState(zlib.crc32(name.encode()))
        self.nodes, self.inputs, self.outputs, self.constants = [], [], [], []
        self.samplers = {}
        self.runnable = True

    def input(self, name, shape, sampler=normal, symbolic=None):
        """Add a graph input; symbolic names the first dimension."""
        declared = [symbolic] + shape[1:] if symbolic else shape
        self.inputs.append(helper.make_tensor_value_info(
            name, TensorProto.FLOAT, declared))
        self.samplers[name] = (sampler, shape)
        return name

    def output(self, tensor, name, shape, symbolic=None):
        """Name the tensor, the result of a node added before, as graph output."""
        for node in self.nodes:
            node.input[:] = [name if t == tensor else t for t in node.input]
            node.output[:] = [name if t == tensor else t for t in node.output]
        declared = [symbolic] + shape[1:] if symbolic else shape
        self.outputs.append(helper.make_tensor_value_info(
            name, TensorProto.FLOAT, declared))

    def constant(self, values, suffix):
        name = f"{suffix}_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def weight(self, shape, fan_in, suffix="weight"):
        values = self.rng.standard_normal(shape) * np.sqrt(2.0 / fan_in)
        return self.constant(values.astype(np.float32), suffix)

    def bias(self, count):
        values = self.rng.standard_normal(count) * 0.1
        return self.constant(values.astype(np.float32), "bias")

    def node(self, op, inputs, outputs=1, **attributes):
        """Add a node; returns its output, or a list if it has several."""
        base = f"{op.lower()}_{len(self.nodes)}"
        names = [base] + [f"{base}_{i}" for i in range(1, outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=base, **attributes))
        return names[0] if outputs == 1 else names

    def conv(self, x, ic, oc, kernel, stride=1, pad=0, bias=True):
        inputs = [x, self.weight([oc, ic, kernel, kernel], ic * kernel * kernel)]
        if bias:
            inputs.append(self.bias(oc))
        return self.node("Conv", inputs, kernel_shape=[kernel] * 2,
                         strides=[stride] * 2, pads=[pad] * 4)

    def conv_group(self, x, ic, oc, group, kernel, **attributes):
        shape = [oc, ic // group, *kernel]
        inputs = [x, self.weight(shape, int(np.prod(shape[1:]))), self.bias(oc)]
        return self.node("Conv", inputs, kernel_shape=kernel, group=group, **attributes)

    def batch_norm(self, x, channels):
        """Statistics of a trained layer: none trivial, all of order one."""
        rng = self.rng
        values = {
            "gamma": rng.uniform(0.5, 1.5, channels),
            "beta": rng.standard_normal(channels) * 0.2,
            "mean": rng.standard_normal(channels) * 0.3,
            "variance": rng.uniform(0.5, 2.0, channels),
        }
        names = [self.constant(v.astype(np.float32), k) for k, v in values.items()]
        return self.node("BatchNormalization", [x] + names, epsilon=1e-5)

    def conv_bn(self, x, ic, oc, kernel, stride=1, pad=0):
        return self.batch_norm(self.conv(x, ic, oc, kernel, stride, pad, bias=False), oc)

    def relu(self, x):
        return self.node("Relu", [x])

    def gemm(self, x, inner, outer):
        inputs = [x, self.weight([outer, inner], inner), self.bias(outer)]
        return self.node("Gemm", inputs, transB=1)

    def max_pool(self, x, kernel, stride, pad=0):
        return self.node("MaxPool", [x], kernel_shape=[kernel] * 2,
                         strides=[stride] * 2, pads=[pad] * 4)

    def reshape(self, x, shape):
        return self.node("Reshape", [x, self.constant(np.array(shape, np.int64), "shape")])

    def proto(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs,
                                  self.constants)
        model = helper.make_model(graph, producer_name="make_test_models.py",
                                  opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 7
        onnx.checker.check_model(model, full_check=True)
        return model


def model(build):
    """Register build(graph), which fills in the model of its own name."""
    MODELS[build.__name__] = build
    return build


# Convolutions


@model
def conv3x3_pad1(g):
    x = g.input("x", [1, 8, 16, 16])
    g.output(g.conv(x, 8, 16, 3, pad=1), "y", [1, 16, 16, 16])


@model
def conv5x5_s2_pad2(g):
    x = g.input("x", [1, 6, 13, 17])
    g.output(g.conv(x, 6, 12, 5, stride=2, pad=2), "y", [1, 12, 7, 9])


@model
def conv1x1_ic40_oc24(g):
    x = g.input("x", [1, 40, 6, 7])
    g.output(g.conv(x, 40, 24, 1), "y", [1, 24, 6, 7])


@model
def conv7x7_s2_pad3(g):
    x = g.input("x", [1, 3, 33, 29], pixels)
    g.output(g.conv(x, 3, 10, 7, stride=2, pad=3), "y", [1, 10, 17, 15])


@model
def conv_nobias(g):
    x = g.input("x", [1, 5, 9, 9])
    g.output(g.conv(x, 5, 7, 3, bias=False), "y", [1, 7, 7, 7])


@model
def conv_asymmetric_pads(g):
    """Pads, strides and kernel differ per axis and side."""
    x = g.input("x", [1, 4, 11, 14])
    y = g.node("Conv", [x, g.weight([9, 4, 3, 2], 4 * 3 * 2), g.bias(9)],
               kernel_shape=[3, 2], strides=[1, 2], pads=[0, 1, 2, 0])
    g.output(y, "y", [1, 9, 11, 7])


@model
def conv_large_ic(g):
    """A reduction of 1728 terms, too long for one pass of the array."""
    x = g.input("x", [1, 192, 9, 9])
    g.output(g.conv(x, 192, 64, 3, pad=1), "y", [1, 64, 9, 9])


@model
def conv_bn_relu(g):
    x = g.input("x", [1, 8, 12, 12])
    g.output(g.relu(g.conv_bn(x, 8, 16, 3, pad=1)), "y", [1, 16, 12, 12])


@model
def conv_relu_pool(g):
    x = g.input("x", [1, 3, 14, 14], pixels)
    g.output(g.max_pool(g.relu(g.conv(x, 3, 8, 3, pad=1)), 2, 2), "y", [1, 8, 7, 7])


def conv_extent(height, width, channels):
    def build(g):
        x = g.input("x", [1, channels, height, width])
        g.output(g.conv(x, channels, 6, 3, pad=1), "y", [1, 6, height, width])
    build.__name__ = f"conv_extent_{height}x{width}"
    model(build)


for extent in [(1, 1, 24), (7, 7, 5), (13, 13, 5), (17, 17, 5), (97, 17, 1),
               (1, 97, 4), (97, 1, 4), (13, 17, 5)]:
    conv_extent(*extent)


@model
def conv_kernel_beyond(g):
    """A kernel larger than the picture; each window sees all of it."""
    x = g.input("x", [1, 6, 7, 5])
    y = g.node("Conv", [x, g.weight([5, 6, 9, 11], 6 * 7 * 5), g.bias(5)],
               kernel_shape=[9, 11], strides=[2, 1], pads=[4, 5, 4, 5])
    g.output(y, "y", [1, 5, 4, 5])


@model
def conv_dilated(g):
    """Taps 3 and 2 apart, and strides beyond the kernel."""
    x = g.input("x", [1, 5, 17, 13])
    y = g.node("Conv", [x, g.weight([7, 5, 3, 3], 45), g.bias(7)], kernel_shape=[3, 3],
               dilations=[3, 2], pads=[3, 2, 3, 2])
    y = g.node("Conv", [y, g.weight([9, 7, 2, 2], 28), g.bias(9)], kernel_shape=[2, 2],
               strides=[5, 4])
    g.output(y, "y", [1, 9, 4, 3])


# Groups: channels of a group fewer than, as many as and more than those of an array


def conv_groups(name, ic, oc, group, kernel, extent=(11, 9), **attributes):
    def build(g):
        x = g.input("x", [1, ic, *extent])
        y = g.relu(g.conv_group(x, ic, oc, group, kernel, **attributes))
        pads = attributes.get("pads", [0] * 4)
        strides = attributes.get("strides", [1, 1])
        size = [(extent[i] + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1
                for i in range(2)]
        g.output(y, "y", [1, oc, *size])
    build.__name__ = name
    model(build)


conv_groups("conv_depthwise3x3", 24, 24, 24, [3, 3], pads=[1] * 4)
conv_groups("conv_depthwise5x5_s2", 70, 70, 70, [5, 5], (14, 13), pads=[1, 1, 2, 2],
            strides=[2, 2])
conv_groups("conv_depthwise_1x1_picture", 40, 40, 40, [3, 3], (1, 1), pads=[1] * 4)
conv_groups("conv_depthwise_times3", 10, 30, 10, [3, 3], pads=[1] * 4)
conv_groups("conv_group2", 10, 14, 2, [3, 2])
conv_groups("conv_group3_uneven", 15, 21, 3, [1, 3], pads=[0, 1, 0, 1])
conv_groups("conv_group_of4", 72, 72, 18, [3, 3], pads=[1] * 4)
conv_groups("conv_group_of64", 128, 128, 2, [1, 2])
conv_groups("conv_group_of8_to16", 32, 64, 4, [3, 3], (7, 17), strides=[3, 1])


# Windows over a row


@model
def conv_row(g):
    x = g.input("x", [1, 13, 97])
    y = g.node("Conv", [x, g.weight([20, 13, 5], 65), g.bias(20)], kernel_shape=[5],
               strides=[3], pads=[2, 1])
    y = g.relu(y)
    y = g.node("Conv", [y, g.weight([20, 1, 3], 3), g.bias(20)], kernel_shape=[3], group=20,
               pads=[2, 2], dilations=[2])
    g.output(y, "y", [1, 20, 32])


@model
def conv_row_pool(g):
    x = g.input("x", [1, 24, 40])
    y = g.relu(g.node("Conv", [x, g.weight([24, 24, 3], 72), g.bias(24)], kernel_shape=[3],
                      pads=[1, 1]))
    y = g.node("MaxPool", [y], kernel_shape=[2], strides=[2])
    y = g.node("AveragePool", [y], kernel_shape=[3], strides=[2], pads=[1, 1])
    g.output(g.node("GlobalAveragePool", [y]), "y", [1, 24, 1])


# Residual blocks of He et al. 2016


@model
def residual_block(g):
    x = g.input("x", [1, 16, 10, 10])
    y = g.relu(g.conv_bn(x, 16, 16, 3, pad=1))
    y = g.conv_bn(y, 16, 16, 3, pad=1)
    g.output(g.relu(g.node("Add", [y, x])), "y", [1, 16, 10, 10])


@model
def residual_downsample(g):
    x = g.input("x", [1, 16, 10, 10])
    y = g.relu(g.conv_bn(x, 16, 32, 3, stride=2, pad=1))
    y = g.conv_bn(y, 32, 32, 3, pad=1)
    shortcut = g.conv_bn(x, 16, 32, 1, stride=2)
    g.output(g.relu(g.node("Add", [y, shortcut])), "y", [1, 32, 5, 5])


@model
def residual_relu6(g):
    """Sums that Conv and Gemm add themselves, then bounded."""
    x = g.input("x", [1, 20, 6, 6], lambda rng, s: 2 * normal(rng, s))
    y = g.node("Add", [x, g.conv(x, 20, 20, 3, pad=1)])
    y = g.node("Clip", [y] + bounds(0, 6)(g))
    y = g.gemm(g.node("Flatten", [g.max_pool(y, 3, 3)]), 80, 30)
    z = g.input("z", [1, 30])
    g.output(g.node("Add", [y, z]), "y", [1, 30])


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
binary("sub", "Sub", [1, 10, 5, 7], [1, 10, 5, 7], [1, 10, 5, 7])
binary("mul", "Mul", [1, 10, 5, 7], [1, 10, 5, 7], [1, 10, 5, 7])
binary("mul_channels", "Mul", [1, 40, 5, 7], [1, 40, 1, 1], [1, 40, 5, 7])
binary("mul_plane", "Mul", [1, 1, 5, 7], [1, 20, 5, 7], [1, 20, 5, 7])
binary("mul_batch", "Mul", [3, 10, 4], [4], [3, 10, 4])
binary("mul_const", "Mul", [1, 20, 5, 7], [20, 1, 1], [1, 20, 5, 7], normal)
binary("sub_const", "Sub", [1, 20, 5, 7], [], [1, 20, 5, 7],
       lambda rng, shape: np.float32(0.75).reshape(shape))
binary("add_const_plane", "Add", [1, 20, 5, 7], [5, 7], [1, 20, 5, 7], normal)
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


def bounds(low, high):
    def inputs(g):
        return [g.constant(np.array(v, np.float32), "bound") if v is not None else ""
                for v in (low, high)]
    return inputs


unary("LeakyRelu", alpha=0.1)
unary("Clip", inputs=bounds(0, 2))
unary("Clip", name="clip_high", inputs=bounds(None, 8))
unary("Sigmoid")
unary("Tanh")
unary("HardSigmoid", alpha=1 / 6)


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
def squeeze_excite(g):
    """The gate of a MobileNetV3 block, behind the mean."""
    x = g.input("x", [1, 24, 6, 5])
    y = g.node("Relu", [g.conv(g.input("mean", [1, 24, 1, 1]), 24, 8, 1)])
    y = g.node("HardSigmoid", [g.conv(y, 8, 24, 1)])
    g.output(g.node("Mul", [x, y]), "y", [1, 24, 6, 5])


@model
def conv_relu6(g):
    x = g.input("x", [1, 8, 9, 9], lambda rng, s: 6 * normal(rng, s))
    y = g.node("Clip", [g.conv(x, 8, 20, 3, pad=1)] + bounds(0, 6)(g))
    y = g.node("Clip", [g.conv(y, 20, 9, 1)] + bounds(-1, 1.5)(g))
    g.output(y, "y", [1, 9, 9, 9])


def depthwise(g, x, channels, group, **attributes):
    weight = g.weight([channels, channels // group, 3, 3], channels // group * 9)
    return g.node("Conv", [x, weight, g.bias(channels)], kernel_shape=[3, 3],
                  pads=[1] * 4, group=group, **attributes)


@model
def inverted_residual(g):
    """A block of MobileNetV2: expand, depthwise with ReLU6, project, add."""
    x = g.input("x", [1, 12, 7, 7], lambda rng, s: 3 * normal(rng, s))
    y = g.node("Clip", [g.conv(x, 12, 40, 1)] + bounds(0, 6)(g))
    y = g.node("Clip", [depthwise(g, y, 40, 40)] + bounds(0, 6)(g))
    g.output(g.node("Add", [x, g.conv(y, 40, 12, 1)]), "y", [1, 12, 7, 7])


@model
def grouped_fused(g):
    """Groups with sums, slopes and bounds: two of 32 channels, and 16 of 4."""
    x = g.input("x", [1, 64, 4, 4])
    y = g.node("LeakyRelu", [depthwise(g, x, 64, 2)], alpha=0.25)
    y = g.node("Add", [depthwise(g, y, 64, 2), x])
    y = g.node("Clip", [y] + bounds(-1, 2)(g))
    z = g.node("LeakyRelu", [depthwise(g, y, 64, 16)], alpha=0.25)
    z = g.node("Add", [y, depthwise(g, z, 64, 16)])
    g.output(g.node("Clip", [z] + bounds(0, 2)(g)), "y", [1, 64, 4, 4])


@model
def conv_leaky(g):
    x = g.input("x", [1, 8, 5, 5])
    y = g.node("LeakyRelu", [g.conv(x, 8, 20, 3, pad=1)], alpha=0.2)
    y = g.node("Flatten", [y])
    g.output(g.node("LeakyRelu", [g.gemm(y, 500, 11)], alpha=0.1), "y", [1, 11])


def softmax(name, shape, **attributes):
    def build(g):
        x = g.input("x", shape, lambda rng, s: 3 * normal(rng, s))
        g.output(g.node("Softmax", [x], **attributes), "y", shape)
    build.__name__ = name
    model(build)


softmax("softmax10", [1, 10])  # the axis is the default of opset 13, -1
softmax("softmax100", [1, 100], axis=-1)
softmax("softmax_axis1", [7, 20], axis=1)


# Matrix products


@model
def gemm_bias(g):
    x = g.input("x", [1, 100])
    g.output(g.gemm(x, 100, 30), "y", [1, 30])


@model
def matmul_const(g):
    x = g.input("x", [7, 48])
    y = g.node("MatMul", [x, g.weight([48, 20], 48)])
    g.output(y, "y", [7, 20])


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


# Graph structure


@model
def shape_chain(g):
    """Nothing to compute: the data only changes its shape."""
    y = g.node("Identity", [g.input("x", [1, 6, 4, 5])])
    y = g.node("Dropout", [y])
    y = g.reshape(g.node("Flatten", [y], axis=1), [1, -1, 3])
    g.output(g.node("Flatten", [y], axis=1), "y", [1, 120])


@model
def shape_chain_gemm(g):
    x = g.input("x", [1, 3, 8, 8])
    y = g.node("Dropout", [g.node("Identity", [g.relu(g.conv(x, 3, 5, 3))])])
    y = g.reshape(g.node("Flatten", [y]), [0, -1])
    g.output(g.gemm(y, 5 * 6 * 6, 12), "y", [1, 12])


@model
def two_inputs_two_outputs(g):
    a = g.input("a", [1, 4, 8, 8])
    b = g.input("b", [1, 6, 8, 8])
    left = g.relu(g.conv(a, 4, 8, 3, pad=1))
    right = g.conv(b, 6, 8, 1)
    total = g.node("Add", [left, right])
    g.output(g.max_pool(total, 2, 2), "pooled", [1, 8, 4, 4])
    g.output(g.gemm(g.node("Flatten", [left]), 512, 10), "scores", [1, 10])


@model
def output_also_consumed(g):
    """A tensor that is a graph output and the input of a later node."""
    x = g.input("x", [1, 4, 8, 8])
    features = g.relu(g.conv(x, 4, 8, 3, pad=1))
    y = g.max_pool(features, 2, 2)
    g.output(features, "features", [1, 8, 8, 8])
    g.output(y, "y", [1, 8, 4, 4])


# Data movement: windows, views and moves


@model
def concat_channels(g):
    """Parts of 5, 16 and 7 channels: no array divides them."""
    x = g.input("x", [1, 6, 9, 10])
    parts = [g.relu(g.conv(x, 6, c, 3, pad=1)) for c in (5, 16, 7)]
    y = g.node("Concat", parts, axis=1)
    g.output(g.conv(y, 28, 12, 3, pad=1), "y", [1, 12, 9, 10])


@model
def concat_inputs(g):
    """Inputs of different scale; the second stands twice, one part is also read alone."""
    a = g.input("a", [2, 3, 5, 7])
    b = g.input("b", [2, 9, 5, 7], lambda rng, shape: 5 * normal(rng, shape))
    y = g.node("Concat", [b, a, b], axis=1)
    g.output(g.node("Concat", [g.max_pool(y, 3, 1, 1), y], axis=3), "y", [2, 21, 5, 14])
    g.output(g.relu(a), "z", [2, 3, 5, 7])


@model
def concat_nested(g):
    x = g.input("x", [1, 4, 6, 6])
    a, b, c = [g.conv(x, 4, n, 1) for n in (8, 3, 6)]
    y = g.node("Concat", [g.node("Concat", [a, b], axis=1), c], axis=1)
    y = g.node("Concat", [y, g.relu(y)], axis=2)
    g.output(y, "y", [1, 17, 12, 6])


@model
def split_and_slice(g):
    """Windows of channels and rows, of which a convolution with a border is one reader."""
    x = g.conv(g.input("x", [1, 5, 12, 11]), 5, 30, 3, pad=1)
    sizes = g.constant(np.array([7, 16, 7], np.int64), "sizes")
    a, b, c = g.node("Split", [x, sizes], outputs=3, axis=1)
    ints = lambda *values: g.constant(np.array(values, np.int64), "ints")
    d = g.node("Slice", [b, ints(2, 1), ints(9, 100), ints(2, 3), ints(1, 2)])
    y = g.node("Add", [a, c])
    g.output(g.conv(b, 16, 8, 3, pad=1), "conv", [1, 8, 12, 11])
    g.output(g.conv(d, 16, 8, 3, pad=1), "part", [1, 8, 7, 5])
    g.output(y, "sum", [1, 7, 12, 11])
    g.output(c, "c", [1, 7, 12, 11])


@model
def slice_backwards(g):
    """Negative steps, along channels too."""
    x = g.input("x", [1, 20, 6, 5])
    ints = lambda *values: g.constant(np.array(values, np.int64), "ints")
    y = g.node("Slice", [x, ints(-1, -1), ints(-100, -100), ints(1, 3), ints(-3, -1)])
    g.output(g.relu(y), "y", [1, 7, 6, 5])


@model
def focus(g):
    """Every second pixel of every second row as channels, as in YOLOv5."""
    x = g.input("x", [1, 3, 16, 12], pixels)
    ints = lambda *values: g.constant(np.array(values, np.int64), "ints")
    parts = [g.node("Slice", [x, ints(i, j), ints(16, 12), ints(2, 3), ints(2, 2)])
             for j in (0, 1) for i in (0, 1)]
    y = g.node("Concat", parts, axis=1)
    g.output(g.relu(g.conv(y, 12, 10, 3, pad=1)), "y", [1, 10, 8, 6])


@model
def nhwc_model(g):
    """Input and output with channels last: the transposes cost nothing."""
    x = g.input("x", [1, 10, 8, 3], pixels)
    y = g.node("Transpose", [x], perm=[0, 3, 1, 2])
    y = g.relu(g.conv(y, 3, 20, 3, pad=1))
    g.output(g.node("Transpose", [y], perm=[0, 2, 3, 1]), "y", [1, 10, 8, 20])


@model
def transpose_planes(g):
    """Rows become columns, channels become rows."""
    x = g.input("x", [1, 5, 7, 9])
    y = g.relu(g.node("Transpose", [x], perm=[0, 1, 3, 2]))
    g.output(g.conv(y, 5, 4, 3, pad=1), "y", [1, 4, 9, 7])
    y = g.relu(g.node("Transpose", [x], perm=[0, 2, 1, 3]))
    g.output(y, "z", [1, 7, 5, 9])
    g.output(g.node("Transpose", [x], perm=[3, 0, 2, 1]), "t", [9, 1, 7, 5])


@model
def detector_heads(g):
    """Anchors of two scales as one list, as in BlazeFace."""
    x = g.relu(g.conv(g.input("x", [1, 3, 16, 16], pixels), 3, 24, 3, pad=1))
    low = g.relu(g.conv(x, 24, 30, 3, stride=2, pad=1))
    scores, boxes = [], []
    for t, c, anchors, side in ((x, 24, 2, 16), (low, 30, 6, 8)):
        for out, values in ((scores, 1), (boxes, 5)):
            h = g.conv(t, c, anchors * values, 1)
            h = g.node("Transpose", [h], perm=[0, 2, 3, 1])
            out.append(g.reshape(h, [1, side * side * anchors, values]))
    g.output(g.node("Concat", scores, axis=1), "scores", [1, 896, 1])
    g.output(g.node("Concat", boxes, axis=1), "boxes", [1, 896, 5])


@model
def channel_shuffle(g):
    """Zhang et al. 2018, with three groups."""
    x = g.relu(g.conv(g.input("x", [1, 4, 8, 8]), 4, 18, 1))
    y = g.node("Transpose", [g.reshape(x, [1, 3, 6, 8, 8])], perm=[0, 2, 1, 3, 4])
    y = g.reshape(y, [1, 18, 8, 8])
    g.output(g.conv(y, 18, 6, 3, pad=1), "y", [1, 6, 8, 8])


@model
def reshape_moves(g):
    """Shapes whose elements stand elsewhere, with and without common factors."""
    x = g.input("x", [1, 6, 4, 5])
    y = g.relu(g.reshape(x, [1, 4, 30]))
    g.output(g.node("MatMul", [y, g.weight([30, 7], 30)]), "y", [1, 4, 7])
    y = g.reshape(g.relu(g.reshape(x, [1, 8, 15])), [1, 5, 24])
    g.output(g.node("Softmax", [y], axis=2), "z", [1, 5, 24])


@model
def ocr_sequence(g):
    """Columns of a picture as a sequence, as recognizers of text lines read it."""
    x = g.input("x", [1, 3, 4, 40], pixels)
    y = g.max_pool(g.relu(g.conv(x, 3, 20, 3, pad=1)), 4, 4)
    y = g.node("Squeeze", [y, g.constant(np.array([2], np.int64), "axes")])
    y = g.node("Transpose", [y], perm=[0, 2, 1])
    y = g.node("MatMul", [y, g.weight([20, 12], 20)])
    g.output(g.node("Softmax", [y], axis=2), "y", [1, 10, 12])


def pad(name, pads, mode="constant", value=None, shape=(1, 6, 7, 8)):
    def build(g):
        x = g.relu(g.input("x", list(shape)))
        inputs = [x, g.constant(np.array(pads, np.int64), "pads")]
        if value is not None:
            inputs.append(g.constant(np.array(value, np.float32), "value"))
        rank = len(shape)
        out = [n + pads[i] + pads[i + rank] for i, n in enumerate(shape)]
        g.output(g.node("Pad", inputs, mode=mode), "y", out)
    build.__name__ = name
    model(build)


pad("pad_zeros", [0, 0, 1, 2, 0, 0, 3, 0])
pad("pad_value", [0, 2, 0, 1, 1, 3, 0, 0], value=1.25)
pad("pad_below", [0, 2, 0, 1, 1, 3, 0, 0], value=-9.0)
pad("pad_edge", [0, 2, 1, 2, 0, 3, 3, 0], mode="edge")
pad("pad_reflect", [0, 2, 1, 2, 0, 3, 3, 0], mode="reflect")
pad("pad_crop", [0, -2, 1, -1, 0, 0, -3, 2])


@model
def pad_channels(g):
    """The shortcut of a block that adds channels."""
    x = g.input("x", [1, 10, 8, 8])
    y = g.conv(g.relu(g.conv(x, 10, 10, 3, pad=1)), 10, 14, 3, pad=1)
    x = g.node("Pad", [x, g.constant(np.array([0, 0, 0, 0, 0, 4, 0, 0], np.int64), "pads")])
    g.output(g.relu(g.node("Add", [x, y])), "y", [1, 14, 8, 8])


@model
def pad_conv(g):
    """Zeros around a picture that only convolutions read, as TensorFlow exports them."""
    x = g.relu(g.input("x", [1, 6, 9, 10]))
    pads = g.constant(np.array([0, 0, 0, 1, 0, 0, 1, 2], np.int64), "pads")
    x = g.node("Pad", [x, pads])
    y = g.conv(x, 6, 8, 3, stride=2)
    g.output(g.node("Add", [y, g.conv(x, 6, 8, 5, stride=2, pad=1)]), "y", [1, 8, 4, 6])


@model
def depth_to_space(g):
    x = g.input("x", [1, 4, 6, 5])
    y = g.node("DepthToSpace", [g.conv(x, 4, 24, 3, pad=1)], blocksize=2)
    y = g.conv(y, 6, 8, 3, pad=1)
    g.output(g.node("DepthToSpace", [y], blocksize=2, mode="CRD"), "y", [1, 2, 24, 20])


@model
def space_to_depth(g):
    x = g.input("x", [1, 3, 8, 12])
    y = g.node("SpaceToDepth", [x], blocksize=2)
    g.output(g.conv(y, 12, 7, 3, pad=1), "y", [1, 7, 4, 6])


@model
def tile_expand_gather(g):
    ints = lambda *values: g.constant(np.array(values, np.int64), "ints")
    x = g.input("x", [1, 5, 3, 4])
    g.output(g.node("Tile", [x, ints(2, 2, 1, 3)]), "tile", [2, 10, 3, 12])
    y = g.max_pool(x, 3, 3)
    g.output(g.node("Expand", [y, ints(2, 5, 4, 1)]), "expand", [2, 5, 4, 1])
    g.output(g.relu(g.node("Gather", [x, ints(2, 0, 1)], axis=2)), "rows", [1, 5, 3, 4])
    one = g.constant(np.array(-2, np.int64), "one")
    g.output(g.relu(g.node("Gather", [x, one], axis=3)), "column", [1, 5, 3])


@model
def batch_of_three(g):
    x = g.input("x", [3, 4, 7, 6])
    y = g.relu(g.conv(x, 4, 10, 3, pad=1))
    z = g.max_pool(g.conv(x, 4, 6, 1), 3, 1, 1)
    y = g.conv(g.node("Concat", [y, z], axis=1), 16, 8, 3, stride=2)
    g.output(g.gemm(g.node("Flatten", [y]), 48, 9), "y", [3, 9])


@model
def memory_chain(g):
    """Tensors that share memory, so that the program makes their borders; one lives long."""
    x = g.relu(g.conv(g.input("x", [1, 3, 22, 24], pixels), 3, 20, 3, pad=1))
    y = g.max_pool(g.relu(g.conv(x, 20, 33, 3, pad=1)), 3, 1, 1)
    y = g.relu(g.conv(y, 33, 30, 3, pad=1))
    y = g.conv(g.relu(g.conv(y, 30, 36, 5, pad=2)), 36, 20, 3, pad=1)
    g.output(g.conv(g.relu(g.node("Add", [y, x])), 20, 5, 3, pad=1), "y", [1, 5, 22, 24])


# Resize and ConvTranspose


def resize(name, shape, out, mode, sizes=False, **attributes):
    def build(g):
        x = g.relu(g.input("x", shape))
        if sizes:
            inputs = [x, "", "", g.constant(np.array(out, np.int64), "sizes")]
        else:
            scales = np.array([o / i for o, i in zip(out, shape)], np.float32)
            inputs = [x, "", g.constant(scales, "scales")]
        g.output(g.node("Resize", inputs, mode=mode, **attributes), "y", out)
    build.__name__ = name
    model(build)


resize("resize_nearest_x2", [1, 10, 5, 7], [1, 10, 10, 14], "nearest",
       coordinate_transformation_mode="asymmetric", nearest_mode="floor")
resize("resize_nearest_x3", [2, 5, 4, 3], [2, 5, 12, 9], "nearest")
resize("resize_nearest_odd", [1, 5, 7, 9], [1, 5, 10, 4], "nearest", sizes=True)
resize("resize_linear_x2", [1, 10, 6, 7], [1, 10, 12, 14], "linear")
resize("resize_linear_x4", [1, 4, 5, 4], [1, 4, 20, 16], "linear",
       coordinate_transformation_mode="pytorch_half_pixel")
resize("resize_linear_corners", [1, 6, 6, 8], [1, 6, 12, 16], "linear",
       coordinate_transformation_mode="align_corners")
resize("resize_linear_asymmetric", [1, 6, 6, 8], [1, 6, 12, 8], "linear",
       coordinate_transformation_mode="asymmetric")
resize("resize_linear_odd", [1, 3, 9, 11], [1, 3, 13, 5], "linear", sizes=True)


@model
def upsample_and_concat(g):
    """A decoder: what was halved comes back beside what was not."""
    x = g.relu(g.conv(g.input("x", [1, 3, 12, 16], pixels), 3, 9, 3, pad=1))
    low = g.relu(g.conv(x, 9, 20, 3, stride=2, pad=1))
    scales = g.constant(np.array([1, 1, 2, 2], np.float32), "scales")
    up = g.node("Resize", [low, "", scales], mode="linear",
                coordinate_transformation_mode="align_corners")
    y = g.relu(g.conv(g.node("Concat", [up, x], axis=1), 29, 8, 3, pad=1))
    near = g.node("Resize", [low, "", scales], mode="nearest")
    near = g.conv(near, 20, 8, 1)
    g.output(g.node("Add", [y, near]), "y", [1, 8, 12, 16])


def deconv(name, shape, weight, out, groups=1, **attributes):
    def build(g):
        x = g.input("x", shape)
        fan_in = shape[1] // groups * max(1, np.prod(weight[2:]) // 4)
        w = g.weight(weight, fan_in)
        b = g.bias(out[1])
        g.output(g.relu(g.node("ConvTranspose", [x, w, b], group=groups, **attributes)),
                 "y", out)
    build.__name__ = name
    model(build)


deconv("deconv2x2_s2", [1, 20, 5, 6], [20, 10, 2, 2], [1, 10, 10, 12], strides=[2, 2])
deconv("deconv4x4_s2", [1, 6, 5, 6], [6, 9, 4, 4], [1, 9, 10, 12], strides=[2, 2],
       pads=[1, 1, 1, 1])
deconv("deconv3x3_s2", [2, 6, 5, 6], [6, 9, 3, 3], [2, 9, 10, 12], strides=[2, 2],
       pads=[1, 1, 1, 1], output_padding=[1, 1])
deconv("deconv3x3_s1", [1, 6, 5, 6], [6, 9, 3, 3], [1, 9, 7, 8])
deconv("deconv2x3_s3x4", [1, 6, 5, 4], [6, 9, 2, 3], [1, 9, 14, 15], strides=[3, 4])
deconv("deconv3x3_d2_s3", [1, 6, 5, 4], [6, 9, 3, 3], [1, 9, 15, 11], strides=[3, 2],
       dilations=[2, 2], pads=[1, 0, 1, 0])


# Models that the compiler refuses


@model
def unsupported_ops(g):
    """Three operators that the compiler does not know; it should name all."""
    y = g.node("Erf", [g.input("x", [1, 16])])
    values, _ = g.node("TopK", [y, g.constant(np.array([8], np.int64), "k")], outputs=2)
    sequence = g.reshape(values, [4, 1, 2])
    y = g.node("LSTM", [sequence, g.weight([1, 12, 2], 2), g.weight([1, 12, 3], 3)],
               hidden_size=3)
    g.output(y, "y", [4, 1, 1, 3])
    g.runnable = False


@model
def symbolic_batch(g):
    """The batch is "N"; with N = 1 it is a model like any other."""
    x = g.input("x", [1, 20], symbolic="N")
    g.output(g.relu(g.gemm(x, 20, 10)), "y", [1, 10], symbolic="N")


def stem(g, name, tensor):
    return name if len(g.inputs) == 1 else f"{name}.{tensor}"


def calib_shape(shape):
    large = np.prod(shape) > LARGE_INPUT
    return [shape[0] * (CALIB_SAMPLES_LARGE if large else CALIB_SAMPLES)] + shape[1:]


def write_inputs(g, out):
    """Write input and calibration data; returns the oracle's arguments."""
    arguments = []
    for tensor, (sampler, shape) in g.samplers.items():
        path = os.path.join(out, stem(g, g.name, tensor))
        np.save(path + ".in.npy", sampler(g.rng, shape))
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
    parser.add_argument("--out", default=os.path.join(root, "tests", "models", "ops"))
    parser.add_argument("--no-expect", action="store_true",
                        help="models and inputs only, onnxruntime is not needed")
    args = parser.parse_args()
    unknown = set(args.names) - set(MODELS)
    if unknown:
        parser.error("no such model: " + " ".join(sorted(unknown)))

    os.makedirs(args.out, exist_ok=True)
    for name in args.names or MODELS:
        g = Graph(name)
        MODELS[name](g)
        onnx.save(g.proto(), os.path.join(args.out, name + ".onnx"))
        inputs = write_inputs(g, args.out)
        if g.runnable and not args.no_expect:
            write_expected(g, args.out, inputs)


if __name__ == "__main__":
    main()
