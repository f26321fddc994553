#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""On a terminal gsc shows how far it is: after a second, and wiped at the end.

Elsewhere nothing is shown, and the bytes are the same. Prints TAP.
"""
import os
import pty
import re
import subprocess
import sys
import tempfile

from setting import BIN, ROOT, Tap

import numpy as np

MODEL = os.path.join(ROOT, "tests/models/fashion_lenet.onnx")
CALIB = os.path.join(ROOT, "tests/models/fashion_calib_256.npy")
BAR = re.compile(r"\rrunning samples \[(#*)\.*\] (\d+)/(\d+), \d+ s left \x1b\[K")
WIPED = "\r\x1b[K"


def command(samples, output):
    return [os.path.join(BIN, "gsc"), MODEL, "-c", samples, "-o", output]


def on_terminal(samples, output):
    """What a terminal gets."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command(samples, output), stderr=theirs) as gsc:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            said += part
    os.close(ours)
    return gsc.returncode, said.decode()


def check_bar(said, samples):
    """Bars grow, do not pass the end, and are gone."""
    bars = BAR.findall(said)
    rest = BAR.sub("", said).replace(WIPED, "")
    wrong = [f"also says {rest!r}"] if rest else []
    if not bars or not said.endswith(WIPED):
        return wrong + [f"ends with {said[-80:]!r}"]
    counts = [int(done) for _, done, _ in bars]
    if counts != sorted(counts) or counts[-1] >= samples:
        wrong.append(f"counts {counts}")
    return wrong + [f"{len(cells)} cells for {done} of {of}"
                    for cells, done, of in bars if int(of) != samples or
                    len(cells) != 30 * int(done) // samples]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="progress.") as work:
        shown, quiet = (os.path.join(work, n) for n in ("a.gsm", "b.gsm"))
        # Enough to take a second, for whatever processor.
        samples = 4096
        said = ""
        while not BAR.search(said) and samples <= 1 << 17:
            samples *= 2
            many = os.path.join(work, "many.npy")
            np.save(many, np.concatenate([np.load(CALIB)] * (samples // 256)))
            status, said = on_terminal(many, shown)
        wrong = [f"exit status {status}"] if status else []
        tap.test("a terminal gets a bar", wrong + check_bar(said, samples))
        done = subprocess.run(command(many, quiet), capture_output=True,
                              text=True, check=False)
        wrong = [done.stderr] if done.stderr or done.returncode else []
        if not wrong and read(shown) != read(quiet):
            wrong = ["other bytes"]
        tap.test("others get none, and the same bytes", wrong)
        status, said = on_terminal(CALIB, shown)
        tap.test("what takes no second shows nothing",
                 [repr(said)] if BAR.search(said) else [])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
