#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""ResNet-50 with seeded weights, without torch.

	make_resnet50.py DIR

Writes DIR/resnet50.onnx, of the published shapes and with the names torchvision
gives its nodes, BatchNormalization folded, and DIR/resnet50.calib.npy, one
picture of smooth noise. The same packages give the same bytes. What networks
like trained ones need is in make_networks.py; schedules need shapes only.

Needs python3-onnx and python3-numpy. Exit status: 0, 77 without them, else 1.
"""
import os
import sys

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    print(f"make_resnet50: {error}", file=sys.stderr)
    sys.exit(77)

SEED = 50
STAGES = ((3, 64), (4, 128), (6, 256), (3, 512))
EXPANSION = 4
BRANCH_SCALE = 0.3  # of what is added to a residual sum


class Builder:
    """Nodes and weights in the order of the network."""

    def __init__(self):
        self.rng = np.random.Generator(np.random.PCG64(SEED))
        self.nodes, self.weights = [], []

    def constant(self, name, array):
        self.weights.append(numpy_helper.from_array(
            np.ascontiguousarray(array, np.float32), name))
        return name

    def node(self, op, name, inputs, **attributes):
        out = f"{name}_output_0"
        self.nodes.append(helper.make_node(op, inputs, [out], name=name,
                                           **attributes))
        return out

    def weight(self, shape, scale):
        array = self.rng.standard_normal(shape, np.float32)
        array *= np.float32(scale * np.sqrt(2 / np.prod(shape[1:])))
        return array

    def conv(self, name, x, outputs, inputs, kernel, stride=1, scale=1):
        path = name.strip("/").replace("/", ".").removesuffix(".Conv")
        w = self.constant(f"{path}.weight", self.weight(
            (outputs, inputs, kernel, kernel), scale))
        b = self.constant(f"{path}.bias", 0.1 * scale *
                          self.rng.standard_normal(outputs, np.float32))
        return self.node("Conv", name, [x, w, b], dilations=[1, 1], group=1,
                         kernel_shape=[kernel] * 2, strides=[stride] * 2,
                         pads=[kernel // 2] * 4)

    def block(self, name, x, inputs, width, stride):
        y = self.conv(f"{name}/conv1/Conv", x, width, inputs, 1)
        y = self.node("Relu", f"{name}/relu/Relu", [y])
        y = self.conv(f"{name}/conv2/Conv", y, width, width, 3, stride)
        y = self.node("Relu", f"{name}/relu_1/Relu", [y])
        y = self.conv(f"{name}/conv3/Conv", y, width * EXPANSION, width, 1,
                      scale=BRANCH_SCALE)
        if inputs != width * EXPANSION:
            x = self.conv(f"{name}/downsample/downsample.0/Conv", x,
                          width * EXPANSION, inputs, 1, stride, 0.7)
        y = self.node("Add", f"{name}/Add", [y, x])
        return self.node("Relu", f"{name}/relu_2/Relu", [y])


def build():
    b = Builder()
    x = b.conv("/conv1/Conv", "input", 64, 3, 7, 2)
    x = b.node("Relu", "/relu/Relu", [x])
    x = b.node("MaxPool", "/maxpool/MaxPool", [x], kernel_shape=[3, 3],
               strides=[2, 2], pads=[1] * 4)
    inputs = 64
    for stage, (blocks, width) in enumerate(STAGES, 1):
        for i in range(blocks):
            stride = 2 if stage > 1 and not i else 1
            x = b.block(f"/layer{stage}/layer{stage}.{i}", x, inputs, width,
                        stride)
            inputs = width * EXPANSION
    x = b.node("GlobalAveragePool", "/avgpool/GlobalAveragePool", [x])
    x = b.node("Flatten", "/Flatten", [x], axis=1)
    w = b.constant("fc.weight", b.weight((1000, inputs), 1))
    bias = b.constant("fc.bias", np.zeros(1000))
    b.node("Gemm", "/fc/Gemm", [x, w, bias], transB=1)
    b.nodes[-1].output[0] = "output"
    return b


def picture():
    """Noise as smooth as pictures are, about as large as normalized ones."""
    rng = np.random.Generator(np.random.PCG64(SEED + 1))
    small = rng.standard_normal((1, 3, 28, 28), np.float32)
    return np.repeat(np.repeat(small, 8, 2), 8, 3)


def main():
    if len(sys.argv) != 2:
        print("usage: make_resnet50.py DIR", file=sys.stderr)
        return 1
    b = build()
    graph = helper.make_graph(
        b.nodes, "resnet50",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT,
                                       [1, 3, 224, 224])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT,
                                       [1, 1000])], b.weights)
    model = helper.make_model(graph, producer_name="make_resnet50",
                              opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.save(model, os.path.join(sys.argv[1], "resnet50.onnx"))
    np.save(os.path.join(sys.argv[1], "resnet50.calib.npy"), picture())
    return 0


if __name__ == "__main__":
    sys.exit(main())
