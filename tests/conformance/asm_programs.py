#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gs-as and gs-objdump on whole programs, as TAP.

Published text gives the published words, words give the text back, in every
form of words. Programs are those of tests/vectors and of GS_SHARED_VECTORS
(default: ../shared/vectors), which is beside some checkouts only.
"""

import os
import sys
import tempfile

ROOT = os.environ.get("GS_SRC") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/scripts"))
from tap import Tap, output_of  # noqa: E402

BIN = os.path.join(os.environ.get("GS_BUILD", "build"), "bin")
SHARED = os.environ.get("GS_SHARED_VECTORS") or os.path.join(
    ROOT, "../shared/vectors")
ENCODINGS = ("sync_inst", "inst_group_2021")
FORMS = ("decimal", "binary", "raw")


def read(path):
    with open(path, encoding="ascii", newline="") as file:
        return file.read()


def assemble(source, encoding, form, out):
    output_of([os.path.join(BIN, "gs-as"), f"--encoding={encoding}",
               f"--format={form}", source, "-o", out])


def disassemble(words, encoding, form):
    return output_of([os.path.join(BIN, "gs-objdump"), "-d", "--no-addresses",
                      f"--encoding={encoding}", f"--format={form}",
                      words]).splitlines()


def canonical(text):
    """As gs-objdump prints it: no indentation, no blank lines, IC for N."""
    lines = [line.strip() for line in text.splitlines()]
    return [line[:-1] + "IC" if line.startswith("SA_REDUCTION_LOOP") and
            line.endswith(", N") else line for line in lines if line]


def difference(want, got, what):
    """The first line in which two lists of them differ, as a list of none or one."""
    if want == got:
        return []
    for i, (a, b) in enumerate(zip(want, got)):
        if a != b:
            return [f"{what}: line {i + 1} is '{b}', not '{a}'"]
    return [f"{what}: {len(got)} lines, not {len(want)}"]


class Program:
    def __init__(self, folder):
        self.name = os.path.basename(folder)
        self.words = os.path.join(folder, "program.txt")
        self.source = os.path.join(folder, "program.s")
        notes = os.path.join(folder, "vector.json")
        older = os.path.exists(notes) and ENCODINGS[1] in read(notes)
        self.encoding = ENCODINGS[older]
        self.text = []

    def numbers(self):
        return read(self.words).replace("\r", "").splitlines()

    def check(self, work):
        """What is wrong; leaves what gs-objdump prints in self.text."""
        self.text = disassemble(self.words, self.encoding, "decimal")
        if not os.path.exists(self.source):
            return [] if self.text else ["no words"]
        out = os.path.join(work, "words")
        assemble(self.source, self.encoding, "decimal", out)
        wrong = [] if read(out) == read(self.words) else difference(
            read(self.words).split("\n"), read(out).split("\n"), "words")
        return wrong + difference(canonical(read(self.source)), self.text,
                                  "text")


def check_form(programs, encoding, form, work):
    """Of all programs one after the other: words, text, words, text."""
    text = [line for program in programs for line in program.text]
    if not text:
        return ["no programs"]
    source, out = os.path.join(work, "all.s"), os.path.join(work, form)
    with open(source, "w", encoding="ascii") as file:
        file.write("\n".join(text) + "\n")
    assemble(source, encoding, form, out)
    wrong = difference(text, disassemble(out, encoding, form), "text")
    if form == "decimal":
        words = [line for program in programs for line in program.numbers()]
        wrong += difference(words, read(out).splitlines(), "words")
    return wrong


def programs_of(folder):
    names = sorted(os.listdir(folder))
    return [Program(os.path.join(folder, name)) for name in names
            if os.path.exists(os.path.join(folder, name, "program.txt"))]


def attempt(tap, name, check, *args):
    try:
        wrong = check(*args)
    except (RuntimeError, OSError, ValueError) as error:
        wrong = [str(error)]
    tap.test(name, wrong)


def main():
    tap = Tap()
    programs = programs_of(os.path.join(ROOT, "tests/vectors"))
    if os.path.isdir(SHARED):
        programs += programs_of(SHARED)
    else:
        tap.result(True, f"published programs # SKIP no directory {SHARED}")
    with tempfile.TemporaryDirectory(prefix="asm_programs.") as work:
        for program in programs:
            attempt(tap, program.name, program.check, work)
        for encoding in ENCODINGS:
            some = [p for p in programs if p.encoding == encoding]
            for form in FORMS:
                attempt(tap, f"{len(some)} programs, {encoding}, {form}",
                        check_form, some, encoding, form, work)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
