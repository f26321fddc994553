# SPDX-License-Identifier: MIT
"""Instruction encodings, read from the X-macro tables of include/genesys/isa.h.

The header is the only place that spells opcodes, bit positions and names; this
module parses its three lists and encodes, decodes, formats and assembles from
them, independently of the C code made from the same lists.
"""
import os
import re
from collections import namedtuple

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "..", "..", "include", "genesys", "isa.h")
ENCODINGS = {"sync_inst": "GS_ENC_SYNC_INST", "inst_group_2021": "GS_ENC_INST_GROUP_2021"}
ALIASES = {("DIM", "N"): "IC"}

Field = namedtuple("Field", "name kind lsb width")
Desc = namedtuple("Desc", "id mnemonic opcode fn layout encodings fields")


class Insn:
    """A decoded instruction; named operands are held as their text."""

    def __init__(self, desc, values):
        self.desc = desc
        self.id = desc.id
        self.values = values
        self.by_name = {f.name: v for f, v in zip(desc.fields, values)}

    @property
    def opcode(self):
        return self.desc.opcode

    def __getitem__(self, name):
        return self.by_name[name]

    def __str__(self):
        return self.desc.mnemonic + " " + ", ".join(str(v) for v in self.values)


def _macro(text, name):
    """The body of a #define with its continuation lines."""
    match = re.search(r"#define " + name + r"\([^)]*\)((?:.*\\\n)*.*\n)", text)
    return match.group(1).replace("\\\n", " ")


def _parse_enums(text):
    kinds = re.findall(r"K\((\w+)\)", _macro(text, "GS_ISA_ENUMS"))
    entry = re.compile(r'E\(\w+, (\d+), "([^"]+)"\)')
    return {kind: {int(v): name for v, name in entry.findall(_macro(text, "GS_ISA_ENUM_" + kind))}
            for kind in kinds}


def _parse_layouts(text):
    body = _macro(text, "GS_ISA_LAYOUTS")
    field = re.compile(r'F\("([^"]+)",\s*(\w+),\s*(\d+),\s*(\d+)\)')
    layouts = {}
    for part in re.split(r"\bL\(", body)[1:]:
        name = re.match(r"\w+", part).group(0)
        layouts[name] = [Field(n, k, int(lsb), int(w)) for n, k, lsb, w in field.findall(part)]
    return layouts


def _parse_table(text, layouts):
    row = re.compile(r'X\((\w+),\s*"([^"]+)",\s*(\d+),\s*(\d+|GS_ISA_NO_FN),\s*(\w+),\s*(\w+)\)')
    table = []
    for ident, mnemonic, opcode, fn, layout, enc in row.findall(_macro(text, "GS_ISA_TABLE")):
        encodings = set(ENCODINGS.values()) if enc == "GS_ENC_ANY" else {enc}
        code = None if fn == "GS_ISA_NO_FN" else int(fn)
        table.append(Desc(ident, mnemonic, int(opcode), code, layout, encodings, layouts[layout]))
    return table


def _load():
    with open(HEADER, encoding="ascii") as header:
        text = header.read()
    layouts = _parse_layouts(text)
    return _parse_enums(text), layouts, _parse_table(text, layouts)


ENUMS, LAYOUTS, TABLE = _load()
BY_MNEMONIC = {desc.mnemonic: desc for desc in TABLE}
BY_ID = {desc.id: desc for desc in TABLE}
_BY_OPCODE = {}
for _desc in TABLE:
    _BY_OPCODE.setdefault(_desc.opcode, []).append(_desc)


def _encode_operand(field, value):
    limit = 1 << field.width
    if field.kind in ENUMS:
        names = {name: number for number, name in ENUMS[field.kind].items()}
        value = names[ALIASES.get((field.kind, value), value)]
    elif field.kind == "ZERO":
        limit = 1
    elif field.kind == "C32":
        if value != 32:
            raise ValueError(f"operand {field.name}: {value}, expected 32")
    elif field.kind == "IMM16" and -32768 <= value < 0:
        value += 65536
    if not 0 <= value < limit:
        raise ValueError(f"operand {field.name}: {value} out of range")
    return value << field.lsb


def encode(mnemonic, operands):
    """The word of an instruction; operands in the order of the text form."""
    desc = BY_MNEMONIC[mnemonic]
    if len(operands) != len(desc.fields):
        raise ValueError(f"{mnemonic}: {len(operands)} operands, expected {len(desc.fields)}")
    word = desc.opcode << 28 | (desc.fn or 0) << 24
    for field, value in zip(desc.fields, operands):
        word |= _encode_operand(field, value)
    return word


def _decode_as(desc, word):
    """The operands of the word under one table row, or None."""
    left = word & 0x0fffffff
    if desc.fn is not None:
        if left >> 24 != desc.fn:
            return None
        left &= 0x00ffffff
    values = []
    for field in desc.fields:
        value = word >> field.lsb & ((1 << field.width) - 1)
        left &= ~(((1 << field.width) - 1) << field.lsb)
        if field.kind in ENUMS:
            value = ENUMS[field.kind].get(value)
        elif field.kind == "ZERO" and value != 0 or field.kind == "C32" and value != 32:
            value = None
        if value is None:
            return None
        values.append(value)
    return values if left == 0 else None


def decode(word, encoding="sync_inst"):
    """The instruction of a word, or None when the table does not produce it."""
    for desc in _BY_OPCODE.get(word >> 28, ()):
        if ENCODINGS[encoding] in desc.encodings:
            values = _decode_as(desc, word)
            if values is not None:
                return Insn(desc, values)
    return None


def parse_line(line):
    """(mnemonic, operands) of a line of assembly text, or None."""
    line = line.split("#")[0].strip()
    if not line:
        return None
    mnemonic, _, rest = line.partition(" ")
    operands = [text.strip() for text in rest.split(",")]
    return mnemonic, [int(t) if re.fullmatch(r"-?\d+", t) else t for t in operands]


def assemble(text):
    """The words of an assembly text."""
    parsed = (parse_line(line) for line in text.splitlines())
    return [encode(*item) for item in parsed if item]
