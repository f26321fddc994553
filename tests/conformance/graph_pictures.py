#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Drawings of graphs, as TAP: --emit=svg and --emit=dot.

Of every fourth test model, at two places of the way: as many boxes as the text
of the graph has nodes and ends, none over another, each with operator and name,
lines that end at boxes, and the same lines for Graphviz.
"""

import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import modelset
from models import GSC, ROOT
from tap import Tap  # of tests/scripts, which models has added

SVG = "{http://www.w3.org/2000/svg}"


def emitted(model, kind, after, folder):
    path = os.path.join(folder, kind)
    problem = model.compile(GSC, path, f"--emit={kind}", "--after", after)
    if problem:
        raise RuntimeError(f"{model.name} {kind}: {problem}")
    with open(path, encoding="utf-8") as file:
        return file.read()


class Picture:
    """Boxes (x, y, width, height, lines) and lines ((x, y), (x, y))"""

    def __init__(self, text):
        root = ElementTree.fromstring(text)
        self.boxes = []
        for group in root.iter(SVG + "g"):
            rect = group.find(SVG + "rect")
            place = [float(rect.get(k)) for k in ("x", "y", "width", "height")]
            self.boxes.append((*place, [t.text for t in
                                        group.iter(SVG + "text")]))
        self.lines = []
        for path in root.iter(SVG + "path"):
            numbers = [float(n) for n in
                       re.findall(r"-?[0-9.]+", path.get("d"))]
            if " v" in path.get("d"):
                x, y, by = numbers
                self.lines.append(((x, y), (x, y + by)))
            else:
                self.lines.append((tuple(numbers[:2]), tuple(numbers[-2:])))

    def overlaps(self):
        return [(a[4], b[4]) for i, a in enumerate(self.boxes)
                for b in self.boxes[:i]
                if a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and
                a[1] < b[1] + b[3] and b[1] < a[1] + a[3]]

    def loose(self):
        """Ends of lines where neither a box nor another line is"""
        def box(point, edge):
            return any(b[0] <= point[0] <= b[0] + b[2] and
                       abs(b[1] + edge * b[3] - point[1]) < 0.2
                       for b in self.boxes)
        starts = {a for a, b in self.lines}
        ends = {b for a, b in self.lines}

        def near(point, points):
            return any(abs(point[0] - p[0]) < 0.2 and
                       abs(point[1] - p[1]) < 0.2 for p in points)
        return [p for p in ends if not box(p, 0) and not near(p, starts)] + \
            [p for p in starts if not box(p, 1) and not near(p, ends)]


def problems(model, after, folder):
    text = emitted(model, "fdfg", after, folder)
    nodes = re.findall(r'^node "((?:[^"\\]|\\.)*)" .*?= (\w+)\(', text, re.M)
    ends = sum(line.count("%") for line in
               re.findall(r"^(?:inputs|outputs) .*", text, re.M))
    picture = Picture(emitted(model, "svg", after, folder))
    dot = emitted(model, "dot", after, folder)
    found = []
    if len(picture.boxes) != len(nodes) + ends:
        found.append(f"{len(picture.boxes)} boxes of {len(nodes)} nodes and "
                     f"{ends} ends")
    labels = [tuple(b[4][:2]) for b in picture.boxes]
    for name, op in nodes:
        if not any(a == op and b[-40:] == name[-40:] for a, b in labels):
            found.append(f"no box of {op} {name}")
    found += [f"{a} and {b} overlap" for a, b in picture.overlaps()]
    found += [f"a line ends at {p}" for p in picture.loose()]
    if dot.count("[style") != len(picture.boxes):
        found.append(f"{dot.count('[style')} boxes for Graphviz")
    if not picture.lines or dot.count(" -> ") > len(picture.lines):
        found.append(f"{dot.count(' -> ')} lines for Graphviz, "
                     f"{len(picture.lines)} pieces in the picture")
    return found


def main():
    tap = Tap()
    models = modelset.load(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        for i, model in enumerate(models[::4]):
            after = ("fuse", "lower", "quantize", "layout")[i % 4]
            found = problems(model, after, folder)
            tap.result(not found, f"{model.name} after {after}", *found)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
