# SPDX-License-Identifier: MIT
"""Test vectors, the folder format of tests/vectors/README.md."""
import json
import os

import numpy as np

import isa
from genesys_model import Arch, Machine, Memory

TYPES = {"i8": "<i1", "u8": "<u1", "i16": "<i2", "u16": "<u2", "i32": "<i4", "u32": "<u4"}


class Failure(Exception):
    """The first difference of a vector."""


class Vector:
    """One folder: its description, and the machine it asks for."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "vector.json"), encoding="utf-8") as file:
            self.spec = json.load(file)
        self.name = self.spec["name"]
        with open(os.path.join(folder, self.spec["program"]), encoding="ascii") as file:
            self.words = [int(line) for line in file.read().split()]
        self.encoding = self.spec.get("encoding", "sync_inst")
        self.memory = Memory(self.spec.get("memory"))
        self.machine = Machine(Arch(self.spec["arch"]), self.memory, self.spec.get("window_base"),
                               self.encoding)
        self._load()

    def bus(self, item):
        return self.machine.window_base[item["port"]] + item["address"]

    def array(self, item):
        return np.fromfile(os.path.join(self.folder, item["file"]), dtype=TYPES[item["type"]])

    def _load(self):
        program = np.array(self.words, dtype="<u4").tobytes()
        self.memory.write(self.machine.window_base["IMEM"], program)
        for item in self.spec.get("load", ()):
            self.memory.write(self.bus(item), self.array(item).tobytes())
        if "noise" in self.spec:
            self.machine.fill_noise(self.spec["noise"])

    def blocks(self):
        """(first word, number of words) of the blocks as laid out in the file."""
        first = 0
        for index, word in enumerate(self.words):
            insn = isa.decode(word, self.encoding)
            if insn is not None and insn.id == "BLOCK_END" or index == len(self.words) - 1:
                yield first, index + 1 - first
                first = index + 1

    def check_text(self):
        """program.s, when there is one, is the same program."""
        path = os.path.join(self.folder, "program.s")
        if os.path.exists(path):
            with open(path, encoding="ascii") as file:
                if isa.assemble(file.read()) != self.words:
                    raise Failure("program.s assembles to other words than program.txt")

    def execute(self):
        """Run the program; its fault, or None."""
        limit = self.spec.get("max_work")
        blocks = list(self.blocks())
        if self.spec.get("chain", False):
            entry = self.spec.get("entry", 0)
            words = self.spec.get("entry_words", blocks[0][1])
            return self.machine.run(entry, words, limit)
        for number, (first, words) in enumerate(blocks):
            fault = self.machine.run(4 * first, words, limit, chain=False)
            if fault:
                fault.block = number
                return fault
        return None

    def check(self):
        """Run and compare with all that the vector expects; raises Failure."""
        self.check_text()
        fault = self.execute()
        got = fault.record() if fault else None
        want = self.spec.get("expect_fault")
        if got != want:
            raise Failure(f"got {fault or 'no fault'}, expected {want or 'no fault'}")
        for item in self.spec.get("expect", ()):
            self._compare(item)
        for name, value in self.spec.get("counters", {}).items():
            if self.machine.counters[name] != value:
                raise Failure(f"counter {name}: got {self.machine.counters[name]}, "
                              f"expected {value}")

    def _compare(self, item):
        want = self.array(item)
        got = np.frombuffer(self.memory.read(self.bus(item), want.nbytes), dtype=want.dtype)
        wrong = np.flatnonzero(got != want)
        if wrong.size:
            k = wrong[0]
            raise Failure(f"{item['port']}+{item['address']:#x} element {k}: "
                          f"got {got[k]}, expected {want[k]}")
