# SPDX-License-Identifier: MIT
"""The test models with their data: shared by models.py and make_goldens.py."""

import glob
import os
import subprocess

import numpy as np

FASHION_IMAGES = 16
REFUSED = ("unsupported_ops",)
SHAPES = {"symbolic_batch": ["x=1x20"]}


def environment():
    """Without what models.sh sets for Python alone."""
    env = dict(os.environ)
    if "GS_ASAN_OPTIONS" in env:
        env["ASAN_OPTIONS"] = env.pop("GS_ASAN_OPTIONS")
        env.pop("LD_PRELOAD", None)
    return env


class TestModel:
    """One model: paths, calibration files and the input it is run on."""

    def __init__(self, onnx, root):
        self.onnx = onnx
        self.name = os.path.basename(onnx)[:-len(".onnx")]
        self.path = os.path.relpath(onnx, os.path.join(root, "tests/models"))
        self.golden = os.path.join(root, "tests/models/golden", self.name)
        self.golden4 = os.path.join(root, "tests/models/golden4",
                                    self.name + ".npz")
        self.shapes = SHAPES.get(self.name, [])
        self.is_fashion = self.name == "fashion_lenet"
        stem = onnx[:-len(".onnx")]
        if self.is_fashion:
            folder = os.path.dirname(onnx)
            self.calib = {None: f"{folder}/fashion_calib_256.npy"}
            self.input_files = {
                None: f"{folder}/fashion_test_1000_images.npy"}
        else:
            self.calib = self._files(stem, "calib")
            self.input_files = self._files(stem, "in")
        self.expect = {
            path[len(stem) + 1:-len(".expect.npy")]: path
            for path in sorted(glob.glob(f"{stem}.*.expect.npy"))}

    @staticmethod
    def _files(stem, kind):
        """Input name to file; None where the model has one input."""
        if os.path.exists(f"{stem}.{kind}.npy"):
            return {None: f"{stem}.{kind}.npy"}
        return {path[len(stem) + 1:-len(f".{kind}.npy")]: path
                for path in sorted(glob.glob(f"{stem}.*.{kind}.npy"))}

    def inputs(self):
        """Float input by name: samples along the first axis."""
        arrays = {name: np.load(path)
                  for name, path in self.input_files.items()}
        if self.is_fashion:
            pixels = arrays[None][:FASHION_IMAGES].astype(np.float64)
            arrays = {None: (pixels * (1 / 255)).astype(np.float32)}
        return arrays

    def compile(self, gsc, output, *options):
        """Run gsc; its messages on failure."""
        command = [gsc, self.onnx, "-o", output, *options]
        for name, path in self.calib.items():
            command += ["-c", f"{name}={path}" if name else path]
        for shape in self.shapes:
            command += ["-s", shape]
        done = subprocess.run(command, capture_output=True, text=True,
                              env=environment(), check=False)
        return None if done.returncode == 0 else (
            done.stderr.strip() or f"gsc: exit status {done.returncode}")


def load(root, only=()):
    """All models that compile, or those named, in order of their names."""
    paths = [os.path.join(root, "tests/models/fashion_lenet.onnx")]
    paths += sorted(glob.glob(os.path.join(root, "tests/models/ops/*.onnx")))
    models = [TestModel(path, root) for path in paths]
    models = [m for m in models if m.name not in REFUSED]
    unknown = set(only) - {m.name for m in models}
    if unknown:
        raise SystemExit(f"no such model: {', '.join(sorted(unknown))}")
    return [m for m in models if not only or m.name in only]
