# SPDX-License-Identifier: MIT
"""check_svg.py DIR CSV N M: pictures of gs-sim against its table.

What a picture says (data attributes) and what it shows (lengths, areas,
places) are the numbers of the table. N and M are the sizes of the array.
"""
import csv
import math
import re
import sys
import xml.etree.ElementTree as ET

ENGINES = "array Tandem PARAM IBUF OBUF SIMD IMEM".split()
WORK = "#332288"
SVG = "{http://www.w3.org/2000/svg}"


def load(path):
    root = ET.parse(path).getroot()
    assert root.tag == SVG + "svg"
    width, height = float(root.get("width")), float(root.get("height"))
    assert root.get("viewBox") == "0 0 %g %g" % (width, height)
    for e in root.iter():
        name = e.tag.replace(SVG, "")
        assert name in ("svg g title rect line polyline circle text path"
                        .split()), name
        x = float(e.get("x", e.get("cx", "0")))
        y = float(e.get("y", e.get("cy", "0")))
        w, h = float(e.get("width", 0)), float(e.get("height", 0))
        assert 0 <= x and x + w <= width + 0.01, (name, e.attrib)
        assert 0 <= y and y + h <= height + 0.01, (name, e.attrib)
    return root


def groups(root, name):
    return [e for e in root.iter(SVG + "g") if e.get("class") == name]


def cycles_of(element):
    """What an engine's group says, by column."""
    return {k[len("data-"):].replace("waits-", "waits_"): int(v)
            for k, v in element.attrib.items()
            if k.startswith(("data-waits", "data-busy"))}


def sums(rows, engine):
    columns = [c for c in rows[0] if c.startswith((engine + "_waits",
                                                   engine + "_busy"))]
    assert len(columns) == 12
    both = {c[len(engine) + 1:]: sum(int(r[c]) for r in rows) for c in columns}
    return {k: v for k, v in both.items() if v or k == "busy"}


def is_partition(layers, rows):
    """Each group of layers stands for the next rows of the table."""
    at = 0
    for layer in layers:
        num = int(layer.get("data-layers"))
        assert num >= 1
        mine = rows[at:at + num]
        assert int(layer.get("data-cycles")) == sum(int(r["cycles"]) for r in mine)
        yield layer, mine
        at += num
    assert at == len(rows), (at, len(rows))


def area(path):
    boxes = re.findall(r"M(\S+) (\S+)h(\S+)v(\S+)h(\S+)z", path.get("d"))
    assert "".join("M%s %sh%sv%sh%sz" % b for b in boxes) == path.get("d")
    return sum(float(b[2]) * float(b[3]) for b in boxes)


def check_timeline(root, rows, total):
    lanes = groups(root, "lane")
    assert [e.get("data-engine") for e in lanes] == ENGINES
    for lane in lanes:
        want = sums(rows, lane.get("data-engine"))
        assert cycles_of(lane) == want, (lane.attrib, want)
        all_of_it, = lane.findall(SVG + "rect")
        scale = total / (float(all_of_it.get("width")) *
                         float(all_of_it.get("height")))
        for path in lane.findall(SVG + "path"):
            if path.get("fill") == WORK:
                shown = area(path) * scale
                assert abs(shown - want["busy"]) < 0.005 * total, (shown, want)
        assert len(lane.findall(SVG + "path")) == len(
            [v for k, v in want.items() if v and k != "waits_idle"])
    layers = groups(root, "layer")
    width = sum(float(g.find(SVG + "rect").get("width")) for g in layers)
    for layer, mine in is_partition(layers, rows):
        w = float(layer.find(SVG + "rect").get("width"))
        want = width * sum(int(r["cycles"]) for r in mine) / total
        assert abs(w - want) < 0.1, (w, want)
    return len(layers)


def check_bars(group, rows):
    want = sums(rows, group.get("data-engine"))
    assert cycles_of(group) == want
    total = sum(int(r["cycles"]) for r in rows)
    widths = [float(r.get("width")) for r in group.findall(SVG + "rect")]
    assert 299 < sum(widths) < 301
    first = group.find(SVG + "rect")
    if want["busy"] * 300 / total > 0.01:
        assert first.get("fill") == WORK
        assert abs(widths[0] - 300 * want["busy"] / total) < 0.02


def check_stalls(root, rows, total):
    whole, = groups(root, "total")
    assert int(whole.get("data-cycles")) == total
    for engine in groups(whole, "engine"):
        check_bars(engine, rows)
    layers = groups(root, "layer")
    for layer, mine in is_partition(layers, rows):
        engines = groups(layer, "engine")
        assert [e.get("data-engine") for e in engines] == ["array", "Tandem"]
        for engine in engines:
            check_bars(engine, mine)
    return len(layers)


def check_line(pairs):
    """Places are a linear function of logarithms."""
    if not pairs:
        return
    (x1, p1), (x2, p2) = min(pairs), max(pairs)
    for x, p in pairs:
        want = p1 if x1 == x2 else p1 + (p2 - p1) * (x - x1) / (x2 - x1)
        assert abs(p - want) < 0.05, (x, p, want)


def check_roofline(root, rows, n, m):
    want = {}
    for r in rows:
        macs = min(int(r["macs"]), n * m * int(r["array_steps"]))
        ops = 2 * macs + m * int(r["tandem_ops"])
        moved = sum(int(r[c + "_read"]) + int(r[c + "_written"]) -
                    int(r[c + "_held"]) for c in "PARAM IBUF OBUF SIMD".split())
        if ops and moved:
            want[r["layer"]] = (int(r["cycles"]), ops, moved)
    points = groups(root, "layer")
    got = [(int(g.get("data-cycles")), int(g.get("data-operations")),
            int(g.get("data-bytes"))) for g in points]
    assert sorted(got) == sorted(want.values())
    at = [g.find(SVG + "circle") for g in points]
    check_line([(math.log10(o / b), float(c.get("cx")))
                for (_, o, b), c in zip(got, at)])
    check_line([(math.log10(o / t), -float(c.get("cy")))
                for (t, o, _), c in zip(got, at)])
    roofs = groups(root, "roof")
    peak = max(float(r.get("data-operations-per-cycle", 0)) for r in roofs)
    assert peak == 2 * n * m + m
    bytes_ = min(float(r.get("data-bytes-per-cycle", "inf")) for r in roofs)
    for cycles, ops, moved in got:
        assert ops <= cycles * peak and moved <= cycles * bytes_ * 1.001
    return len(points)


def energy_of(rows):
    parts = [c for c in rows[0] if c.startswith("energy_") and c.endswith("_pj")]
    both = {c[len("energy_"):-len("_pj")]: sum(float(r[c]) for r in rows)
            for c in parts if c != "energy_pj"}
    return {k: v for k, v in both.items() if v}


def near(a, b, off=1e-9):
    return abs(a - b) <= off * max(abs(a), abs(b), 1)


def check_energy_row(row, rows):
    """Returns pixels a pJ of the absolute bar, if there is one."""
    want = energy_of(rows)
    total = sum(want.values())
    got = {k[len("data-pj-"):]: float(v) for k, v in row.attrib.items()
           if k.startswith("data-pj-")}
    assert got.keys() == want.keys(), (got, want)
    assert all(near(got[k], want[k]) for k in got), (got, want)
    assert near(float(row.get("data-pj")), total)
    shares, = groups(row, "shares")
    widths = [float(r.get("width")) for r in shares.findall(SVG + "rect")]
    shown = [v for v in (400 * want[k] / total for k in want) if v > 0]
    assert len(widths) == len(shown)
    assert all(abs(a - b) < 0.01 for a, b in zip(widths, shown)), (widths, shown)
    for bar in groups(row, "energy"):
        return sum(float(r.get("width"))
                   for r in bar.findall(SVG + "rect")) / total


def check_energy(root, rows, all_rows):
    whole, = groups(root, "total")
    check_energy_row(whole, all_rows)
    layers = groups(root, "layer")
    pixels = []
    for layer, mine in is_partition(layers, rows):
        scale = check_energy_row(layer, mine)
        pixels.append((float(layer.get("data-pj")), scale))
    largest = max(pixels)
    for pj, scale in pixels:
        assert near(pj * scale, pj * largest[1], 0.06), pixels
    texts = [t.text for t in root.iter(SVG + "text")]
    assert any("(%s)" % rows[0]["energy_table"] in t for t in texts)
    return len(layers)


def main():
    folder, table, n, m = sys.argv[1:5]
    with open(table, newline="", errors="surrogateescape") as file:
        table = list(csv.DictReader(file))
    rows = [r for r in table if int(r["cycles"])]
    total = sum(int(r["cycles"]) for r in rows)
    if not total:
        for name in "timeline roofline stalls energy".split():
            assert not groups(load("%s/%s.svg" % (folder, name)), "layer")
        return
    print("timeline %d" % check_timeline(load(folder + "/timeline.svg"), rows, total),
          "stalls %d" % check_stalls(load(folder + "/stalls.svg"), rows, total),
          "roofline %d" % check_roofline(load(folder + "/roofline.svg"), rows,
                                         int(n), int(m)),
          "energy %d" % check_energy(load(folder + "/energy.svg"), rows, table))


if __name__ == "__main__":
    main()
