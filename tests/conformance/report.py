#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gsc --report: the page holds what gs-sim tells, and names stay text.

Numbers of the table are those of gs-sim --csv of the same model; decisions are
those of --emit=schedule. The page fetches nothing, its elements are closed, and
layers that are named like markup appear by that name and nowhere as markup.
Prints TAP.
"""
import csv
import html.parser
import io
import json
import os
import re
import subprocess
import sys
import tempfile

from setting import BIN, ROOT, Tap  # first: it skips

import modelset
import tiny_onnx

EMPTY = {"meta", "br", "hr", "img", "link", "input", "wbr"}
ALLOWED = {"html", "head", "meta", "title", "style", "script", "body", "h1",
           "h2", "p", "nav", "a", "div", "b", "ul", "li", "i", "table",
           "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "button",
           "small", "svg", "g", "rect", "path", "line", "polyline", "text",
           "circle", "main", "wbr", "span", "label", "input", "details",
           "summary", "dl", "dt", "dd"}
HOSTILE = ('"><script>alert(1)</script>', "' onmouseover='alert(2)",
           "</title></svg><img src=x onerror=alert(3)>", "&lt;b&gt;&amp;",
           "]]><!--", "javascript:alert(4)", "${1+1}`\\u003c")
TAP = Tap()


class Page(html.parser.HTMLParser):
    """Elements, what is wrong with them, and cells of the table of layers."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.wrong, self.count = [], [], {}
        self.rows, self.cell, self.titles = [], None, []
        self.feed(text)
        self.close()
        if self.stack:
            self.wrong.append(f"{self.stack} stay open")

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in ALLOWED:
            self.wrong.append(f"an element {tag}")
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "srcset", "action"):
                self.wrong.append(f"{tag} has {name}={value}")
            if name.endswith("href") and not value.startswith("#"):
                self.wrong.append(f"{tag} refers to {value}")
        if tag not in EMPTY:
            self.stack.append(tag)
        if tag == "tr" and "tbody" in self.stack:
            self.rows.append([])
        if tag in ("td", "th") and "tbody" in self.stack:
            self.cell = [dict(attrs).get("data-v"), ""]
            self.rows[-1].append(self.cell)
        if tag == "small" and self.cell:
            self.cell[1] += "\n"

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(f"</{tag}> closes another element")
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data):
        if self.cell:
            self.cell[1] += data
        if self.stack and self.stack[-1] == "title":
            self.titles.append(data)

    def handle_comment(self, data):
        self.wrong.append(f"a comment {data}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def check_page(text, page):
    wrong = list(page.wrong)
    counts = {tag: page.count.get(tag) for tag in ("svg", "script", "style")}
    if counts != {"svg": 4, "script": 1, "style": 1}:
        wrong.append(f"{counts}")
    bare = text.replace("http://www.w3.org/2000/svg", "")
    wrong += [f"the page has {word}" for word in
              ("http:", "https:", "url(", "@import", "<link", "fetch(")
              if word in bare]
    return wrong


def layers_of(page):
    return [row for row in page.rows if len(row) == 14]


def check_numbers(page, gsm, schedule):
    done = subprocess.run([os.path.join(BIN, "gs-sim"), gsm, "--csv", "-"],
                          capture_output=True, text=True)
    table = list(csv.DictReader(io.StringIO(done.stdout)))
    rows, wrong = layers_of(page), []
    names = [la["name"] for la in schedule["layers"]]
    if [row[1][1].split("\n")[0] for row in rows] != names:
        return ["other layers"]
    facts = {row["layer"]: row for row in table}
    for row, layer in zip(rows, schedule["layers"]):
        fact = facts[layer["name"]]
        cycles = int(fact["cycles"])
        for what, cell, want in (
                ("cycles", row[5], cycles),
                ("array", row[8], int(fact["array_steps"]) / cycles),
                ("Tandem", row[10], int(fact["Tandem_busy"]) / cycles),
                ("DRAM", row[12], sum(
                    int(fact[f"{w}_read"]) + int(fact[f"{w}_written"]) -
                    int(fact[f"{w}_held"])  # of loads that are left out
                    for w in ("IMEM", "PARAM", "IBUF", "OBUF", "SIMD"))),
                ("energy", row[13], float(fact["energy_pj"]))):
            if abs(float(cell[0]) - want) > 1e-8 * abs(want):
                wrong.append(f"{layer['name']}: {what} {cell} for {want}")
        extents = layer["info"]["extent"]
        tile = " ".join(f"{v}={layer['tile'].get(v, 0)}/{extents[v]}"
                        for v in layer["order"] if extents[v] > 1)
        order = [v for v in layer["order"] if layer["tile"][v] < extents[v]]
        if layer["tile"] and (row[3][1].split("\n")[0] != tile or
                              row[4][1] != (" ".join(order) or "one tile")):
            wrong.append(f"{layer['name']}: {row[3][1]}, {row[4][1]}")
        if layer["codelet"] not in row[2][1].split("\n") or \
                any(node not in row[1][1] for node in layer["fused"]):
            wrong.append(f"{layer['name']}: {row[1]}, {row[2]}")
    return wrong


def test_model(model, arch, work):
    path = [os.path.join(work, f"{model.name}.{end}")
            for end in ("gsm", "html", "json", "again")]
    why = model.compile(os.path.join(BIN, "gsc"), path[0], "-a", arch,
                        "--report", path[1]) or \
        model.compile(os.path.join(BIN, "gsc"), path[2], "-a", arch,
                      "-e", "schedule", "--report", path[3])
    if why:
        TAP.test(model.name, [why])
        return
    text = read(path[1])
    page = Page(text)
    TAP.test(f"{model.name}: the page", check_page(text, page))
    TAP.test(f"{model.name}: numbers and decisions",
             check_numbers(page, path[0], json.loads(read(path[2]))))
    TAP.test(f"{model.name}: the same bytes again",
             [] if text == read(path[3]) else ["others"])


def test_order(model, arch, work):
    """Of the order of layers, what gsc -v says with the pass and without."""
    out = os.path.join(work, "order.html")
    takes = []
    for options in ([], ["--disable-pass", "layer-order"]):
        done = subprocess.run(
            [os.path.join(BIN, "gsc"), model.onnx, "-c", model.calib[None],
             "-a", arch, "-o", os.path.join(work, "order.gsm"), "-v"] +
            options +
            (["--report", out] if not options else []),
            capture_output=True, text=True)
        takes.append([int(n) for n in re.findall(
            r"activations (\d+) bytes(?: of (\d+))?", done.stdout)[0] if n])
        if not options and f"model's order of layers {model.given}" \
                not in done.stdout:
            takes[0].append(done.stdout)
    want = "<p>Layers run in another than the model's order. Activations " \
        f"take {takes[0][0]} bytes, {takes[1][0]} in the model's, " \
        f"{takes[0][1]} without sharing memory; "
    wrong = [] if want in read(out) else [want]
    if len(takes[0]) != 2 or takes[1][0] != model.given or \
            takes[0][0] >= model.given:
        wrong.append(f"{takes}")
    TAP.test("the order of layers and what it saves", wrong)


def test_names(work):
    """A chain of nodes that are named like markup."""
    model = os.path.join(work, "hostile.onnx")
    nodes, last = [], "x"
    for number, name in enumerate(HOSTILE):
        op = ("Sigmoid", "Tanh")[number % 2]
        node = tiny_onnx.node(op, [last], f"t{number}<b>")
        nodes.append(node + tiny_onnx._field(3, name))
        last = f"t{number}<b>"
    nodes.append(tiny_onnx.node("Tanh", [last], "y") +
                 tiny_onnx._field(3, b"\xff\x01<i>"))
    tiny_onnx.save(model, nodes, [tiny_onnx.value("x", (1, 8, 4, 4))],
                   [tiny_onnx.value("y", (1, 8, 4, 4))])
    out = os.path.join(work, "hostile.html")
    done = subprocess.run([os.path.join(BIN, "gsc"), model, "-o",
                           os.path.join(work, "hostile.gsm"), "--report",
                           out], capture_output=True, text=True)
    if done.returncode:
        TAP.test("hostile names", [done.stderr])
        return
    text = read(out)
    page = Page(text)
    names = [row[1][1] for row in layers_of(page)]
    wrong = check_page(text, page)
    if names != list(HOSTILE) + ["\ufffd\ufffd<i>"]:
        wrong.append(f"{names}")
    wrong += [f"no tip of {name}" for name in HOSTILE
              if not any(name in title for title in page.titles)]
    wrong += [f"{word} stands in the page" for word in
              ("<script>alert", "<img", "<i>,", "\x01") if word in text]
    TAP.test("hostile names", wrong)


def test_errors(work):
    model = os.path.join(ROOT, "tests/models/ops/relu.onnx")
    out = os.path.join(work, "none.gsm")
    for options, words, status in (
            (["--report", "/nonexistent/a.html"], "/nonexistent/a.html: No", 1),
            (["--report", work], "Is a directory", 1),
            (["-e", "qdq-onnx", "--report", out + ".html"], "qdq-onnx", 2)):
        done = subprocess.run([os.path.join(BIN, "gsc"), model, "-o", out] +
                              options, capture_output=True, text=True)
        errors = [line for line in done.stderr.splitlines()
                  if not re.match("gsc: (warning|note)|Try", line)]
        good = done.returncode == status and len(errors) == 1 and \
            words in errors[0] and errors[0].startswith("gsc: ") and \
            not os.path.exists(out)
        TAP.test(f"refused: {' '.join(options)[:40]}".replace(work, "DIR"),
                 [] if good else [f"{done.returncode}"] + errors)


def main():
    models = modelset.load(ROOT, ("fashion_lenet", "residual_block",
                                  "conv_extent_13x17", "concat_channels"))
    print(f"1..{3 * len(models) + 5}")
    arch = os.path.join(ROOT, "hw-model/configs/genesys_16x16.json")
    with tempfile.TemporaryDirectory(prefix="report.") as work:
        for model in models:
            test_model(model, arch, work)
        model, = modelset.load(ROOT, ("detector_heads",))
        model.given = 52544  # nothing but what is put aside shares memory
        test_order(model, arch, work)
        test_names(work)
        test_errors(work)
    return bool(TAP.failed)


if __name__ == "__main__":
    sys.exit(main())
