# SPDX-License-Identifier: MIT
"""The functions of the SIMD unit, docs/isa.md section 7.

The scalar functions are written after the page with unbounded integers.
LANE_FUNCTIONS applies each to whole rows: function(a, b, d, dtype) on arrays of
signed 64-bit lanes, returning the lanes wrapped to 32 bits.
"""
from collections import namedtuple
from math import isqrt

import numpy as np

MAX32 = (1 << 31) - 1
MIN32 = -(1 << 31)
ONE = 1 << 16

Dtype = namedtuple("Dtype", "dst_int src1_int")


def w32(x):
    """Wrap to 32 bits two's complement; for integers and int64 arrays."""
    return ((x + (1 << 31)) & 0xffffffff) - (1 << 31)


def saturate(x, bits):
    return max(-(1 << bits - 1), min(x, (1 << bits - 1) - 1))


def sign_extend(x, bits):
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def q(a, b):
    return w32((a * b) >> 16)


def div(a, b):
    if b == 0:
        return MAX32 if a > 0 else MIN32 if a < 0 else 0
    magnitude = abs(a * 65536) // abs(b)
    return saturate(magnitude if (a < 0) == (b < 0) else -magnitude, 32)


def shift_count(b):
    return max(0, min(b >> 16, 31))


def sigmoid(a):
    if a < -5 * ONE:
        return 0
    if a < -155648:                                     # -2.375
        return (a >> 5) + 10240
    if a < -ONE:
        return (a >> 3) + 24576
    if a < ONE:
        return (a >> 2) + 32768
    if a < 155648:
        return (a >> 3) + 40960
    if a < 5 * ONE:
        return (a >> 5) + 55296
    return 65536


EXP_C = (1073741824, 744261118, 257941248, 59597083, 10327387, 1431680, 165394, 16377)


def exp(a):
    t = a * 1549082005
    k = t >> 46
    f = (t % (1 << 46)) >> 16
    p = EXP_C[7]
    for i in range(6, -1, -1):
        p = EXP_C[i] + ((p * f) >> 30)
    if k > 14:
        return MAX32
    if k < -17:
        return 0
    return min(p >> (14 - k), MAX32)


def log2_24(a):
    """L24: log2(a / 2^16) with 24 fraction bits."""
    e = a.bit_length() - 1
    m = a * (1 << 31 - e)
    f = 0
    for _ in range(24):
        m = m * m // (1 << 31)
        f = 2 * f
        if m >= 1 << 32:
            f += 1
            m = m // 2
    return (e - 16) * (1 << 24) + f


def log2(a):
    return MIN32 if a <= 0 else log2_24(a) >> 8


def ln(a):
    return MIN32 if a <= 0 else (log2_24(a) * 744261118) >> 38


def sqrt(a):
    return 0 if a <= 0 else isqrt(a << 16)


def inv_sqrt(a):
    return MAX32 if a <= 0 else isqrt((1 << 48) // a)


def cast(a, ws, wd, dtype):
    """Fixed point of ws bits to fixed point of wd bits."""
    if ws < 32:
        a = sign_extend(a, ws)
    s = (ws - dtype.src1_int) - (wd - dtype.dst_int)
    return saturate(a >> s if s >= 0 else a << -s, wd)


def _round_shift(x, n):
    """x / 2^n to the nearest integer, ties to even; n > 0."""
    low, half = x & ((1 << n) - 1), 1 << (n - 1)
    result = x >> n
    return result + (low > half or low == half and result & 1)


def fp32_to_fp16(a):
    bits = a & 0xffffffff
    sign, exponent, fraction = bits >> 31 << 15, bits >> 23 & 0xff, bits & 0x7fffff
    if exponent == 0xff:
        return 0x7e00 if fraction else sign | 0x7c00
    # the value is significand * 2^(scale - 149), a half's unit is at least 2^-24
    significand, scale = (fraction | 1 << 23, exponent - 1) if exponent else (fraction, 0)
    target = max(exponent - 127, -14)                   # exponent of the result's binade
    units = _round_shift(significand, (target - 10) - (scale - 149))
    half = units + ((target + 14) << 10)                # a carry moves to the next binade
    return sign | min(half, 0x7c00)


def fp16_to_fp32(a):
    sign, exponent, fraction = (a >> 15 & 1) << 31, a >> 10 & 0x1f, a & 0x3ff
    if exponent == 0x1f:
        return w32(0x7fc00000 if fraction else sign | 0x7f800000)
    if exponent:
        return w32(sign | (exponent + 112) << 23 | fraction << 13)
    if fraction == 0:
        return w32(sign)
    top = fraction.bit_length() - 1                     # value 2^(top - 24) * 1.xxx
    return w32(sign | (top - 24 + 127) << 23 | (fraction << (23 - top)) & 0x7fffff)


def fp32_to_bf16(a):
    bits = a & 0xffffffff
    if bits & 0x7fffffff > 0x7f800000:
        return 0x7fc0
    return _round_shift(bits, 16)


def _lanes(function):
    """A scalar function of (a, b, d, dtype) applied lane by lane."""
    def apply(a, b, d, dtype):
        rows = zip(a.tolist(), b.tolist(), d.tolist())
        return np.array([w32(function(x, y, z, dtype)) for x, y, z in rows], dtype=np.int64)
    return apply


def _unary(function):
    return _lanes(lambda a, b, d, t: function(a))


def _cast(ws, wd):
    return _lanes(lambda a, b, d, t: cast(a, ws, wd, t))


def _compare(operator):
    return lambda a, b, d, t: operator(a, b).astype(np.int64)


LANE_FUNCTIONS = {
    "ADD": lambda a, b, d, t: w32(a + b),
    "SUB": lambda a, b, d, t: w32(a - b),
    "MUL": lambda a, b, d, t: q(a, b),
    "MACC": lambda a, b, d, t: w32(d + q(a, b)),
    "DIV": _lanes(lambda a, b, d, t: div(a, b)),
    "MAX": lambda a, b, d, t: np.maximum(a, b),
    "MIN": lambda a, b, d, t: np.minimum(a, b),
    "RSHIFT": _lanes(lambda a, b, d, t: a >> shift_count(b)),
    "LSHIFT": _lanes(lambda a, b, d, t: a << shift_count(b)),
    "MOVE": lambda a, b, d, t: a,
    "COND_MOVE_TRUE": lambda a, b, d, t: np.where(b != 0, a, d),
    "COND_MOVE_FALSE": lambda a, b, d, t: np.where(b == 0, a, d),
    "NOT": lambda a, b, d, t: ~a,
    "AND": lambda a, b, d, t: a & b,
    "OR": lambda a, b, d, t: a | b,
    "RELU": lambda a, b, d, t: np.maximum(a, 0),
    "LEAKY_RELU": lambda a, b, d, t: np.where(a > 0, a, q(a, b)),
    "ABS": lambda a, b, d, t: w32(abs(a)),
    "SIGN": lambda a, b, d, t: np.sign(a),
    "SIGMOID": _unary(sigmoid),
    "TANH": lambda a, b, d, t: np.clip(a, -ONE, ONE),
    "EXP": _unary(exp),
    "LN": _unary(ln),
    "SQRT": _unary(sqrt),
    "INV_SQRT": _unary(inv_sqrt),
    "LOG2": _unary(log2),
    "EQUAL": _compare(np.equal),
    "NEQ": _compare(np.not_equal),
    "GT": _compare(np.greater),
    "GTE": _compare(np.greater_equal),
    "LT": _compare(np.less),
    "LTE": _compare(np.less_equal),
    "CAST_32FXP_16FXP": _cast(32, 16),
    "CAST_32FXP_8FXP": _cast(32, 8),
    "CAST_32FXP_4FXP": _cast(32, 4),
    "CAST_16FXP_32FXP": _cast(16, 32),
    "CAST_8FXP_32FXP": _cast(8, 32),
    "CAST_4FXP_32FXP": _cast(4, 32),
    "CAST_32FP_16FP": _unary(fp32_to_fp16),
    "CAST_16FP_32FP": _unary(fp16_to_fp32),
    "FLOOR": lambda a, b, d, t: a & ~0xffff,
    "CEIL": lambda a, b, d, t: w32((a + 0xffff) & ~0xffff),
    "CAST_32FP_16BFP": _unary(fp32_to_bf16),
    "CAST_16BFP_32FP": _unary(lambda a: a << 16),
}


def uses_source2(insn):
    """Whether a body word reads its second source (section 6, operands)."""
    if insn.opcode == 1:
        return insn.id == "LEAKY_RELU"
    return insn.opcode != 3 and insn.id not in ("MOVE", "NOT")
