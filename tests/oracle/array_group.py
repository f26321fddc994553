# SPDX-License-Identifier: MIT
"""The array group: configuration, static checks and execution (docs/isa.md section 5)."""
from itertools import product
from math import prod

import numpy as np

from block import is_imem, set_half
from faults import Fault
from functions import sign_extend

OUTER = range(0, 7)
INNER = range(7, 14)
BUFFERS = ("WBUF", "IBUF", "OBUF", "BBUF")
WINDOW = {"WBUF": "PARAM", "BBUF": "PARAM", "IBUF": "IBUF", "OBUF": "OBUF"}


class ArrayGroup:
    """What the words of an array group configure."""

    def __init__(self, block, arch):
        self.arch = arch
        self.start = block.sa[0]
        self.loops = {}                         # id -> n, in program order
        self.strides = {}                       # (access, buffer, loop) -> register
        self.base = dict.fromkeys(BUFFERS, 0)
        self.transfers = []                     # (position, access, buffer, req)
        self.reductions = []                    # (loop, type)
        for index, insn in block.array_words():
            if not self._configure(index, insn):
                raise Fault("BAD_CONFIG", index)
        self.outer = [loop for loop in sorted(self.loops) if loop in OUTER]
        self.inner = [loop for loop in self.loops if loop in INNER]
        self.outer_reductions = {l for l, kind in self.reductions if kind == "OUTER"}
        self.inner_reductions = {7 + (len(self.outer) + l) % 7
                                 for l, kind in self.reductions if kind == "INNER"}
        if not self._consistent():
            raise Fault("BAD_CONFIG", self.start)

    def _configure(self, index, insn):
        """Apply one word; False when its setting is excluded."""
        if insn.id == "SA_LOOP_CFG":
            if insn["loop"] in self.loops:
                return False
            self.loops[insn["loop"]] = insn["n"]
        elif insn.id == "SA_REDUCTION_LOOP":
            self.reductions.append((insn["loop"], insn["type"]))
        elif insn.id == "SET_LOOP_STRIDE":
            return self._set_stride(insn)
        elif insn.id == "SET_BASE_ADDR":
            if not is_imem(insn):
                self.base[insn["buf"]] = set_half(self.base[insn["buf"]], insn["half"],
                                                  insn["addr"])
        elif insn.id == "LD_ST":
            return self._add_transfer(index, insn)
        return True

    def _set_stride(self, insn):
        acc, buf, loop = insn["acc"], insn["buf"], insn["loop"]
        if acc in ("ST", "WR") and buf != "OBUF":
            return False
        if (acc in ("RD", "WR")) != (loop in INNER):
            return False
        old = self.strides.get((acc, buf, loop), 0)
        self.strides[acc, buf, loop] = set_half(old, insn["half"], insn["stride"])
        return True

    def _add_transfer(self, index, insn):
        if is_imem(insn):
            return insn["acc"] == "LD"
        acc, buf, req = insn["acc"], insn["buf"], insn["req"]
        if acc == "ST" and buf != "OBUF" or req == 0:
            return False
        if any((acc, buf) == done[1:3] for done in self.transfers):
            return False
        if buf == "WBUF" and self.arch.published and req % self.arch.interleave:
            return False
        self.transfers.append((index, acc, buf, req))
        return True

    def _consistent(self):
        """The settings that concern the group as a whole."""
        if any(loop not in self.loops for _, _, loop in self.strides):
            return False
        if not self.outer_reductions <= set(self.outer):
            return False
        if not self.inner_reductions <= set(self.inner):
            return False
        return all(self.stride("RD", "OBUF", l) == self.stride("WR", "OBUF", l)
                   for l in self.inner)

    def stride(self, acc, buf, loop):
        return sign_extend(self.strides.get((acc, buf, loop), 0), 32)

    def tiles_handed_over(self):
        return prod(self.loops[l] + 1 for l in self.outer if l not in self.outer_reductions)

    def dma_loops(self, acc, buf):
        return [l for l in sorted(self.loops)
                if l not in OUTER and l not in INNER and (acc, buf, l) in self.strides]

    def loads_bias(self):
        return any(t[1:3] == ("LD", "BBUF") for t in self.transfers)

    def indices(self, loops):
        """The index vectors of a nest, outermost first."""
        return product(*(range(self.loops[l] + 1) for l in loops))


class ArrayRun:
    """Executes a configured array group on a machine."""

    def __init__(self, machine, group):
        self.machine = machine
        self.group = group

    def tiles(self):
        """Run the tiles; yields after each tile that is handed over."""
        group, machine = self.group, self.machine
        for index in group.indices(group.outer):
            tile = dict(zip(group.outer, index))
            machine.charge(1, group.start)
            machine.counters["sa_tiles"] += 1
            first = all(tile[l] == 0 for l in group.outer_reductions)
            last = all(tile[l] == group.loops[l] for l in group.outer_reductions)
            self._transfers("LD", tile)
            self._compute(first)
            self._transfers("ST", tile)
            if last:
                yield

    def _transfers(self, kind, tile):
        for word, acc, buf, req in self.group.transfers:
            if acc == kind:
                self._transfer(word, acc, buf, req, tile)

    def _transfer(self, word, acc, buf, req, tile):
        group, machine = self.group, self.machine
        buffer = machine.buffer(buf)
        size = req * buffer.banks
        if buffer.bits == 4:
            size //= 2
        dma = group.dma_loops(acc, buf)
        runs = prod(group.loops[l] + 1 for l in dma)
        machine.charge(runs + runs * size // 16, word)
        start = group.base[buf] + sum(group.stride(acc, buf, l) * t for l, t in tile.items())
        element = 0
        for index in group.indices(dma):
            a = start + sum(group.stride(acc, buf, l) * d for l, d in zip(dma, index))
            machine.move(word, acc, WINDOW[buf], a, size, buffer, 0, element, buffer.bits)
            element += size * 8 // buffer.bits

    def _compute(self, first):
        group, machine = self.group, self.machine
        if not group.inner:
            return
        machine.charge(prod(group.loops[l] + 1 for l in group.inner), group.start)
        strides = [[group.stride("RD", buf, l) for l in group.inner]
                   for buf in ("IBUF", "WBUF", "BBUF", "OBUF")]
        reduced = [k for k, l in enumerate(group.inner) if l in group.inner_reductions]
        bias = group.loads_bias()
        for index in group.indices(group.inner):
            rows = [sum(s * i for s, i in zip(row, index)) for row in strides]
            self._multiply(rows, first and all(index[k] == 0 for k in reduced), bias)

    def _multiply(self, rows, initial, bias):
        """One inner iteration: a row of IBUF times a tile row of WBUF."""
        machine, start = self.machine, self.group.start
        ia, wa, ba, oa = rows
        inputs = machine.row("IBUF", ia, start)
        weights = machine.row("WBUF", wa, start)
        biases = machine.row("BBUF", ba, start) if initial and bias else 0
        outputs = machine.row("OBUF", oa, start)
        acc = biases if initial else outputs.astype(np.int64)
        acc = acc + inputs.astype(np.int64) @ weights.astype(np.int64)
        outputs[:] = wrap(acc, self.group.arch.acc_bits)
        machine.counters["mvms"] += 1


def wrap(x, bits):
    return ((x + (1 << bits - 1)) & ((1 << bits) - 1)) - (1 << bits - 1)
