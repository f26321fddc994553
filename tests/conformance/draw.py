#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What gs-run finds in real pictures and draws onto them, the whole way: the
descriptions of runtime/descriptions, gsc calibrated with the picture itself,
gs-run --draw. Compared with the float model in onnxruntime on a picture that
was prepared, and outputs that were decoded, here. Prints TAP.

	draw.py [CASE...]	these only; --keep DIR leaves the pictures there

Exit status: 0, 77 when models or onnxruntime cannot be had, else 1.
"""

import argparse
import json
import os
import re
import struct
import sys
import tempfile
import zlib

from setting import BUILD, ROOT, output_of  # first: it skips

import numpy as np

import pictures
import real_inputs
import real_metrics

# Colours of runtime/heads/draw.c.
GREEN = (0, 230, 118)
TINT, TINT_PART = np.array([255, 64, 129]), 0.45
# Bounds are a little below what is reached, which a test prints. Overlaps are
# intersection over union; a line is found, or right, when one of the other's has
# both its ends within LINE_DISTANCE.
MIN_FACE_OVERLAP = 0.9  # reached: 0.92
MAX_SCORE_DIFFERENCE = 0.05  # 0.03
MIN_TEXT_OVERLAP = 0.95  # 0.96
MIN_TEXT_COVERED = 0.99  # of the float model's mask by regions: 1.00
MIN_LINES_FOUND = 0.9  # 0.93, 14 of 15
MIN_LINES_RIGHT = 0.95  # 0.97, 30 of 31
LINE_DISTANCE = 16  # pixels of the picture


class Failure(Exception):
    """A sentence: what is wrong."""


def call(command):
    try:
        return output_of(command)
    except RuntimeError as error:
        raise Failure(f"{os.path.basename(command[0])}: {error}") from None


def require(condition, text):
    if not condition:
        raise Failure(text)


def write_png(path, array):
    """RGB, without filters."""
    height, width, _ = array.shape
    rows = b"".join(b"\0" + row.tobytes() for row in array.astype(np.uint8))

    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body +
                struct.pack(">I", zlib.crc32(kind + body)))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" +
                   chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2,
                                              0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Placed:
    """A picture in the input of a model, and the way back."""

    def __init__(self, picture, size, letterbox):
        height, width = picture.shape[:2]
        by = min(size[0] / height, size[1] / width)
        inner = ((round(height * by), round(width * by)) if letterbox
                 else size)
        self.top, self.left = ((size[0] - inner[0]) // 2,
                               (size[1] - inner[1]) // 2)
        self.scale = np.array([width / inner[1], height / inner[0]])
        self.array = np.zeros((*size, 3))
        self.array[self.top:self.top + inner[0],
                   self.left:self.left + inner[1]] = np.round(pictures.crop(
                       picture, 0, 0, height, width, inner))

    def back(self, points):
        """x, y, x, y, ... of the input to those of the picture."""
        return ((np.reshape(points, (-1, 2)) - [self.left, self.top]) *
                self.scale).reshape(np.shape(points))


class Case:
    """A model on a picture: what it is given, how it is judged."""

    def __init__(self, name, picture, size, prepare, judge, model=None,
                 rows=None, letterbox=True, shape=None):
        self.name, self.picture, self.size = name, picture, size
        self.prepare, self.judge = prepare, judge
        self.model = model or name
        self.rows, self.letterbox, self.shape = rows, letterbox, shape

    def load(self, cache, folder):
        """Path and array of the picture, or of a part of it."""
        path = os.path.join(cache, self.picture)
        array = pictures.read_png(path)
        if self.rows:
            array = array[:self.rows]
            path = os.path.join(folder, "part.png")
            write_png(path, array)
        return path, array

    def oracle(self, cache, folder, placed):
        """Outputs of the float model by name."""
        tensor = next(m.tensor for m in real_inputs.MODELS
                      if m.name == self.model)
        sample, out = (os.path.join(folder, n) for n in ("in.npy", "float"))
        np.save(sample, self.prepare(placed.array)[np.newaxis].astype(
            np.float32))
        call([os.path.join(ROOT, "scripts/ort_golden.sh"),
              os.path.join(cache, self.model + ".onnx"), f"{tensor}={sample}",
              out])
        with open(os.path.join(out, "index.json")) as index:
            return {name: np.load(os.path.join(out, entry["file"]))
                    for name, entry in json.load(index).items()}

    def device(self, cache, folder, path, drawn):
        """What gs-run prints."""
        gsm = os.path.join(folder, "model.gsm")
        meta = os.path.join(ROOT, "runtime/descriptions", self.model + ".meta")
        shape = ["-s", self.shape] if self.shape else []
        call([os.path.join(BUILD, "bin/gsc"),
              os.path.join(cache, self.model + ".onnx"), "-m", meta, "-c",
              path, "-o", gsm, *shape])
        run = [os.path.join(BUILD, "bin/gs-run"), "-d", "sim", gsm, "-i",
               path, "--draw"]
        text = call([*run, drawn])
        require(call([*run, os.path.join(folder, "again.png")]) == text,
                "a second run lists something else")
        with open(drawn, "rb") as a, open(os.path.join(
                folder, "again.png"), "rb") as b:
            require(a.read() == b.read(), "a second run draws something else")
        return text

    def run(self, cache, keep):
        """A phrase with the figures."""
        with tempfile.TemporaryDirectory() as folder:
            path, picture = self.load(cache, folder)
            drawn = os.path.join(keep or folder, self.name + ".png")
            placed = Placed(picture, self.size, self.letterbox)
            want = self.oracle(cache, folder, placed)
            title, items = parse(self.device(cache, folder, path, drawn))
            canvas = pictures.read_png(drawn)
            require(canvas.shape == picture.shape,
                    f"the drawing has shape {canvas.shape}, the picture "
                    f"{picture.shape}")
            return self.judge(want, placed, title, items, picture, canvas)


def parse(text):
    """Title and rows of score and four coordinates."""
    title, *rows = text.split("\n")
    number = r"\s+(-?[\d.]+)"
    items = [re.match(number * 5, " " + row) for row in rows]
    require(all(items), f"not a list: {text}")
    return title, np.array([[float(v) for v in item.groups()]
                            for item in items]).reshape(-1, 5)


def on_edges(canvas, box, color):
    """Whether the middles of left, right and lower edge have a colour."""
    left, top, right, bottom = np.round(box).astype(int)
    x, y = (left + right) // 2, (top + bottom) // 2
    spots = [canvas[y, left], canvas[y, right], canvas[bottom, x]]
    return all(tuple(spot) == color for spot in spots)


def judge_face(want, placed, title, items, picture, canvas):
    side = placed.array.shape[0]
    score, box = real_metrics.best_face(want, side)
    box = placed.back(box * side)
    require(len(items) == 1 and ": 1 box:" in title,
            f"found {len(items)} faces, not 1")
    overlap = real_metrics.box_overlap(box, items[0, 1:])
    require(overlap >= MIN_FACE_OVERLAP,
            f"overlap {overlap:.2f} with the float model's box")
    require(abs(score - items[0, 0]) <= MAX_SCORE_DIFFERENCE,
            f"score {items[0, 0]:.2f}, of the float model {score:.2f}")
    require(on_edges(canvas, items[0, 1:], GREEN), "no box is drawn there")
    left, top, right, bottom = items[0, 1:]
    y, x = np.nonzero((picture != canvas).any(2))
    require(x.min() >= left - 30 and x.max() <= right + 30 and
            y.min() >= top - 60 and y.max() <= bottom + 30,
            "something is drawn elsewhere")
    return f"overlap {overlap:.2f}, score {items[0, 0]:.2f} (float {score:.2f})"


def judge_text(want, placed, title, items, picture, canvas):
    level = next(iter(want.values()))[0, 0]
    height, width = picture.shape[:2]
    require((placed.scale == 1).all(), "the map has another scale")
    mask = (level > real_metrics.TEXT_LEVEL)[
        placed.top:placed.top + height, placed.left:placed.left + width]
    tinted = np.abs(canvas - np.round(
        picture + (TINT - picture) * TINT_PART)).max(2) <= 1
    framed = (canvas == GREEN).all(2)
    overlap = (np.sum(mask & tinted & ~framed) /
               np.sum((mask | tinted) & ~framed))
    require(overlap >= MIN_TEXT_OVERLAP,
            f"overlap {overlap:.2f} with the float model's mask")
    require(((picture == canvas).all(2) | tinted | framed).all(),
            "something else is drawn")
    inside = np.zeros(mask.shape, bool)
    for left, top, right, bottom in np.round(items[:, 1:]).astype(int):
        inside[top:bottom, left:right] = True
    covered = np.sum(inside & mask) / np.sum(mask)
    require(covered >= MIN_TEXT_COVERED,
            f"regions have {covered:.2f} of the float model's mask")
    require("mask on" in title and len(items) >= 6,
            f"regions: {len(items)}; {title}")
    return (f"overlap {overlap:.2f}, regions on {covered:.0%} of the float "
            f"model's mask")


def judge_lines(want, placed, title, items, picture, canvas):
    to = placed.array.shape[0] / want["scores"].shape[1]
    lines = placed.back(real_metrics.find_lines(want) * to)
    ours = items[:, 1:]
    unit = LINE_DISTANCE / real_metrics.LINE_DISTANCE
    found, right = (real_metrics.lines_near(a / unit, b / unit)
                    for a, b in ((lines, ours), (ours, lines)))
    require(found >= MIN_LINES_FOUND and right >= MIN_LINES_RIGHT,
            f"{found:.0%} of {len(lines)} lines found, {right:.0%} of "
            f"{len(ours)} right")
    best = ours[:len(ours) // 2].reshape(-1, 2, 2).mean(1)
    inside = ((best > 2) & (best < picture.shape[1] - 3)).all(1)
    spots = np.round(best[inside]).astype(int)
    near = [canvas[y - 2:y + 3, x - 2:x + 3] for x, y in spots]
    require(all((area == GREEN).all(2).any() for area in near),
            "a line is not drawn")
    return (f"{found:.0%} of {len(lines)} lines found, {right:.0%} of "
            f"{len(ours)} right")


CASES = [
    Case("blazeface_front", "astronaut.png", (128, 128), real_inputs.face,
         judge_face),
    Case("blazeface_back", "astronaut.png", (256, 256), real_inputs.face,
         judge_face),
    Case("blazeface_letterbox", "astronaut.png", (128, 128), real_inputs.face,
         judge_face, "blazeface_front", rows=340),
    Case("ocr_det", "page.png", (192, 384), real_inputs.text_regions,
         judge_text, shape="x=1x3x192x384"),
    Case("mlsd_tiny_320", "astronaut.png", (320, 320), real_inputs.lines,
         judge_lines, letterbox=False),
    Case("mlsd_tiny_512", "astronaut.png", (512, 512), real_inputs.lines,
         judge_lines, letterbox=False),
]


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--keep")
    parser.add_argument("case", nargs="*")
    args = parser.parse_args()
    chosen = [c for c in CASES if not args.case or c.name in args.case]
    failed = 0
    try:
        names = {f"{c.model}.onnx" for c in chosen} | {c.picture for c in chosen}
        cache = call([os.path.join(ROOT, "scripts/fetch-models.sh"),
                      *sorted(names)])
        call([os.path.join(ROOT, "scripts/ort_golden.sh")])
    except Failure as failure:
        sys.exit(f"draw: {failure}")
    for number, case in enumerate(chosen, 1):
        try:
            print(f"ok {number} - {case.name}: "
                  f"{case.run(cache, args.keep)}", flush=True)
        except (Failure, OSError, ValueError, KeyError) as failure:
            failed += 1
            print(f"not ok {number} - {case.name}\n# {failure}", flush=True)
    print(f"1..{len(chosen)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
