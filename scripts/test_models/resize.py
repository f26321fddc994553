# SPDX-License-Identifier: MIT
"""Resize and ConvTranspose."""

import numpy as np

from .graph import bounds, model, pixels


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
resize("resize_nearest_channels", [1, 9, 3, 4], [1, 27, 6, 4], "nearest", nearest_mode="ceil")
resize("resize_linear_channels", [1, 8, 3, 5], [1, 17, 3, 5], "linear", sizes=True)


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
@model
def deconv_fused(g):
    """Bounds and slopes; a bound that is no bound of the range."""
    x = g.input("x", [1, 6, 5, 6])
    y = g.node("ConvTranspose", [x, g.weight([6, 9, 4, 4], 24), g.bias(9)], strides=[2, 2],
               pads=[1, 1, 1, 1])
    y = g.node("Clip", [y] + bounds(-0.5, 1)(g))
    y = g.node("ConvTranspose", [y, g.weight([9, 5, 2, 2], 9), g.bias(5)], strides=[2, 2])
    g.output(g.node("LeakyRelu", [y], alpha=0.3), "y", [1, 5, 20, 24])


deconv("deconv3x3_d2_s3", [1, 6, 5, 4], [6, 9, 3, 3], [1, 9, 15, 11], strides=[3, 2],
       dilations=[2, 2], pads=[1, 0, 1, 0])
