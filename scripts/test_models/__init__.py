# SPDX-License-Identifier: MIT
"""The models of the compiler tests; MODELS has them by name."""

from . import blocks, convolution, int8, movement, pointwise, refused, resize
from .graph import MODELS, Graph
