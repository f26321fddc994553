# SPDX-License-Identifier: MIT
"""Static checks of a SIMD group (docs/isa.md sections 6 and 10)."""
from math import prod

from block import BODY_OPCODES
from faults import Fault
from functions import uses_source2

READABLE = ("OBUF", "VMEM1", "VMEM2", "IMM")
WRITABLE = ("VMEM1", "VMEM2", "IBUF")
PERM_SOURCES = ("OBUF", "VMEM1", "VMEM2")
PERM_DESTINATIONS = ("VMEM1", "VMEM2")
WIDTHS = (4, 8, 16, 32)


def operands(insn):
    """The namespaces a body word uses, by operand."""
    if insn.id == "NOP":
        return {}
    used = {"src1": insn["src1_ns"], "dst": insn["dst_ns"]}
    if uses_source2(insn):
        used["src2"] = insn["src2_ns"]
    return used


def base_loops(block):
    """The base loops of the group: id -> n of its first ITER word."""
    loops = {}
    for _, insn in block.simd_words():
        if insn.id in ("LD_BASE_ITER", "ST_BASE_ITER"):
            loops.setdefault(insn["loop"], insn["n"])
    return loops


def iterations(loops):
    return prod(n + 1 for n in loops.values())


class SimdChecker:
    """Walks the words of a SIMD group and follows its nests."""

    def __init__(self, block, arch):
        self.arch = arch
        self.loops = base_loops(block)
        self.levels = {}                        # SET_ITER loop -> SET_INDEX, outermost first
        self.pending = None                     # loop of a SET_ITER without its SET_INDEX
        self.body = 0                           # words of a SET_INST still to come
        for index, insn in block.simd_words():
            self._check(index, insn)
        if self.levels or self.pending is not None:
            raise Fault("BAD_CONFIG", block.simd[1])

    def _check(self, index, insn):
        if not self._check_nest(insn) or not self._check_setting(insn):
            raise Fault("BAD_CONFIG", index)
        if not self._check_operands(insn):
            raise Fault("BAD_OPERAND", index)
        self._advance(insn)

    def _check_nest(self, insn):
        """Whether the word may stand here."""
        is_body = insn.opcode in BODY_OPCODES
        if self.body:
            return is_body
        if self.pending is not None:
            return insn.id == "SET_INDEX"
        if insn.id == "SET_INDEX":
            return False
        if insn.id == "SET_INST":
            return bool(self.levels)
        return not self.levels or is_body or insn.id == "SET_ITER"

    def _check_setting(self, insn):
        """Whether the operands of a configuration word are allowed."""
        if insn.id in ("LD_BASE_ITER", "ST_BASE_ITER"):
            return self.loops[insn["loop"]] == insn["n"]
        if insn.id in ("LD_BASE_STRIDE", "ST_BASE_STRIDE"):
            return insn["loop"] in self.loops
        if insn.id in ("LD_START", "ST_START"):
            return insn["width"] + 1 in WIDTHS and insn["req"] != 0
        if insn.id in ("SET_IMM_LOW", "SET_IMM_HIGH", "IMM_SIGN_EXT"):
            return insn["slot"] < self.arch.imm_slots
        if insn.id == "SET_ITER":
            return insn["n"] != 0 and insn["loop"] not in self.levels
        return insn.id != "SET_INST" or insn["n"] != 0

    def _check_operands(self, insn):
        if insn.id == "PERM_START":
            return insn["src_ns"] in PERM_SOURCES and insn["dst_ns"] in PERM_DESTINATIONS
        if insn.opcode not in BODY_OPCODES:
            return True
        index = list(self.levels.values())[-1] if self.levels else None
        for name, namespace in operands(insn).items():
            if namespace not in (WRITABLE if name == "dst" else READABLE):
                return False
            if index and index[name + "_ns"] != namespace:
                return False
        return True

    def _advance(self, insn):
        if insn.id == "SET_ITER":
            self.pending = insn["loop"]
        elif insn.id == "SET_INDEX":
            self.levels[self.pending] = insn
            self.pending = None
        elif insn.id == "SET_INST":
            self.body = insn["n"]
        elif insn.opcode in BODY_OPCODES:
            self.body = max(self.body - 1, 0)
            if not self.body:
                self.levels = {}
