# SPDX-License-Identifier: MIT
"""Convolutions, groups, windows over a row, and what is fused into them."""

import numpy as np

from .graph import bounds, model, normal, pixels


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


def windows(g, x, shape, terms=None, **attributes):
    """Conv with weights of a shape; terms: of most sums, as many as weights by default."""
    weight = g.weight(shape, terms or int(np.prod(shape[1:])))
    return g.node("Conv", [x, weight, g.bias(shape[0])], kernel_shape=shape[2:],
                  **attributes)


@model
def conv_asymmetric_pads(g):
    """Pads, strides and kernel differ per axis and side."""
    x = g.input("x", [1, 4, 11, 14])
    y = windows(g, x, [9, 4, 3, 2], strides=[1, 2], pads=[0, 1, 2, 0])
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
    y = windows(g, x, [5, 6, 9, 11], 6 * 7 * 5, strides=[2, 1], pads=[4, 5, 4, 5])
    g.output(y, "y", [1, 5, 4, 5])


@model
def conv_dilated(g):
    """Taps 3 and 2 apart, and strides beyond the kernel."""
    x = g.input("x", [1, 5, 17, 13])
    y = windows(g, x, [7, 5, 3, 3], dilations=[3, 2], pads=[3, 2, 3, 2])
    y = windows(g, y, [9, 7, 2, 2], strides=[5, 4])
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
    y = g.relu(windows(g, x, [20, 13, 5], strides=[3], pads=[2, 1]))
    y = windows(g, y, [20, 1, 3], group=20, pads=[2, 2], dilations=[2])
    g.output(y, "y", [1, 20, 32])


@model
def conv_row_pool(g):
    x = g.input("x", [1, 24, 40])
    y = g.relu(windows(g, x, [24, 24, 3], pads=[1, 1]))
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


# Activations and sums that become a part of a convolution


@model
def conv_relu6(g):
    x = g.input("x", [1, 8, 9, 9], lambda rng, s: 6 * normal(rng, s))
    y = g.node("Clip", [g.conv(x, 8, 20, 3, pad=1)] + bounds(0, 6)(g))
    y = g.node("Clip", [g.conv(y, 20, 9, 1)] + bounds(-1, 1.5)(g))
    g.output(y, "y", [1, 9, 9, 9])


def depthwise(g, x, channels, group, **attributes):
    return windows(g, x, [channels, channels // group, 3, 3], pads=[1] * 4, group=group,
                   **attributes)


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
def depthwise_fused(g):
    """Depthwise convolutions with sums, slopes and bounds."""
    x = g.input("x", [1, 24, 9, 7])
    y = g.node("LeakyRelu", [depthwise(g, x, 24, 24)], alpha=0.25)
    y = g.node("Add", [x, depthwise(g, y, 24, 24)])
    y = g.node("Clip", [y] + bounds(-1, 2)(g))
    z = g.input("z", [1, 24, 9, 7], lambda rng, s: 3 * normal(rng, s))
    g.output(g.node("Add", [depthwise(g, y, 24, 24), z]), "y", [1, 24, 9, 7])


@model
def conv_leaky(g):
    x = g.input("x", [1, 8, 5, 5])
    y = g.node("LeakyRelu", [g.conv(x, 8, 20, 3, pad=1)], alpha=0.2)
    y = g.node("Flatten", [y])
    g.output(g.node("LeakyRelu", [g.gemm(y, 500, 11)], alpha=0.1), "y", [1, 11])
