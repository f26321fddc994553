# SPDX-License-Identifier: MIT
"""ONNX files of a few nodes, written without python3-onnx."""

import struct

import numpy as np

FLOAT, INT8 = 1, 3


def _number(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _field(key, body):
    if isinstance(body, int):
        return _number(key << 3) + _number(body)
    body = body.encode() if isinstance(body, str) else body
    return _number(key << 3 | 2) + _number(len(body)) + body


def value(name, shape, kind=FLOAT):
    """An input or output."""
    dims = b"".join(_field(1, _field(1, d)) for d in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) +
                                              _field(2, dims)))


def constant(name, array):
    kind = INT8 if array.dtype == np.int8 else FLOAT
    return (b"".join(_field(1, d) for d in array.shape) + _field(2, kind) +
            _field(8, name) + _field(9, array.tobytes()))


def node(op, inputs, output, **floats):
    attrs = b"".join(_field(5, _field(1, name) + _number(2 << 3 | 5) +
                            struct.pack("<f", number) + _field(20, 1))
                     for name, number in floats.items())
    return (b"".join(_field(1, i) for i in inputs) + _field(2, output) +
            _field(4, op) + attrs)


def save(path, nodes, inputs, outputs, constants=()):
    graph = _field(2, "tiny")
    for key, items in ((1, nodes), (5, constants), (11, inputs),
                       (12, outputs)):
        graph += b"".join(_field(key, item) for item in items)
    with open(path, "wb") as file:
        file.write(_field(1, 7) + _field(7, graph) + _field(8, _field(2, 13)))
