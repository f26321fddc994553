# SPDX-License-Identifier: MIT
"""Structure of graphs, and data movement."""

import numpy as np

from .graph import model, normal, pixels


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
def gather_table(g):
    """Indices of two dimensions, even along neither."""
    table = g.constant(np.array([[0, 4], [-1, 2]], np.int64), "table")
    x = g.input("x", [2, 5, 3, 4])
    g.output(g.node("Gather", [x, table], axis=1), "y", [2, 2, 2, 3, 4])
    g.output(g.relu(g.node("Gather", [g.max_pool(x, 3, 3), table], axis=1)), "z", [2, 2, 2, 1, 1])


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


@model
def results_read_on(g):
    """Views that are results of the model and read by others, too."""
    x = g.input("x", [1, 6, 5, 7])
    turned = g.node("Transpose", [x], perm=[2, 1, 0, 3])
    rows = g.node("ReduceMean", [x], axes=[2], keepdims=0)
    y = g.node("MaxPool", [rows], kernel_shape=[3], strides=[2], pads=[1, 1])
    g.output(g.conv(turned, 6, 9, 1), "z", [5, 9, 1, 7])
    g.output(turned, "turned", [5, 6, 1, 7])
    g.output(rows, "rows", [1, 6, 7])
    g.output(y, "y", [1, 6, 4])


@model
def turned_and_resized(g):
    """Linear Resize of what stands in another order; indices of what repeats."""
    x = g.input("x", [1, 9, 6, 5])
    turned = g.node("Transpose", [x], perm=[0, 3, 2, 1])
    sizes = g.constant(np.array([1, 5, 9, 18], np.int64), "sizes")
    g.output(g.node("Resize", [turned, "", "", sizes], mode="linear"), "y", [1, 5, 9, 18])
    again = g.node("Tile", [x, g.constant(np.array([1, 2, 1, 1], np.int64), "repeats")])
    some = g.constant(np.array([2, 10, 17, 2], np.int64), "indices")
    g.output(g.node("Gather", [again, some], axis=1), "z", [1, 4, 6, 5])


@model
def pad_flat(g):
    """The mirror image of what is several axes in memory."""
    x = g.input("x", [2, 5, 3, 4])
    flat = g.node("Flatten", [x])
    pads = g.constant(np.array([0, 7, 0, 5], np.int64), "pads")
    g.output(g.node("Pad", [flat, pads], mode="reflect"), "y", [2, 72])
