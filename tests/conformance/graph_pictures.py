#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Drawings of graphs, as TAP: --emit=svg and --emit=dot.

Of every fourth test model, at two places of the way: as many boxes as the text
of the graph has nodes and ends, none over another, each with operator and name,
lines that end at boxes, and the same lines for Graphviz. Graphs of many long
lines are drawn with little memory: what reads a tensor shares its line.
"""

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from setting import ROOT, Tap  # first: it skips

import modelset
import tiny_onnx
from models import GSC

MOST_MB = 100  # for a picture of 1500 nodes
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


def adds(kind, number):
    """Nodes of a chain of Adds: each of what is before and (bus) the input, or
    (nest) in its second half the mirror image in the first."""
    names, nodes = ["x"], []
    for i in range(number):
        second = "x" if kind == "bus" else names[-1] if 2 * i < number else \
            names[number - i]
        nodes.append(tiny_onnx.node("Add", [names[-1], second], f"a{i}"))
        names.append(f"a{i}")
    return nodes, names[-1]


def draw_adds(kind, number, folder):
    """The picture of such a graph, drawn with little memory"""
    onnx, path = (os.path.join(folder, f"{kind}{number}.{end}")
                  for end in ("onnx", "svg"))
    nodes, last = adds(kind, number)
    tiny_onnx.save(onnx, nodes, [tiny_onnx.value("x", [1, 4])],
                   [tiny_onnx.value(last, [1, 4])])
    done = subprocess.run(
        ["bash", "-c", f'ulimit -d {MOST_MB * 1024} && exec "$@"', "-", GSC,
         onnx, "-e", "svg", "--after", "shapes", "-o", path],
        capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{kind} of {number} nodes: {done.stderr}")
    with open(path, encoding="utf-8") as file:
        return Picture(file.read())


def check_adds(tap, folder):
    # a0 to a5 in six layers: 13 edges; the line of x has bends in layers 1 to
    # 5, each with a piece through it and one that leads to it.
    picture = draw_adds("bus", 6, folder)
    found = [f"a line ends at {p}" for p in picture.loose()]
    found += [f"{a} and {b} overlap" for a, b in picture.overlaps()]
    if len(picture.boxes) != 8 or len(picture.lines) != 13 + 5 + 5:
        found.append(f"{len(picture.boxes)} boxes, {len(picture.lines)} lines")
    tap.result(not found, "readers of a tensor share its line", *found)
    # 1501 layers with one long line; 300 lines of up to 598 bends, too many.
    for kind, number, lines in (("bus", 1500, 3001 + 2 * 1499),
                                ("nest", 600, None)):
        picture = draw_adds(kind, number, folder)
        found = [f"{a} and {b} overlap" for a, b in picture.overlaps()]
        if len(picture.boxes) != number + 2:
            found.append(f"{len(picture.boxes)} boxes")
        if lines and len(picture.lines) != lines:
            found.append(f"{len(picture.lines)} lines")
        if len(picture.lines) > 2 * number + 1 + 2 * 32768:
            found.append(f"{len(picture.lines)} lines")
        tap.result(not found, f"{number} nodes with long lines ({kind})", *found)


def check_fills(tap, folder):
    """Nodes that read nothing stand beside the chain, which goes straight down."""
    model, = modelset.load(ROOT, ["memory_chain"])
    picture = Picture(emitted(model, "svg", "layout", folder))
    found = problems(model, "layout", folder)
    # Rows of one producer and its four sides at most.
    right = max(x + width for x, _, width, _, _ in picture.boxes)
    widest = max(width for _, _, width, _, _ in picture.boxes)
    if right > 6 * (widest + 24):
        found.append(f"{right} pixels wide, of boxes of {widest} at most")
    middles = {x + width / 2 for x, _, width, _, text in picture.boxes
               if "Fill" not in text}
    if max(middles) - min(middles) > widest:
        found.append(f"the chain leans from {min(middles)} to {max(middles)}")
    tap.result(not found, "sides of borders beside their layer", *found)


def main():
    tap = Tap()
    models = modelset.load(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        for i, model in enumerate(models[::4]):
            after = ("fuse", "lower", "quantize", "layout")[i % 4]
            found = problems(model, after, folder)
            tap.result(not found, f"{model.name} after {after}", *found)
        check_adds(tap, folder)
        check_fills(tap, folder)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
