# SPDX-License-Identifier: MIT
"""A block of words: decoding, structure and capacity (docs/isa.md sections 3 and 10)."""
import isa
from faults import Fault

SIMD_OPCODES = range(0, 9)
BODY_OPCODES = range(0, 4)


def is_imem(insn):
    """A word that names the next block."""
    return insn.id in ("SET_BASE_ADDR", "LD_ST") and insn["mem"] == "IMEM"


class Block:
    """A decoded block whose structure holds.

    sa and simd are the (START, END) positions of the groups, or None.
    """

    def __init__(self, words, encoding):
        self.insns = self._decode(words, encoding)
        self.sa = None
        self.simd = None
        self._open = None                       # (group, START position) of the open group
        for index, insn in enumerate(self.insns):
            self._check_structure(index, insn)
        last = len(self.insns) - 1
        if self._open or self.insns[last].id != "BLOCK_END":
            raise Fault("BAD_BLOCK", last)

    @staticmethod
    def _decode(words, encoding):
        insns = []
        for index, word in enumerate(words):
            insn = isa.decode(word, encoding)
            if insn is None:
                raise Fault("ILLEGAL_WORD", index, word)
            insns.append(insn)
        return insns

    def _check_structure(self, index, insn):
        if index and self.insns[index - 1].id == "BLOCK_END":
            raise Fault("BAD_BLOCK", index)
        if insn.id in ("SYNC_INST", "INST_GROUP"):
            legal = self._start(index, insn) if insn["start_end"] == "START" \
                else self._end(index, insn)
        elif insn.id == "BLOCK_END":
            legal = True
        elif insn.opcode in SIMD_OPCODES:
            legal = self._group() == "SIMD"
        elif self._group() == "SYSTOLIC_ARRAY":
            legal = True
        else:
            legal = self._group() is None and is_imem(insn) and insn.by_name.get("acc") != "ST"
        if not legal:
            raise Fault("BAD_BLOCK", index)

    def _group(self):
        return self._open and self._open[0]

    def _start(self, index, insn):
        if insn.by_name.get("exec_buf") == "BUF" or self._open or self.simd:
            return False
        if insn["target"] == "SYSTOLIC_ARRAY" and self.sa:
            return False
        self._open = (insn["target"], index)
        return True

    def _end(self, index, insn):
        if self._group() != insn["target"]:
            return False
        if insn.by_name.get("exec_buf") == "BUF":
            return insn["target"] == "SIMD"     # the release marker
        span = (self._open[1], index)
        if insn["target"] == "SIMD":
            self.simd = span
        else:
            self.sa = span
        self._open = None
        return True

    def check_capacity(self, instr_depth, simd_instr_depth):
        """CAPACITY at the first word that does not fit its instruction memory."""
        simd = range(self.simd[0], self.simd[1] + 1) if self.simd else range(0)
        array = [i for i in range(len(self.insns)) if i not in simd]
        over = [(words[depth], len(words))
                for words, depth in ((array, instr_depth), (simd, simd_instr_depth))
                if len(words) > depth]
        if over:
            raise Fault("CAPACITY", *min(over))

    def array_words(self):
        return self._inside(self.sa)

    def simd_words(self):
        return self._inside(self.simd)

    def _inside(self, span):
        """(position, instruction) of the words between START and END."""
        if span is None:
            return []
        return [(i, self.insns[i]) for i in range(span[0] + 1, span[1])]

    def next_block(self):
        """(offset, words, position of the LD_ST IMEM word) as the IMEM words name it."""
        offset = words = position = 0
        for index, insn in enumerate(self.insns):
            if insn.id == "SET_BASE_ADDR" and is_imem(insn):
                offset = set_half(offset, insn["half"], insn["addr"])
            elif insn.id == "LD_ST" and is_imem(insn):
                words, position = insn["req"], index
        return offset, words, position


def set_half(register, half, value):
    """A 32-bit register (unsigned) with one half replaced."""
    if half in ("HIGH", "MSB"):
        return register & 0xffff | value << 16
    return register & 0xffff0000 | value
