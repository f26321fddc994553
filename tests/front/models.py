#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Float evaluation of the trained models of scripts/fetch-models.sh, compared
with onnxruntime. Prints TAP; exit status 77 where models, onnxruntime or numpy
cannot be had.

Inputs are seeded pictures of small dark rectangles, as text has, with values as
the model expects them. Of every output all elements but one in 5,000 must be
within 1e-4 of its largest magnitude: the lines model keeps the scores that
equal the largest around them, and which do may hang on the last bit.
"""

import os
import sys
import tempfile

ROOT = os.environ.get("GS_SRC") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/scripts"))
from tap import Tap, output_of, skip  # noqa: E402

BUILD = os.environ.get("GS_BUILD", "build")
RTOL = 1e-4
OUTLIERS = 1 / 5000

# file, input, shape, low, high, seconds a run may take
MODELS = [
    ("blazeface_front", "input:0", (1, 128, 128, 3), -1, 1, 5),
    ("blazeface_back", "input:0", (1, 256, 256, 3), -1, 1, 5),
    ("mlsd_tiny_320", "input_image_with_alpha:0", (1, 320, 320, 4), 0, 255, 10),
    ("mlsd_tiny_512", "input_image_with_alpha:0", (1, 512, 512, 4), 0, 255, 20),
    ("ocr_cls", "x", (1, 3, 48, 192), -1, 1, 5),
    ("ocr_det", "x", (1, 3, 320, 320), -2, 2, 20),
    ("ocr_det", "x", (1, 3, 96, 160), -2, 2, 10),
    ("speech_embedding", "input_1", (1, 76, 32, 1), -2, 4, 5),
]


def picture(np, shape, low, high):
    """Rows of rectangles on a light ground, some noise; height before width."""
    rng = np.random.RandomState(1)
    channels_last = shape[3] < shape[1]
    height, width = shape[1:3] if channels_last else shape[2:]
    plane = np.full((height, width), 0.9)
    for top in range(4, height - 10, 18):
        left = 4
        while left < width - 12:
            right = left + rng.randint(2, 9)
            plane[top:top + rng.randint(5, 11), left:right] = 0.1
            left = right + (2 if rng.rand() < 0.8 else 14)
    plane = plane + 0.05 * rng.standard_normal(plane.shape)
    plane = low + (high - low) * np.clip(plane, 0, 1)
    axis = 2 if channels_last else 0
    channels = shape[3] if channels_last else shape[1]
    return np.stack([plane] * channels, axis)[np.newaxis].astype(np.float32)


def check(np, path, name, shape, low, high, limit, work):
    """One model; a sentence when it fails, and one to show."""
    np.save(f"{work}/in.npy", picture(np, shape, low, high))
    arg = f"{name}={work}/in.npy"
    output_of([f"{ROOT}/scripts/ort_golden.sh", path, arg, f"{work}/want"])
    text = output_of([f"{BUILD}/bin/float-eval",
                      f"{ROOT}/compiler/codelets", path, "-s",
                      f"{name}={'x'.join(map(str, shape))}", arg, work])
    import json
    with open(f"{work}/want/index.json", encoding="utf-8") as file:
        index = json.load(file)
    worst = seconds = 0.0
    for i, line in enumerate(text.splitlines()):
        tensor, _, seconds = line.rsplit(" ", 2)
        want = np.load(f"{work}/want/{index[tensor]['file']}")
        got = np.load(f"{work}/{i}.npy")
        if got.shape != want.shape:
            return f"{tensor} is {got.shape}, expected {want.shape}", ""
        if not np.ptp(want) > 0:
            return f"{tensor} is constant: the input does not tell", ""
        errors = np.sort((np.abs(got - want) / np.abs(want).max()).ravel())
        worst = max(worst, float(errors[-1 - int(errors.size * OUTLIERS)]))
    if len(text.splitlines()) != len(index):
        return "an output is missing", ""
    shown = f"{worst:.1e} of the largest value, {seconds} s"
    if not worst <= RTOL:
        return f"differs by {shown}", ""
    if float(seconds) > limit:
        return f"took {seconds} s, expected less than {limit} s", ""
    return None, shown


def main():
    try:
        import numpy as np
    except ImportError:
        skip("python3-numpy is not installed")
    cache = output_of([f"{ROOT}/scripts/fetch-models.sh"])
    output_of([f"{ROOT}/scripts/ort_golden.sh"])
    only = sys.argv[1:]
    models = [m for m in MODELS if not only or m[0] in only]
    tap = Tap()
    for model, name, shape, low, high, limit in models:
        with tempfile.TemporaryDirectory() as work:
            try:
                error, shown = check(np, f"{cache}/{model}.onnx", name, shape,
                                     low, high, limit, work)
            except RuntimeError as failure:
                error, shown = str(failure), ""
        tap.result(error is None, f"{model} {'x'.join(map(str, shape))}",
                   error or shown)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
