# SPDX-License-Identifier: MIT
"""odd_names.py MODEL.gsm OUT OLD NEW: a model file with another name.

NEW is written as Python writes bytes ('a\\xff') and as long as OLD. The check
sum is made right again.
"""
import ast
import struct
import sys
import zlib


def section(image, name):
    """Offset and size of a section of a little-endian ELF64 file."""
    start, = struct.unpack_from("<Q", image, 0x28)
    size, count, strings = struct.unpack_from("<HHH", image, 0x3a)
    heads = [struct.unpack_from("<IIQQQQ", image, start + i * size)
             for i in range(count)]
    for head in heads:
        at = heads[strings][4] + head[0]
        if image[at:image.index(b"\0", at)] == name:
            return head[4], head[5]
    raise SystemExit("no section %r" % name)


def write(image, out):
    """The file, its check sum made right again."""
    check, _ = section(image, b".genesys.check")
    image[check:check + 4] = bytes(4)
    image[check:check + 4] = struct.pack("<I", zlib.crc32(image))
    open(out, "wb").write(image)


def main():
    path, out, old, new = sys.argv[1:]
    image = bytearray(open(path, "rb").read())
    old, new = old.encode(), ast.literal_eval("b'%s'" % new)
    assert len(old) == len(new), (len(old), len(new))
    start, size = section(image, b".genesys.names")
    at = image.index(b"\0" + old + b"\0", start, start + size) + 1
    image[at:at + len(old)] = new
    write(image, out)


if __name__ == "__main__":
    main()
