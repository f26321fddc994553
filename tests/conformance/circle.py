# SPDX-License-Identifier: MIT
"""circle.py MODEL.gsm OUT: the same, but its first block is followed by itself."""
import struct
import sys

from odd_names import section, write

HIGH = 2  # relocation of the upper half, the word before LD_ST and BLOCK_END


def main():
    image = bytearray(open(sys.argv[1], "rb").read())
    text, _ = section(image, b".text")
    start, size = section(image, b".rela.text")
    symbols, _ = section(image, b".symtab")
    names = []
    for at in range(start, start + size, 24):
        offset, kind, symbol, addend = struct.unpack_from("<QIIq", image, at)
        section_of, = struct.unpack_from("<H", image, symbols + symbol * 24 + 6)
        if section_of == 1 and not addend:
            raise SystemExit("the first block is named already")
        if section_of == 1:
            names.append((at, offset, kind, addend))
    first = min(addend for _, _, _, addend in names)
    for at, offset, kind, addend in names:
        if addend != first:
            continue
        struct.pack_into("<q", image, at + 16, 0)
        if kind == HIGH:
            load = text + offset + 4
            word, = struct.unpack_from("<I", image, load)
            struct.pack_into("<I", image, load, word & ~0xffff | first // 4)
    write(image, sys.argv[2])


main()
