# SPDX-License-Identifier: MIT
"""Models that the compiler refuses."""

import numpy as np

from .graph import model


@model
def unsupported_ops(g):
    """Three operators that the compiler does not know; it should name all."""
    y = g.node("Hardmax", [g.input("x", [1, 16])])
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
