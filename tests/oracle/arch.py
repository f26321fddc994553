# SPDX-License-Identifier: MIT
"""Architecture files, docs/isa.md section 1."""

CHANNELS = ("PARAM_BUF", "IBUF", "OBUF", "SIMD", "INSTR")
DEPTHS = ("IBUF_DEPTH", "WBUF_DEPTH", "OBUF_DEPTH", "BBUF_DEPTH", "VMEM_DEPTH")


class ArchError(ValueError):
    """A field, its value and the rule it breaks."""


def _require(name, value, good, rule):
    if not good:
        raise ArchError(f"{name} {value}: {rule}")


def _power_of_two(value, low, high):
    return low <= value <= high and value & (value - 1) == 0


class Arch:
    """The parameters of a machine; missing fields take their defaults."""

    def __init__(self, fields):
        self.n = fields["ARRAY_N"]
        self.m = fields["ARRAY_M"]
        self._check_array(fields)
        self.data_bits = self._choice(fields, "DATA_WIDTH", (8, 4))
        self.wgt_bits = self._choice(fields, "WGT_WIDTH", (8, 4))
        self.acc_bits = self._choice(fields, "ACC_WIDTH", (32, 16))
        self.bias_bits = self._choice(fields, "BIAS_WIDTH", (32, 16))
        self._choice(dict({"INSTR_WIDTH": 32}, **fields), "INSTR_WIDTH", (32,))
        self._read_depths(fields)
        self._read_layout(fields)

    def _check_array(self, fields):
        _require("ARRAY_N", self.n, _power_of_two(self.n, 4, 128), "a power of two, 4 to 128")
        for name in ("ARRAY_M", "SIMD_WIDTH", "VMEM_BANKS"):
            value = fields.get(name, self.m)
            _require(name, value, value == self.n, "equal to ARRAY_N")

    @staticmethod
    def _choice(fields, name, allowed):
        _require(name, fields[name], fields[name] in allowed, f"one of {allowed}")
        return fields[name]

    def _read_depths(self, fields):
        for name in DEPTHS:
            _require(name, fields[name], 2 <= fields[name] <= 1 << 20, "2 to 2^20")
        for name in ("IBUF_DEPTH", "WBUF_DEPTH"):
            _require(name, fields[name], fields[name] % 2 == 0, "even")
        self.ibuf_rows = fields["IBUF_DEPTH"] // 2
        self.wbuf_rows = fields["WBUF_DEPTH"] // 2
        self.obuf_rows = fields["OBUF_DEPTH"]
        self.bbuf_rows = fields["BBUF_DEPTH"]
        self.vmem_rows = fields["VMEM_DEPTH"]
        if self.vmem_rows == self.obuf_rows // 2 - 1:
            self.vmem_rows = self.obuf_rows
        self.instr_depth = fields.get("INSTR_DEPTH", 1024)
        self.simd_instr_depth = fields.get("SIMD_INSTR_DEPTH", 1024)
        imm = fields.get("IMM_DEPTH", 32)
        _require("INSTR_DEPTH", self.instr_depth, 64 <= self.instr_depth <= 65536, "64 to 65536")
        _require("SIMD_INSTR_DEPTH", self.simd_instr_depth,
                 16 <= self.simd_instr_depth <= 65536, "16 to 65536")
        _require("IMM_DEPTH", imm, 1 <= imm <= 1024, "1 to 1024")
        self.imm_slots = min(imm, 32)

    def _read_layout(self, fields):
        for name in CHANNELS:
            bits = fields[name + "_CHANNEL_BW"]
            _require(name + "_CHANNEL_BW", bits, _power_of_two(bits, 32, 4096),
                     "a power of two, 32 to 4096")
        layout = fields.get("WEIGHT_LAYOUT", "published")
        _require("WEIGHT_LAYOUT", layout, layout in ("published", "column"), "published or column")
        self.published = layout == "published"
        channel = fields["PARAM_BUF_CHANNEL_BW"]
        if self.published:
            _require("WGT_WIDTH", self.wgt_bits, self.wgt_bits == 8, "8 with published weights")
            _require("PARAM_BUF_CHANNEL_BW", channel, channel >= 8 * self.n, "at least 8 ARRAY_N")
        self.interleave = channel // 8 // self.n
