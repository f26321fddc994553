# SPDX-License-Identifier: MIT
"""Faults of the machine, docs/isa.md section 10."""

CODES = ("NONE", "ILLEGAL_WORD", "BAD_BLOCK", "CAPACITY", "BAD_CONFIG", "BAD_OPERAND",
         "WINDOW", "SCRATCHPAD", "MEMORY", "TILE_MISMATCH", "HAZARD", "LIMIT")

MASK64 = (1 << 64) - 1


class Fault(Exception):
    """A fault record {code, block, word, address}; the machine fills in the block."""

    def __init__(self, code, word, address=0, block=None):
        super().__init__(code)
        assert code in CODES
        self.code = code
        self.block = block
        self.word = word
        self.address = address & MASK64

    def record(self):
        return {"code": self.code, "block": self.block, "word": self.word,
                "address": self.address}

    def __str__(self):
        return (f"fault {self.code} at block {self.block} word {self.word}, "
                f"address {self.address:#x}")


def row_address(number, row):
    """Address of a SCRATCHPAD record: buffer number and row."""
    return number << 32 | (row & 0xffffffff)
