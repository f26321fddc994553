# SPDX-License-Identifier: MIT
"""The SIMD unit: configuration state and execution (docs/isa.md sections 6 and 8)."""
from itertools import product
from math import prod

import numpy as np

import simd_static
from block import BODY_OPCODES, set_half
from faults import Fault, row_address
from functions import LANE_FUNCTIONS, Dtype, sign_extend

PERM_LOOPS = 32


class Walker:
    """A permutation walker: a first row and loops of n + 1 steps."""

    def __init__(self, base=0):
        self.base = base
        self.n = [0] * PERM_LOOPS
        self.stride = [0] * PERM_LOOPS

    def steps(self):
        return prod(n + 1 for n in self.n)

    def rows(self):
        for index in product(*(range(n + 1) for n in self.n)):
            yield self.base + sum(s * i for s, i in zip(self.stride, index))


class SimdUnit:
    """Configuration lives from SIMD START to the end of the block."""

    def __init__(self, machine, block):
        self.machine = machine
        self.m = machine.arch.m
        self.start = block.simd[0]
        self.words = block.simd_words()
        self.group_size = block.simd[1] - block.simd[0] + 1
        self.base_loops = simd_static.base_loops(block)
        self.base_addr = {}                     # (acc, ns) -> register
        self.base_stride = {}                   # (acc, ns, loop) -> register
        self.tile_addr = {}                     # (acc, ns) -> register
        self.tile_iter = {}                     # (acc, ns, loop) -> n
        self.tile_stride = {}                   # (acc, ns, loop) -> register
        self.iter_base = {}                     # (ns, iterator) -> register
        self.iter_stride = {}                   # (ns, iterator) -> register
        self.walker = {"RD": Walker(), "WR": Walker()}
        self.dtype = Dtype(16, 16)
        self.index = {}                         # base loop id -> iteration of this tile
        self.released = False
        self.levels = []                        # (n, SET_INDEX) of the open nest

    def base_indices(self):
        """The iterations of the base loops, as id -> index."""
        ids = sorted(self.base_loops)
        for index in product(*(range(self.base_loops[l] + 1) for l in ids)):
            yield dict(zip(ids, index))

    def run(self, index):
        """The group once, for one tile."""
        self.machine.charge(self.group_size, self.start)
        self.machine.counters["simd_tiles"] += 1
        self.index = index
        self.released = False
        position = 0
        while position < len(self.words):
            word, insn = self.words[position]
            count = 1
            if insn.id == "SET_INST":
                position += 1
                count = insn["n"]
            if insn.id == "SET_INST" or insn.opcode in BODY_OPCODES:
                self._body(self.words[position:position + count])
            else:
                self._configure(word, insn)
            position += count

    # Configuration words

    def _configure(self, word, insn):
        if insn.opcode == 4:
            self.dtype = Dtype(insn["dst_int"], insn["src1_int"])
        elif insn.opcode == 5:
            self._dma_word(word, insn)
        elif insn.opcode == 6:
            self._iterator_word(insn)
        elif insn.opcode == 8:
            self._perm_word(word, insn)
        elif insn.id == "SET_ITER":
            self.levels.append([insn["n"], None])
        elif insn.id == "SET_INDEX":
            self.levels[-1][1] = insn
        else:
            self.released = True                # SYNC_INST SIMD, END, BUF

    def _dma_word(self, word, insn):
        acc, kind = insn.id.split("_", 1)
        key = (acc, insn["ns"])
        if kind == "BASE_ADDR":
            self._set(self.base_addr, key, insn)
        elif kind == "BASE_STRIDE":
            self._set(self.base_stride, key + (insn["loop"],), insn)
        elif kind == "TILE_ADDR":
            self._set(self.tile_addr, key, insn)
            self.tile_iter = {k: v for k, v in self.tile_iter.items() if k[:2] != key}
            self.tile_stride = {k: v for k, v in self.tile_stride.items() if k[:2] != key}
        elif kind == "TILE_ITER":
            self.tile_iter[key + (insn["loop"],)] = insn["n"]
        elif kind == "TILE_STRIDE":
            self._set(self.tile_stride, key + (insn["loop"],), insn)
        elif kind == "START":
            self._transfer(word, key, insn["width"] + 1, insn["req"])

    @staticmethod
    def _set(registers, key, insn):
        registers[key] = set_half(registers.get(key, 0), insn["half"], insn["imm"])

    def _iterator_word(self, insn):
        if "slot" in insn.by_name:
            self._immediate_word(insn)
            return
        which, how = insn.id.split("_", 1)
        registers = self.iter_base if which == "BASE" else self.iter_stride
        key = (insn["ns"], insn["idx"])
        registers[key] = _replace(registers.get(key, 0), how, insn["imm"])

    def _immediate_word(self, insn):
        how = {"SET_IMM_LOW": "LOW", "SET_IMM_HIGH": "HIGH", "IMM_SIGN_EXT": "SIGN_EXT"}[insn.id]
        slots = self.machine.buffer("IMM").data
        old = int(slots[insn["slot"], 0]) & 0xffffffff
        slots[insn["slot"], 0] = sign_extend(_replace(old, how, insn["imm"]), 32)

    # Transfers

    def _transfer(self, word, key, width, req):
        acc, ns = key
        machine = self.machine
        size = req * self.m // (2 if width == 4 else 1)
        loops = sorted(l for a, n, l in self.tile_iter if (a, n) == key)
        runs = prod(self.tile_iter[key + (l,)] + 1 for l in loops)
        machine.charge(runs + runs * size // 16, word)
        start = self.base_addr.get(key, 0) + sum(
            sign_extend(self.base_stride.get(key + (l,), 0), 32) * i
            for l, i in self.index.items())
        strides = [sign_extend(self.tile_stride.get(key + (l,), 0), 32) for l in loops]
        row = self.tile_addr.get(key, 0)
        element = 0
        for index in product(*(range(self.tile_iter[key + (l,)] + 1) for l in loops)):
            a = start + sum(s * d for s, d in zip(strides, index))
            machine.move(word, acc, "SIMD", a, size, machine.buffer(ns), row, element, width)
            element += size * 8 // width

    # Body words and nests

    def _body(self, words):
        levels, self.levels = self.levels, []
        indices = [range(n) for n, _ in levels]
        self.machine.charge(prod(len(r) for r in indices) * len(words), words[0][0])
        for index in product(*indices):
            for word, insn in words:
                if insn.id != "NOP":
                    self._execute(word, insn, self._rows(levels, index, insn))

    def _rows(self, levels, index, insn):
        """The row of each operand the word uses."""
        rows = {}
        for name in simd_static.operands(insn):
            innermost = levels[-1][1] if levels else insn
            row = self._iterator(self.iter_base, innermost, name)
            for (_, level), i in zip(levels, index):
                row += self._iterator(self.iter_stride, level, name) * i
            rows[name] = row
        return rows

    @staticmethod
    def _iterator(registers, insn, name):
        return sign_extend(registers.get((insn[name + "_ns"], insn[name + "_idx"]), 0), 32)

    def _execute(self, word, insn, rows):
        a = self._source(word, insn["src1_ns"], rows["src1"])
        b = self._source(word, insn["src2_ns"], rows["src2"]) if "src2" in rows else a
        target = self.machine.row(insn["dst_ns"], rows["dst"], word)
        result = LANE_FUNCTIONS[insn.id](a, b, target.astype(np.int64), self.dtype)
        bits = self.machine.buffer(insn["dst_ns"]).bits
        half = 1 << bits - 1
        target[:] = ((result + half) & (2 * half - 1)) - half
        self.machine.counters["simd_ops"] += 1

    def _source(self, word, ns, row):
        lanes = self.machine.row(ns, row, word).astype(np.int64)
        if ns == "OBUF" and self.released:
            raise Fault("HAZARD", word, row_address(self.machine.buffer(ns).number, row))
        return np.repeat(lanes, self.m) if ns == "IMM" else lanes

    # Permutation

    def _perm_word(self, word, insn):
        if insn.id == "PERM_START":
            self._permute(word, insn)
        elif insn.id == "PERM_SET_BASE_ADDR":
            self.walker[insn["rw"]] = Walker(insn["addr"])
        elif insn.id == "PERM_SET_LOOP_ITER":
            self.walker[insn["rw"]].n[insn["loop"]] = insn["n"]
        else:
            self.walker[insn["rw"]].stride[insn["loop"]] = sign_extend(insn["stride"], 16)

    def _permute(self, word, insn):
        steps = self.walker["RD"].steps()
        group = self.m if insn["shuffle"] else 1
        if steps != self.walker["WR"].steps() or steps % group:
            raise Fault("BAD_CONFIG", word)
        self.machine.charge(steps, word)
        sources, targets = self.walker["RD"].rows(), self.walker["WR"].rows()
        for _ in range(0, steps, group):
            rows = [self._source(word, insn["src_ns"], next(sources)) for _ in range(group)]
            block = np.array(rows)
            if insn["shuffle"]:
                block = block.T
            for row in block:
                self.machine.row(insn["dst_ns"], next(targets), word)[:] = row
            self.machine.counters["perm_rows"] += group


def _replace(register, how, imm):
    """An iterator or immediate register (unsigned) after a word of opcode 6."""
    if how == "SIGN_EXT":
        return sign_extend(imm, 16) & 0xffffffff
    if how == "ZEROFILL":
        return imm
    return set_half(register, how, imm)
