#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Count the work of a compiled program, block by block, from its words alone.

	recount.py [--check CSV] MODEL.gsm

Reads the model file as ELF and the words as docs/isa.md has them, sections 3 to
6 and 8, and shares nothing with the machine in C or with the timing model. It
walks the chain of blocks, their loops and tiles, and prints a CSV line for each
block: array steps, vector operations of the SIMD unit, rows permuted, and for
each window the bytes read, written, and those of the bytes read which need not
move, since the tile is there already (section 5).

--check compares a file that "gs-sim --blocks" wrote: all of these must be equal,
and no block may take fewer cycles than the most used of its resources needs:
the array a step a cycle, the SIMD unit an operation or a row, a channel its
width. Exit status 1 and the first differences where that is not so.
"""
import argparse
import csv
import itertools
import json
import math
import struct
import sys

WINDOWS = ("IMEM", "PARAM", "IBUF", "OBUF", "SIMD")
CHANNELS = {"IMEM": "INSTR_CHANNEL_BW", "PARAM": "PARAM_BUF_CHANNEL_BW",
            "IBUF": "IBUF_CHANNEL_BW", "OBUF": "OBUF_CHANNEL_BW", "SIMD": "SIMD_CHANNEL_BW"}
WBUF, IBUF, OBUF, BBUF = range(4)
WINDOW_OF = {WBUF: "PARAM", IBUF: "IBUF", OBUF: "OBUF", BBUF: "PARAM"}
LD, ST = 0, 1
NS_IBUF = 1
MAX_PRINTED = 10


class Refused(Exception):
    """A file that cannot be counted, with the sentence that says why."""


# ---- the model file (docs/model-file.md) ---------------------------------------


class Model:
    """Code with its addresses filled in, segments and machine of a model file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.image = file.read()
        if self.image[:6] != b"\x7fELF\x02\x01":
            raise Refused(f"{path}: not a little-endian ELF64 file")
        self.sections = self._read_sections()
        self.words = [w for (w,) in struct.iter_unpack("<I", self._content(".text"))]
        self._relocate()
        self.arch = self._read_arch()
        self.segments = [struct.unpack_from("<4I", s) for (s,) in
                         struct.iter_unpack("<40s", self._content(".genesys.segments"))]

    def _read_sections(self):
        """Section headers by name: (index, type, offset, size)."""
        table, = struct.unpack_from("<Q", self.image, 40)
        size, num, names = struct.unpack_from("<HHH", self.image, 58)
        heads = [struct.unpack_from("<IIQQQQ", self.image, table + i * size) for i in range(num)]
        strings = heads[names][4]
        sections = {}
        for i, (name, kind, _, _, offset, length) in enumerate(heads):
            start = strings + name
            text = self.image[start:self.image.index(b"\0", start)].decode()
            sections[text] = (i, kind, offset, length)
        return sections

    def _content(self, name):
        if name not in self.sections:
            raise Refused(f"section {name} is missing")
        _, _, offset, size = self.sections[name]
        return self.image[offset:offset + size]

    def _relocate(self):
        """Put window offsets of symbols where the code names them."""
        if ".rela.text" not in self.sections:
            return
        simd_bytes = self.sections[".rodata.simd"][3] if ".rodata.simd" in self.sections else 0
        base = {".text": 0, ".rodata.param": 0, ".rodata.simd": 0,
                ".bss.act": (simd_bytes + 255) // 256 * 256}
        by_index = {entry[0]: base.get(name, 0) for name, entry in self.sections.items()}
        symbols = [struct.unpack("<IBBHQQ", s) for (s,) in
                   struct.iter_unpack("<24s", self._content(".symtab"))]
        for offset, info, addend in struct.iter_unpack("<QQq", self._content(".rela.text")):
            _, _, _, section, value, _ = symbols[info >> 32]
            address = by_index.get(section, 0) + value + addend
            half = address >> 16 if info & 0xffffffff == 2 else address
            self.words[offset // 4] |= half & 0xffff

    def _read_arch(self):
        note = self._content(".note.genesys.arch")
        owner, size, _ = struct.unpack_from("<III", note)
        start = 12 + (owner + 3) // 4 * 4
        length, = struct.unpack_from("<I", note, start + 16)
        return json.loads(note[start + 24:start + size][:length])

    def blocks(self):
        """(segment, byte offset, words) of every block in order of execution."""
        for number, (_, first, length, count) in enumerate(self.segments):
            left = length                        # a block has at least a word
            while count:
                left -= 1
                if left < 0:
                    raise Refused(f"segment {number}: its blocks go round")
                yield number, first * 4, self.words[first:first + count]
                first, count = next_block(self.words[first:first + count])


# ---- words (docs/isa.md section 4) ------------------------------------------------


def bits(word, high, low):
    return word >> low & (1 << high - low + 1) - 1


def signed(value):
    return (value & 0xffffffff ^ 1 << 31) - (1 << 31)


def put_half(register, high, half):
    return register & 0xffff | half << 16 if high else register & 0xffff0000 | half


def next_block(words):
    """(first word, number of words) of the block behind this one; none: 0 words."""
    if words[-1] & 1:                            # BLOCK_END 1
        return 0, 0
    address = count = 0
    for word in words:
        if word >> 28 == 13 and bits(word, 26, 26):
            address = put_half(address, bits(word, 27, 27), bits(word, 15, 0))
        elif word >> 28 == 14 and bits(word, 26, 26):
            count = bits(word, 15, 0)
    if not count:
        raise Refused(f"a block that is not the last names no other: {words[-1]:08x}")
    return address // 4, count


class Block:
    """Counts of one block."""

    def __init__(self, words, arch):
        self.arch = arch
        self.counts = dict.fromkeys(("array_steps", "tandem_ops", "rows_permuted"), 0)
        for window in WINDOWS:
            for what in ("read", "written", "held"):
                self.counts[f"{window}_{what}"] = 0
        self.counts["IMEM_read"] = 4 * len(words)
        groups = self._groups(words)
        array = ArrayGroup(groups[0], arch) if 0 in groups else None
        simd = SimdGroup(groups[1], arch) if 1 in groups else None
        if array:
            array.run(self.counts, bool(simd and simd.writes_ibuf))
        if simd:
            simd.run(self.counts)

    @staticmethod
    def _groups(words):
        """The words of the array group (0) and the SIMD group (1)."""
        groups, current = {}, None
        for word in words:
            if word >> 28 != 10:
                if current is not None:
                    groups[current].append(word)
            elif not bits(word, 26, 26):
                current = bits(word, 27, 27)
                groups[current] = []
            elif not bits(word, 25, 25):
                current = None
        return groups


# ---- the array group (section 5) --------------------------------------------------


class ArrayGroup:
    """Loops and transfers."""

    def __init__(self, words, arch):
        n, m = arch["ARRAY_N"], arch["ARRAY_M"]
        self.banks = {WBUF: n * m, IBUF: n, OBUF: m, BBUF: m}
        self.bits = {WBUF: arch["WGT_WIDTH"], IBUF: arch["DATA_WIDTH"],
                     OBUF: arch["ACC_WIDTH"], BBUF: arch["BIAS_WIDTH"]}
        self.loops, self.strides, self.base = {}, {}, [0] * 4
        self.outer_reductions, self.transfers = set(), []
        for word in words:
            self._configure(word)
        self.outer = [l for l in sorted(self.loops) if l < 7]
        inner = [n for l, n in self.loops.items() if 7 <= l < 14]
        self.steps = math.prod(inner) if inner else 0

    def _configure(self, word):
        opcode, loop, low = word >> 28, bits(word, 21, 16), bits(word, 15, 0)
        if opcode == 9 and not bits(word, 27, 22):
            self.loops[loop] = low + 1
        elif opcode == 9 and bits(word, 15, 2):
            self.outer_reductions.add(loop)
        elif opcode == 12:
            key = bits(word, 26, 24), bits(word, 23, 22), loop
            self.strides[key] = put_half(self.strides.get(key, 0), bits(word, 27, 27), low)
        elif opcode == 13 and not bits(word, 26, 26):
            buffer = bits(word, 25, 22)
            self.base[buffer] = put_half(self.base[buffer], bits(word, 27, 27), low)
        elif opcode == 14 and not bits(word, 26, 26):
            self.transfers.append((bits(word, 27, 27), bits(word, 25, 22), low))

    def _address(self, access, buffer, tile):
        return self.base[buffer] + sum(signed(self.strides.get((access, buffer, l), 0)) * t
                                       for l, t in zip(self.outer, tile))

    def _bytes(self, access, buffer, req):
        """req a bank and run; half of that when elements have 4 bits."""
        runs = math.prod(n for l, n in self.loops.items()
                         if l >= 14 and (access, buffer, l) in self.strides)
        return runs * (self.banks[buffer] * req // (2 if self.bits[buffer] == 4 else 1))

    def run(self, counts, simd_writes_ibuf):
        """Walk the tiles. A load is held when the one before was of the same address."""
        sizes = [self._bytes(*t) for t in self.transfers]
        last_of = [self.loops[l] - 1 if l in self.outer_reductions else None for l in self.outer]
        there = {}
        for tile in itertools.product(*(range(self.loops[l]) for l in self.outer)):
            counts["array_steps"] += self.steps
            for (access, buffer, _), size in zip(self.transfers, sizes):
                window = WINDOW_OF[buffer]
                counts[window + ("_written" if access == ST else "_read")] += size
                if access == ST or buffer == OBUF:
                    continue
                address = self._address(access, buffer, tile)
                if there.get(buffer) == address:
                    counts[window + "_held"] += size
                there[buffer] = address
            if simd_writes_ibuf and all(n in (None, t) for n, t in zip(last_of, tile)):
                there.pop(IBUF, None)


# ---- the SIMD group (sections 6 and 8) ----------------------------------------------


class SimdGroup:
    """A program that runs once for each tile; what it configures stays for the next."""

    def __init__(self, words, arch):
        self.words, self.lanes = words, arch["ARRAY_M"]
        base = {bits(w, 20, 16): bits(w, 15, 0) + 1 for w in words
                if w >> 28 == 5 and bits(w, 27, 24) in (1, 9)}
        self.tiles = math.prod(base.values())
        self.writes_ibuf = any(w >> 28 < 4 and not is_nop(w) and bits(w, 23, 21) == NS_IBUF
                               for w in words)
        self.tile_loops = {}                     # (access, namespace) -> loop -> iterations
        self.walker = {}                         # loop -> iterations, of the permutation's RD

    def run(self, counts):
        """From the second run on, all start with the same settings."""
        first = self._once()
        again = self._once() if self.tiles > 1 else {}
        for name, value in first.items():
            counts[name] += value + (self.tiles - 1) * again.get(name, 0)

    def _once(self):
        counts = dict.fromkeys(("tandem_ops", "rows_permuted", "SIMD_read", "SIMD_written"), 0)
        levels, body, position = 1, 0, 0
        while position < len(self.words):
            word = self.words[position]
            opcode, function = word >> 28, bits(word, 27, 24)
            position += 1
            if opcode == 7 and function == 1:
                levels *= bits(word, 15, 0)
            elif opcode < 4 or opcode == 7 and function == 2:
                body = [word] if opcode < 4 else self.words[position:position + bits(word, 15, 0)]
                position += 0 if opcode < 4 else len(body)
                counts["tandem_ops"] += levels * sum(not is_nop(w) for w in body)
                levels = 1
            elif opcode == 5:
                self._transfer(word, function, counts)
            elif opcode == 8:
                self._permutation(word, function, counts)
        return counts

    def _transfer(self, word, function, counts):
        access, namespace = function >= 8, bits(word, 22, 21)
        loops = self.tile_loops.setdefault((access, namespace), {})
        if function in (6, 14):
            loops.clear()
        elif function in (3, 11):
            loops[bits(word, 20, 16)] = bits(word, 15, 0) + 1
        elif function in (5, 13):
            size = bits(word, 15, 0) * self.lanes
            if bits(word, 20, 16) == 3:          # elements of 4 bits
                size //= 2
            counts["SIMD_written" if access else "SIMD_read"] += math.prod(loops.values()) * size

    def _permutation(self, word, function, counts):
        if function == 3:
            counts["rows_permuted"] += math.prod(self.walker.values())
        elif bits(word, 23, 21) == 0 and function == 0:
            self.walker.clear()
        elif bits(word, 23, 21) == 0 and function == 1:
            self.walker[bits(word, 20, 16)] = bits(word, 15, 0) + 1


def is_nop(word):
    return word >> 24 == 0x0f


# ---- what is written, and compared ---------------------------------------------------


def recount(model):
    """Rows of counts, a block each."""
    for number, (segment, address, words) in enumerate(model.blocks()):
        yield {"block": number, "segment": segment, "address": address,
               **Block(words, model.arch).counts}


def least_cycles(row, arch, given):
    """What the busiest resource of a block needs. The bus of instructions works for the next block, too."""
    least = {"array_steps": row["array_steps"],
             "tandem_ops and rows_permuted": row["tandem_ops"] + row["rows_permuted"]}
    for window in WINDOWS[1:]:
        moved = row[f"{window}_read"] + row[f"{window}_written"] - row[f"{window}_held"]
        least["bytes of " + window] = -(-moved * 8 // arch[CHANNELS[window]])
    return [f"{given['cycles']} cycles, {name} need {cycles}" for name, cycles in least.items()
            if int(given["cycles"]) < cycles]


def check(model, path):
    """Differences between a file of gs-sim and the count, as sentences."""
    with open(path, newline="", encoding="utf-8") as file:
        given = list(csv.DictReader(file))
    counted = list(recount(model))
    found = []
    missing = {"cycles", *counted[0]} - set(given[0] if given else ())
    if missing:
        raise Refused(f"{path}: no column {sorted(missing)[0]}: not a table of gs-sim --blocks")
    if len(given) != len(counted):
        found.append(f"{len(given)} blocks, counted {len(counted)}")
    for row, other in zip(counted, given):
        found += [f"block {row['block']}: {name} {other.get(name)}, counted {value}"
                  for name, value in row.items() if other.get(name) != str(value)]
        found += [f"block {row['block']}: {text}" for text in least_cycles(row, model.arch, other)]
    return found


def main():
    parser = argparse.ArgumentParser(description="Count the work of a compiled program.")
    parser.add_argument("--check", metavar="CSV", help="compare what gs-sim --blocks wrote")
    parser.add_argument("model")
    args = parser.parse_args()
    try:
        model = Model(args.model)
        if args.check:
            found = check(model, args.check)
            for text in found[:MAX_PRINTED]:
                print(f"{args.model}: {text}")
            return bool(found)
        rows = list(recount(model))
        out = csv.DictWriter(sys.stdout, rows[0].keys(), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    except (OSError, Refused, struct.error, ValueError, IndexError) as error:
        print(f"recount.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
