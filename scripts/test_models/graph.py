# SPDX-License-Identifier: MIT
"""What the models are built with."""

import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
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

    def input(self, name, shape, sampler=normal, symbolic=None, dtype=TensorProto.FLOAT):
        """Add a graph input; symbolic names the first dimension."""
        declared = [symbolic] + shape[1:] if symbolic else shape
        self.inputs.append(helper.make_tensor_value_info(name, dtype, declared))
        self.samplers[name] = (sampler, shape)
        return name

    def output(self, tensor, name, shape, symbolic=None, dtype=TensorProto.FLOAT):
        """Name the tensor, the result of a node added before, as graph output."""
        for node in self.nodes:
            node.input[:] = [name if t == tensor else t for t in node.input]
            node.output[:] = [name if t == tensor else t for t in node.output]
        declared = [symbolic] + shape[1:] if symbolic else shape
        self.outputs.append(helper.make_tensor_value_info(name, dtype, declared))

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


def bounds(low, high):
    def inputs(g):
        return [g.constant(np.array(v, np.float32), "bound") if v is not None else ""
                for v in (low, high)]
    return inputs
