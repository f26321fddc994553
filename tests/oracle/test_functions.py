#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Check the numeric functions of the model against real arithmetic.

Elementary functions: at most max(1e-4 relative, 2 units) from the real value,
over dense samples of the whole range (docs/isa.md section 7). Casts and
division: against exact rationals and numpy's binary16.
"""
import math
import sys
from fractions import Fraction
from random import Random

import numpy as np

import functions as f
from functions import MAX32, MIN32, ONE

REAL = {
    "exp": lambda x: math.exp(x),
    "ln": lambda x: math.log(x),
    "log2": lambda x: math.log2(x),
    "sqrt": lambda x: math.sqrt(x),
    "inv_sqrt": lambda x: 1 / math.sqrt(x),
}
failures = []


def expect(good, text):
    if not good:
        failures.append(text)


def positive_samples(rng, count):
    """All small values, all neighbours of powers of two, and log-uniform values."""
    yield from range(1, 20000)
    for k in range(1, 31):
        yield from range(max(1, 2**k - 3), min(MAX32, 2**k + 4))
    for _ in range(count):
        yield min(MAX32, int(2 ** rng.uniform(0, 31)))
    yield from range(MAX32 - 100, MAX32 + 1)


def exp_samples(rng, count):
    yield from range(-20 * ONE, 11 * ONE, 61)
    for _ in range(count):
        yield rng.randint(-13 * ONE, 11 * ONE)
    yield from (MIN32, MIN32 + 1, -2**24, 2**24, MAX32 - 1, MAX32)


def real_units(name, a):
    """The real result in units of 2^-16, limited to what the lane can hold."""
    if name == "exp" and a > 12 * ONE:
        return MAX32
    return min(REAL[name](a / ONE) * ONE, MAX32)


def check_elementary(name, samples):
    function = getattr(f, name)
    worst, count = 0.0, 0
    for a in samples:
        got, want = function(a), real_units(name, a)
        allowed = max(1e-4 * abs(want), 2)
        worst = max(worst, abs(got - want) / allowed)
        expect(abs(got - want) <= allowed, f"{name}({a}) = {got}, real {want}")
        count += 1
    print(f"{name}: {count} samples, largest error {100 * worst:.1f} % of the bound")


def check_constants():
    log2e, ln2 = 1 / math.log(2), math.log(2)
    expect(round(log2e * 2**30) == 1549082005, "log2(e)")
    expect(round(ln2 * 2**30) == 744261118, "ln 2")
    for i, c in enumerate(f.EXP_C):
        expect(c == round(ln2**i / math.factorial(i) * 2**30), f"exp coefficient {i}")


def check_limits():
    for a in (0, -1, -ONE, MIN32):
        expect(f.sqrt(a) == 0, "sqrt of nothing")
        expect(f.inv_sqrt(a) == MAX32, "inv_sqrt of nothing")
        expect(f.log2(a) == MIN32 and f.ln(a) == MIN32, "logarithm of nothing")
    for k in range(31):
        expect(f.log2(1 << k) == (k - 16) << 16, f"log2(2^{k - 16})")
    expect(f.exp(0) == ONE, "exp(0)")


def check_roots(rng):
    """Roots by their defining inequalities, without isqrt."""
    for a in positive_samples(rng, 20000):
        r = f.sqrt(a)
        expect(r * r <= a << 16 < (r + 1) ** 2, f"sqrt({a})")
        r = f.inv_sqrt(a)
        expect(r * r * a <= 1 << 48 < (r + 1) ** 2 * a, f"inv_sqrt({a})")


def check_monotonic():
    for name, samples in (("exp", range(-13 * ONE, 11 * ONE, 97)),
                          ("log2", range(1, 2**22, 13)), ("ln", range(1, 2**22, 13))):
        values = [getattr(f, name)(a) for a in samples]
        expect(all(x <= y for x, y in zip(values, values[1:])), f"{name} is not monotonic")


def check_division(rng):
    edges = [0, 1, -1, 2, ONE, -ONE, MAX32, MIN32]
    pairs = [(a, b) for a in edges for b in edges]
    pairs += [(rng.randint(MIN32, MAX32), rng.randint(MIN32, MAX32) >> rng.randint(0, 31))
              for _ in range(20000)]
    for a, b in pairs:
        if b:
            want = f.saturate(math.trunc(Fraction(a, b) * ONE), 32)
        else:
            want = {1: MAX32, -1: MIN32, 0: 0}[(a > 0) - (a < 0)]
        expect(f.div(a, b) == want, f"div({a}, {b})")


def check_casts(rng):
    """Against exact rationals: value = raw / 2^(width - integer bits)."""
    for _ in range(20000):
        ws, wd = rng.choice(((32, 16), (32, 8), (32, 4), (16, 32), (8, 32), (4, 32)))
        dtype = f.Dtype(rng.randint(0, 40), rng.randint(0, 40))
        a = rng.randint(MIN32, MAX32) >> rng.randint(0, 31)
        raw = (a + (1 << ws - 1)) % (1 << ws) - (1 << ws - 1)
        value = Fraction(raw) / Fraction(2) ** (ws - dtype.src1_int)
        want = math.floor(value * Fraction(2) ** (wd - dtype.dst_int))
        want = max(-(1 << wd - 1), min(want, (1 << wd - 1) - 1))
        expect(f.cast(a, ws, wd, dtype) == want, f"cast({a}, {ws}, {wd}, {dtype})")


def check_floats(rng):
    """binary16 against numpy, bfloat16 against its neighbours."""
    wide = [rng.getrandbits(32) for _ in range(100000)]
    wide += [rng.randint(100, 145) << 23 | rng.getrandbits(23) for _ in range(100000)]
    wide += [k << 12 for k in range(1 << 20)]
    bits = np.array(wide, dtype=np.uint32)
    with np.errstate(all="ignore"):
        reference = bits.view(np.float32).astype(np.float16).view(np.uint16)
    for word, want in zip(wide, reference.tolist()):
        want = 0x7e00 if want & 0x7fff > 0x7c00 else want
        expect(f.fp32_to_fp16(word) == want, f"fp32_to_fp16({word:#x})")
    half = np.arange(1 << 16, dtype=np.uint16)
    reference = half.view(np.float16).astype(np.float32).view(np.uint32)
    for word, want in zip(half.tolist(), reference.tolist()):
        want = 0x7fc00000 if want & 0x7fffffff > 0x7f800000 else want
        expect(f.fp16_to_fp32(word) & 0xffffffff == want, f"fp16_to_fp32({word:#x})")
    for word in wide[:200000]:
        if word & 0x7fffffff > 0x7f800000:
            want = 0x7fc0
        else:
            want = word >> 16
            rest = word & 0xffff
            want += rest > 0x8000 or rest == 0x8000 and want & 1
        expect(f.fp32_to_bf16(word) == want, f"fp32_to_bf16({word:#x})")


def check_curves():
    """SIGMOID stays near the real curve and in [0, 1]; TANH is a clamp."""
    for a in range(-8 * ONE, 8 * ONE, 37):
        got, want = f.sigmoid(a), ONE / (1 + math.exp(-a / ONE))
        expect(0 <= got <= ONE and abs(got - want) <= 0.02 * ONE, f"sigmoid({a}) = {got}")


def main():
    rng = Random(1)
    check_constants()
    check_limits()
    for name in REAL:
        samples = exp_samples if name == "exp" else positive_samples
        check_elementary(name, samples(rng, 100000))
    check_roots(rng)
    check_monotonic()
    check_division(rng)
    check_casts(rng)
    check_floats(rng)
    check_curves()
    for text in failures[:20]:
        print("FAIL", text)
    print("FAIL" if failures else "PASS", "test_functions")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
