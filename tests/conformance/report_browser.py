#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gsc --report in a browser: Chromium opens pages, and a script measures them.

	report_browser.py [--keep DIR]

A trained network and a chain of many layers with long names, in a window of
1280 pixels and in that of a telephone, by day and by night: nothing is wider
than the window, no text of a picture is cut, all can be read, rows sort and
hide, nothing is fetched and nothing is said on the console; then all pictures
that gsc and gs-sim draw. That a page with faults is found out is tested first.
--keep leaves pages and pictures in DIR. Prints TAP; exit status 77 without Chromium or python3-numpy.
"""
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from setting import BIN, ROOT, Tap, skip  # first: it skips

import tiny_onnx

HERE = os.path.join(ROOT, "tests/conformance")
LENET = os.path.join(ROOT, "tests/models/fashion_lenet.onnx")
CALIBRATION = os.path.join(ROOT, "tests/models/fashion_calib_256.npy")

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars",
         "--host-resolver-rules=MAP * ~NOTFOUND",
         "--enable-logging=stderr", "--v=0")
DARK = "--blink-settings=preferredColorScheme=0"
SECONDS = 30
# Windows of Chromium are no narrower than 500 pixels.
WIDE, NARROW, HIGH = 1280, 500, 900
CHAIN = 48

BROWSER = next(filter(None, map(shutil.which, (
    "chromium", "chromium-browser", "google-chrome"))), None)
if not BROWSER:
    skip("chromium is not installed")

TAP = Tap()
test = TAP.test


# ---- the browser ------------------------------------------------------------


class Opened:
    """What Chromium said of a page, found in it and painted of it."""

    def __init__(self, dom, log, picture):
        text = re.search(r'<script type="application/json" id="found">(.*?)'
                         "</script>", dom, re.S)
        self.found = json.loads(text[1]) if text else None
        self.console = [line for line in log.splitlines() if ":CONSOLE:" in line]
        self.picture = picture


def start(args):
    """Standard output and error of a run; all its processes end with it."""
    with tempfile.TemporaryDirectory(prefix="report-profile.",
                                     ignore_cleanup_errors=True) as profile:
        env = dict(os.environ, HOME=profile, XDG_CONFIG_HOME=profile,
                   XDG_CACHE_HOME=profile)
        run = subprocess.Popen([BROWSER, *FLAGS, f"--user-data-dir={profile}",
                                *args], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=env,
                               errors="replace", start_new_session=True)
        try:
            return run.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return "", f"{BROWSER} took more than {SECONDS} s"
        finally:
            try:
                os.killpg(run.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            run.wait()


def open_page(path, width, *flags):
    """Once more where it did not come up: then there is no document at all."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    with open(os.path.join(HERE, "report_browser.js"), encoding="utf-8") as file:
        page = page.replace("</head>", f"<script>{file.read()}</script></head>", 1)
    copy, picture = path + f".{width}.html", path + f".{width}.png"
    with open(copy, "w", encoding="utf-8") as file:
        file.write(page)
    args = (*flags, f"--window-size={width},{HIGH}", f"--screenshot={picture}",
            "--dump-dom", "file://" + os.path.abspath(copy))
    dom, log = start(args)
    if "</html>" not in dom:
        dom, log = start(args)
    if "</html>" not in dom:
        print("# " + "\n# ".join(log.splitlines()[-10:]))
    return Opened(dom, log, picture)


# ---- what is asked ----------------------------------------------------------


def check_picture(path, width):
    """Size, and that something stands on it: a page of one colour takes few bytes."""
    try:
        with open(path, "rb") as file:
            png = file.read()
    except OSError as error:
        return [f"no picture of the window: {error}"]
    size = struct.unpack(">2I", png[16:24])
    if png[:4] != b"\x89PNG" or size != (width, HIGH) or len(png) < width * 30:
        return [f"a picture of {size}, {len(png)} bytes"]
    return []


def check_order(found):
    cycles = found["in_order"]
    if found["sorted"] != ["descending", sorted(cycles, reverse=True)]:
        return ["a click on the title does not sort by cycles"]
    if found["again"] != ["ascending", sorted(cycles)]:
        return ["another click does not turn the order round"]
    if found["back"] != cycles:
        return ["'#' does not bring the order of the program back"]
    return []


def check_large(found):
    large = sum(c >= 0.001 * sum(found["in_order"]) for c in found["in_order"])
    if found["shown"] != found["rows"] or found["shown_large"] != large:
        return [f"{found['shown']} and {found['shown_large']} rows are shown, "
                f"not {found['rows']} and {large}"]
    if large < found["rows"] and \
            not found["label"].endswith(f"{large} of {found['rows']}"):
        return [f"the box says {found['label']}"]
    return []


def check_svg(found, least):
    """Pictures of a width and height, with titles and @least words, none of them cut."""
    return [f"picture '{title}', {role}: {width}x{height}, {texts} texts"
            for width, height, role, title, texts in found["svg"]
            if width < 200 or height < 60 or role != "img" or not title or
            texts < least]


def check_found(found, rows):
    wrong = check_svg(found, 2)
    for what, want in (("rows", rows), ("headings", "H1" + 5 * " H2"),
                       ("no_scope", 0), ("lost", 0), ("unnamed", 0),
                       ("buttons", 14), ("fetched", []), ("errors", []),
                       ("cut", []), ("pale", [])):
        if found.get(what) != want:
            wrong.append(f"{what}: {found.get(what)}, not {want}")
    if found["page"] > found["window"]:
        wrong.append(f"the page has {found['page']} pixels of {found['window']}")
    if found["window"] >= WIDE and found["table"] > found["frame"]:
        wrong.append(f"the table has {found['table']} pixels of {found['frame']}")
    if len(found["svg"]) != 4:
        wrong.append(f"{len(found['svg'])} pictures")
    if found["texts"] < 10 * rows:
        wrong.append(f"only {found['texts']} texts were judged")
    return wrong + check_order(found) + check_large(found)


def check(opened, rows, width, dark):
    if not opened.found:
        return ["no page came up"]
    if "back" not in opened.found:
        return opened.found["errors"]
    wrong = list(opened.console) + check_picture(opened.picture, width)
    if opened.found["window"] != width or opened.found["dark"] != dark:
        wrong.append(f"a window of {opened.found['window']}, "
                     f"dark: {opened.found['dark']}")
    return wrong + check_found(opened.found, rows)


# ---- pages ------------------------------------------------------------------


def compile_page(model, work, *options):
    """Path of the page and how many layers the program has; an error: a sentence."""
    name = os.path.join(work, os.path.splitext(os.path.basename(model))[0])
    done = subprocess.run([os.path.join(BIN, "gsc"), model, "-o", name + ".gsm",
                           "--report", name + ".html", *options],
                          capture_output=True, text=True)
    if done.returncode:
        return done.stderr, 0
    table = subprocess.run([os.path.join(BIN, "gs-sim"), name + ".gsm", "--csv",
                            "-"], capture_output=True, text=True).stdout
    layers = [line for line in table.splitlines()[1:] if line]
    return name + ".html", len(layers)


def make_chain(path):
    """Layers with names that do not break, with breaks, and right to left; sizes differ."""
    nodes, last = [], "x"
    names = ("backbone/stage{}/block/very_long_name_of_a_branch/activation",
             "w" * 70 + "{}", "\u05e9\u05dc\u05d5\u05dd/{}", "{}\u5c42\u5c42")
    for i in range(CHAIN):
        name = names[i % len(names)].format(i)
        node = tiny_onnx.node(("Sigmoid", "Tanh")[i % 2], [last], f"t{i}")
        nodes.append(node + tiny_onnx._field(3, name))
        last = f"t{i}"
    nodes.append(tiny_onnx.node("GlobalAveragePool", [last], "mean"))
    nodes.append(tiny_onnx.node("Tanh", ["mean"], "y"))
    tiny_onnx.save(path, nodes, [tiny_onnx.value("x", (1, 64, 64, 64))],
                   [tiny_onnx.value("y", (1, 64, 1, 1))])


def spoil(path):
    """The same page with a fault of every kind."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    page = page.replace("</h1>", '</h1><img src="http://localhost/a.png" alt="">'
                        '<div style="width:3000px;color:#eee">pale</div>', 1)
    page = page.replace('aria-sort", way', 'aria-sort", "none"', 1)
    page = page.replace(' scope="col"', "", 1).replace(' role="img"', "", 1)
    page = re.sub(r'<tr><td class="n" data-v="1">.*?</tr>\n', "", page, count=1)
    page = page.replace("</body>", '<script>throw new Error("on purpose")'
                        "</script></body>", 1)
    with open(path + ".spoilt", "w", encoding="utf-8") as file:
        file.write(page)
    return path + ".spoilt"


def test_spoilt(opened, rows):
    if not opened.found:
        test("a page with faults is found out", ["no page came up"])
        return
    said = "\n".join(check(opened, rows, WIDE, False))
    test("a page with faults is found out", [
        f"not {words} in: {said}" for words in (
            "Content Security Policy", "on purpose", "blocked: ", "pale: ['DIV",
            "no_scope: 1", "picture '", f"rows: {rows - 1}", "pixels of 1280",
            "does not sort")
        if words not in said])


def picture_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return text[text.index("<svg"):]


def make_pictures(model, work):
    """What gsc and gs-sim draw, together on a page: its path, the number of pictures."""
    gsc, sim = (os.path.join(BIN, tool) for tool in ("gsc", "gs-sim"))
    files = [os.path.join(work, name) for name in ("graph.svg", "acg.svg")]
    for args in ([gsc, "-e", "svg", model, "-o", files[0]],
                 [gsc, "-e", "acg-svg", "-o", files[1]],
                 [sim, os.path.join(work, "fashion_lenet.gsm"), "--svg", work]):
        done = subprocess.run(args, capture_output=True, text=True)
        if done.returncode:
            return done.stderr, 0
    files += [os.path.join(work, name + ".svg") for name in (
        "timeline", "stalls", "roofline", "energy")]
    page = os.path.join(work, "pictures.html")
    with open(page, "w", encoding="utf-8") as file:
        file.write('<!DOCTYPE html><html lang="en"><head><title>pictures</title>'
                   "</head><body>" + "".join(
                       f'<div class="scroll{"" if at else " boxes"}">'
                       f"{picture_of(path)}</div>"
                       for at, path in enumerate(files)) + "</body></html>")
    return page, len(files)


def test_pictures(opened, number):
    if not opened.found:
        test("pictures", ["no page came up"])
        return
    found = opened.found
    test("pictures of gsc --emit and gs-sim --svg",
         opened.console + found["errors"] + check_svg(found, 8) +
         [f"cut: {text}" for text in found["cut"]] +
         [f"{len(found['svg'])} pictures"] * (len(found["svg"]) != number))


def run(work, browsers):
    """A browser mostly waits: all pages are opened at once."""
    print("1..5")
    lenet, rows = compile_page(LENET, work, "-c", CALIBRATION)
    if rows != 5:
        test("fashion_lenet is compiled", [lenet, f"{rows} layers"])
        return
    spoilt = browsers.submit(open_page, spoil(lenet), WIDE)
    day = browsers.submit(open_page, lenet, WIDE)
    model = os.path.join(work, "chain.onnx")
    make_chain(model)
    chain, links = compile_page(model, work)
    if links < CHAIN:
        test("a chain is compiled", [chain, f"{links} layers"])
        return
    night = browsers.submit(open_page, chain, WIDE, DARK)
    narrow = browsers.submit(open_page, chain, NARROW)
    page, number = make_pictures(LENET, work)
    if not number:
        test("pictures are drawn", [page])
        return
    pictures = browsers.submit(open_page, page, WIDE)
    test_spoilt(spoilt.result(), rows)
    test("fashion_lenet, 1280 pixels, by day",
         check(day.result(), rows, WIDE, False))
    test("a chain of long names, 1280 pixels, by night",
         check(night.result(), links, WIDE, True))
    test("the same, a telephone",
         check(narrow.result(), links, NARROW, False))
    test_pictures(pictures.result(), number)


def main():
    with tempfile.TemporaryDirectory(prefix="report.") as work, \
            ThreadPoolExecutor(5) as browsers:
        if len(sys.argv) == 3 and sys.argv[1] == "--keep":
            work = sys.argv[2]
            os.makedirs(work, exist_ok=True)
        run(work, browsers)
    return int(TAP.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
