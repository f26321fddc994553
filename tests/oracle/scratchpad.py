# SPDX-License-Identifier: MIT
"""Scratchpads and their element layouts (docs/isa.md sections 1 and 9)."""
import numpy as np

from functions import sign_extend

NUMBERS = {"WBUF": 0, "IBUF": 1, "OBUF": 2, "BBUF": 3, "VMEM1": 4, "VMEM2": 5, "IMM": 6}


def unpack(data, bits):
    """The signed elements of little-endian bytes; of 4 bits, low nibble first."""
    if bits == 4:
        raw = np.frombuffer(data, dtype=np.uint8)
        nibbles = np.stack((raw & 15, raw >> 4), axis=1).reshape(-1).astype(np.int64)
        return (nibbles ^ 8) - 8
    return np.frombuffer(data, dtype=f"<i{bits // 8}").astype(np.int64)


def pack(elements, bits):
    """The low bits of the elements as little-endian bytes."""
    if bits == 4:
        nibbles = (elements & 15).astype(np.uint8).reshape(-1, 2)
        return (nibbles[:, 0] | nibbles[:, 1] << 4).tobytes()
    return (elements & ((1 << bits) - 1)).astype(f"<u{bits // 8}").tobytes()


class Scratchpad:
    """One buffer: data[row][bank], signed elements of a width in bits."""

    def __init__(self, name, rows, shape, bits):
        self.number = NUMBERS[name]
        self.rows = rows
        self.bits = bits
        self.banks = int(np.prod(shape))
        self.dtype = np.int8 if bits <= 8 else np.int16 if bits == 16 else np.int32
        self.data = np.zeros((rows, *shape), dtype=self.dtype)

    def place(self, element, count):
        """Index arrays (row, bank) of elements of a tile."""
        return np.divmod(np.arange(element, element + count), self.banks)

    def load(self, row, element, values):
        rows, *rest = self.place(element, len(values))
        self.data[(row + rows, *rest)] = values

    def store(self, row, element, count):
        rows, *rest = self.place(element, count)
        return self.data[(row + rows, *rest)].astype(np.int64)

    def fill_noise(self, noise):
        flat = self.data.reshape(-1)
        for i in range(flat.size):
            flat[i] = sign_extend(next(noise), self.bits)


class WeightBuffer(Scratchpad):
    """WBUF: data[row][PE row][PE column], in one of the two layouts of section 9."""

    def __init__(self, arch):
        super().__init__("WBUF", arch.wbuf_rows, (arch.n, arch.m), arch.wgt_bits)
        self.n, self.m = arch.n, arch.m
        self.k = arch.interleave if arch.published else None

    def place(self, element, count):
        e = np.arange(element, element + count)
        n, m, k = self.n, self.m, self.k
        if k is None:
            return e // (n * m), e % n, (e // n) % m
        return (e // (k * n * m)) * k + e % k, (e // k) % n, m - 1 - (e // (k * n)) % m


def xorshift32(seed):
    """The noise generator of tests/vectors/README.md."""
    x = seed
    while True:
        x ^= x << 13 & 0xffffffff
        x ^= x >> 17
        x ^= x << 5 & 0xffffffff
        yield x
