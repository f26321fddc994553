# SPDX-License-Identifier: MIT
"""Blocks of the networks of make_networks.py, small."""

import numpy as np

from .graph import model, normal, pixels


def swish(g, x):
    return g.node("Mul", [x, g.node("Sigmoid", [x])])


def leaky(g, x):
    return g.node("LeakyRelu", [x], alpha=0.1)


@model
def mbconv_silu(g):
    """EfficientNet: expand, depthwise, a gate from the mean, project, add."""
    x = g.input("x", [1, 12, 9, 7], lambda rng, s: 2 * normal(rng, s))
    y = swish(g, g.batch_norm(g.conv(x, 12, 36, 1, bias=False), 36))
    y = swish(g, g.conv_group(y, 36, 36, 36, [5, 5], pads=[2] * 4))
    gate = g.node("GlobalAveragePool", [y])
    gate = swish(g, g.conv(gate, 36, 3, 1))
    gate = g.node("Sigmoid", [g.conv(gate, 3, 36, 1)])
    y = g.conv_bn(g.node("Mul", [gate, y]), 36, 12, 1)
    g.output(g.node("Add", [y, x]), "y", [1, 12, 9, 7])


@model
def residual_pools(g):
    """ResNet: sums whose largest go on, sums behind an activation whose means
    do, as in DenseNet, and a mean of sums at the end."""
    x = g.input("x", [1, 10, 15, 13], lambda rng, s: 2 * normal(rng, s))
    y = g.conv_bn(g.relu(g.conv_bn(x, 10, 8, 1)), 8, 20, 3, pad=1)
    y = g.relu(g.node("Add", [y, g.conv_bn(x, 10, 20, 1)]))
    y = g.max_pool(y, 2, 2)
    y = g.node("AveragePool", [g.relu(g.conv_bn(y, 20, 12, 1))],
               kernel_shape=[2, 2], strides=[2, 2])
    z = g.node("Add", [leaky(g, g.conv_bn(y, 12, 12, 3, pad=1)), y])
    y = g.conv_bn(z, 12, 12, 3, pad=1)
    y = g.node("GlobalAveragePool", [g.relu(g.node("Add", [z, y]))])
    g.output(g.gemm(g.node("Flatten", [y]), 12, 10), "scores", [1, 10])


@model
def fire_modules(g):
    """SqueezeNet: two modules, a pool that counts what is there, scores."""
    y = g.input("x", [1, 20, 13, 13])
    for inputs, squeezed, expanded in ((20, 6, 10), (20, 9, 18)):
        y = g.relu(g.conv(y, inputs, squeezed, 1))
        sides = [g.relu(g.conv(y, squeezed, expanded, 1)),
                 g.relu(g.conv(y, squeezed, expanded, 3, pad=1))]
        y = g.node("MaxPool", [g.node("Concat", sides, axis=1)],
                   kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    y = g.node("GlobalAveragePool", [g.relu(g.conv(y, 36, 10, 1))])
    g.output(g.node("Flatten", [y]), "scores", [1, 10])


@model
def yolo_scales(g):
    """YOLOv3: residual layers, a head, and what it has twice as large for
    another one, beside what was before the stride."""
    x = g.input("x", [1, 3, 24, 16], pixels)
    x = leaky(g, g.conv_bn(x, 3, 8, 3, pad=1))
    x = g.node("Add", [x, leaky(g, g.conv_bn(leaky(g, g.conv_bn(x, 8, 4, 1)), 4, 8, 3,
                                             pad=1))])
    low = leaky(g, g.conv_bn(x, 8, 20, 3, stride=2, pad=1))
    low = leaky(g, g.conv_bn(low, 20, 10, 1))
    g.output(g.conv(low, 10, 21, 1), "large", [1, 21, 12, 8])
    scales = g.constant(np.array([1, 1, 2, 2], np.float32), "scales")
    up = g.node("Resize", [leaky(g, g.conv_bn(low, 10, 6, 1)), "", scales], mode="nearest",
                coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    y = leaky(g, g.conv_bn(g.node("Concat", [up, x], axis=1), 14, 10, 3, pad=1))
    g.output(g.conv(y, 10, 21, 1), "small", [1, 21, 24, 16])
