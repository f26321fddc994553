# SPDX-License-Identifier: MIT
"""A test vector under construction, and its folder."""
import json
import os

import numpy as np

from vectors import TYPES, Vector

ARCH = {
    "ARRAY_N": 4, "ARRAY_M": 4, "DATA_WIDTH": 8, "WGT_WIDTH": 8, "ACC_WIDTH": 32,
    "BIAS_WIDTH": 32, "IBUF_DEPTH": 64, "WBUF_DEPTH": 64, "OBUF_DEPTH": 32, "BBUF_DEPTH": 16,
    "VMEM_DEPTH": 64, "PARAM_BUF_CHANNEL_BW": 32, "IBUF_CHANNEL_BW": 32, "OBUF_CHANNEL_BW": 32,
    "SIMD_CHANNEL_BW": 32, "INSTR_CHANNEL_BW": 32,
}


def array(n, param_bits=None, **fields):
    """Fields of an n x n array whose channels hold one column, or param_bits."""
    channel = max(32, 8 * n)
    return dict(ARRAY_N=n, ARRAY_M=n, PARAM_BUF_CHANNEL_BW=param_bits or channel,
                IBUF_CHANNEL_BW=channel, OBUF_CHANNEL_BW=channel, SIMD_CHANNEL_BW=channel,
                INSTR_CHANNEL_BW=channel, **fields)


class Case:
    """What goes into vector.json. The model makes the expected data.

    fault: None, or (code, block, word[, address]) as its author reads docs/isa.md;
    the model must agree. "any" leaves it to the model.
    """

    def __init__(self, name, note, program, fault=None, arch=None, **options):
        self.name = name
        self.note = " ".join(note.split())  # Pythons differ in the indentation they keep
        self.program = program
        self.fault = fault
        self.arch = dict(ARCH, **(arch or {}))
        self.options = options
        self.loads = []
        self.expects = []

    def load(self, port, address, kind, data):
        self.loads.append((port, address, kind, np.asarray(data).reshape(-1)))
        return self

    def expect(self, port, address, kind, count, want=None):
        """A region to compare; want, when given, is what the model must produce."""
        self.expects.append((port, address, kind, count, want))
        return self

    def write(self, parent):
        folder = os.path.join(parent, self.name)
        os.makedirs(folder)
        spec = {"name": self.name, "note": self.note, "arch": self.arch,
                "encoding": self.program.encoding, "program": "program.txt", **self.options}
        self._write_program(folder)
        spec["load"] = [self._write_load(folder, k, item) for k, item in enumerate(self.loads)]
        self._write_spec(folder, spec)
        vector = Vector(folder)
        fault = vector.execute()
        self._check_fault(fault)
        if fault:
            spec["expect_fault"] = fault.record()
        else:
            spec["counters"] = {k: v for k, v in vector.machine.counters.items() if v}
        spec["expect"] = [self._write_expect(folder, vector, k, item)
                          for k, item in enumerate(self.expects)]
        self._write_spec(folder, spec)

    def _check_fault(self, fault):
        if self.fault == "any":
            return
        got = fault and (fault.code, fault.block, fault.word, fault.address)
        want = self.fault
        if (got and got[:len(want or ())]) != want:
            raise AssertionError(f"{self.name}: the model says {got}, the author {want}")

    def _write_program(self, folder):
        with open(os.path.join(folder, "program.txt"), "w", encoding="ascii") as file:
            file.write("".join(f"{word}\n" for word in self.program.words))
        text = self.program.text()
        if text:
            with open(os.path.join(folder, "program.s"), "w", encoding="ascii") as file:
                file.write(text)

    @staticmethod
    def _write_load(folder, number, item):
        port, address, kind, data = item
        name = f"in{number}.bin"
        data.astype(TYPES[kind]).tofile(os.path.join(folder, name))
        return {"port": port, "address": address, "type": kind, "file": name}

    def _write_expect(self, folder, vector, number, item):
        port, address, kind, count, want = item
        name = f"out{number}.bin"
        entry = {"port": port, "address": address, "type": kind, "file": name}
        size = count * np.dtype(TYPES[kind]).itemsize
        data = vector.memory.read(vector.bus(entry), size)
        if want is not None:
            got = np.frombuffer(data, dtype=TYPES[kind])
            if not np.array_equal(got, np.asarray(want).reshape(-1)):
                raise AssertionError(f"{self.name}: model {got[:64]}, author "
                                     f"{np.asarray(want).reshape(-1)[:64]}")
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
        return entry

    @staticmethod
    def _write_spec(folder, spec):
        with open(os.path.join(folder, "vector.json"), "w", encoding="ascii") as file:
            json.dump(spec, file, indent=1)
            file.write("\n")
