# SPDX-License-Identifier: MIT
"""Where the tests of this folder find what they judge; without numpy they are skipped."""

import os
import sys

ROOT = os.environ.setdefault("GS_SRC", os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.environ.setdefault("GS_BUILD", "build")
BIN = os.path.join(BUILD, "bin")

sys.path.insert(0, os.path.join(ROOT, "tests/scripts"))
from tap import Tap, output_of, skip  # noqa: E402, F401

try:
    import numpy  # noqa: F401
except ImportError:
    skip("python3-numpy is not installed")
